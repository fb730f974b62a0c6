"""What every service offers, and how services are run: render all, check all, start all, wait, stop.

Nothing starts unless the configuration of everything has been accepted by its own daemon's checker.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

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
    """One daemon in one node. ``folder`` holds its configuration and its log, in the run's folder."""

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

    @abstractmethod
    def answers(self) -> bool:
        """Ask the daemon something that only a ready one answers. Runs inside the node's namespace."""


def render(template: str, **values: object) -> str:
    """Return a configuration file from ``services/templates``; a name without a value is an error."""
    return _templates.get_template(template).render(**values)


@contextlib.contextmanager
def running(network: Network, services: Sequence[Service]) -> Iterator[None]:
    """Run services for as long as the block lasts.

    Raises ServiceError, naming the daemon with its last log lines, if one refuses its configuration, ends, or
    does not answer in time; those already started are stopped then, and at the end of the block.
    """
    for service in services:
        _write(service)
    for service in services:
        _check(network, service)
    with contextlib.ExitStack() as stack:
        started = [(service, stack.enter_context(_process(network, service))) for service in services]
        for service, process in started:
            _wait_until_ready(network, service, process)
        yield
        for service, process in started:
            if process.poll() is not None:
                raise ServiceError(_died(service, process))


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


@contextlib.contextmanager
def _process(network: Network, service: Service) -> Iterator[subprocess.Popen[bytes]]:
    with service.log.open("ab") as log:
        process = network.start(service.node, service.argv(), log)
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(network: Network, service: Service, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_DEADLINE_S
    while True:
        with network.inside(service.node), contextlib.suppress(OSError):
            if service.answers():
                return
        if process.poll() is not None:
            raise ServiceError(_died(service, process))
        if time.monotonic() > deadline:
            raise ServiceError(
                f"{service.node}: {service.argv()[0]} did not answer within {READY_DEADLINE_S:g} s; "
                f"its last lines:\n{last_lines(service.log)}"
            )
        time.sleep(POLL_S)


def _died(service: Service, process: subprocess.Popen[bytes]) -> str:
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
