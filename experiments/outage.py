"""A work in a spell as captures show it: each attempt, and the packets that agree with it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TypeVar

from experiments.reading import Reading
from experiments.spell import Dark, Light, Spell
from measurement.evidence import Evidence, Missing, Refuted
from measurement.observation import DnsAnswer, Row, TcpBurst, TcpConnection, TlsHandshake
from measurement.work import Attempt, Told, Work
from topologies.hosts import datacenter_of

NS_PER_MS, NS_PER_S = 1_000_000, 1_000_000_000
# A client tells that something is over after the packet: it looks at its clock for it, and libcurl hands out
# what came for one of several requests on a connection up to a millisecond later (its shortest timer). While
# a copy of the mailboxes becomes the active one, everybody else has to wait: for six milliseconds, measured.
CLOCK_NS = 10_000_000
AnyRow = TypeVar("AnyRow", bound=Row)
MOST_SHOWN = 3
NOTHING, REFUSED = "no answer", "refused"


@dataclass(frozen=True)
class Use:
    """One attempt, who answered it (`NOTHING` and `REFUSED` are nobody), and the rows that show it."""

    attempt: Attempt
    outcome: str
    rows: tuple[Row, ...]

    @property
    def is_good(self) -> bool:
        """Whether it was served."""
        return self.outcome not in (NOTHING, REFUSED)


@dataclass(frozen=True)
class Outage:
    """One client's work in a spell, seen at the client."""

    reading: Reading
    spell: Spell
    name: str

    @cached_property
    def told(self) -> Told:
        """What the client itself says; raises Missing if it says nothing."""
        return self.reading.work(self.spell.name, self.name)

    @cached_property
    def work(self) -> Work:
        """What was to be done."""
        return self.spell.work(self.name)

    @cached_property
    def evidence(self) -> Evidence:
        """The spell's rows."""
        return self.reading.evidence(self.spell.name)

    @property
    def client(self) -> str:
        """Whose work it is."""
        return self.work.client

    @property
    def resolver(self) -> str:
        """Whom it asks for names."""
        return self.reading.world.client(self.client).resolver

    def at_ns(self, at_ms: float) -> int:
        """Return a time of the spell's clock in nanoseconds since the epoch."""
        return self.told.started_ns + round(at_ms * NS_PER_MS)

    @cached_property
    def failed_ns(self) -> int:
        """When the place went dark."""
        return self.at_ns(next(each.at_ms for each in self.spell.events if isinstance(each, Dark)))

    @cached_property
    def back_ns(self) -> int:
        """When it had power again."""
        return self.at_ns(next(each.at_ms for each in self.spell.events if isinstance(each, Light)))

    @cached_property
    def uses(self) -> list[Use]:
        """Every attempt at the work itself, in the order of their starts.

        Raises Refuted for one whose packets say something else than the client.
        """
        wanted = {asked.name for asked in self.work.requests}
        own = [each for each in self.told.attempts if each.name in wanted]
        return [self._use(each) for each in sorted(own, key=lambda each: (each.started_ns, each.number))]

    def first_good_after(self, time_ns: int) -> Use:
        """Return the first attempt that was begun after a time and served; raise Refuted if none was."""
        found = [each for each in self.uses if each.attempt.started_ns >= time_ns and each.is_good]
        if not found:
            raise Refuted(f"{self.client} was not served again", *self.uses[-1].rows)
        return min(found, key=lambda each: each.attempt.ended_ns)

    def connection(self, use: Use) -> TcpConnection:
        """Return the connection of an attempt; raise Missing if the packets do not show it."""
        found = self._before(self._connections[use.attempt.local_port], use.attempt.ended_ns)
        if found is None:
            raise Missing(f"the packets at {self.client} show no connection of request {use.attempt.number}")
        return found

    def handshake(self, use: Use) -> TlsHandshake:
        """Return the TLS handshake of an attempt's connection; raise Missing if there is none."""
        found = self._before(self._handshakes[use.attempt.local_port], use.attempt.ended_ns)
        if found is None or found.client_finished_ns is None:
            raise Missing(
                f"the packets at {self.client} show no TLS handshake of request {use.attempt.number}"
            )
        return found

    def answer(self, attempt: Attempt) -> TcpBurst:
        """Return the burst in which an attempt's answer ended; raise Refuted if the packets show none."""
        found = self._before(self._bursts[attempt.local_port], attempt.ended_ns)
        late_ns = 0 if found is None else attempt.ended_ns - found.last_time_ns
        if found is None or found.src != attempt.server_ip or (not attempt.error and late_ns > CLOCK_NS):
            raise Refuted(
                f"{self.client} says that {attempt.server_ip} answered request {attempt.number}, and its"
                " packets do not",
                *(() if found is None else (found,)),
            )
        return found

    def lookups(self) -> list[DnsAnswer]:
        """Return the answers to the client's own questions, in the order of time."""
        return [each for each in self.evidence.at(self.client, DnsAnswer) if each.rcode == "NOERROR"]

    def _use(self, attempt: Attempt) -> Use:
        if not attempt.status:
            return Use(attempt, NOTHING, tuple(self._tried(attempt)))
        burst = self.answer(attempt)
        who = attempt.headers.get("x-beserver") or self._server(attempt.server_ip)
        served = datacenter_of(who) if attempt.is_good else NOTHING if attempt.error else REFUSED
        return Use(attempt, served, (burst,))

    def _server(self, address: str) -> str:
        node = self.reading.plan.node_at(address)
        if node is None:
            raise Refuted(f"{self.client} says that {address} answered, which nobody has")
        return node.name

    def _tried(self, attempt: Attempt) -> Iterator[Row]:
        found = self._before(self._connections[attempt.local_port], attempt.ended_ns)
        if found is not None:
            yield found

    def _before(self, rows: list[AnyRow], time_ns: int) -> AnyRow | None:
        """Return the last of some rows, in the order of time, that began before a time."""
        number = bisect_right(rows, time_ns, key=lambda row: row.time_ns)
        return rows[number - 1] if number else None

    @cached_property
    def _connections(self) -> dict[int, list[TcpConnection]]:
        rows = self.evidence.at(self.client, TcpConnection)
        return _grouped((row.client_port, row) for row in rows)

    @cached_property
    def _handshakes(self) -> dict[int, list[TlsHandshake]]:
        return _grouped((row.client_port, row) for row in self.evidence.at(self.client, TlsHandshake))

    @cached_property
    def _bursts(self) -> dict[int, list[TcpBurst]]:
        own = self.reading.address(self.client)
        return _grouped((row.dst_port, row) for row in self.evidence.at(self.client, TcpBurst, dst=own))


def _grouped(pairs: Iterable[tuple[int, AnyRow]]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for key, row in pairs:
        found[key].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: row.time_ns)
    return found


def first_rows(uses: Iterable[Use]) -> list[Row]:
    """Return the rows that show the first of some attempts: enough to look at."""
    return [row for each in islice(uses, MOST_SHOWN) for row in each.rows]
