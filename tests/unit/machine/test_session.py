"""A machine is started, followed and ended, whatever happens; small local processes stand in for it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from machine import confinement, session
from machine.errors import MachineFailed
from machine.session import RUN_FD, SOURCE_FD, TREE_FD, Start

from .processes import PATH, alive, script, wait_for

SECONDS_OF_SILENCE = 1.5


def steps_of(start: Start, run_dir: Path) -> list[str]:
    """Run a machine to its end; return the steps that it named."""
    steps: list[str] = []
    session.run(start, run_dir, steps.append)
    return steps


def own_descriptors() -> list[str]:
    return [path.name for path in Path("/proc/self/fd").iterdir()]


def failure(start: Start, run_dir: Path, steps: list[str] | None = None, **settings: float) -> str:
    """Run a machine that fails; return what is said of it, and let ``steps`` have the steps."""
    with pytest.raises(MachineFailed) as error:
        session.run(start, run_dir, (steps if steps is not None else []).append, **settings)
    assert error.value.exit_code == 3
    return str(error.value)


def test_steps_are_passed_on(tmp_path: Path) -> None:
    assert steps_of(script("echo @step one; echo words; echo @step two; echo @exit 0"), tmp_path) == [
        "one",
        "two",
    ]
    assert list(tmp_path.iterdir()) == []


def test_it_counts_how_the_inside_ended_and_not_how_the_machine_did(tmp_path: Path) -> None:
    steps_of(script("echo @exit 0; exit 7"), tmp_path)


def test_the_environment_is_what_is_given_and_nothing_else(tmp_path: Path) -> None:
    start = Start(kind="test", argv=["/usr/bin/env"], env={**PATH, "SEED": "@step 7"})
    failure(start, tmp_path)
    words = set((tmp_path / "console.txt").read_text().splitlines())
    assert words == {f"PATH={PATH['PATH']}", "SEED=@step 7"}


def test_the_folders_are_at_their_descriptors(tmp_path: Path) -> None:
    folders = {}
    for number, name in ((TREE_FD, "tree"), (RUN_FD, "run"), (SOURCE_FD, "source")):
        folders[number] = tmp_path / name
        folders[number].mkdir()
        (folders[number] / f"in-{name}").touch()
    look = "for fd in 100 101 102; do ls /proc/self/fd/$fd/ | sed 's/^/@step /'; done; echo @exit 0"
    assert steps_of(script(look, folders), tmp_path) == ["in-tree", "in-run", "in-source"]


def test_the_run_can_be_written_through_its_descriptor(tmp_path: Path) -> None:
    steps_of(script("echo mine > /proc/self/fd/101/file; echo @exit 0", {RUN_FD: tmp_path}), tmp_path)
    assert (tmp_path / "file").read_text() == "mine\n"


def test_the_descriptors_are_right_although_their_numbers_are_in_use(tmp_path: Path) -> None:
    """Whatever this process has open under the numbers stays its own, and is not the machine's."""
    other = tmp_path / "other"
    run = tmp_path / "run"
    for folder in (other, run):
        folder.mkdir()
        (folder / f"in-{folder.name}").touch()
    opened = os.open(other, os.O_RDONLY)
    assert not {str(RUN_FD), str(SOURCE_FD)} & set(own_descriptors())
    try:
        for number in (RUN_FD, SOURCE_FD):
            os.dup2(opened, number)
        look = "ls /proc/self/fd/101/ /proc/self/fd/102/ | sed -n 's/^in-/@step /p'; echo @exit 0"
        assert steps_of(script(look, {RUN_FD: run, SOURCE_FD: run}), run) == ["run", "run"]
        assert os.path.samestat(os.fstat(RUN_FD), other.stat())
    finally:
        for number in (opened, RUN_FD, SOURCE_FD):
            os.close(number)


def test_a_folder_is_not_overwritten_by_another_before_it_is_in_its_place(tmp_path: Path) -> None:
    """With every number below in use, each folder is opened at the other one's descriptor."""
    folders = {}
    for number, name in ((SOURCE_FD, "source"), (RUN_FD, "run")):
        folders[number] = tmp_path / name
        folders[number].mkdir()
        (folders[number] / f"in-{name}").touch()
    look = "for fd in 101 102; do ls /proc/self/fd/$fd/ | sed 's/^/@step /'; done; echo @exit 0"
    with contextlib.ExitStack() as stack:
        last = -1
        while last < TREE_FD - 1:
            last = os.open("/dev/null", os.O_RDONLY)
            stack.callback(os.close, last)
        # What is opened next is the console, then the folders in their order.
        assert steps_of(script(look, folders), tmp_path) == ["in-run", "in-source"]


def test_a_machine_is_given_nothing_to_read(tmp_path: Path) -> None:
    assert steps_of(script("read line || echo @step nothing; echo @exit 0"), tmp_path) == ["nothing"]


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = len(own_descriptors())
    steps_of(script("echo @exit 0", {RUN_FD: tmp_path}, (tmp_path,)), tmp_path)
    failure(script("exit 1", {RUN_FD: tmp_path}), tmp_path)
    assert len(own_descriptors()) == before


