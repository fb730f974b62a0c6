"""Whole runs in a guest whose root has Ryu in place of os-ken; `make test-ryu` makes it and runs these."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from experiments import pipeline
from machine import guest, ryu_tree, session, tree
from machine.session import TREE_FD
from measurement.result import Result, Verdict

from ..emulation.guests import prepared

EXPERIMENTS = ("nearest_datacenter", "backbone_failover")
SEED = 1

pytestmark = pytest.mark.skipif(
    not ryu_tree.place().exists(), reason="the root with Ryu is not set up: 'make test-ryu' makes it"
)


def run_with(root: Path, run_dir: Path, experiment: str) -> Result:
    """Run an experiment's every case in a guest with the root given, and judge it."""
    folder = prepared(run_dir, seed=SEED, experiment=experiment)
    start = guest.start(folder, SEED)
    start = dataclasses.replace(start, folders={**start.folders, TREE_FD: root})
    session.run(start, folder, lambda step: None)
    return pipeline.judge(folder)


def framework_of(run_dir: Path) -> str:
    """Return the framework that programmed a run's switches, as the controller's own log names it.

    A controller that is started again in a run names it again.
    """
    log = (run_dir / "nodes" / "backbone" / "controller.log").read_text()
    named = {line for line in log.splitlines() if line.startswith("framework: ")}
    assert len(named) == 1, f"the controller's log does not name one framework:\n{log}"
    return named.pop().removeprefix("framework: ")


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_claim_is_held_under_ryu(tmp_path: Path, experiment: str) -> None:
    result = run_with(ryu_tree.place(), tmp_path / "run", experiment)
    framework = framework_of(tmp_path / "run")
    assert framework == ryu_tree.RYU.replace("==", " ")
    claims = (*result.steps, *result.controls)
    assert claims and [claim for claim in claims if claim.verdict is not Verdict.HELD] == []
    assert result.verdict is Verdict.HELD
    print(f"{experiment}: {len(claims)} claims held, switches programmed by {framework}")


def test_a_run_under_the_ordinary_framework_is_told_apart(tmp_path: Path) -> None:
    """The same look at the log finds os-ken where that is what ran."""
    run_with(tree.place(), tmp_path / "run", EXPERIMENTS[0])
    framework = framework_of(tmp_path / "run")
    assert framework.startswith("os-ken ")
    print(f"{EXPERIMENTS[0]}, with the ordinary root: switches programmed by {framework}")
