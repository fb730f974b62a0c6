"""A request and its answer over TCP, as HTTP/1.0 has it, in two threads: one at each end."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

from experiments.exercise import DSCP_SHIFT, Ask
from measurement.timeline import exactly
from topologies.network import Network

FIRST_PORT = 8000
DEADLINE_S = 30.0
PIECE_BYTES = 65_536


class Asking:
    """Context manager; lets hosts ask each other, and at its end waits until all have their answers."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Asking:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for thread in self._threads:
            thread.join()

    def ask(self, ask: Ask) -> None:
        """Begin a request; sockets are made here, because a thread is in no node's namespace."""
        listener, caller = self._socket(ask.target, ask.dscp), self._socket(ask.source, ask.dscp)
        address = str(self._network.plan.node(ask.target).address), FIRST_PORT + len(self._threads)
        listener.bind(address)
        listener.listen(1)
        for method, arguments in ((_answer, (listener, ask)), (_request, (caller, address))):
            thread = threading.Thread(target=method, args=arguments, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _socket(self, node: str, dscp: int) -> socket.socket:
        with self._network.inside(node):
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.settimeout(DEADLINE_S)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << DSCP_SHIFT)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return made


def _answer(listener: socket.socket, ask: Ask) -> None:
    exactly()
    try:
        with listener, listener.accept()[0] as connection:
            connection.settimeout(DEADLINE_S)
            connection.recv(PIECE_BYTES)
            head = f"HTTP/1.0 200 OK\r\nContent-Length: {ask.answer_bytes}\r\n\r\n"
            connection.sendall(head.encode() + bytes(ask.answer_bytes))
    except OSError:
        return  # The captures say what came of it.


def _request(caller: socket.socket, address: tuple[str, int]) -> None:
    exactly()
    try:
        with caller:
            caller.connect(address)
            caller.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while caller.recv(PIECE_BYTES):
                pass
    except OSError:
        return
