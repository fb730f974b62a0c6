"""Makes the saved runs anew: ``python -m tests.golden.make``. Keeps what judging reads, and nothing else.

A run with large captures is not kept. Pictures and tables in the documentation are of every run.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from experiments import pipeline
from experiments.registry import EXPERIMENTS
from experiments.reporting import write_report
from machine import machines
from topologies.load import load_world

from . import pages

GOLDEN = Path(__file__).parent
DOCS = GOLDEN.parents[1] / "docs"
MAPPED = ("nearest_datacenter",)  # whose map the README shows
LARGEST_BYTES = 8_000_000  # of a run's captures
MOST_FILES = 500  # of captures: more are too many to look after
KEPT = ("order.json", "world.json", "network.json", "journey.jsonl", "pcap")


def main() -> None:
    """Run every experiment in a guest, and keep each one's files below this folder."""
    for experiment in EXPERIMENTS.values():
        with tempfile.TemporaryDirectory() as work:
            run_dir = Path(work)
            planned = pipeline.plan(experiment, load_world(experiment.world), 1, machines.GUEST.tolerance_us)
            pipeline.prepare(planned, run_dir)
            machines.run(machines.GUEST, run_dir, 1, print, planned.memory_mb)
            sizes = [each.stat().st_size for each in run_dir.glob("pcap/*/*")]
            if sum(sizes) <= LARGEST_BYTES and len(sizes) <= MOST_FILES:
                _keep(run_dir, GOLDEN / experiment.name)
            result = pipeline.judge(run_dir)
            pages.rewrite(pages.page_of(DOCS, experiment.name), result)
            if experiment.name in MAPPED:
                write_report(run_dir)
            for picture in run_dir.glob("*.svg"):
                name = experiment.name.replace("_", "-")
                kept = f"{name}.svg" if picture.stem == "ladder" else f"{name}-{picture.name}"
                shutil.copy(picture, DOCS / kept)


def _keep(run_dir: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for name in KEPT:
        source = run_dir / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target / name)


if __name__ == "__main__":
    main()
