"""A shell, through a pipe and at a terminal: what is typed is done, and thinking takes no time."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from measurement.observe import observe

from .conftest import clientpath

SMALL = Path(__file__).with_name("small.toml")
FAILURES = """
base = "{base}"
name = "failing"

[[failures]]
datacenter = "fra"
at_s = 30.5
until_s = 40.0
"""
LINES = (
    "clock",
    "clock",
    "ada dig +short portal.office.com",
    "capture ada",
    "ada curl -sv https://portal.office.com/",
    "capture off",
    "adda ping fra-fe",
    "ada ping -c 1 fra-fe",
    "cut ada ada-cpe",
    "ada ping -c 1 -W 1 fra-fe",
    "links ada",
    "mend ada ada-cpe",
    "ada ping -c 1 fra-fe",
    "cut fra nbo",
    "links fra-wan",
    "mend fra nbo",
    "ada dig +trace portal.office.com",
    "ada curl -s https://nobody.office.com/; echo code $?",
    "ada sleep 3600",
    "ada ping -c 1 fra-fe",
    "clock",
    "ada false",
)
PROMPT, DEADLINE_S = "clientpath> ", 120.0
THINKING_S = 2.0


@dataclass(frozen=True)
class Shell:
    """A shell that has ended; ``said`` is what came after each line."""

    folder: Path
    code: int
    said: list[tuple[str, str]]

    def after(self, line: str, number: int = 0) -> str:
        return [said for typed, said in self.said if typed == line][number]


def shell_of(folder: Path, code: int) -> Shell:
    text = (folder / "transcript.txt").read_text()
    parts = re.split(rf"^\[ *[\d.]+ s\] {PROMPT}(.*)\n", text, flags=re.MULTILINE)
    return Shell(folder, code, list(zip(parts[1::2], parts[2::2], strict=True)))


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    world = tmp_path_factory.mktemp("world") / "failing.toml"
    world.write_text(FAILURES.format(base=SMALL))
    return ("shell", str(world), "--client", "ada", "--service", "portal", "--out")


@pytest.fixture(scope="module")
def piped(tmp_path_factory: pytest.TempPathFactory, options: tuple[str, ...]) -> Shell:
    folder = tmp_path_factory.mktemp("piped") / "run"
    argv = [sys.executable, "-m", "clientpath.cli", *options, str(folder)]
    done = subprocess.run(argv, input="\n".join(LINES), capture_output=True, text=True, check=False)
    shell = shell_of(folder, done.returncode)
    assert done.stdout == "".join(said for _, said in shell.said), done.stderr
    return shell


class Terminal:
    """A terminal, and somebody who types there."""

    def __init__(self, argv: list[str]) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self._seen = ""

    def type(self, line: str) -> None:
        os.write(self._ours, f"{line}\n".encode())

    def press_ctrl_c(self) -> None:
        os.kill(self.process.pid, signal.SIGINT)

    def wait_for(self, words: str) -> None:
        """Read until some words have come, and forget what was before."""
        deadline = time.monotonic() + DEADLINE_S
        while words not in self._seen:
            readable, _, _ = select.select([self._ours], [], [], max(0.0, deadline - time.monotonic()))
            assert readable, f"not within {DEADLINE_S:g} s: {words}, but {self._seen[-2000:]}"
            self._seen += os.read(self._ours, 65536).decode(errors="replace")
        self._seen = self._seen.partition(words)[2]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory, options: tuple[str, ...]) -> Shell:
    """The same lines from somebody who thinks; then a ping without an end, which Ctrl-C interrupts."""
    place = tmp_path_factory.mktemp("typed")
    terminal = Terminal([sys.executable, "-m", "clientpath.cli", *options, str(place / "run")])
    try:
        terminal.wait_for(PROMPT)
        for number, line in enumerate(LINES):
            time.sleep(THINKING_S if number < 3 else 0)
            terminal.type(line)
            terminal.wait_for(PROMPT)
        terminal.type("ada ping fra-fe")
        terminal.wait_for("icmp_seq=5 ")
        terminal.press_ctrl_c()
        terminal.wait_for("packets transmitted")
        terminal.wait_for(PROMPT)
        terminal.type("exit")
        return shell_of(place / "run", terminal.process.wait(DEADLINE_S))
    finally:
        terminal.close()


def test_thinking_takes_no_time(piped: Shell, typed: Shell) -> None:
    assert typed.said[: len(LINES)] == piped.said
    before, after = (float(piped.after("clock", number).split()[0]) for number in (0, 1))
    assert 0 < after - before < 20e-6


def test_captures_are_the_same_bytes_however_long_somebody_thinks(piped: Shell, typed: Shell) -> None:
    file = Path("pcap/capture-1/ada.pcapng")
    assert (piped.folder / file).read_bytes() == (typed.folder / file).read_bytes()
    kinds = {type(row).__name__ for row in observe(piped.folder)}
    assert {"DnsQuery", "DnsAnswer", "TcpConnection", "TlsHandshake"} <= kinds


def test_names_are_looked_up_and_pages_fetched_in_the_emulated_world(piped: Shell) -> None:
    address = piped.after("ada dig +short portal.office.com").split()[-1]
    page = piped.after("ada curl -sv https://portal.office.com/")
    assert f"Connected to portal.office.com ({address})" in page
    assert "server certificate verification OK" in page
    assert "< HTTP/2 200" in page and '"datacenter"' in page
    assert piped.after("ada curl -s https://nobody.office.com/; echo code $?") == "code 6\n"
    trace = piped.after("ada dig +trace portal.office.com")
    assert re.search(r"asked 198\.41\.0\.2#53\(a\.root-servers\.net\.\).*took [\d.]+ msec", trace)
    assert "portal.office.com. 300 IN CNAME" in trace


def test_what_is_cut_is_cut_until_it_is_mended(piped: Shell) -> None:
    pings = [said for line, said in piped.said if line.startswith("ada ping -c 1")]
    assert ["1 received" in said for said in pings] == [True, False, True, True]
    assert piped.after("links ada").endswith("  cut\n")
    (trunk,) = [line for line in piped.after("links fra-wan").splitlines() if line.endswith("cut")]
    assert "fra-wan:" in trunk and "nbo-wan:" in trunk


def test_what_the_world_announces_happens_by_its_clock(piped: Shell) -> None:
    assert piped.after("ada sleep 3600") == (
        "*** 30.5 s: fra has lost its power\n*** 40 s: fra has its power again\n"
    )
    assert float(piped.after("clock", 2).split()[0]) > 3600


def test_a_line_that_is_none_is_told_with_the_nearest_name(piped: Shell) -> None:
    assert 'did you mean "ada"' in piped.after("adda ping fra-fe")


def test_ctrl_c_ends_what_runs_and_the_shell_goes_on(typed: Shell) -> None:
    line, said = typed.said[len(LINES)]
    assert line == "ada ping fra-fe" and "packets transmitted" in said
    assert [line for line, _ in typed.said[len(LINES) :]] == ["ada ping fra-fe", "exit"]


def test_through_a_pipe_the_last_lines_failure_is_the_shells(piped: Shell, typed: Shell) -> None:
    assert (piped.code, typed.code) == (1, 0)


def test_nothing_of_the_shell_itself_is_left_and_nothing_is_judged(piped: Shell) -> None:
    assert not (piped.folder / ".shell").exists()
    judged = clientpath("judge", str(piped.folder))
    assert judged.returncode == 2 and "is a shell's" in judged.stderr
