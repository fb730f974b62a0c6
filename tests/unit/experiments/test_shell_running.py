"""What is run at a node is shown as it comes, has an exit code, and can be interrupted."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from experiments.shell_running import Running, environment
from topologies.errors import BuildError

ENV = {"PATH": os.defpath}
NEVER = float("inf")


class NoNetwork:
    """Runs everything here."""

    def command(self, node: str, argv: list[str]) -> list[str]:
        return argv


class Shown:
    """What a command printed, and whether it is to be interrupted."""

    def __init__(self) -> None:
        self.said = b""
        self.interrupt = False
        self.asked = 0

    def say(self, data: bytes) -> None:
        self.said += data

    def interrupted(self) -> bool:
        self.asked += 1
        found, self.interrupt = self.interrupt, False
        return found

    def run(self, text: str, due: Any = lambda: NEVER) -> int:
        network: Any = NoNetwork()
        running = Running(network, self.say, self.interrupted, due)
        return running.run("traveller", text, ENV)


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.mark.parametrize(
    "text, code, said",
    [
        ("echo one two", 0, b"one two\n"),
        ("echo 'a  b'; echo error >&2; exit 3", 3, b"a  b\nerror\n"),
        ("printf 'no end'", 0, b"no end"),
        ("printf '\\377\\r\\n'", 0, b"\xff\r\n"),
        ("kill -9 $$", 137, b""),
        ("cat", 0, b""),
        ("[ -t 1 ] && echo terminal", 0, b"terminal\n"),
        ("echo $HOME", 0, b"\n"),
        ("no-such-program; true", 0, b"bash: line 1: no-such-program: command not found\n"),
    ],
)
def test_a_command_is_shown_with_its_code(shown: Shown, text: str, code: int, said: bytes) -> None:
    assert shown.run(text) == code
    assert shown.said == said


def test_a_program_that_is_not_there_is_an_error(shown: Shown) -> None:
    with pytest.raises(FileNotFoundError):
        shown.run("no-such-program")


def test_long_output_comes_whole(shown: Shown) -> None:
    assert shown.run("seq 1 100000; exit 4") == 4
    assert shown.said.splitlines() == [b"%d" % number for number in range(1, 100_001)]


def test_what_runs_for_ever_is_interrupted(shown: Shown) -> None:
    shown.interrupt = True
    assert shown.run("echo begun; sleep 600") == 130
    assert shown.said == b"begun\n"


def test_it_is_interrupted_also_where_nobody_hears_of_it(shown: Shown) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in a job in the background
    try:
        shown.interrupt = True
        assert shown.run("echo begun; sleep 600") == 130
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_does_not_mind_goes_on(shown: Shown) -> None:
    shown.interrupt = True
    assert shown.run("trap 'echo no' INT; echo ready; sleep 9; exit 5") == 5
    assert shown.said == b"ready\nno\n"


def test_what_is_left_in_the_background_is_not_waited_for(shown: Shown, tmp_path: Path) -> None:
    begun = time.monotonic()
    assert shown.run(f"sleep 5 & echo $! > {tmp_path}/pid") == 0
    assert time.monotonic() - begun < 4
    os.kill(int((tmp_path / "pid").read_text()), 9)


def test_what_is_due_meanwhile_is_done_in_time(shown: Shown) -> None:
    begun, looks = time.monotonic(), list[float]()

    def due() -> float:
        looks.append(time.monotonic() - begun)
        return 0.2 if len(looks) == 1 else NEVER

    assert shown.run("sleep 0.5", due) == 0
    assert looks[1] == pytest.approx(0.2, abs=0.15)


def test_what_runs_when_something_due_fails_is_ended(shown: Shown, tmp_path: Path) -> None:
    def due() -> float:
        if not (tmp_path / "pid").exists():
            return 0.05
        raise BuildError("there is no wire")

    with pytest.raises(BuildError):
        shown.run(f"echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; sleep 600", due)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_commands_find_our_programs_and_whom_to_trust() -> None:
    env = environment(Path("/ours"), Path("/ca.pem"), Path("/keys"))
    assert env["PATH"].startswith("/ours:")
    assert (env["CURL_CA_BUNDLE"], env["SSL_CERT_FILE"], env["SSLKEYLOGFILE"]) == (
        "/ca.pem",
        "/ca.pem",
        "/keys",
    )
