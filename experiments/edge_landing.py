"""Where each client of a survey landed, and how far that is: from packets, beside arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from experiments.edge_sites import best_of, doors_of, expected_of
from experiments.edge_surveys import BEST, Part, name_of
from experiments.reading import Reading
from experiments.survey import Survey, Turn
from measurement.evidence import Missing, Refuted
from measurement.observation import DnsAnswer, Row, TcpConnection
from measurement.visit import Reached, Visit
from services.web import HTTPS_PORT
from topologies.distance import great_circle_km
from topologies.hosts import datacenter_of

US_PER_MS = 1000
Connected = tuple[TcpConnection, TcpConnection]  # as the client's capture shows it, and the front door's


@dataclass(frozen=True)
class Landed:
    """One client in one survey: whom it asked, at which site it landed; milliseconds and kilometres.

    ``expected_site`` and ``expected_rtt_ms`` are what the rules of DNS and BGP and the world's round trips
    give. ``regret_ms`` is the round trip less that to the best front door, both measured. ``home_ms`` is that
    to where the client's tenant has its data. ``opened`` and ``arrived`` are the client's connection, as its
    own capture and that of the front door show it.
    """

    turn: Turn
    site: str
    rtt_ms: float
    best_site: str
    best_ms: float
    home_ms: float
    km: float
    expected_site: str
    expected_rtt_ms: float
    expected_best_ms: float
    opened: TcpConnection
    arrived: TcpConnection
    rows: tuple[Row, ...]

    @property
    def regret_ms(self) -> float:
        """How much longer a round trip is than that to the best front door."""
        return self.rtt_ms - self.best_ms

    @property
    def expected_regret_ms(self) -> float:
        """The same by arithmetic."""
        return self.expected_rtt_ms - self.expected_best_ms

    @property
    def off_us(self) -> float:
        """How far the measured regret is from arithmetic's, in microseconds."""
        return abs(self.regret_ms - self.expected_regret_ms) * US_PER_MS


class Landings:
    """Every client's landing with one service in a survey, beside its best front doors."""

    def __init__(self, reading: Reading, part: Part) -> None:
        self.reading = reading
        self.part = part
        self.survey: Survey = reading.order.survey(part.survey)
        self._seen, self._best = seen(reading, part.survey), seen(reading, BEST)

    @property
    def text(self) -> str:
        """How front doors are found, and who is asked."""
        return f"{self.part.text}, {self.survey.text}"

    @cached_property
    def turns(self) -> list[Turn]:
        """The turns of the survey in which somebody asks for the service."""
        world, service = self.reading.world, self.part.service
        named = {each.name: name_of(world, each, service) for each in world.clients}
        return [turn for turn in self.survey.turns if turn.name == named[turn.client]]

    @cached_property
    def all(self) -> list[Landed]:
        """Every client's landing, in the order of their turns; raises Missing or Refuted as `landed` does."""
        return [self.landed(turn) for turn in self.turns]

    def landed(self, turn: Turn) -> Landed:
        """Return where a client landed.

        Raises Missing where the packets or the client's own words are not there, Refuted where they show that
        it was told nothing, or reached nobody.
        """
        world = self.reading.world
        visit = self._seen.visit(turn.client, turn.name)
        answer = self._seen.answer(visit)
        opened, arrived = self._seen.connection(visit, visit.reached[0])
        site = datacenter_of(arrived.node)
        best, home = self._measured_best(turn.client)
        expected = expected_of(self.reading, self.survey, turn)
        return Landed(
            turn=turn,
            site=site,
            rtt_ms=_rtt_ms(opened),
            best_site=datacenter_of(best[1].node),
            best_ms=_rtt_ms(best[0]),
            home_ms=_rtt_ms(home[0]),
            km=great_circle_km(world.client(turn.client).place, world.site(site).place),
            expected_site=expected.site,
            expected_rtt_ms=expected.rtt_ms,
            expected_best_ms=best_of(self.reading, turn.client).rtt_ms,
            opened=opened,
            arrived=arrived,
            rows=(answer, opened, arrived, *best),
        )

    def _measured_best(self, client: str) -> tuple[Connected, Connected]:
        """Return the connection to a client's best front door, and that to its tenant's datacenter."""
        visit = self._best.visit(client, "")
        *doors, home = (self._best.connection(visit, reached) for reached in visit.reached)
        return min(doors, key=lambda each: _rtt_ms(each[0])), home


