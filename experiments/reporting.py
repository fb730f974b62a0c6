"""The last stage: a page and one capture of everything, from the files of a run that was judged."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from experiments.order import Order
from experiments.reading import NotARun, first_fault
from experiments.registry import find
from measurement.report.comparison import Compared, comparison_html
from measurement.report.page import MAP, Run, map_of, page_html
from measurement.result import Result, StepResult, Verdict
from measurement.story import FILE as STORY
from measurement.story import write_story
from topologies.load import builtin_worlds
from topologies.plan import Plan
from topologies.world import World

PAGE = "report.html"
Model = TypeVar("Model", bound=BaseModel)


def write_report(run_dir: Path) -> Path:
    """Write report.html, map.svg and story.pcapng into the folder of a run that was judged; return the page.

    Raises NotARun, naming the file, if the folder is no run's, was not judged, or is of another version.
    """
    order = _read(run_dir, "order.json", Order)
    world, plan = _read(run_dir, "world.json", World), _read(run_dir, "network.json", Plan)
    result = read_result(run_dir)
    merged = write_story(run_dir, plan, result)
    unread = [f"{each}: {STORY} has what stands before" for each in merged.problems]
    (run_dir / MAP).write_text(map_of(world, plan, result), encoding="utf-8")
    run = Run(
        title=find(result.experiment).title,
        result=result,
        texts=texts_of(order),
        pictures={path.name: path.read_text(encoding="utf-8") for path in sorted(run_dir.glob("*.svg"))},
        machine=_machine(run_dir),
        problems=[*_inconclusive(result), *unread],
        repeat=repeat_command(order),
    )
    page = run_dir / PAGE
    page.write_text(page_html(run), encoding="utf-8")
    return page


def write_comparison(run_dirs: Sequence[Path], page: Path) -> None:
    """Write a page on which several runs that were judged stand side by side, in the order given.

    Raises NotARun as `write_report` does.
    """
    results = [read_result(run_dir) for run_dir in run_dirs]
    labels = _labels(run_dirs)
    runs = [
        Compared(label, find(result.experiment).title, result)
        for label, result in zip(labels, results, strict=True)
    ]
    page.write_text(comparison_html(runs), encoding="utf-8")


def read_result(run_dir: Path) -> Result:
    """Return what a run has shown; raises NotARun, naming the file, if the folder was not judged."""
    return _read(run_dir, "result.json", Result)


def _labels(run_dirs: Sequence[Path]) -> list[str]:
    """Return the folders' names, whole paths where two have the same."""
    names = [run_dir.resolve().name for run_dir in run_dirs]
    return names if len(set(names)) == len(names) else [str(run_dir) for run_dir in run_dirs]


def texts_of(order: Order) -> dict[str, str]:
    """Return what each part of an order is, in words, by its name."""
    return {each.name: each.text for each in order.parts}


def repeat_command(order: Order) -> str:
    """Return the command that makes the same run again; a world of one's own is named as a file."""
    world = order.world if order.world in builtin_worlds() else f"{order.world}.toml"
    words = ["clientpath", "run", order.experiment, "--world", world, "--seed", str(order.seed)]
    return shlex.join([*words, *order.options])


def _read(run_dir: Path, name: str, model: type[Model]) -> Model:
    try:
        return model.model_validate_json((run_dir / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotARun(_lacks(run_dir, name)) from None
    except (ValidationError, UnicodeDecodeError, OSError) as error:
        raise NotARun(f"{run_dir / name} is not of this version: {first_fault(error)}") from None


def _lacks(run_dir: Path, name: str) -> str:
    """Say what a folder without a file is: one that was not judged, or no run's."""
    if name == "result.json" and (run_dir / "pcap").is_dir():
        return (
            f"{run_dir} was not judged: it has no {name}; right would be 'clientpath judge {run_dir}' first"
        )
    if name == "result.json":
        return f"{run_dir} is of a run that was cut off: it has no captures, so nothing can be shown of it"
    return f"{run_dir} is not a run's folder: it has no {name}"


def _machine(run_dir: Path) -> dict[str, Any]:
    """Return what is known of the machine; nothing where the file is missing or damaged."""
    try:
        found = json.loads((run_dir / "machine.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _inconclusive(result: Result) -> Iterator[str]:
    """Yield what could not be shown, and why."""
    kinds: tuple[tuple[str, tuple[StepResult, ...]], ...] = (
        ("step", result.steps),
        ("control", result.controls),
    )
    for kind, parts in kinds:
        for each in parts:
            if each.verdict is Verdict.INCONCLUSIVE:
                yield f"{kind} {each.number}, {each.text}: {each.observed}"
