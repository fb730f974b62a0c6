"""One run of the real thing, made once and looked at by many tests."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import pytest

from measurement.result import Result, Verdict

from .guests import EXPERIMENT

# Where an experiment's own world is the planet: the same with fewer regions, in less time.
IN_THE_ARTICLE = "--world", "article"
# Instead of an hour: long enough for keys to be renewed twice.
IN_MINUTES = "--minutes", "5"


@dataclass(frozen=True)
class Finished:
    """A run from the command line, as a user starts it."""

    folder: Path
    code: int
    output: str
    progress: str

    @property
    def result(self) -> Result:
        return Result.model_validate_json((self.folder / "result.json").read_text())


def require_all_held(run: Finished, steps: int = 5) -> None:
    """Every step (the article has five) and every control is held and shown by frames."""
    assert run.code == 0, run.output + run.progress
    result = run.result
    assert [step.number for step in result.steps] == list(range(1, steps + 1))
    assert all(each.verdict is Verdict.HELD and each.frames for each in (*result.steps, *result.controls))


def clientpath(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    argv = [sys.executable, "-m", "clientpath.cli", *arguments]
    return subprocess.run(
        argv,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        check=False,
        preexec_fn=as_on_most_machines,
    )


def as_on_most_machines() -> None:
    """Let a process have 1,024 open files; it raises that itself if it needs more."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, most), most))


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Keep others out, also those in other processes, for as long as the block lasts."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run_once(place: Path, experiment: str, *options: str) -> Finished:
    """Run an experiment in a folder below a place, or take what somebody else has run there."""
    label = hashlib.sha256("\0".join((experiment, *options)).encode()).hexdigest()[:8]
    folder = place / f"{experiment}-{label}"
    folder.mkdir(parents=True, exist_ok=True)
    words = folder / "said.json"
    with alone(folder / "lock"):
        if not words.exists():
            done = clientpath("run", experiment, "--out", str(folder / "run"), *options)
            said = {"code": done.returncode, "output": done.stdout, "progress": done.stderr}
            words.write_text(json.dumps(said))
    return Finished(folder / "run", **json.loads(words.read_text()))


@pytest.fixture(scope="session")
def finish(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Finished]:
    """An experiment in its own world with seed 1, by its name and options; each is run once, and only read.

    Processes that test side by side have it together: who comes second waits for the one who came first.
    """
    own = tmp_path_factory.getbasetemp()
    place = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "finished"
    return cache(partial(run_once, place))


@pytest.fixture(scope="session")
def finished(finish: Callable[..., Finished]) -> Finished:
    """The article's first experiment."""
    return finish(EXPERIMENT)