class Seen:
    """What the captures of one survey show, found by client and port."""

    def __init__(self, reading: Reading, survey: str) -> None:
        self._reading = reading
        self._evidence = reading.evidence(survey)
        visits = (each for each in reading.visits if each.survey == survey)
        self._visits = {(each.client, each.name): each for each in visits}
        self._doors = set(doors_of(reading.world, reading.plan))

    @cached_property
    def _connections(self) -> dict[tuple[str, int], list[TcpConnection]]:
        found: dict[tuple[str, int], list[TcpConnection]] = {}
        for row in self._evidence.rows:
            if isinstance(row, TcpConnection):
                found.setdefault((row.client, row.client_port), []).append(row)
        return found

    @cached_property
    def _answers(self) -> dict[tuple[str, str], list[DnsAnswer]]:
        found: dict[tuple[str, str], list[DnsAnswer]] = {}
        for row in self._evidence.rows:
            if isinstance(row, DnsAnswer):
                found.setdefault((row.node, row.name), []).append(row)
        return found

    def visit(self, client: str, name: str) -> Visit:
        """Return what a client said of its turn for a name, "" for none.

        Raises Missing if it said nothing, Refuted if it reached nobody.
        """
        visit = self._visits.get((client, name))
        if visit is None:
            raise Missing(f"surveys.jsonl has no visit of {client} in {self._evidence.case} for {name}")
        if visit.error or not visit.reached:
            raise Refuted(f"{client} was told no address of {visit.name}: {visit.error or 'nothing'}")
        for reached in visit.reached:
            if reached.error:
                raise Refuted(f"{client} did not reach {reached.address}: {reached.error}")
        return visit

    def answer(self, visit: Visit) -> DnsAnswer:
        """Return the answer that a client got, which has to be what it says that it was told."""
        self._evidence.require(visit.client)
        for row in self._answers.get((visit.client, visit.name), []):
            told = tuple(record.data for record in row.answers if record.type == "A")
            if row.src != visit.resolver_ip:
                raise Refuted(f"{visit.client} was answered by {row.src}, not {visit.resolver_ip}", row)
            if told != visit.addresses:
                raise Refuted(f"{visit.client} says {visit.addresses}, its packets {told}", row)
            return row
        raise Missing(f"no answer for {visit.name} in the capture at {visit.client}")

    def connection(self, visit: Visit, reached: Reached) -> Connected:
        """Return a connection as the client's capture shows it, and as that of the front door does."""
        self._evidence.require(visit.client)
        own = str(self._reading.plan.node(visit.client).address)
        rows = self._connections.get((own, reached.local_port), [])
        here = [row for row in rows if row.node == visit.client and row.server == reached.address]
        there = [row for row in rows if row.node in self._doors and row.server == reached.address]
        if not here or here[0].rtt_us is None or here[0].server_port != HTTPS_PORT:
            raise Missing(f"the packets at {visit.client} do not show its connection to {reached.address}")
        if len(there) != 1:
            nodes = ", ".join(row.node for row in there) or "none"
            raise Refuted(f"front doors that saw {visit.client} connect to {reached.address}: {nodes}", *here)
        self._evidence.require(there[0].node)
        return here[0], there[0]


def landings(reading: Reading, part: Part) -> Landings:
    """Return the landings of a part of a survey; they are worked out once for a reading."""
    found: Landings = reading.kept.setdefault(part, Landings(reading, part))
    return found


def seen(reading: Reading, survey: str) -> Seen:
    """Return what the captures of a survey show; it is worked out once for a reading."""
    if ("seen", survey) not in reading.kept:
        reading.kept["seen", survey] = Seen(reading, survey)
    found: Seen = reading.kept["seen", survey]
    return found


def _rtt_ms(opened: TcpConnection) -> float:
    assert opened.rtt_us is not None  # `Seen.connection` has looked
    return opened.rtt_us / US_PER_MS
