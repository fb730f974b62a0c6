"""A guest has a processor of its own, as long as there is one that no other guest has."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from machine import processor, session

from .processes import PATH, script

RESERVE = "from machine.processor import reserved\nwith reserved() as own: print(own, flush=True); input()"
SAYS = "echo @step $(grep Cpus_allowed_list /proc/self/status | cut -f 2); echo @exit 0"


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Two processors that nobody else reserves: with numbers that no machine has."""
    numbers = [90_000 + os.getpid() % 10_000 * 2 + each for each in (0, 1)]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(numbers))
    yield numbers


def test_each_has_another_one_and_the_first_is_the_last_to_go(free: list[int]) -> None:
    with processor.reserved() as one, processor.reserved() as two:
        assert [one, two] == [free[1], free[0]]


def test_where_all_are_taken_there_is_none(free: list[int]) -> None:
    with processor.reserved(), processor.reserved(), processor.reserved() as three:
        assert three is None


def test_it_is_free_again_when_the_block_ends_however_it_does(free: list[int]) -> None:
    with contextlib.suppress(KeyError), processor.reserved():
        raise KeyError
    with processor.reserved() as again:
        assert again == free[1]


def test_what_another_process_has_is_taken_until_it_ends_even_if_it_is_killed(free: list[int]) -> None:
    python = [sys.executable, "-c", f"import os; os.sched_getaffinity = lambda _: {set(free)}\n{RESERVE}"]
    with subprocess.Popen(python, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert int(other.stdout.readline()) == free[1]
        with processor.reserved() as own:
            assert own == free[0]
        other.kill()
    with processor.reserved() as own:
        assert own == free[1]


def test_a_machine_that_is_alone_runs_on_its_own_and_we_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, steps = os.sched_getaffinity(0), list[str]()
    monkeypatch.setattr(processor, "reserved", lambda: contextlib.nullcontext(max(before)))
    session.run(dataclasses.replace(script(SAYS), alone=True), tmp_path, steps.append)
    assert steps == [str(max(before))]
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize("alone, own", [(True, None), (False, max(os.sched_getaffinity(0)))])
def test_another_machine_may_run_where_we_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: bool, own: int | None
) -> None:
    steps: list[str] = []
    monkeypatch.setattr(processor, "reserved", lambda: contextlib.nullcontext(own))
    session.run(dataclasses.replace(script(SAYS), alone=alone), tmp_path, steps.append)
    allowed = subprocess.run(["/bin/sh", "-c", SAYS], env=PATH, capture_output=True, text=True, check=True)
    assert allowed.stdout == f"@step {steps[0]}\n@exit 0\n"
