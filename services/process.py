"""A service's process: a program started in its node, or a part of this one that went its own way."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, Protocol

POLL_S = 0.01


class Process(Protocol):
    """What `subprocess.Popen` offers, as far as services are concerned."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def returncode(self) -> int | None:
        """The exit code; None while it runs."""

    def poll(self) -> int | None:
        """Look whether it has ended, and return its exit code."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raise subprocess.TimeoutExpired when ``timeout`` seconds are not enough."""


class Forked:
    """A child that runs one function of this program.

    Python and its libraries are in memory already: in a guest, that is a second saved for each of them.
    """

    def __init__(self, function: Callable[[], None], log: Path) -> None:
        self.returncode: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _become(function, log)

    def poll(self) -> int | None:
        """Look whether it has ended, and return its exit code."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raise subprocess.TimeoutExpired when ``timeout`` seconds are not enough."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if deadline is not None and timeout is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("a service", timeout)
            time.sleep(POLL_S)
        assert self.returncode is not None
        return self.returncode

    def _signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that these have, and so on."""
    parents = {}
    for stat in sorted(Path("/proc").glob("[0-9]*/stat")):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])  # proc(5): after the name, state and parent
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def _become(function: Callable[[], None], log: Path) -> NoReturn:
    """Run the function as a process of its own: own words, nobody else's files, no way back."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        words = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for old, new in ((nothing, 0), (words, 1), (words, 2)):
            os.dup2(old, new)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        # Not those of the program that it was: they may lead elsewhere, to a file that is closed now.
        sys.stdout, sys.stderr = (os.fdopen(number, "w", 1, closefd=False) for number in (1, 2))
        function()
        code = 0
    except BaseException:  # also an exit: its code is 1, and what it said is in the log
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)  # whatever could not be written: a child never goes on as its parent
