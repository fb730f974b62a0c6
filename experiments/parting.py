"""A link whose cut parts the backbone: which pairs it parts, and that everybody else goes on."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.backbone import Ways
from experiments.exercise import Cut, Echo, Exercise, Mend
from experiments.reading import Reading
from measurement.evidence import Missing, Refuted
from measurement.judge import Claim, Finding
from measurement.observation import IcmpEcho
from topologies.hosts import front_end
from topologies.paths import configured_rtt_ms
from topologies.world import Datacenter

PARTED = "parted"
FIRST_MS, APART_MS, SETTLED_MS = 1000.0, 1.0, 1000.0
US_PER_MS = 1000
NAMED = 10  # so many of those parted are named
Pair = tuple[Datacenter, Datacenter]


def parting(ways: Ways, pairs: list[Pair]) -> tuple[Exercise, ...]:
    """Return an exercise in which a link is cut that nothing leads around; nothing where there is none.

    First every pair that it parts asks, then one that it does not; and when it is mended, the first again.
    """
    trunk = next(_all_that_joins(ways, pairs), None)
    if trunk is None:
        return ()
    wire = ways.wire(trunk)
    ends = {"a": wire.a.node, "b": wire.b.node}
    parted = [pair for pair in pairs if trunk in _way(ways, pair)]
    whole = [pair for pair in pairs if trunk not in _way(ways, pair)][:1]
    # The first packet on a way pays for the switches' caches: what is not parted is asked twice.
    asked = [*parted, *whole, *whole]
    mend_ms = FIRST_MS + len(asked) * APART_MS + SETTLED_MS
    echoes = [_echo(FIRST_MS + number * APART_MS, pair) for number, pair in enumerate(asked)]
    echoes += [_echo(mend_ms + SETTLED_MS + number * APART_MS, parted[0]) for number in range(2)]
    exercise = Exercise(
        name=PARTED,
        text=f"{wire.a.node} - {wire.b.node} is cut, which parts {len(parted)} pairs",
        echoes=tuple(echoes),
        events=(Cut(at_ms=0.0, **ends), Mend(at_ms=mend_ms, **ends)),
        steady=False,
    )
    return (exercise,)


def _all_that_joins(ways: Ways, pairs: list[Pair]) -> Iterator[int]:
    """Yield the trunks of pairs' ways that nothing leads around."""
    for a, b in pairs:
        yield from (each for each in ways.path(a.name, b.name) if ways.detour(a.name, b.name, each) is None)


def _way(ways: Ways, pair: Pair) -> list[int]:
    return ways.path(pair[0].name, pair[1].name)


def _echo(at_ms: float, pair: Pair) -> Echo:
    return Echo(at_ms=at_ms, source=front_end(pair[0].name), target=front_end(pair[1].name))


def is_parted(reading: Reading) -> Claim:
    """Claim that just the pairs are parted whose ways all need the link, until it is mended."""
    exercise = reading.order.exercise(PARTED)
    across, others = _asked(exercise)
    names = ", ".join(
        f"{exercise.echoes[n - 1].source}-{exercise.echoes[n - 1].target}" for n in across[:NAMED]
    )
    more = f" and {len(across) - NAMED} more" if len(across) > NAMED else ""
    goes_on = "; others are answered" if len(others) > 1 else ""
    return Claim(
        f"a cut that parts the network: {exercise.text}",
        f"none of them is answered: {names}{more}{goes_on}; when it is mended they are again",
        lambda: _parted(reading, exercise),
    )


def _asked(exercise: Exercise) -> tuple[list[int], list[int]]:
    """Return the numbers of the echoes that are not to be answered, and of those that are to be, in time."""
    mended_ms = next(event.at_ms for event in exercise.events if isinstance(event, Mend))
    ends = [(each.source, each.target) for each in exercise.echoes]
    first = ends[-1]
    before = [n for n, each in enumerate(exercise.echoes, 1) if each.at_ms < mended_ms]
    # The pair that is not parted is the one that is asked twice before the link is mended.
    twice = [n for n in before if ends[: len(before)].count(ends[n - 1]) > 1 and ends[n - 1] != first]
    return [n for n in before if n not in twice], [*twice[-1:], len(ends)]


def _parted(reading: Reading, exercise: Exercise) -> Finding:
    across, others = _asked(exercise)
    rows = []
    for number in across:
        row = _row(reading, exercise, number)
        if row.rtt_us is not None:
            raise Refuted(f"{row.node} was answered by {row.dst} across the cut", row)
        rows.append(row)
    for number in others:
        echo, row = exercise.echoes[number - 1], _row(reading, exercise, number)
        expected_us = configured_rtt_ms(reading.plan, echo.source, echo.target) * US_PER_MS
        if row.rtt_us is None:
            raise Refuted(f"{echo.source} to {echo.target} was not answered", row)
        if abs(row.rtt_us - expected_us) > reading.order.tolerance_us:
            raise Refuted(f"{echo.source} to {echo.target} took {row.rtt_us / US_PER_MS:.3f} ms", row)
        rows.append(row)
    return Finding(f"{len(across)} were not answered, {len(others)} were", tuple(rows))


def _row(reading: Reading, exercise: Exercise, number: int) -> IcmpEcho:
    echo = exercise.echoes[number - 1]
    ends = {"src": reading.address(echo.source), "dst": reading.address(echo.target)}
    for row in reading.evidence(exercise.name).at(echo.source, IcmpEcho, seq=number, **ends):
        return row
    raise Missing(f"echo {number} is not in the capture at {echo.source}")
