"""How long starting Outlook takes in each way, measured from packets, beside what the round trips allow.

By arithmetic a connection takes one round trip to the front end, TLS 1.3 another, and each request one more;
what the front end asks of the mailbox server comes on top: one round trip over the backbone where the
connection is open already, and two more where it has to be opened. An answer that is larger than the sender's
window takes a round trip for each further window.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiments.order import Case
from experiments.reading import Reading
from experiments.transfers import is_disturbed
from measurement.arithmetic import MSS, SlowStart, relayed_ms
from measurement.evidence import Missing, Refuted, frames
from measurement.exchanges import Answer, answers_to
from measurement.judge import Finding
from measurement.observation import Row
from measurement.result import Figure
from topologies.hosts import host
from topologies.paths import configured_rtt_ms

TOLERANCE = 0.01
NS_PER_MS = 1_000_000
SETUP_ROUND_TRIPS = 2  # TCP, and TLS 1.3 (RFC 8446, section 2)
FIRST_ANSWER, START = "first answer", "start of Outlook"
STRAIGHT = "direct"  # the way without a front end in between
# Pathak et al., "Measuring and evaluating TCP splitting for cloud services", PAM 2010: 95th percentile of
# search responses through a front end nearby, against straight to the datacenter.
PUBLISHED = "43 % less at most, for search (Pathak et al., PAM 2010)"


@dataclass(frozen=True)
class _Way:
    """One way to the mailbox: which front end, and the round trips to it and behind it, in milliseconds."""

    case: Case
    near_ms: float
    far_ms: float

    @property
    def opening_ms(self) -> float:
        """What each request pays for opening a connection over the backbone."""
        return 0.0 if self.case.warm else SETUP_ROUND_TRIPS * self.far_ms


def figures(reading: Reading) -> list[Figure]:
    """Return, for each way of starting Outlook, the first request's phases and the whole."""
    found: list[Figure] = []
    for case in reading.order.cases:
        if len(case.requests) > 1:
            try:
                found += _figures_of(reading, case)
            except (Missing, Refuted):
                continue  # The claims about the case say what is wrong with it.
    return [*found, *_gains(found, reading.order.cases[0].name)]


def agree(reading: Reading) -> Finding:
    """Check every figure against its expectation; where packets are lost or held up, it is the least."""
    ways = [case for case in reading.order.cases if len(case.requests) > 1]
    rows: list[Row] = []
    worst, where = 0.0, ""
    for case in ways:
        for figure in _figures_of(reading, case):
            assert figure.expected is not None
            off = abs(figure.measured - figure.expected) / figure.expected
            if off > TOLERANCE and not (figure.measured > figure.expected and is_disturbed(reading.world)):
                told = f"{figure.measured:.3f} ms instead of {figure.expected:.3f}"
                raise Refuted(f"{figure.name} ({case.name}): {told}", *_proof(reading, case))
            if off >= worst:
                worst, where = off, f"{figure.name} ({case.name})"
        rows += _proof(reading, case)
    return Finding(f"{len(ways)} ways; farthest off: {where}, by {worst:.3%}", tuple(rows))


def _figures_of(reading: Reading, case: Case) -> list[Figure]:
    way, answers = _way(reading, case), _answers(reading, case)
    first, last = answers[0], answers[-1]
    expected_ms = {
        "connect": way.near_ms,
        "TLS": way.near_ms,
        "first byte": way.near_ms + way.far_ms + way.opening_ms,
        FIRST_ANSWER: 3 * way.near_ms + way.far_ms + way.opening_ms,
        START: _expected_start_ms(way, answers),
    }
    measured_ms = {
        "connect": first.connect_ms,
        "TLS": first.tls_ms,
        "first byte": first.first_byte_ms,
        FIRST_ANSWER: (first.began_ns - first.opened_ns) / NS_PER_MS,
        START: (last.ended_ns - first.opened_ns) / NS_PER_MS,
    }
    proof = frames(*_proof(reading, case))
    return [
        Figure(
            name=name,
            case=case.name,
            unit="ms",
            measured=round(measured_ms[name], 6),
            expected=round(expected, 6),
            frames=proof,
        )
        for name, expected in expected_ms.items()
    ]


def _expected_start_ms(way: _Way, answers: list[Answer]) -> float:
    """Return how long all requests take, one after another, on one connection of the client."""
    near, far = SlowStart(), SlowStart()
    total_ms = SETUP_ROUND_TRIPS * way.near_ms
    for answer in answers:
        size = answer.bytes
        if not way.case.warm:
            # A new connection's session tickets (RFC 8446, section 4.6.1), a segment, come before the answer.
            far, size = SlowStart(), size + MSS
        total_ms += way.opening_ms + relayed_ms(size, way.near_ms, way.far_ms, near, far)
    return total_ms


def _way(reading: Reading, case: Case) -> _Way:
    plan, world = reading.plan, reading.world
    address = reading.journey(case.name).first.server_ip
    front = plan.node_at(address)
    if front is None:
        raise Refuted(f"the client connected to {address}, which nobody has")
    home = world.tenant(world.client(case.client).tenant).datacenter
    back = host(home, "mailbox")
    return _Way(
        case, configured_rtt_ms(plan, case.client, front.name), configured_rtt_ms(plan, front.name, back)
    )


def _answers(reading: Reading, case: Case) -> list[Answer]:
    return answers_to(reading.evidence(case.name), reading.journey(case.name), reading.address(case.client))


def _proof(reading: Reading, case: Case) -> list[Row]:
    answers = _answers(reading, case)
    return [*answers[0].rows, *answers[-1].rows]


def _gains(found: list[Figure], nearest: str) -> list[Figure]:
    """Return how much less time the nearest front end takes than each other way, where it was measured."""
    gains: list[Figure] = []
    for name in (FIRST_ANSWER, START):
        times = [figure for figure in found if figure.name == name]
        if not times or times[0].case != nearest:
            continue
        best, *others = times
        gains += [_gain(best, other) for other in others]
    return gains


def _gain(best: Figure, other: Figure) -> Figure:
    return Figure(
        name=f"{best.name}: less than {other.case}",
        case=best.case,
        unit="%",
        measured=round(100 * (1 - best.measured / other.measured), 3),
        published=PUBLISHED if (best.name, other.case) == (FIRST_ANSWER, STRAIGHT) else "",
    )
