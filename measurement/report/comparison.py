"""Several runs side by side on one page: what each has shown, how long each took, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from measurement.bars import Bar, Group, Segment, bars_svg
from measurement.drawing import templates
from measurement.result import Result

MOST_GROUPS = 24  # of a picture that anybody looks at
Key = tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """One of the runs: how it is called on the page, its experiment's title, and what it has shown."""

    label: str
    title: str
    result: Result


@dataclass(frozen=True)
class Line:
    """A line of a table: what was measured, and its value in each run, None where that run has none."""

    words: tuple[str, ...]
    unit: str
    values: tuple[float | None, ...]

    @property
    def changes(self) -> tuple[float | None, ...]:
        """How much each value differs from the first run's, in percent; None where it cannot be said."""
        first = self.values[0]
        return tuple(100 * (each / first - 1) if first and each is not None else None for each in self.values)


def comparison_html(runs: Sequence[Compared]) -> str:
    """Return the page; changes are those against the first run."""
    requests, figures = request_lines(runs), figure_lines(runs)
    labels = [run.label for run in runs]
    return templates.get_template("compare.html.j2").render(
        runs=runs,
        requests=requests,
        figures=figures,
        picture=Markup(_picture(labels, requests)) if requests else "",
        verdicts=_counted(runs),
    )


def request_lines(runs: Sequence[Compared]) -> list[Line]:
    """Return how long each request took in each run: until the first byte, and in all."""
    found: list[dict[Key, float]] = []
    for run in runs:
        own: dict[Key, float] = {}
        for each in run.result.journeys:
            if each.status:
                first_byte_ms = sum(ms for name, ms in each.phases_ms.items() if name != "total")
                for phase, ms in (("first byte", first_byte_ms), ("total", each.phases_ms["total"])):
                    own[each.case, each.request, each.client, phase] = ms
        found.append(own)
    return _lines(found, dict.fromkeys((key for own in found for key in own), "ms"))


def figure_lines(runs: Sequence[Compared]) -> list[Line]:
    """Return what was measured in each run."""
    found: list[dict[Key, float]] = [
        {(each.name, each.case): each.measured for each in run.result.figures} for run in runs
    ]
    units: dict[Key, str] = {(each.name, each.case): each.unit for run in runs for each in run.result.figures}
    return _lines(found, units)


def _lines(found: Sequence[Mapping[Key, float]], units: Mapping[Key, str]) -> list[Line]:
    return [Line(key, unit, tuple(own.get(key) for own in found)) for key, unit in units.items()]


def _picture(labels: Sequence[str], requests: Sequence[Line]) -> str:
    """Return each request's whole time in every run, one below the other, as SVG."""
    groups = []
    for line in requests:
        if line.words[-1] == "total":
            values = zip(labels, line.values, strict=True)
            bars = [Bar(label, [Segment("total", ms)]) for label, ms in values if ms is not None]
            groups.append(Group(", ".join(line.words[:-1]), bars))
    return bars_svg("How long each request took", groups[:MOST_GROUPS])


def _counted(runs: Sequence[Compared]) -> list[str]:
    """Return how many steps and controls of each run are held, in words."""
    found = []
    for run in runs:
        parts = (*run.result.steps, *run.result.controls)
        found.append(f"{sum(each.verdict.value == 'held' for each in parts)} of {len(parts)} held")
    return found
