"""What is claimed of the backbone's round trips: measured, configured, published."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles

from experiments.backbone import Ways
from experiments.cut_place import Place
from experiments.exercise import Cut
from experiments.reading import Reading
from measurement.evidence import Missing, Refuted
from measurement.judge import Claim, Finding
from measurement.observation import IcmpEcho
from measurement.result import Figure
from topologies.azure import published_rtt_ms
from topologies.hosts import front_end
from topologies.paths import configured_rtt_ms

ALL, DETOUR = "pairs", "detour"
US_PER_MS = 1000
# The goals of the fit (docs/backbone.md).
MEDIAN_PERCENT, WITHIN_PERCENT, SHARE_PERCENT = 1.5, 5.0, 95.0
WORST = 10


@dataclass(frozen=True)
class Measured:
    """A pair's echo, and the round trips in milliseconds; `others_ms` is the error that is not ours."""

    a: str
    b: str
    row: IcmpEcho
    measured_ms: float
    configured_ms: float
    published_ms: float

    @property
    def off_percent(self) -> float:
        """How far the measured round trip is from the published one; more is positive."""
        return 100 * (self.measured_ms / self.published_ms - 1)


def measured(reading: Reading) -> list[Measured]:
    """Return every pair whose echo was answered, in the order of the exercise."""
    evidence = reading.evidence(ALL)
    names = {front_end(name): reading.world.datacenter(name) for name in reading.order.selection.datacenters}
    by_ends = {(row.node, row.src, row.dst): row for row in evidence.rows if isinstance(row, IcmpEcho)}
    found = []
    for echo in reading.order.exercise(ALL).echoes:
        a, b = names[echo.source], names[echo.target]
        row = by_ends.get((echo.source, reading.address(echo.source), reading.address(echo.target)))
        published = published_rtt_ms(a.region or "", b.region or "")
        if row is not None and row.rtt_us is not None and published:
            configured = configured_rtt_ms(reading.plan, echo.source, echo.target)
            found.append(Measured(a.name, b.name, row, row.rtt_us / US_PER_MS, configured, published))
    return found


def steps(reading: Reading) -> list[Claim]:
    """Return the three steps."""
    count = len(reading.order.exercise(ALL).echoes)
    return [
        Claim(
            "every pair of regions with a published round trip is measured",
            f"{count} echoes, {count} replies, each in the capture of the one who asked",
            lambda: _all_answered(reading),
        ),
        Claim(
            "each takes the time of its shortest path",
            f"measured and configured differ by {reading.order.tolerance_us:g} us at most",
            lambda: _as_configured(reading),
        ),
        Claim(
            "that is close to what Microsoft publishes",
            f"a median error of {MEDIAN_PERCENT:g} % or less, {SHARE_PERCENT:g} % of the pairs within"
            f" {WITHIN_PERCENT:g} %",
            lambda: _as_published(reading),
        ),
    ]


def takes_longer(reading: Reading) -> Claim:
    """Claim that a pair whose path is cut takes the longer way, and its time."""
    exercise = reading.order.exercise(DETOUR)
    echo = exercise.echoes[0]
    cut = next(event for event in exercise.events if isinstance(event, Cut))
    (wire,) = reading.plan.wires_between(cut.a, cut.b)
    source, target = (each.removesuffix(front_end("")) for each in (echo.source, echo.target))
    place = Place(Ways(reading.plan), source, target, reading.plan.trunks.index(wire) + 1)
    other_ms, usual_ms = place.rtt_ms(place.without), place.rtt_ms(place.way)
    return Claim(
        f"a link of a path cut: {cut.a} - {cut.b}",
        f"{echo.source} to {echo.target} takes {other_ms:.3f} ms instead of {usual_ms:.3f}",
        lambda: _took(reading, echo.source, other_ms),
    )


def figures(reading: Reading) -> list[Figure]:
    """Return the errors against the published figures; none where a capture is not whole."""
    try:
        _all_answered(reading)
    except (Missing, Refuted):
        return []
    errors = sorted(abs(each.off_percent) for each in measured(reading))
    if len(errors) < 2:
        return []
    return [
        Figure(name="error against published", case="median", unit="%", measured=median(errors)),
        Figure(name="", case="95 % of pairs within", unit="%", measured=quantiles(errors, n=20)[-1]),
        Figure(name="", case="largest", unit="%", measured=errors[-1]),
    ]


def _all_answered(reading: Reading) -> Finding:
    evidence = reading.evidence(ALL)
    for point in reading.order.captures:
        evidence.require(point.name)
    echoes, found = reading.order.exercise(ALL).echoes, measured(reading)
    if len(found) != len(echoes):
        raise Refuted(f"{len(found)} of {len(echoes)} were answered", *(each.row for each in found))
    return Finding(f"{len(found)} were answered", tuple(each.row for each in found))


def _as_configured(reading: Reading) -> Finding:
    found = _whole(reading)
    worst = max(found, key=_error_us)
    took = f"{worst.measured_ms:.6f} ms instead of {worst.configured_ms:.6f}"
    text = f"farthest off: {worst.a} to {worst.b}, {took}"
    if _error_us(worst) > reading.order.tolerance_us:
        raise Refuted(text, worst.row)
    return Finding(text, tuple(each.row for each in found))


def _as_published(reading: Reading) -> Finding:
    found = sorted(_whole(reading), key=lambda each: -abs(each.off_percent))
    errors = [abs(each.off_percent) for each in found]
    share = 100 * sum(error <= WITHIN_PERCENT for error in errors) / len(errors)
    worst = ", ".join(
        f"{each.a}-{each.b} {each.measured_ms:.1f} for {each.published_ms:g}" for each in found[:WORST]
    )
    text = (
        f"median {median(errors):.2f} %, {share:.1f} % of {len(errors)} within {WITHIN_PERCENT:g} %;"
        f" worst, in ms: {worst}"
    )
    rows = tuple(each.row for each in found[:WORST])
    if median(errors) > MEDIAN_PERCENT or share < SHARE_PERCENT:
        raise Refuted(text, *rows)
    return Finding(text, rows)


def _took(reading: Reading, source: str, expected_ms: float) -> Finding:
    rows = list(reading.evidence(DETOUR).at(source, IcmpEcho, src=reading.address(source)))
    for row in rows[-1:]:
        if row.rtt_us is None:
            raise Refuted("the echo was not answered", row)
        text = f"{row.rtt_us / US_PER_MS:.3f} ms"
        if abs(row.rtt_us - expected_ms * US_PER_MS) > reading.order.tolerance_us:
            raise Refuted(text, row)
        return Finding(text, (row,))
    raise Missing(f"no echo in the capture at {source}")


def _whole(reading: Reading) -> list[Measured]:
    _all_answered(reading)
    return measured(reading)


def _error_us(pair: Measured) -> float:
    return abs(pair.measured_ms - pair.configured_ms) * US_PER_MS
