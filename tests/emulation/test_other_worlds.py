"""Every experiment in a world that is not the article's: other places, other names, fewer servers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.registry import EXPERIMENTS

from .conftest import Finished, clientpath

SMALL = Path(__file__).with_name("small.toml")
SMALL_EDGES = Path(__file__).with_name("small_edges.toml")


ON_THE_BACKBONE = [name for name in EXPERIMENTS if name.startswith("backbone_")]
WITHOUT_EDGES, WITHOUT_COPIES = ["edge"], ["region_failure"]
OTHERS = [
    name
    for name in EXPERIMENTS
    if name not in (*WITHOUT_EDGES, *WITHOUT_COPIES, "nearest_datacenter", *ON_THE_BACKBONE)
]


@pytest.mark.parametrize("experiment", OTHERS)
def test_it_is_held_in_a_small_world(tmp_path: Path, experiment: str) -> None:
    run = clientpath("run", experiment, "--world", str(SMALL), "--out", str(tmp_path / "run"))
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("experiment", ["backbone_rtt", "backbone_failover"])
def test_a_world_that_cannot_show_it_is_told_so_and_nothing_is_started(
    tmp_path: Path, experiment: str
) -> None:
    run = clientpath("run", experiment, "--world", str(SMALL), "--out", str(tmp_path / "run"))
    assert run.returncode == 2 and "right would be two" in run.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("experiment", WITHOUT_EDGES)
def test_a_world_without_edges_is_told_so_and_nothing_is_started(tmp_path: Path, experiment: str) -> None:
    run = clientpath("run", experiment, "--world", str(SMALL), "--out", str(tmp_path / "run"))
    assert run.returncode == 2 and "right would be [[edges]]" in run.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("experiment", WITHOUT_COPIES)
def test_a_world_without_copies_is_told_so_and_nothing_is_started(tmp_path: Path, experiment: str) -> None:
    run = clientpath("run", experiment, "--world", str(SMALL), "--out", str(tmp_path / "run"))
    assert run.returncode == 2 and "copies" in run.stderr, run.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("experiment", WITHOUT_EDGES)
def test_it_is_held_in_a_small_world_with_edges(finish: Callable[..., Finished], experiment: str) -> None:
    run = finish(experiment, "--world", str(SMALL_EDGES))
    assert run.code == 0, run.output + run.progress
