"""The controller as a process of its own, and the wait until every switch has its paths."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from pathlib import Path

from topologies.errors import ServiceError

DEADLINE_S = 60.0
LAST_LINES = 12


class Controller:
    """A running controller; `wait_in_force` returns once all switches have confirmed their paths."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log
        self._confirmed: set[bytes] = set()

    def wait_in_force(self) -> None:
        """Wait until a version of the paths is in force; raise ServiceError if the controller ends first."""
        self._wait_for(b"in-force ")

    def wait_settled(self) -> None:
        """Wait, after that, until switches have forgotten what was before; raise ServiceError likewise."""
        self._wait_for(b"settled")

    def _wait_for(self, word: bytes) -> None:
        deadline = time.monotonic() + DEADLINE_S
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while True:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise ServiceError(self._words(f"the controller did not say so within {DEADLINE_S:g} s"))
                line = self._process.stdout.readline()
                if line.startswith(word):
                    return
                if line.startswith(b"confirmed "):
                    self._confirmed.add(line)
                if not line:
                    raise ServiceError(self._words("the controller ended"))

    def stop(self) -> None:
        """End it at once, as a crash would: it keeps no state."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _words(self, what: str) -> str:
        tail = self._log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        heard = f"{len(self._confirmed)} switches have confirmed theirs"
        return "\n".join([f"backbone: no paths are in force: {what}; {heard}; the last lines:", *tail])


class Keeper:
    """Context manager; keeps one controller running at a time, each with the same log."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._control: Path | None = None
        self._running: Controller | None = None

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    def begin(self, control: Path) -> None:
        """Start a controller over a control file."""
        self.die()
        self._control, self._running = control, _start(control, self._log)

    def use(self, control: Path) -> None:
        """Have this control file's rules in force, by a new controller if they are others' so far."""
        if self._running is None or control != self._control:
            self.begin(control)
            self.wait_in_force()
            assert self._running is not None
            self._running.wait_settled()

    def wait_in_force(self) -> None:
        """Wait until the running controller's paths are in force; raise ServiceError if it ends first."""
        assert self._running is not None
        self._running.wait_in_force()

    def die(self) -> None:
        """End the running controller as a crash would."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def succeed(self) -> None:
        """Start another one over the same file; it knows what the file and the switches say."""
        assert self._control is not None
        self.begin(self._control)


def _start(control: Path, log: Path) -> Controller:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "controllers.backbone", str(control)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            bufsize=0,
            env=dict(os.environ),
        )
    return Controller(process, log)
