"""What is claimed of a tunnel over hours: when its keys change, and what is lost when something happens."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from experiments.exercise import FIRST_PORT, Exercise, Renumber
from experiments.passage import capture_of
from experiments.reading import Reading
from experiments.ways import tunnel_of
from measurement.check_tunnel import only_tunnel
from measurement.evidence import Evidence, Refuted
from measurement.judge import Claim, Finding, together
from measurement.observation import DatagramRun, Row, Talk, WireGuardFlow, WireGuardHandshake
from topologies.hosts import gateway
from topologies.paths import one_way_ms
from topologies.tunnel import Tunnel

REKEY, SILENCE, KEEPALIVE, RESTART, ROAM = "rekey", "silence", "keepalive", "restart", "roam"
# WireGuard's own constants (NDSS 2017, section 6.1; drivers/net/wireguard/messages.h).
REKEY_AFTER_S, REJECT_AFTER_S, KEEPALIVE_S, REKEY_TIMEOUT_S = 120, 180, 10, 5
JITTER_S = 1 / 3  # that a repeated or new handshake is late, at most
LATE = 1 / 8  # of its time, that a timer of Linux may be late by (kernel/time/timer.c)
NS_PER_S, NS_PER_MS, US_PER_S = 1_000_000_000, 1_000_000, 1_000_000
EVENT = {RESTART: "the concentrator restarts", ROAM: "the client gets another address"}


@dataclass(frozen=True)
class Hours:
    """One exercise as the captures at both ends of a tunnel show it."""

    reading: Reading
    exercise: Exercise

    @property
    def evidence(self) -> Evidence:
        """The exercise's rows."""
        return self.reading.evidence(self.exercise.name)

    @property
    def client(self) -> str:
        """Who has dialled in."""
        return self.exercise.client

    @property
    def concentrator(self) -> str:
        """Where it has dialled in."""
        return gateway(self.exercise.way.office)

    @property
    def tunnel(self) -> Tunnel:
        """The client's end."""
        return tunnel_of(self.reading.plan, self.client, self.concentrator)

    def handshakes(self) -> list[WireGuardHandshake]:
        """Return the handshakes on the client's line that were answered, in the order of time."""
        found = self.evidence.at(self.client, WireGuardHandshake)
        return sorted((each for each in found if each.response_frame is not None), key=lambda e: e.time_ns)

    def flows(self, src: str) -> list[WireGuardFlow]:
        """Return what was sent inside sessions by an address, seen on the client's line."""
        return list(self.evidence.at(self.client, WireGuardFlow, src=src))

    def runs(self, number: int, *, sent: bool) -> list[DatagramRun]:
        """Return a stream's datagrams, as they were sent or as they arrived."""
        stream = self.exercise.streams[number]
        node = stream.source if sent else stream.target
        at = capture_of(node, self.tunnel.interface) if node == self.client else node
        found = self.evidence.at(at, DatagramRun, dst_port=FIRST_PORT + number)
        return sorted(found, key=lambda run: run.time_ns)

    def lost(self, number: int) -> list[int]:
        """Return the numbers of a stream's datagrams that never arrived; Refuted if not all were sent."""
        sent = {each for run in self.runs(number, sent=True) for each in run.numbers}
        count = self.exercise.streams[number].count
        if sent != set(range(count)):
            raise Refuted(f"{len(sent)} of {count} datagrams were sent", *self.runs(number, sent=True))
        arrived = {each for run in self.runs(number, sent=False) for each in run.numbers}
        return sorted(sent - arrived)

    def shown(self, number: int) -> tuple[Row, ...]:
        """Return the rows that show a stream at both ends."""
        return (*self.runs(number, sent=True), *self.runs(number, sent=False))


def hours(reading: Reading, name: str) -> Hours:
    """Return an exercise of a run."""
    return Hours(reading, reading.order.exercise(name))