@pytest.mark.skipif(not confinement.version(), reason="this kernel has no Landlock")
def test_only_what_is_writable_can_be_written(tmp_path: Path) -> None:
    for name in ("run", "other"):
        (tmp_path / name).mkdir()
    tries = f"for name in run other; do echo > {tmp_path}/$name/file && echo @step $name; done; echo @exit 0"
    steps = steps_of(script(tries, writable=(tmp_path / "run", Path("/dev/null"))), tmp_path / "run")
    assert steps == ["run"]
    assert not (tmp_path / "other" / "file").exists()


def test_without_a_list_of_what_is_writable_anything_is(tmp_path: Path) -> None:
    assert steps_of(script(f"echo > {tmp_path}/file && echo @step done; echo @exit 0"), tmp_path) == ["done"]


# Endings


def test_an_error_is_told_with_its_words_and_the_step(tmp_path: Path) -> None:
    says = "echo @step starting the services; echo @error isplis: unbound ended; echo @error its last words"
    told = failure(script(f"{says}; echo @exit 3"), tmp_path)
    assert told == "isplis: unbound ended\nits last words\n(at: starting the services)"


def test_a_fault_inside_is_told_with_its_code(tmp_path: Path) -> None:
    told = failure(script("echo @step building; echo Traceback: words; echo @exit 1"), tmp_path)
    assert told == "the inside ended with code 1, at: building"
    assert (tmp_path / "console.txt").read_text() == "Traceback: words\n"


def test_an_early_end_is_told_with_the_machines_code(tmp_path: Path) -> None:
    told = failure(script("echo @step building; echo Kernel panic; exit 7"), tmp_path)
    assert told == "the test ended early, with code 7, at: building"
    assert (tmp_path / "console.txt").read_text() == "Kernel panic\n"


def test_a_machine_that_is_killed(tmp_path: Path) -> None:
    told = failure(script("echo @step building; kill -9 $$"), tmp_path)
    assert told == "the test ended early, with code -9, at: building"


def test_a_machine_that_says_nothing_at_all(tmp_path: Path) -> None:
    assert failure(script("exit 0"), tmp_path) == "the test ended early, with code 0, at: starting"


def test_silence_is_ended_by_the_watchdog(tmp_path: Path) -> None:
    steps: list[str] = []
    hangs = script("echo words; echo @step $$; exec sleep 1000")
    told = failure(hangs, tmp_path, steps, silence_s=SECONDS_OF_SILENCE)
    assert told == f"the test said nothing for 1.5 s of real time and was ended, at: {steps[0]}"
    assert (tmp_path / "console.txt").read_text() == "words\n"
    assert not alive(int(steps[0]))


def test_who_keeps_talking_is_not_ended(tmp_path: Path) -> None:
    """It takes longer than the silence that is allowed, and is never that silent."""
    talks = "for n in 1 2 3 4 5 6 7 8; do echo @step $n; sleep 0.2; done; echo @exit 0"
    steps: list[str] = []
    session.run(script(talks), tmp_path, steps.append, silence_s=SECONDS_OF_SILENCE)
    assert steps == [str(number) for number in range(1, 9)]


def test_what_a_machine_has_started_ends_with_it(tmp_path: Path) -> None:
    steps: list[str] = []
    failure(script("sleep 1000 & echo @step $!; exit 1"), tmp_path, steps)
    wait_for("the end of what it started", lambda: not alive(int(steps[0])))


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("ours")], ids=repr)
def test_an_interruption_ends_the_machine(tmp_path: Path, error: BaseException) -> None:
    steps: list[str] = []

    def interrupt(step: str) -> None:
        steps.append(step)
        raise error

    with pytest.raises(type(error)):
        session.run(script("echo @step $$; exec sleep 1000"), tmp_path, interrupt)
    assert not alive(int(steps[0]))


PARENT = """
import sys
from pathlib import Path
from machine import session
from machine.session import Start

argv = ["/bin/sh", "-c", "echo @step $$; exec sleep 1000"]
start = Start(kind="test", argv=argv, env={"PATH": sys.argv[2]})
session.run(start, Path(sys.argv[1]), lambda pid: print(pid, flush=True))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_parent_that_is_killed_ends_the_machine(tmp_path: Path, number: int) -> None:
    argv = [sys.executable, "-c", PARENT, str(tmp_path), PATH["PATH"]]
    parent = subprocess.Popen(argv, stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        with parent.stdout:
            machine = int(parent.stdout.readline())
            assert alive(machine)
            parent.send_signal(number)
            assert parent.wait(10) == -number
        wait_for("the end of the machine", lambda: not alive(machine), deadline_s=10)
    finally:
        parent.kill()
        parent.wait()
