"""The last stage: a page and one capture of everything, from the files of a run that was judged."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.gone import gone, missing_captures
from experiments.order import Order
from experiments.own import experiment_of
from experiments.run_files import read_file
from experiments.stops import stops
from measurement.report.comparison import Compared, comparison_html
from measurement.report.page import MAP, Run, map_of, page_html
from measurement.result import Result, Verdict
from measurement.story import FILE as STORY
from measurement.story import write_story
from topologies.load import builtin_worlds
from topologies.plan import Plan
from topologies.world import World

PAGE = "report.html"


class Report(NamedTuple):
    """A page that was made, and what it could not show, with the reasons."""

    page: Path
    not_shown: tuple[str, ...]


def write_report(run_dir: Path) -> Report:
    """Write report.html, map.svg and story.pcapng into the folder of a run that was judged.

    A capture that is missing or damaged is no error: what it was to show is told instead. Raises NotARun,
    naming the file, if the folder is no run's, was not judged, or is of another version.
    """
    order = read_file(run_dir, "order.json", Order)
    world, plan = read_file(run_dir, "world.json", World), read_file(run_dir, "network.json", Plan)
    result = read_result(run_dir)
    missing = missing_captures(run_dir, order)
    unread = [
        f"{each}: {STORY} has what stands before" for each in write_story(run_dir, plan, result).problems
    ]
    ways = stops(world, plan, order, result.journeys)
    (run_dir / MAP).write_text(map_of(world, plan, result, ways), encoding="utf-8")
    experiment = experiment_of(order)
    run = Run(
        title=experiment.title,
        result=result,
        texts=texts_of(order),
        pictures=_pictures(run_dir),
        machine=_machine(run_dir),
        problems=[*_inconclusive(result), *gone(result, missing), *unread],
        repeat=repeat_command(order),
        missing=frozenset(missing),
        tables_first=experiment.tables_first,
        told=experiment.told(result),
    )
    (run_dir / PAGE).write_text(page_html(run), encoding="utf-8")
    return Report(run_dir / PAGE, tuple(run.problems))


def write_comparison(run_dirs: Sequence[Path], page: Path) -> None:
    """Write a page on which several runs that were judged stand side by side, in the order given.

    Raises NotARun as `write_report` does.
    """
    results = [read_result(run_dir) for run_dir in run_dirs]
    labels = _labels(run_dirs)
    runs = [
        Compared(label, title_of(run_dir), result)
        for label, run_dir, result in zip(labels, run_dirs, results, strict=True)
    ]
    page.write_text(comparison_html(runs), encoding="utf-8")


def read_result(run_dir: Path) -> Result:
    """Return what a run has shown; raises NotARun, naming the file, if the folder was not judged."""
    return read_file(run_dir, "result.json", Result)


def title_of(run_dir: Path) -> str:
    """Return what a run's experiment is called; raises NotARun if the folder is no run's."""
    return experiment_of(read_file(run_dir, "order.json", Order)).title


def _labels(run_dirs: Sequence[Path]) -> list[str]:
    """Return the folders' names, whole paths where two have the same."""
    names = [run_dir.resolve().name for run_dir in run_dirs]
    return names if len(set(names)) == len(names) else [str(run_dir) for run_dir in run_dirs]


def texts_of(order: Order) -> dict[str, str]:
    """Return what each part of an order is, in words, by its name."""
    return {each.name: each.text for each in order.parts}


def repeat_command(order: Order) -> str:
    """Return the command that makes the same run again; what is of one's own is named as a file."""
    world = order.world if order.world in builtin_worlds() else f"{order.world}.toml"
    experiment = Path(order.file).name or order.experiment
    words = ["clientpath", "run", experiment, "--world", world, "--seed", str(order.seed)]
    return shlex.join([*words, *order.options])


def _pictures(run_dir: Path) -> dict[str, str]:
    """Return the SVG texts of a run by their files' names."""
    found = sorted(run_dir.glob("*.svg"))
    return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in found}


def _machine(run_dir: Path) -> dict[str, Any]:
    """Return what is known of the machine; nothing where the file is missing or damaged."""
    try:
        found = json.loads((run_dir / "machine.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _inconclusive(result: Result) -> Iterator[str]:
    """Yield what could not be shown, and why."""
    for kind, each in result.claims:
        if each.verdict is Verdict.INCONCLUSIVE:
            yield f"{kind} {each.number}, {each.text}: {each.observed}"