def steps(reading: Reading) -> list[Claim]:
    """Return what happens to the tunnel, one thing after another."""
    keepalive_s = _every_s(reading)
    return [
        Claim(
            "keys are renewed while data flows, and nothing is lost",
            f"a handshake {REKEY_AFTER_S} s after the last one, with the next datagram; all datagrams arrive",
            lambda: _renewed(hours(reading, REKEY)),
        ),
        Claim(
            "who has received data, and has nothing to say, says so",
            f"a keepalive from the concentrator each {KEEPALIVE_S} s, with the next datagram",
            lambda: _passive_keepalives(hours(reading, REKEY)),
        ),
        Claim(
            "in silence nothing is sent, and the session is over; the next packet begins another",
            "two handshakes, at the first datagram and at the last; both arrive",
            lambda: _silent(hours(reading, SILENCE)),
        ),
        Claim(
            f"a client that keeps alive sends something when nothing came or went for {keepalive_s} s",
            "so that whoever stands in between remembers it; keys are renewed as with data",
            lambda: _kept_alive(hours(reading, KEEPALIVE), keepalive_s),
        ),
        Claim(
            "the concentrator restarts: it knows no session, and not where the client is",
            f"lost is what is sent until the client has heard nothing for {KEEPALIVE_S + REKEY_TIMEOUT_S} s,"
            " and begins anew",
            lambda: _restarted(hours(reading, RESTART)),
        ),
        Claim(
            "the client gets another address",
            "the session goes on, without a handshake; lost is what is sent to the old address until the"
            " client's next packet has come",
            lambda: _roamed(hours(reading, ROAM)),
        ),
    ]


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: nothing is lost before something happens, and nothing passed in clear."""
    return [
        *(
            Claim(
                f"before {EVENT[name]}",
                "no datagram is lost, in either direction",
                lambda name=name: _whole_before(hours(reading, name)),  # type: ignore[misc]
            )
            for name in (RESTART, ROAM)
        ),
        Claim(
            "on the client's line",
            "nothing but WireGuard, in all exercises",
            lambda: _nothing_in_clear(reading),
        ),
    ]


def _every_s(reading: Reading) -> int:
    return max(getattr(event, "every_s", 0) for event in reading.order.exercise(KEEPALIVE).events)


def _renewed(case: Hours) -> Finding:
    found = case.handshakes()
    (stream,) = case.exercise.streams
    slack_s = stream.interval_us / US_PER_S + _round_trip_s(case)
    apart = [(later.time_ns - earlier.time_ns) / NS_PER_S for earlier, later in pairwise(found)]
    lost = case.lost(0)
    told = f"{min(apart):.1f} to {max(apart):.1f} s apart" if apart else "just one"
    text = f"{len(found)} handshakes, {told}; {len(lost)} of {stream.count} datagrams lost"
    odd = [each for each in apart if not REKEY_AFTER_S <= each <= REKEY_AFTER_S + slack_s]
    if odd or lost or not apart:
        raise Refuted(text, *found, *case.shown(0))
    return Finding(text, (*found, *case.shown(0)))


def _passive_keepalives(case: Hours) -> Finding:
    address = case.reading.address(case.concentrator)
    flows = case.flows(address)
    sent = sum(flow.packets for flow in flows)
    empty = sum(flow.keepalives for flow in flows)
    (stream,) = case.exercise.streams
    lasted_s = stream.count * stream.interval_us / US_PER_S
    others = sent - empty
    text = f"{case.concentrator} sent {empty} keepalives in {lasted_s:.0f} s, and {others} other packets"
    slowest = lasted_s / (KEEPALIVE_S * (1 + LATE) + stream.interval_us / US_PER_S) - len(flows)
    if others or not slowest <= empty <= lasted_s / KEEPALIVE_S:
        raise Refuted(text, *flows)
    return Finding(text, tuple(flows))


def _silent(case: Hours) -> Finding:
    found = case.handshakes()
    rows = (*found, *case.shown(0), *case.shown(1))
    lost = [*case.lost(0), *case.lost(1)]
    apart_s = [(later.time_ns - earlier.time_ns) / NS_PER_S for earlier, later in pairwise(found)]
    apart = ", ".join(f"{each:.0f} s" for each in apart_s)
    text = f"{len(found)} handshakes, {apart} apart; {len(lost)} datagrams lost"
    if len(found) != 2 or lost or apart_s[0] < REJECT_AFTER_S:
        raise Refuted(text, *rows)
    _says_nothing(case, found[0].time_ns, found[1].time_ns)
    return Finding(text, rows)


def _says_nothing(case: Hours, begin_ns: int, end_ns: int) -> None:
    """Raise Refuted if anything is sent from the one keepalive that follows data on, until a time."""
    heard_s = _round_trip_s(case) * 2 + KEEPALIVE_S * (1 + LATE)
    for address in (_address(case), case.reading.address(case.concentrator)):
        for flow in case.flows(address):
            if begin_ns + heard_s * NS_PER_S < flow.last_time_ns < end_ns:
                raise Refuted(f"{address} sent something in the silence", flow)


def _kept_alive(case: Hours, every_s: int) -> Finding:
    flows = case.flows(case.reading.address(case.client))
    empty = sum(flow.keepalives for flow in flows)
    start_ms = case.exercise.streams[1].start_ms
    lasted_s = start_ms / 1000
    found = case.handshakes()
    text = f"{empty} keepalives in {lasted_s:.0f} s, {len(found)} handshakes"
    # With a new session the client says at once that it has it, besides.
    moments = empty - (len(found) - 1)
    most = lasted_s / every_s + 1
    least = lasted_s / (every_s * (1 + LATE)) - 1
    renewed = lasted_s / (REKEY_AFTER_S + every_s * (1 + LATE) + JITTER_S)
    if not least <= moments <= most or len(found) < renewed:
        raise Refuted(text, *flows, *found)
    return Finding(text, (*flows, *found))


def _restarted(case: Hours) -> Finding:
    event_ns = _event_ns(case)
    anew = [each for each in case.handshakes() if each.time_ns > event_ns]
    rows = (*anew, *case.shown(0), *case.shown(1))
    if len(anew) != 1:
        raise Refuted(f"{len(anew)} handshakes after the restart", *rows)
    waited_s = (anew[0].time_ns - event_ns) / NS_PER_S
    patience = KEEPALIVE_S + REKEY_TIMEOUT_S
    up, down = case.lost(0), case.lost(1)
    text = (
        f"{case.client} began anew after {waited_s:.3f} s; lost: {len(up)} datagrams to the office,"
        f" {len(down)} from it"
    )
    # A timer is never early, but it runs since the last datagram that could have been answered.
    slack_s = _round_trip_s(case) + _interval_s(case)
    late_s = JITTER_S + patience * LATE
    if not patience - slack_s <= waited_s <= patience + slack_s + late_s or anew[0].initiator != _address(
        case
    ):
        raise Refuted(text, *rows)
    for number, lost in ((0, up), (1, down)):
        least, most = ((waited_s + way * _round_trip_s(case)) / _interval_s(case, number) for way in (-1, 1))
        if not least - 2 <= len(lost) <= most + 2 or not _in_a_row(lost):
            raise Refuted(text, *rows)
    return Finding(text, rows)


def _roamed(case: Hours) -> Finding:
    event_ns = _event_ns(case)
    anew = [each for each in case.handshakes() if each.time_ns > event_ns]
    (move,) = (event for event in case.exercise.events if isinstance(event, Renumber))
    new = str(move.address)
    after = case.flows(new)
    up, down = case.lost(0), case.lost(1)
    rows = (*after, *case.shown(0), *case.shown(1))
    text = (
        f"from {_address(case)} to {new}: lost {len(up)} datagrams to the office, {len(down)} from it,"
        f" {len(anew)} handshakes"
    )
    # On their way to the old address: what left until the client's next packet has come to the concentrator.
    there_s = one_way_ms(case.reading.plan, case.client, case.concentrator) / 1000
    back_s = one_way_ms(case.reading.plan, case.concentrator, case.client) / 1000
    most = (_interval_s(case, 0) + there_s + back_s) / _interval_s(case, 1) + 1
    if anew or up or not after or len(down) > most or not _in_a_row(down):
        raise Refuted(text, *rows)
    return Finding(text, rows)


def _in_a_row(numbers: list[int]) -> bool:
    """Say whether no number between the first and the last is left out."""
    return not numbers or numbers == list(range(numbers[0], numbers[-1] + 1))


def _whole_before(case: Hours) -> Finding:
    rows: list[Row] = []
    for number, stream in enumerate(case.exercise.streams):
        (event,) = (each for each in case.exercise.events)
        before = int((event.at_ms - stream.start_ms) * 1000 // stream.interval_us)
        # What left last may still be on its way.
        on_the_way = int(_round_trip_s(case) / _interval_s(case, number)) + 1
        early = [each for each in case.lost(number) if each < before - on_the_way]
        rows += case.shown(number)
        if early:
            raise Refuted(f"{len(early)} were lost before", *rows)
    return Finding("none was lost", tuple(rows))


def _nothing_in_clear(reading: Reading) -> Finding:
    found = []
    for exercise in reading.order.exercises:
        case = hours(reading, exercise.name)
        ends = {"client": _address(case), "concentrator": reading.address(case.concentrator)}
        if exercise.name == ROAM:
            found.append(_only_wireguards_ports(case))
        else:
            seen = only_tunnel(case.evidence, case.client, **ends)
            found.append(Finding(f"{exercise.name}: nothing else", (seen,)))
    return together(*found)


def _only_wireguards_ports(case: Hours) -> Finding:
    """Check a client with two addresses: all of its packets are from and to WireGuard's port there."""
    case.evidence.require_readable(case.client)
    own = {_address(case), *(str(e.address) for e in case.exercise.events if isinstance(e, Renumber))}
    far = case.reading.address(case.concentrator)
    talks = list(case.evidence.at(case.client, Talk))
    for talk in talks:
        ends = {talk.src, talk.dst}
        if talk.protocol != f"udp/{case.tunnel.port}" or not ends - {far} <= own:
            raise Refuted(f"{talk.packets} packets ({talk.protocol}) from {talk.src} to {talk.dst}", talk)
    return Finding(f"{case.exercise.name}: nothing else", tuple(talks))


def _event_ns(case: Hours) -> int:
    """Return when the exercise's event was: the first stream's first datagram left at its own time."""
    (event,) = case.exercise.events
    sent = case.runs(0, sent=True)
    if not sent:
        raise Refuted("no datagram was sent")
    return sent[0].time_ns + round((event.at_ms - case.exercise.streams[0].start_ms) * NS_PER_MS)


def _address(case: Hours) -> str:
    return case.reading.address(case.client)


def _round_trip_s(case: Hours) -> float:
    plan = case.reading.plan
    return (
        one_way_ms(plan, case.client, case.concentrator) + one_way_ms(plan, case.concentrator, case.client)
    ) / 1000


def _interval_s(case: Hours, number: int = 0) -> float:
    return case.exercise.streams[number].interval_us / US_PER_S
