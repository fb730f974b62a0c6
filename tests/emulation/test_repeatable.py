"""Same world, same seed, same source: the same bytes, under any load; another seed, other bytes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from experiments.registry import EXPERIMENTS

from .conftest import IN_MINUTES, IN_THE_ARTICLE, Finished, clientpath
from .guests import EXPERIMENT, fingerprints

# In a minute or less: by what each experiment has for that.
SHORTER = {
    "vpn_hours": IN_MINUTES,
    "region_failure": ("--hours", "2"),
    "edge": ("--world", str(Path(__file__).with_name("small_edges.toml"))),
}


@contextlib.contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Keep processors busy for as long as the block lasts."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def test_two_guests_side_by_side_under_load_give_the_bytes_of_the_first(
    finished: Finished, tmp_path: Path
) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    with busy_loops(2), ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda folder: clientpath("run", EXPERIMENT, "--out", str(folder)), folders))
    assert [run.returncode for run in runs] == [0, 0], runs
    first = fingerprints(finished.folder)
    for folder in folders:
        assert fingerprints(folder) == first


@pytest.mark.parametrize("experiment", [name for name in EXPERIMENTS if name != EXPERIMENT])
def test_every_experiment_gives_the_same_bytes_again(
    finish: Callable[..., Finished], tmp_path: Path, experiment: str
) -> None:
    options = IN_THE_ARTICLE if experiment.startswith("backbone_") else ()
    options = SHORTER.get(experiment, options)
    run = clientpath("run", experiment, "--out", str(tmp_path / "again"), *options)
    assert run.returncode == 0, run
    assert fingerprints(tmp_path / "again") == fingerprints(finish(experiment, *options).folder)


def test_another_seed_has_other_keys_and_ports_and_the_same_verdict(
    finished: Finished, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    done = clientpath("run", EXPERIMENT, "--seed", "2", "--out", str(other))
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("nodes/authority/front-end.key", "pcap/nearest/traveller.pcapng"):
        assert (other / name).read_bytes() != (finished.folder / name).read_bytes(), name
