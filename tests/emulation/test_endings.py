"""However a run ends, nothing of it is left: no process, no mount, no interface, no temporary file."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .guests import EXPERIMENT

DEADLINE_S = 60.0
SIGNALS = {"Ctrl-C": (signal.SIGINT, 130), "SIGTERM": (signal.SIGTERM, 130), "SIGKILL": (signal.SIGKILL, -9)}
LAST_STAGE = "judging"
STAGES = ("guest", "building the network", "nearest:", LAST_STAGE)


def names(folder: Path | str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def traces(temporary: Path) -> dict[str, list[str]]:
    """Return what a run could leave on this machine."""
    return {
        "mounts": Path("/proc/self/mountinfo").read_text().splitlines(),
        "interfaces": names("/sys/class/net"),
        "temporary files": names(temporary),
        "shared memory": names("/dev/shm"),
    }


def processes(mark: str) -> list[int]:
    """Return the processes whose environment has a mark."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in environment.read_bytes():
                found.append(int(environment.parent.name))
    return found


def wait_for(what: str, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline, f"not within {DEADLINE_S:g} s: {what}"
        time.sleep(0.05)


@contextlib.contextmanager
def running(tmp_path: Path, seed: int) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Start a run; give its process, and the file that its progress goes to."""
    progress = tmp_path / "progress"
    argv = [sys.executable, "-m", "clientpath.cli", "run", EXPERIMENT, "--seed", str(seed)]
    environment = {**os.environ, "CLIENTPATH_TEST": str(seed), "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    with progress.open("wb") as words:
        process = subprocess.Popen(
            [*argv, "--out", str(tmp_path / "run")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=words,
            env=environment,
        )
    try:
        yield process, progress
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", SIGNALS)
def test_nothing_is_left_when_a_run_is_ended(tmp_path: Path, name: str, stage: str) -> None:
    number, code = SIGNALS[name]
    seed = 1_000_000 + os.getpid() * 100 + STAGES.index(stage) * 10 + number
    marks = f"CLIENTPATH_SEED={seed}", f"CLIENTPATH_TEST={seed}"
    before = traces(tmp_path.parent)
    with running(tmp_path, seed) as (process, progress):
        wait_for(f"stage {stage}", lambda: stage in progress.read_text())
        process.send_signal(number)
        ended = process.wait(DEADLINE_S)
    # Judging takes a second: on a busy machine the run may be over before the signal comes.
    assert ended == code or (stage == LAST_STAGE and ended == 0), progress.read_text()
    wait_for("the end of every process", lambda: not any(processes(mark) for mark in marks))
    assert traces(tmp_path.parent) == before
    assert names(tmp_path / "tmp") == []
    if ended == 130:
        assert "interrupted" in progress.read_text()
