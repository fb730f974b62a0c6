"""A machine that is told what to do line by line: it says what it has done, and asks for the next one.

It asks by opening a named pipe in the run's folder, and waits until somebody opens it for writing; a guest
stands still all the while, so its clock does not know how long anybody thought. What it says comes by the
console, as ``@says "TEXT"`` (JSON) and ``@asks CODE NANOSECONDS``: how the last line ended, and how late it
is.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from machine import session
from machine.console import Console
from machine.session import POLL_S, SILENCE_S, Start

# In the run's folder; `experiments/shell.py` has the same names.
FOLDER, PIPE, LINE, INTERRUPT = ".shell", "asks", "line", "interrupt"
SAYS, ASKS, ALIVE = "@says", "@asks", "@alive"


@dataclass(frozen=True)
class Asked:
    """The inside asks for a line: the exit ``code`` of what it did before; ``time_ns`` since its start."""

    code: int
    time_ns: int


class Dialogue:
    """A running machine, followed; ``on_text`` is given what is to be shown, as it is said."""

    def __init__(
        self,
        kind: str,
        process: subprocess.Popen[bytes],
        console: Console,
        folder: Path,
        on_text: Callable[[str], None],
        silence_s: float,
    ) -> None:
        self._kind = kind
        self._process = process
        self._console = console
        self._folder = folder
        self._silence_s = silence_s
        self._asked: Asked | None = None
        console.words |= {
            SAYS: lambda text: on_text(json.loads(text)),
            ASKS: self._take_asked,
            ALIVE: lambda text: None,
        }

    def until_asked(self) -> Asked | None:
        """Follow the machine until it asks for a line; None if it has come to its end.

        How long it then waits for one is nobody's concern: only before, MachineFailed is raised if it says
        nothing for too long.
        """
        session.follow(self._kind, self._process, self._console, self._silence_s, self._is_asking)
        return self._asked

    def tell(self, line: str | None) -> None:
        """Answer what asks with a line, or with None: there are no more.

        If it has ended meanwhile, `until_asked` tells. MachineFailed if it does not wait for the line.
        """
        assert self._asked is not None, "nobody asks"
        self._asked = None
        (self._folder / INTERRUPT).unlink(missing_ok=True)
        if line is not None:
            text = line.encode("utf-8", "surrogateescape")
            (self._folder / LINE).write_bytes(text)
        deadline = time.monotonic() + self._silence_s
        while not self._is_let_go():
            if self._process.poll() is not None:
                return
            if time.monotonic() > deadline:
                raise session.silent(self._kind, self._silence_s, self._console.step)
            time.sleep(POLL_S)

    def interrupt(self) -> None:
        """Have what runs inside interrupted, as by Ctrl-C."""
        (self._folder / INTERRUPT).touch()

    def _take_asked(self, text: str) -> None:
        code, time_ns = text.split()
        self._asked = Asked(int(code), int(time_ns))

    def _is_asking(self) -> bool:
        return self._asked is not None

    def _is_let_go(self) -> bool:
        """Let the machine go on, if it already waits."""
        try:
            pipe = os.open(self._folder / PIPE, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno not in (errno.ENXIO, errno.ENOENT):  # nobody has it open; it is not there yet
                raise
            return False
        try:
            return stat.S_ISFIFO(os.fstat(pipe).st_mode)  # before it is one it is an ordinary file
        finally:
            os.close(pipe)


@contextlib.contextmanager
def talking(
    start: Start,
    run_dir: Path,
    on_step: Callable[[str], None],
    on_text: Callable[[str], None],
    silence_s: float = SILENCE_S,
) -> Iterator[Dialogue]:
    """Start a machine over a run's folder, to talk to; it is ended with the block, wherever it is.

    Raises MachineFailed as `session.run` does.
    """
    folder = run_dir / FOLDER
    folder.mkdir()
    try:
        with session.followed(start, run_dir, on_step) as (process, console):
            yield Dialogue(start.kind, process, console, folder, on_text, silence_s)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
