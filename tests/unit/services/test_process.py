"""A child that runs one function: what it says, how it ends, and that it never goes on as its parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.process import Forked

DEADLINE_S = 10.0


@pytest.fixture
def fork(tmp_path: Path) -> Iterator[Callable[[Callable[[], None]], Forked]]:
    """Fork children that log to one file, and leave none behind."""
    children: list[Forked] = []

    def start(function: Callable[[], None]) -> Forked:
        children.append(Forked(function, tmp_path / "log.txt"))
        return children[-1]

    yield start
    for child in children:
        child.kill()
        child.wait()


def _nothing() -> None:
    pass


def _sleep() -> None:
    print("asleep", flush=True)
    time.sleep(600)


def _deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _sleep()


def _wait_for(log: Path, words: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not log.exists() or words not in log.read_text():
        assert time.monotonic() < deadline, "the child says nothing"
        time.sleep(0.01)


Fork = Callable[[Callable[[], None]], Forked]


def test_a_function_that_returns_ends_its_process_well(fork: Fork) -> None:
    child = fork(_nothing)
    assert child.wait(DEADLINE_S) == child.poll() == child.returncode == 0


def test_the_childs_words_are_in_its_log_and_nowhere_else(
    fork: Fork, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def talk() -> None:
        print("from print")
        print("and beside", file=sys.stderr)
        os.write(1, b"and below\n")

    assert fork(talk).wait(DEADLINE_S) == 0
    assert sorted((tmp_path / "log.txt").read_text().splitlines()) == [
        "and below",
        "and beside",
        "from print",
    ]
    assert capfd.readouterr() == ("", "")


def test_a_log_grows_from_one_child_to_the_next(fork: Fork, tmp_path: Path) -> None:
    for _ in range(2):
        fork(lambda: print("started")).wait(DEADLINE_S)
    assert (tmp_path / "log.txt").read_text() == "started\nstarted\n"


def test_what_the_parent_has_still_to_write_is_written_once(tmp_path: Path) -> None:
    # By a program of its own, whose output is a pipe: Python keeps what goes there until it is much.
    program = (
        "from pathlib import Path; from services.process import Forked; print('once');"
        f"Forked(lambda: None, Path('{tmp_path}/log')).wait()"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (said.stdout, said.stderr) == ("once\n", "")


@pytest.mark.parametrize("code", [0, 3])
def test_an_error_and_an_exit_are_in_the_log_with_their_trace(fork: Fork, tmp_path: Path, code: int) -> None:
    def fail() -> None:
        raise SystemExit(code) if code else ValueError("no such application")

    assert fork(fail).wait(DEADLINE_S) == 1
    log = (tmp_path / "log.txt").read_text()
    assert log.startswith("Traceback")
    assert log.splitlines()[-1] == ("SystemExit: 3" if code else "ValueError: no such application")


def test_a_child_never_goes_on_as_its_parent_even_if_its_words_cannot_be_written(fork: Fork) -> None:
    parent = os.getpid()

    def close_everything() -> None:
        print("too late", end="")
        os.close(1)
        os.close(2)

    # Else this test would go on in two processes, and the second would tell its own result.
    assert fork(close_everything).wait(DEADLINE_S) in (0, 1)
    assert os.getpid() == parent


def test_a_log_that_cannot_be_opened_ends_the_child(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from services.process import Forked;"
        f"print(Forked(lambda: print('never'), Path('{tmp_path}/gone/log')).wait())"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "1\n" and "No such file or directory" in said.stderr


def test_a_child_has_nobodys_files_and_nothing_is_typed_into_it(fork: Fork, tmp_path: Path) -> None:
    with (tmp_path / "parents.txt").open("w") as file:
        number = file.fileno()

        def look() -> None:
            print("typed:", os.read(0, 10))
            os.write(number, b"by the child")

        assert fork(look).wait(DEADLINE_S) == 1
    said = (tmp_path / "log.txt").read_text().splitlines()
    assert (said[0], said[-1]) == ("typed: b''", "OSError: [Errno 9] Bad file descriptor")
    assert (tmp_path / "parents.txt").read_text() == ""


# Its end


def test_a_child_that_runs_has_no_code_and_one_that_is_asked_to_end_ends(fork: Fork, tmp_path: Path) -> None:
    child = fork(_sleep)
    _wait_for(tmp_path / "log.txt", "asleep")
    assert (child.poll(), child.returncode) == (None, None)
    child.terminate()
    assert child.wait(DEADLINE_S) == child.returncode == -signal.SIGTERM


def test_a_child_ends_when_asked_although_its_parent_would_not(fork: Fork, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        child = fork(_sleep)
        _wait_for(tmp_path / "log.txt", "asleep")
        child.terminate()
        assert child.wait(DEADLINE_S) == -signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_child_that_does_not_listen_is_waited_for_in_vain_and_then_killed(
    fork: Fork, tmp_path: Path
) -> None:
    child = fork(_deaf)
    _wait_for(tmp_path / "log.txt", "asleep")
    child.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.05)
    child.kill()
    assert child.wait(DEADLINE_S) == -signal.SIGKILL


def test_a_child_that_has_ended_gets_no_signal_any_more(fork: Fork, monkeypatch: pytest.MonkeyPatch) -> None:
    child = fork(_nothing)
    child.wait(DEADLINE_S)
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("somebody else may have its number"))
    child.terminate()
    child.kill()
    assert child.returncode == 0
