"""Bulk that makes a line busy: a TCP connection each way between a client and another node, never done."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator

from topologies.network import Network

PORT = 5001
PIECE_BYTES = 65_536
BUFFER_BYTES = 262_144  # more than any queue of an access line holds
AT_ONCE = struct.pack("ii", 1, 0)  # struct linger: what is still on its way is given up


@contextlib.asynccontextmanager
async def bulk(network: Network, client: str, other: str) -> AsyncIterator[None]:
    """Have both ends send to each other as much as TCP lets them, for as long as the block lasts.

    Raises OSError if they cannot connect.
    """
    loop = asyncio.get_running_loop()
    address = str(network.plan.node(other).address), PORT
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(_socket(network, other))
        listener.bind(address)
        listener.listen()
        tasks: list[asyncio.Task[None]] = []
        try:
            for upwards in (True, False):
                caller = sockets.enter_context(_socket(network, client))
                await loop.sock_connect(caller, address)
                accepted = sockets.enter_context((await loop.sock_accept(listener))[0])
                _prepare(accepted)
                source, target = (caller, accepted) if upwards else (accepted, caller)
                tasks += [loop.create_task(_send(source)), loop.create_task(_take(target))]
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _socket(network: Network, node: str) -> socket.socket:
    with network.inside(node):
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return _prepare(made)


def _prepare(made: socket.socket) -> socket.socket:
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    return made


async def _send(source: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await loop.sock_sendall(source, bytes(PIECE_BYTES))


async def _take(target: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while await loop.sock_recv(target, PIECE_BYTES):
        pass
