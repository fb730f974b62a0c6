"""Guests for tests: the real one, over a run's folder, with the inside's source as it is or changed."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from experiments import pipeline
from experiments.registry import find
from machine import guest, session
from machine.session import SOURCE_FD
from topologies.load import load_world

SOURCE = Path(__file__).resolve().parents[2]
ROOMS = ("topologies", "controllers", "services", "measurement", "experiments", "machine")
EXPERIMENT = "nearest_datacenter"
OF_THE_MACHINE = ("machine.json", "report.html")  # the page shows what the file has

Change = tuple[str, str]  # what a file has, what is there instead


def changed_source(target: Path, changes: Mapping[str, Change]) -> Path:
    """Return a copy of the inside's source with files changed; a change that does not fit is an error."""
    for room in ROOMS:
        shutil.copytree(SOURCE / room, target / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name, (there, instead) in changes.items():
        text = (target / name).read_text()
        assert there in text, f"{name} has no {there!r}"
        (target / name).write_text(text.replace(there, instead))
    return target


def prepared(
    folder: Path,
    world: str = "article",
    seed: int = 1,
    experiment: str = EXPERIMENT,
    cases: tuple[str, ...] = (),
) -> Path:
    """Return a folder with everything that a machine needs; of an experiment's cases all, or some."""
    folder.mkdir(parents=True)
    planned = pipeline.plan(find(experiment), load_world(world), seed, tolerance_us=10)
    if cases:
        chosen = tuple(case for case in planned.order.cases if case.name in cases)
        probes = tuple(probe for probe in planned.order.probes if probe.name in cases)
        order = planned.order.model_copy(update={"cases": chosen, "probes": probes})
        planned = dataclasses.replace(planned, order=order)
    pipeline.prepare(planned, folder)
    return folder


def run_guest(
    folder: Path,
    *,
    source: Path = SOURCE,
    seed: int = 1,
    silence_s: float = session.SILENCE_S,
    memory_mb: int = guest.MEMORY_MB,
) -> list[str]:
    """Run a guest over a prepared folder; return the steps that the inside named."""
    steps: list[str] = []
    start = guest.start(folder, seed, memory_mb)
    folders = {**start.folders, SOURCE_FD: source}
    session.run(dataclasses.replace(start, folders=folders), folder, steps.append, silence_s)
    return steps


def fingerprints(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a run that has to be the same every time."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in OF_THE_MACHINE)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
