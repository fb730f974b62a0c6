"""What is claimed of the backbone's round trips: measured, configured, published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import median, quantiles

from experiments.cut_place import Place
from experiments.exercise import Cut, Echo, Exercise
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
LOST = 5  # so many of those without an answer are named


@dataclass(frozen=True)
class Measured:
    """A pair's echo, and its round trips in milliseconds: as measured, as configured, as published."""

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

    @property
    def off_us(self) -> float:
        """How far the measured round trip is from the configured one, in microseconds."""
        return abs(self.measured_ms - self.configured_ms) * US_PER_MS


@dataclass(frozen=True)
class Pairs:
    """All pairs of a run; what was measured of them is looked up once, because there may be a thousand."""

    reading: Reading

    @cached_property
    def echoes(self) -> tuple[Echo, ...]:
        """Every echo of the exercise."""
        return self.reading.order.exercise(ALL).echoes

    @cached_property
    def measured(self) -> list[Measured]:
        """Every pair whose echo was answered, in the order of the exercise."""
        reading = self.reading
        names = {
            front_end(name): reading.world.datacenter(name) for name in reading.order.selection.datacenters
        }
        rows = (row for row in reading.evidence(ALL).rows if isinstance(row, IcmpEcho))
        by_ends = {(row.node, row.src, row.dst): row for row in rows}
        found = []
        for echo in self.echoes:
            a, b = names[echo.source], names[echo.target]
            row = by_ends.get((echo.source, reading.address(echo.source), reading.address(echo.target)))
            published = published_rtt_ms(a.region or "", b.region or "")
            if row is not None and row.rtt_us is not None and published:
                configured = configured_rtt_ms(reading.plan, echo.source, echo.target)
                found.append(Measured(a.name, b.name, row, row.rtt_us / US_PER_MS, configured, published))
        return found

    def steps(self) -> list[Claim]:
        """Return the three steps."""
        count = len(self.echoes)
        return [
            Claim(
                "every pair of regions with a published round trip is measured",
                f"{count} echoes, {count} replies, each in the capture of the one who asked",
                self._all_answered,
            ),
            Claim(
                "each takes the time of its shortest path",
                f"95 % of them are off by {self.reading.order.tolerance_us:g} us at most",
                self._as_configured,
            ),
            Claim(
                "that is close to what Microsoft publishes",
                f"a median error of {MEDIAN_PERCENT:g} % or less, {SHARE_PERCENT:g} % of the pairs within"
                f" {WITHIN_PERCENT:g} %",
                self._as_published,
            ),
        ]

    def figures(self) -> list[Figure]:
        """Return the errors against the published figures; none where a capture is not whole."""
        try:
            self._all_answered()
        except (Missing, Refuted):
            return []
        errors = sorted(abs(each.off_percent) for each in self.measured)
        if len(errors) < 2:
            return []
        return [
            Figure(name="error against published", case="median", unit="%", measured=median(errors)),
            Figure(
                name="error against published",
                case="95 % of pairs within",
                unit="%",
                measured=quantiles(errors, n=20)[-1],
            ),
            Figure(name="error against published", case="largest", unit="%", measured=errors[-1]),
        ]

    def _all_answered(self) -> Finding:
        evidence = self.reading.evidence(ALL)
        for point in self.reading.order.captures:
            evidence.require(point.name)
        rows = tuple(each.row for each in self.measured)
        if len(rows) != len(self.echoes):
            answered = {row.node + row.dst for row in rows}
            lost = [
                f"{each.source}-{each.target}"
                for each in self.echoes
                if each.source + self.reading.address(each.target) not in answered
            ]
            words = f"{len(rows)} of {len(self.echoes)} were answered; not {', '.join(lost[:LOST])}"
            raise Refuted(words, *rows)
        return Finding(f"{len(rows)} were answered", rows)

    def _as_configured(self) -> Finding:
        rows = self._all_answered().rows
        found = sorted(self.measured, key=lambda each: each.off_us)
        # The one that 95 % are not farther off than: a few meet switches at work, which takes their clock on.
        most = found[-(-len(found) * 95 // 100) - 1]
        worst = found[-1]
        text = (
            f"median {median(each.off_us for each in found):.3f} us, 95th percentile {most.off_us:.3f} us;"
            f" farthest off: {worst.a} to {worst.b}, by {worst.off_us:.3f} us"
        )
        if most.off_us > self.reading.order.tolerance_us:
            raise Refuted(text, *(each.row for each in found if each.off_us >= most.off_us))
        return Finding(text, rows)

    def _as_published(self) -> Finding:
        self._all_answered()
        found = sorted(self.measured, key=lambda each: -abs(each.off_percent))
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


def takes_longer(reading: Reading) -> Claim:
    """Claim that a pair whose path is cut takes the longer way, and its time."""
    exercise = reading.order.exercise(DETOUR)
    echo = exercise.echoes[-1]
    cut = next(event for event in exercise.events if isinstance(event, Cut))
    place = Place.of_cut(reading.plan, cut, echo.source, echo.target)
    other_ms, usual_ms = place.rtt_ms(place.without), place.rtt_ms(place.way)
    return Claim(
        f"a link of a path cut: {cut.a} - {cut.b}",
        f"{echo.source} to {echo.target} takes {other_ms:.3f} ms instead of {usual_ms:.3f}",
        lambda: _took(reading, exercise, other_ms, usual_ms),
    )


def _took(reading: Reading, exercise: Exercise, expected_ms: float, usual_ms: float) -> Finding:
    """The last echo took the other way: by its time, which is another one."""
    echo, number = exercise.echoes[-1], len(exercise.echoes)
    ends = {"src": reading.address(echo.source), "dst": reading.address(echo.target)}
    for row in reading.evidence(DETOUR).at(echo.source, IcmpEcho, seq=number, **ends):
        if row.rtt_us is None:
            raise Refuted("the echo was not answered", row)
        text = f"{row.rtt_us / US_PER_MS:.3f} ms"
        if abs(row.rtt_us - expected_ms * US_PER_MS) > reading.order.tolerance_us:
            raise Refuted(text, row)
        if abs(expected_ms - usual_ms) * US_PER_MS <= 2 * reading.order.tolerance_us:
            raise Missing(f"{text}: the other way takes as long as the usual one, so nobody can tell")
        return Finding(text, (row,))
    raise Missing(f"echo {number} is not in the capture at {echo.source}")
