"""An experiment's script is a command by itself; before set-up it says what is to be done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import experiments

FOLDER = Path(experiments.__file__).parent
SCRIPT = "nearest_datacenter.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that was never set up."""
    shutil.copytree(FOLDER, tmp_path / "experiments", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a Python that has none of the project's packages."""
    return subprocess.run(
        [sys.executable, "-E", "-S", str(checkout / "experiments" / SCRIPT), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def test_before_set_up_it_says_what_is_to_be_done(checkout: Path) -> None:
    done = run(checkout)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"clientpath is not set up yet: run 'make setup' in {checkout} once\n"


def test_after_set_up_it_becomes_the_command_line_with_the_same_arguments(checkout: Path) -> None:
    command = checkout / ".venv" / "bin" / "clientpath"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\nprintf "<%s>" "$@"\nexit 7\n')
    command.chmod(0o755)
    done = run(checkout, "--seed", "7", "--out", "two words")
    assert (done.returncode, done.stderr) == (7, "")
    assert done.stdout == "<run><nearest_datacenter><--seed><7><--out><two words>"


def test_the_script_can_be_started_as_a_program() -> None:
    assert os.access(FOLDER / SCRIPT, os.X_OK)
    assert (FOLDER / SCRIPT).read_text().startswith("#!/usr/bin/env python3\n")
