"""Lines from a pipe and from a terminal; what Ctrl-C means, and what Tab completes."""

from __future__ import annotations

import io
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clientpath.keyboard import AGAIN, PROMPT, Keyboard, completer
from clientpath.shelling import words_of
from clientpath.transcript import FILE, transcript
from experiments.shell_plan import plan_shell
from machine.dialogue import Asked
from topologies.load import load_world

DEADLINE_S = 15.0
TYPIST = """
import sys, time
from pathlib import Path
from clientpath.keyboard import Keyboard
from machine.interrupt import interrupt_once
interrupt_once()
keyboard = Keyboard(lambda: print("interrupted", flush=True))
with keyboard.listening(["traveller", "links"], Path(sys.argv[1])):
    while (line := keyboard.next()) is not None:
        print("line", repr(line), flush=True)
        if line == "long":
            time.sleep(2)
            print("over", flush=True)
print("end", flush=True)
"""


class Terminal:
    """A program at a terminal, and who sits there."""

    def __init__(self, tmp_path: Path) -> None:
        self.ours, theirs = pty.openpty()
        argv = [sys.executable, "-c", TYPIST, str(tmp_path / "history")]
        self.process = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def press_ctrl_c(self) -> None:
        self.send(signal.SIGINT)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, when the prompt is not only printed: readline then waits for one, too."""
        time.sleep(0.3)
        os.kill(self.process.pid, number)

    def wait_for(self, words: str) -> None:
        """Read until some words come, and forget what was before."""
        deadline = time.monotonic() + DEADLINE_S
        while words not in self.seen:
            readable, _, _ = select.select([self.ours], [], [], deadline - time.monotonic())
            assert readable, f"not within {DEADLINE_S:g} s: {words}, but {self.seen}"
            self.seen += os.read(self.ours, 4096).decode()
        self.seen = self.seen.partition(words)[2]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path)
    try:
        opened.wait_for(PROMPT)
        yield opened
    finally:
        opened.close()


def test_lines_come_through_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("clock\n\nlinks"))
    keyboard = Keyboard(lambda: None)
    assert [keyboard.next() for _ in range(4)] == ["clock\n", "\n", "links", None]
    assert capsys.readouterr().out == ""


def test_lines_are_typed_and_completed_and_ctrl_d_ends_them(terminal: Terminal) -> None:
    terminal.type("trav\t ping\n")
    terminal.wait_for("line 'traveller ping'")
    terminal.wait_for(PROMPT)
    terminal.type("\x04")
    terminal.wait_for("end")
    assert terminal.process.wait(DEADLINE_S) == 0


def test_lines_of_before_come_back(tmp_path: Path) -> None:
    for typed in ("links\n", "\x1b[A\n"):
        opened = Terminal(tmp_path)
        opened.wait_for(PROMPT)
        opened.type(typed)
        opened.wait_for("line 'links'")
        opened.wait_for(PROMPT)
        opened.type("\x04")
        opened.wait_for("end")
        opened.close()


def test_ctrl_c_drops_what_is_typed_and_a_second_one_ends_it(terminal: Terminal) -> None:
    terminal.type("half")
    terminal.wait_for("half")
    terminal.press_ctrl_c()
    terminal.wait_for(AGAIN)
    terminal.wait_for(PROMPT)
    terminal.type("long\n")
    terminal.wait_for("line 'long'")
    terminal.press_ctrl_c()  # for what runs it is the first one
    terminal.wait_for("over")
    terminal.wait_for(PROMPT)
    terminal.press_ctrl_c()
    terminal.wait_for(AGAIN)
    terminal.press_ctrl_c()
    terminal.wait_for("end")
    assert terminal.process.wait(DEADLINE_S) == 0


def test_ctrl_c_interrupts_what_runs_and_a_second_one_ends_all(terminal: Terminal) -> None:
    terminal.type("long\n")
    terminal.wait_for("line 'long'")
    terminal.press_ctrl_c()
    terminal.wait_for("interrupted")
    terminal.wait_for("over")
    terminal.wait_for(PROMPT)
    terminal.type("long\n")
    terminal.wait_for("line 'long'")
    terminal.press_ctrl_c()
    terminal.wait_for("interrupted")
    terminal.press_ctrl_c()
    terminal.wait_for("KeyboardInterrupt")
    assert terminal.process.wait(DEADLINE_S) != 0


def test_sigterm_ends_it_where_it_is(terminal: Terminal) -> None:
    terminal.send(signal.SIGTERM)
    terminal.wait_for("KeyboardInterrupt")


def test_words_are_completed_in_their_order() -> None:
    complete = completer(["mend", "traveller", "traveller-cpe", "links"])
    assert [complete("trav", number) for number in range(3)] == ["traveller", "traveller-cpe", None]
    assert complete("x", 0) is None


def test_commands_nodes_and_the_names_that_clients_ask_for_are_completed() -> None:
    planned = plan_shell(load_world("article"), 1, 10, (), ("portal",))
    words = words_of(planned.network, planned.order.selection)
    assert {"cut", "traveller", "dub-fe", "portal.office.com", "dig"} <= set(words)
    assert "outlook.office365.com" not in words and not any("{" in word for word in words)


def test_the_transcript_has_lines_with_their_time_and_what_came(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    with transcript(tmp_path) as kept:
        kept.typed(Asked(0, 1_500_000), "traveller echo\n")
        kept.said("a\udcff\n")
    written = (tmp_path / FILE).read_bytes()
    assert written == b"[    0.001500 s] clientpath> traveller echo\na\xff\n"
