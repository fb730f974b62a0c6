"""The controller as a process of its own, and the wait until every switch has its paths."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from topologies.errors import ServiceError

DEADLINE_S = 60.0


class Controller:
    """A running controller; `wait_installed` returns once all switches have confirmed their tables."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log
        self._installed: set[int] = set()

    def wait_installed(self, switches: int) -> None:
        """Wait for the word of each switch; raise ServiceError if the controller ends or is too slow."""
        deadline = time.monotonic() + DEADLINE_S
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while len(self._installed) < switches:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise ServiceError(
                        self._words(f"only {len(self._installed)} of {switches} switches confirmed")
                    )
                if not self._hear():
                    raise ServiceError(self._words("it ended"))

    def _hear(self) -> bool:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        word, _, number = line.strip().partition(" ")
        if word == "installed":
            self._installed.add(int(number))
        return bool(line)

    def _words(self, what: str) -> str:
        tail = self._log.read_text(errors="replace").splitlines()[-12:]
        return f"backbone: the controller did not install its paths: {what}; its last lines:\n" + "\n".join(
            tail
        )


@contextlib.contextmanager
def running(flows: Path, log: Path) -> Iterator[Controller]:
    """Run the controller over a flow file for as long as the block lasts."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "controllers.wan_paths", str(flows)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            bufsize=0,
            env=dict(os.environ),
        )
    try:
        yield Controller(process, log)
    finally:
        process.kill()  # it keeps no state, and asked kindly it waits for its own threads
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
