"""The command line in this process, and a machine that leaves the saved run's files instead of running."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clientpath.cli import guarded
from machine import machines
from machine.machines import GUEST, MACHINES, Machine

from ..experiments.saved_runs import copied


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one message of a command that could not be understood or done: it printed nothing else.

        The error's code, which stands before it, is left out.
        """
        assert (self.code, self.out) == (2, "")
        assert "Traceback" not in self.err
        lines = self.err.strip().splitlines()
        found = re.fullmatch(r"clientpath: CP\d{3}: (.+)", lines[-1])
        assert found is not None, f"no message: {self.err}"
        assert len(lines) == 1 or lines[0].startswith("Usage: ")
        return found[1]


Clientpath = Callable[..., Said]


@dataclass
class FakeMachine:
    """Says two steps and leaves the saved run's files, all or some of its captures; or fails, if told to."""

    runs: list[tuple[str, Path, int]] = field(default_factory=list)
    error: BaseException | None = None
    captures: tuple[str, ...] | None = None

    def run(
        self, machine: Machine, run_dir: Path, seed: int, on_step: Callable[[str], None], memory_mb: int
    ) -> None:
        """Stand in for `machine.machines.run`."""
        self.runs.append((machine.name, run_dir, seed))
        on_step("building the network: 1 node")
        if self.error is not None:
            raise self.error
        on_step("nearest: [traveller] asks isplis")
        copied(run_dir, self.captures)


@pytest.fixture
def clientpath(capsys: pytest.CaptureFixture[str]) -> Clientpath:
    """The command line: called with its arguments."""

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        code = guarded([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return call


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which commands are given."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, here: Path) -> FakeMachine:
    """A guest that is set up, and that is none."""
    machine = FakeMachine()
    guest = dataclasses.replace(GUEST, require=lambda: None, versions=lambda: {"kernel": "none"})
    monkeypatch.setitem(MACHINES, "guest", guest)
    monkeypatch.setattr(machines, "run", machine.run)
    return machine
