"""Every experiment in a world that is not the article's: other places, other names, fewer servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.registry import EXPERIMENTS

from .conftest import clientpath

SMALL = Path(__file__).with_name("small.toml")


@pytest.mark.parametrize("experiment", [name for name in EXPERIMENTS if name != "nearest_datacenter"])
def test_it_is_held_in_a_small_world(tmp_path: Path, experiment: str) -> None:
    run = clientpath("run", experiment, "--world", str(SMALL), "--out", str(tmp_path / "run"))
    assert run.returncode == 0, run.stdout + run.stderr
