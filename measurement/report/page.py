"""One HTML file with all of a run: nothing is loaded from elsewhere, and a run gives the same bytes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup

from measurement.bars import Bar, Group, Segment, bars_svg
from measurement.drawing import templates
from measurement.journey import PHASES
from measurement.report.who import Stops, marks_and_ways
from measurement.report.world_map import map_svg
from measurement.result import Figure, JourneyResult, PathResult, Result, StepResult, Verdict
from measurement.rtt import error_us
from topologies.plan import Plan
from topologies.world import World

MAP, LADDER = "map.svg", "ladder.svg"
MOST_BARS = 48  # of a waterfall that anybody looks at
MOST_PATHS = 200  # in a table; the farthest off first
MOST_FRAMES = 12  # in a command: more of them no terminal takes
SENTENCES = {
    Verdict.HELD: "Every step and every control is shown by packets.",
    Verdict.REFUTED: "Packets show something else than what was expected.",
    Verdict.INCONCLUSIVE: "Nothing can be said: evidence is missing, cut or damaged.",
}
ID = re.compile(r'\b(id="|url\(#|href="#|aria-describedby=")([A-Za-z][\w-]*)')


@dataclass(frozen=True)
class Run:
    """What a page is made of: everything is read from a run's folder.

    ``texts`` are those of the order's parts by their names; ``pictures`` SVG texts by their file's name, the
    map among them; ``problems`` say what could not be shown, and why; ``repeat`` is the command that makes
    the run again. Files that are ``missing`` are named, and nothing leads to them. With ``tables_first``
    these are what the page is about, and stand before the pictures. ``told`` are sentences to the verdict.
    """

    title: str
    result: Result
    texts: Mapping[str, str]
    pictures: Mapping[str, str]
    machine: Mapping[str, Any]
    problems: Sequence[str]
    repeat: str
    missing: Collection[str] = ()
    tables_first: bool = False
    told: Sequence[str] = ()


def page_html(run: Run) -> str:
    """Return the page."""
    return templates.get_template("report.html.j2").render(
        run=run,
        result=run.result,
        sentence=SENTENCES[run.result.verdict],
        counted=_counted(run.result),
        pictures=_pictures(run),
        evidence=[("Steps", "step", run.result.steps), ("Controls", "control", run.result.controls)],
        by_file=_by_file,
        listed=_listed,
        command=_command,
        journeys=run.result.journeys,
        phases=PHASES,
        figures=_figures(run.result.figures),
        paths=_paths(run.result.paths),
        path_count=len(run.result.paths),
        error_us=error_us,
        machine=_flat(run.machine),
    )


def map_of(world: World, plan: Plan, result: Result, stops: Stops) -> str:
    """Return the run's map as SVG."""
    marks, ways = marks_and_ways(world, plan, result, stops)
    return map_svg("Who asked whom, and where it ended", marks, ways)


def waterfall_of(journeys: Sequence[JourneyResult], texts: Mapping[str, str]) -> str:
    """Return where the time of each request went, phase by phase, case by case, as SVG."""
    groups = []
    for case, asked in groupby(journeys[:MOST_BARS], key=lambda journey: journey.case):
        bars = [Bar(f"{each.request}, {each.client}", _segments(each)) for each in asked]
        groups.append(Group(texts.get(case, case), bars))
    return bars_svg("Where the time went", groups)


def _segments(journey: JourneyResult) -> list[Segment]:
    phases = [Segment(name.replace("_", " "), journey.phases_ms[name]) for name in PHASES[:-1]]
    rest = journey.phases_ms[PHASES[-1]] - sum(phase.ms for phase in phases)
    found = [*phases, Segment("rest of the answer", max(0.0, round(rest, 3)))]
    return found if journey.status else []


def _pictures(run: Run) -> list[tuple[str, str, Markup]]:
    """Return the pictures with their headings: map, ladder, waterfall, and those of the experiment."""
    found = [("map", "Where everybody is", run.pictures[MAP])]
    if LADDER in run.pictures:
        found.append(("ladder", "What was sent, on one clock", run.pictures[LADDER]))
    if run.result.journeys:
        found.append(("waterfall", "Where the time went", waterfall_of(run.result.journeys, run.texts)))
    others = {name: text for name, text in run.pictures.items() if name not in (MAP, LADDER)}
    found += [(name.removesuffix(".svg"), _heading(name), text) for name, text in others.items()]
    return [(name, heading, _inline(name, text)) for name, heading, text in found]


def _heading(file: str) -> str:
    return file.removesuffix(".svg").replace("-", " ").replace("_", " ").capitalize()


def _inline(name: str, svg: str) -> Markup:
    """Return a picture as it can stand in a page beside others: what it names is its own."""
    own = ID.sub(lambda found: f"{found[1]}{name}-{found[2]}", svg)
    return Markup(own.strip())


def _counted(result: Result) -> list[tuple[str, str]]:
    """Return how many steps and controls have which verdict, in words."""
    found = []
    for kind, parts in (("steps", result.steps), ("controls", result.controls)):
        held = sum(each.verdict is Verdict.HELD for each in parts)
        found.append((kind, f"{held} of {len(parts)} held"))
    return found


def _by_file(step: StepResult) -> list[tuple[str, list[int]]]:
    """Return each capture that shows a step, with the numbers of its frames."""
    found: dict[str, list[int]] = {}
    for each in step.frames:
        found.setdefault(each.file, []).append(each.frame)
    return list(found.items())


def _listed(frames: Sequence[int]) -> str:
    """Return the first of some frames, in words."""
    shown = ", ".join(map(str, frames[:MOST_FRAMES]))
    return shown if len(frames) <= MOST_FRAMES else f"{shown} and {len(frames) - MOST_FRAMES} more"


def _command(file: str, frames: Sequence[int]) -> str:
    """Return a command that shows the first of some frames of a capture."""
    chosen = f"frame.number in {{{', '.join(map(str, frames[:MOST_FRAMES]))}}}"
    return f"tshark -r {shlex.quote(file)} -Y {shlex.quote(chosen)}"


def _figures(figures: Sequence[Figure]) -> list[Figure]:
    """Return figures with the cases of one below each other."""
    order = list(dict.fromkeys(figure.name for figure in figures))
    return sorted(figures, key=lambda figure: order.index(figure.name))


def _paths(paths: Sequence[PathResult]) -> list[PathResult]:
    return sorted(paths, key=lambda path: (-error_us(path), path.source, path.to))[:MOST_PATHS]


def _flat(machine: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Return nested values as lines: "host, kernel" and its value."""
    found: list[tuple[str, str]] = []
    for name, value in machine.items():
        label = f"{before}{name.replace('_', ' ')}"
        found += _flat(value, f"{label}, ") if isinstance(value, Mapping) else [(label, str(value))]
    return found
