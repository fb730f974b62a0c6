"""A build by mmdebstrap, from its start to its end; a script stands in for mmdebstrap."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from machine import private_tree
from machine.errors import SetupFailed
from machine.private_tree import end_all, mmdebstrap

from .processes import wait_for

ENDS_WHEN_TOLD = """
trap 'echo cleaned > cleaned; exit 1' TERM
echo building
while :; do sleep 0.05; done
"""


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, list[str]], None]]:
    """Give a function that makes a tree with a script in place of mmdebstrap, which runs in tmp_path."""
    monkeypatch.setattr(private_tree, "ending", threading.Event())
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def make(script: str, lines: list[str]) -> None:
        program = tmp_path / "mmdebstrap"
        program.write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}")
        program.chmod(0o755)
        mmdebstrap(
            "/dev/null",
            packages=["one", "two"],
            hooks=["true"],
            output_format="null",
            log=tmp_path / "log",
            on_line=lines.append,
        )

    yield make
    end_all()


def test_its_lines_are_passed_on_and_kept(build: Callable[[str, list[str]], None], tmp_path: Path) -> None:
    lines: list[str] = []
    build('echo "$@"; echo two', lines)
    assert lines[0].endswith("--include=one,two --customize-hook=true bookworm /dev/null")
    assert lines[1] == "two" and (tmp_path / "log").read_text().endswith("two\n")


def test_a_failure_is_told_with_its_last_lines(build: Callable[[str, list[str]], None]) -> None:
    with pytest.raises(SetupFailed, match="ended with code 7; its last lines:\nno such package"):
        build("echo no such package; exit 7", [])


def test_one_that_is_to_end_cleans_up_and_is_gone(
    build: Callable[[str, list[str]], None], tmp_path: Path
) -> None:
    lines: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        building = pool.submit(build, ENDS_WHEN_TOLD, lines)
        wait_for("its first line", lambda: lines)
        end_all()
        with pytest.raises(SetupFailed):
            building.result(timeout=30)
    assert (tmp_path / "cleaned").exists()


def test_one_that_begins_when_all_is_to_end_does_not_build(
    build: Callable[[str, list[str]], None], tmp_path: Path
) -> None:
    end_all()
    lines: list[str] = []
    with pytest.raises(SetupFailed, match="ended before it began"):
        build(ENDS_WHEN_TOLD, lines)
    assert lines == []
