"""Daemons that are small local programs, and a network in which every node is this computer."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from services.base import Service
from topologies.network import Network

FOREVER = ["sleep", "600"]
DEAF = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()",
]


def refused() -> bool:
    """Be nobody that listens."""
    raise ConnectionRefusedError


class Daemon(Service):
    """A service with one file; what it runs and how it answers is said by the test."""

    def __init__(
        self,
        node: str,
        folder: Path,
        argv: list[str],
        *,
        ready: Callable[[], bool] = lambda: True,
        check: list[str] | None = None,
    ) -> None:
        super().__init__(node, folder / node)
        self._argv = argv
        self._ready = ready
        self._check = check

    def files(self) -> Mapping[str, str]:
        """Return one file with the node's name."""
        return {"daemon.conf": f"node {self.node}\n"}

    def check(self) -> list[str] | None:
        """Return what the test said."""
        return self._check

    def argv(self) -> list[str]:
        """Return what the test said."""
        return self._argv

    def answers(self) -> bool:
        """Answer as the test said."""
        return self._ready()


class LocalNetwork(Network):
    """Starts everything on this computer, and remembers what was started and which nodes were entered."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []
        self.commanded: list[str] = []
        self.entered: list[str] = []
        self.here: str | None = None

    def command(self, node: str, argv: list[str]) -> list[str]:
        """Return the command as it is."""
        self.commanded.append(node)
        return argv

    @contextlib.contextmanager
    def inside(self, node: str) -> Iterator[None]:
        """Note which node the block runs in."""
        self.entered.append(node)
        self.here = node
        try:
            yield
        finally:
            self.here = None

    def start(
        self, node: str, argv: list[str], output: IO[Any] | int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Start the command here."""
        process = super().start(node, argv, output)
        self.started.append(process)
        return process

    @property
    def codes(self) -> list[int | None]:
        """The exit codes of everything that was started; None is still running."""
        return [process.poll() for process in self.started]
