"""A network all of whose nodes are this machine."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address
from types import SimpleNamespace


class FakeNetwork:
    """All nodes are this machine, at one address; remembers where sockets were made."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.plan = SimpleNamespace(node=lambda _: SimpleNamespace(address=IPv4Address(address)))
        self.entered: list[str] = []

    @contextlib.contextmanager
    def inside(self, node: str) -> Iterator[None]:
        self.entered.append(node)
        yield


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
