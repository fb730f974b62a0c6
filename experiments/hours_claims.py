"""What is claimed of a tunnel over hours: when its keys change, and what is lost when something happens."""

from __future__ import annotations

from itertools import pairwise

from experiments.exercise import Renumber
from experiments.hours import (
    EVENT,
    JITTER_S,
    KEEPALIVE,
    KEEPALIVE_S,
    LATE,
    NS_PER_S,
    REJECT_AFTER_S,
    REKEY,
    REKEY_AFTER_S,
    REKEY_TIMEOUT_S,
    RESTART,
    ROAM,
    SILENCE,
    US_PER_S,
    Hours,
    hours,
)
from experiments.reading import Reading
from measurement.check_tunnel import only_tunnel
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding, together
from measurement.observation import Row, Talk
from topologies.paths import one_way_ms


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
    slack_s = stream.interval_us / US_PER_S + case.round_trip_s
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
    heard_s = case.round_trip_s * 2 + KEEPALIVE_S * (1 + LATE)
    for address in (case.address, case.reading.address(case.concentrator)):
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
    event_ns = case.event_ns
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
    slack_s = case.round_trip_s + case.interval_s()
    late_s = JITTER_S + patience * LATE
    if not patience - slack_s <= waited_s <= patience + slack_s + late_s or anew[0].initiator != case.address:
        raise Refuted(text, *rows)
    for number, lost in ((0, up), (1, down)):
        least, most = ((waited_s + way * case.round_trip_s) / case.interval_s(number) for way in (-1, 1))
        if not least - 2 <= len(lost) <= most + 2 or not _in_a_row(lost):
            raise Refuted(text, *rows)
    return Finding(text, rows)


def _roamed(case: Hours) -> Finding:
    event_ns = case.event_ns
    anew = [each for each in case.handshakes() if each.time_ns > event_ns]
    (move,) = (event for event in case.exercise.events if isinstance(event, Renumber))
    new = str(move.address)
    after = case.flows(new)
    up, down = case.lost(0), case.lost(1)
    rows = (*after, *case.shown(0), *case.shown(1))
    text = (
        f"from {case.address} to {new}: lost {len(up)} datagrams to the office, {len(down)} from it,"
        f" {len(anew)} handshakes"
    )
    # On their way to the old address: what left until the client's next packet has come to the concentrator.
    there_s = one_way_ms(case.reading.plan, case.client, case.concentrator) / 1000
    back_s = one_way_ms(case.reading.plan, case.concentrator, case.client) / 1000
    most = (case.interval_s(0) + there_s + back_s) / case.interval_s(1) + 1
    if anew or up or not after or len(down) > most or not _in_a_row(down):
        raise Refuted(text, *rows)
    return Finding(text, rows)


def _in_a_row(numbers: list[int]) -> bool:
    """Say whether no number between the first and the last is left out."""
    return not numbers or numbers == list(range(numbers[0], numbers[-1] + 1))


def _whole_before(case: Hours) -> Finding:
    rows: list[Row] = []
    for number, stream in enumerate(case.exercise.streams):
        (event,) = case.exercise.events
        before = int((event.at_ms - stream.start_ms) * 1000 // stream.interval_us)
        # What left last may still be on its way.
        on_the_way = int(case.round_trip_s / case.interval_s(number)) + 1
        early = [each for each in case.lost(number) if each < before - on_the_way]
        rows += case.shown(number)
        if early:
            raise Refuted(f"{len(early)} were lost before", *rows)
    return Finding("none was lost", tuple(rows))


def _nothing_in_clear(reading: Reading) -> Finding:
    found = []
    for exercise in reading.order.exercises:
        case = hours(reading, exercise.name)
        ends = {"client": case.address, "concentrator": reading.address(case.concentrator)}
        if exercise.name == ROAM:
            found.append(_only_wireguards_ports(case))
        else:
            seen = only_tunnel(case.evidence, case.client, **ends)
            found.append(Finding(f"{exercise.name}: nothing else", (seen,)))
    return together(*found)


def _only_wireguards_ports(case: Hours) -> Finding:
    """Check a client with two addresses: all of its packets are from and to WireGuard's port there."""
    case.evidence.require_readable(case.client)
    own = {case.address, *(str(e.address) for e in case.exercise.events if isinstance(e, Renumber))}
    far = case.reading.address(case.concentrator)
    talks = list(case.evidence.at(case.client, Talk))
    for talk in talks:
        ends = {talk.src, talk.dst}
        if talk.protocol != f"udp/{case.tunnel.port}" or not ends - {far} <= own:
            raise Refuted(f"{talk.packets} packets ({talk.protocol}) from {talk.src} to {talk.dst}", talk)
    return Finding(f"{case.exercise.name}: nothing else", tuple(talks))
