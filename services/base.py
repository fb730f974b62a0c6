"""What every service offers, and how services are run: render all, check all, start all, wait, stop.

Nothing starts unless the configuration of everything has been accepted by its own daemon's checker.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.process import Process, descendants
from topologies.errors import CommandError, ServiceError
from topologies.network import Network

READY_DEADLINE_S = 30.0
STOP_DEADLINE_S = 10.0
POLL_S = 0.01
LAST_LINES = 12

_templates = Environment(
    loader=PackageLoader("services"), undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True
)


class Service(ABC):
    """One daemon in one node. ``folder`` holds its configuration and its log, in the run's folder.

    While it starts it is asked each ``poll_s`` whether it is ready.
    """

    poll_s = POLL_S

    def __init__(self, node: str, folder: Path) -> None:
        self.node = node
        self.folder = folder

    @property
    def log(self) -> Path:
        """Where the daemon's own words go."""
        return self.folder / "log.txt"

    @abstractmethod
    def files(self) -> Mapping[str, str]:
        """Return the configuration: file names inside the folder, and their texts."""

    @abstractmethod
    def argv(self) -> list[str]:
        """Return the command that runs the daemon in the foreground."""

    def check(self) -> list[str] | None:
        """Return the command with which the daemon judges its configuration, if it has one."""
        return None

    @property
    def alike(self) -> Hashable:
        """What it has in common with those whose configurations differ in names and addresses only.

        Of all alike the first one is checked. Usually each is one of its kind.
        """
        return self.node, self.folder

    def start(self, network: Network) -> Process:
        """Start the daemon in its node."""
        with self.log.open("ab") as log:
            return network.start(self.node, self.argv(), log)

    @abstractmethod
    def answers(self) -> bool:
        """Ask the daemon something that only a ready one answers. Runs inside the node's namespace."""


def render(template: str, **values: object) -> str:
    """Return a configuration file from ``services/templates``; a name without a value is an error."""
    return _templates.get_template(template).render(**values)


class Supervisor:
    """Keeps services running, and changes which ones: those that stay are not touched."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._running: dict[tuple[str, Path], tuple[Service, Process]] = {}
        self._dead: dict[tuple[str, Path], Service] = {}

    def runs(self, service: Service) -> bool:
        """Say whether a service runs: the same one, or one with the same node and folder."""
        return (service.node, service.folder) in self._running

    def become(self, services: Sequence[Service]) -> None:
        """Run exactly these services; a service is the same as before if its node and folder are.

        Raises ServiceError, naming the daemon with its last log lines, if one refuses its configuration,
        ends, or does not answer in time.
        """
        wanted = {(service.node, service.folder): service for service in services}
        self._dead.clear()  # whoever is wanted again begins with everything anew
        for key in [key for key in reversed(self._running) if key not in wanted]:
            _stop(self._running.pop(key)[1])
        fresh = {key: service for key, service in wanted.items() if key not in self._running}
        for service in fresh.values():
            _write(service)
        kinds: dict[Hashable, Service] = {}
        for service in fresh.values():
            kinds.setdefault(service.alike, service)
        for service in kinds.values():
            _check(self._network, service)
        for key, service in fresh.items():
            self._running[key] = service, service.start(self._network)
        for service, process in (self._running[key] for key in fresh):
            _wait_until_ready(self._network, service, process)

    def kill(self, nodes: Collection[str]) -> None:
        """End everything on some nodes at once, as a power cut does; `revive` starts it again."""
        gone = {key: self._running.pop(key) for key in list(self._running) if key[0] in nodes}
        begun = [pid for _, process in gone.values() for pid in descendants(process.pid)]
        for _, process in gone.values():
            process.kill()
        for pid in begun:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for _, process in gone.values():
            process.wait()
        self._dead |= {key: service for key, (service, _) in gone.items()}

    def revive(self, nodes: Collection[str]) -> None:
        """Start what was killed on some nodes, over what is left of it; raises as `become` does."""
        back = {key: self._dead.pop(key) for key in list(self._dead) if key[0] in nodes}
        for key, service in back.items():
            self._running[key] = service, service.start(self._network)
        for service, process in (self._running[key] for key in back):
            _wait_until_ready(self._network, service, process)

    def require_alive(self) -> None:
        """Raise ServiceError for a service that has ended by itself."""
        for service, process in self._running.values():
            if process.poll() is not None:
                raise ServiceError(_died(service, process))

    def stop(self) -> None:
        """Stop everything, in the reverse order."""
        with contextlib.ExitStack() as stack:  # all of them, also if one cannot be waited for
            for _, process in self._running.values():
                stack.callback(_stop, process)
            self._running.clear()


@contextlib.contextmanager
def supervised(network: Network) -> Iterator[Supervisor]:
    """Supervise services for as long as the block lasts; raises ServiceError if one ended before its end."""
    supervisor = Supervisor(network)
    try:
        yield supervisor
        supervisor.require_alive()
    finally:
        supervisor.stop()


@contextlib.contextmanager
def running(network: Network, services: Sequence[Service]) -> Iterator[None]:
    """Run services for as long as the block lasts; raises ServiceError as `Supervisor.become` does."""
    with supervised(network) as supervisor:
        supervisor.become(services)
        yield


def _write(service: Service) -> None:
    service.folder.mkdir(parents=True, exist_ok=True)
    for name, text in service.files().items():
        (service.folder / name).write_text(text)


def _check(network: Network, service: Service) -> None:
    argv = service.check()
    if argv is None:
        return
    try:
        network.run(service.node, argv)
    except CommandError as error:
        refuses = f"{service.argv()[0]} refuses the configuration in {service.folder}"
        words = str(error).removeprefix(f"{service.node}: ")
        raise ServiceError(f"{service.node}: {refuses}: {words}") from None


def _stop(process: Process) -> None:
    process.terminate()
    try:
        process.wait(timeout=STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(network: Network, service: Service, process: Process) -> None:
    deadline = time.monotonic() + READY_DEADLINE_S
    while True:
        with network.inside(service.node), contextlib.suppress(OSError, http.client.HTTPException):
            if service.answers():
                return
        if process.poll() is not None:
            raise ServiceError(_died(service, process))
        if time.monotonic() > deadline:
            raise ServiceError(
                f"{service.node}: {service.argv()[0]} did not answer within {READY_DEADLINE_S:g} s; "
                f"its last lines:\n{last_lines(service.log)}"
            )
        time.sleep(service.poll_s)


def _died(service: Service, process: Process) -> str:
    ended = f"{service.argv()[0]} ended with code {process.returncode}"
    return f"{service.node}: {ended}; its last lines:\n{last_lines(service.log)}"


def last_lines(log: Path) -> str:
    """Return the end of a log, or a word that there is none."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-LAST_LINES:]) or "(the log is empty)"


def ask_udp(address: str, port: int, question: bytes, timeout_s: float = 1.0) -> bytes:
    """Return the answer to one datagram; raise OSError (TimeoutError) without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(timeout_s)
        asking.connect((address, port))
        asking.send(question)
        return asking.recv(4096)
