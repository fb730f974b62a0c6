"""A TCP connection that stays open: small messages from one host, each answered by the other as it comes."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from types import TracebackType

from experiments.exercise import Conversation
from measurement.timeline import exactly
from topologies.errors import MeasurementError
from topologies.network import Network

FIRST_PORT = 8100
MESSAGE_BYTES = 100
PIECE_BYTES = 65_536
AT_ONCE = struct.pack("ii", 1, 0)  # struct linger: what is still on its way is given up


class Conversing:
    """Context manager; lets hosts converse, and gives up what is still open at its end."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Conversing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for more
            each.close()
        for thread in self._threads:
            thread.join()

    def begin(self, number: int, conversation: Conversation) -> socket.socket:
        """Connect, and have somebody at the other end who answers; return the socket that messages go to.

        Raises MeasurementError if it cannot connect.
        """
        listener, caller = self._socket(conversation.target), self._socket(conversation.source)
        address = str(self._network.plan.node(conversation.target).address), FIRST_PORT + number
        listener.bind(address)
        listener.listen(1)
        try:
            caller.connect(address)
        except OSError as error:
            source, target = conversation.source, conversation.target
            raise MeasurementError(
                f"{source}: no connection to {target}, {address[0]}, port {address[1]}: {error}"
            ) from error
        answering = listener.accept()[0]
        self._keep(answering)
        thread = threading.Thread(target=_answer, args=(answering,), daemon=True)
        thread.start()
        self._threads.append(thread)
        caller.setblocking(False)
        return caller

    def _socket(self, node: str) -> socket.socket:
        with self._network.inside(node):
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._keep(made)
        return made

    def _keep(self, made: socket.socket) -> None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open.append(made)


def say(caller: socket.socket) -> None:
    """Send a message, and take what has been answered so far; the captures say what came of it."""
    with contextlib.suppress(OSError):
        while caller.recv(PIECE_BYTES):
            pass
    with contextlib.suppress(OSError):
        caller.send(bytes(MESSAGE_BYTES))


def _answer(answering: socket.socket) -> None:
    exactly()
    with contextlib.suppress(OSError):
        while message := answering.recv(PIECE_BYTES):
            answering.sendall(message)
