"""An address at a media relay, and a channel through it to one peer: aioice's TURN client (RFC 8656).

Sockets are made by whoever asks, in the client's own network. aioice is imported where it is used: only a
machine has it.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from measurement.media import Attempt, Transport

if TYPE_CHECKING:
    from aioice.stun import Message
    from aioice.turn import TurnClientTcpProtocol, TurnClientUdpProtocol

Address = tuple[str, int]
LIFETIME_S, REFRESH_S = 600, 500  # of an allocation and of a channel: longer than a call
PATIENCE_S = 3.0  # a try gets as long: requests are sent at 0, 0.5 and 1.5 s (RFC 8489, section 6.2.1)
FIRST_NOT_STUN = 4  # the first byte of STUN is below (RFC 7983)


class Channel:
    """A channel to a peer: what is sent goes there by the relay; ``taken`` is given what comes back."""

    def __init__(self, turn: TurnClientTcpProtocol | TurnClientUdpProtocol, peer: Address) -> None:
        self._turn = turn
        self._peer = peer
        self._sending: set[asyncio.Task[None]] = set()
        self._checks: dict[bytes, Any] = {}
        self.taken: Callable[[bytes], object] = len
        turn.receiver = self

    @property
    def mapped(self) -> str:
        """The client's address, as the relay sees it."""
        return _text(self._turn.mapped_address)

    @property
    def relayed(self) -> str:
        """The address that the relay has for the client."""
        return _text(self._turn.relayed_address)

    def send(self, content: bytes) -> None:
        """Send something to the peer."""
        task = asyncio.get_running_loop().create_task(self._turn.send_data(content, self._peer))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def check(self) -> int | None:
        """Ask the peer as whom it sees the relay; return after how many microseconds it has answered, if so.

        That binds the channel, and tells the peer where to send (as ICE does, RFC 8445, section 7).
        """
        from aioice import stun

        began_ns = time.monotonic_ns()
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        transaction = stun.Transaction(request, self._peer, self)
        self._checks[request.transaction_id] = transaction
        try:
            await transaction.run()
        except stun.TransactionError:
            return None
        return (time.monotonic_ns() - began_ns) // 1000

    async def release(self) -> None:
        """Give the address back."""
        await self._turn.delete()

    def send_stun(self, message: Message, address: Address) -> None:
        """Send a request of a check: aioice's transactions call this, again until there is an answer."""
        self.send(bytes(message))

    def datagram_received(self, content: bytes, address: Address) -> None:
        """Take what the relay brings; aioice calls this."""
        from aioice import stun

        if content[:1] >= bytes([FIRST_NOT_STUN]):
            self.taken(content)
            return
        message = stun.parse_message(content)
        if message.transaction_id in self._checks:
            self._checks[message.transaction_id].response_received(message, address)

    def connection_lost(self, error: Exception | None) -> None:
        """Say nothing: whoever waits for an answer does not get one."""


async def allocate(
    made: socket.socket, transport: Transport, server: Address, user: tuple[str, str], peer: Address
) -> Channel:
    """Have a relay give an address to a socket that is not connected yet; ``user`` has a name and a password.

    Raises OSError (TimeoutError after PATIENCE_S seconds), or aioice's TransactionError if the relay refuses.
    """
    from aioice import turn

    loop = asyncio.get_running_loop()
    made.setblocking(False)
    known = {"username": user[0], "password": user[1]}
    kind = turn.TurnClientUdpProtocol if transport == "udp" else turn.TurnClientTcpProtocol
    client = partial(kind, server, lifetime=LIFETIME_S, channel_refresh_time=REFRESH_S, **known)

    async def connect() -> Channel:
        await loop.sock_connect(made, server)
        if transport == "udp":
            _, protocol = await loop.create_datagram_endpoint(client, sock=made)
        else:
            _, protocol = await loop.create_connection(client, sock=made)
        try:
            await protocol.connect()
        except BaseException:
            protocol.transport.close()
            raise
        return Channel(protocol, peer)

    return await asyncio.wait_for(connect(), PATIENCE_S)


async def attempt(
    made: socket.socket, transport: Transport, server: Address, user: tuple[str, str], peer: Address
) -> tuple[Attempt, Channel | None]:
    """Try to have an address; return what came of it, and the channel if there is one."""
    from aioice import stun

    began_ns, ticks_ns = time.time_ns(), time.monotonic_ns()
    channel, error = None, ""
    try:
        channel = await allocate(made, transport, server, user, peer)
    except (OSError, asyncio.TimeoutError, stun.TransactionError) as problem:
        error = str(problem) or f"no answer within {PATIENCE_S:g} s"
        made.close()
    took_us = (time.monotonic_ns() - ticks_ns) // 1000
    return Attempt(
        transport=transport, port=server[1], began_ns=began_ns, took_us=took_us, error=error
    ), channel


def _text(address: Address | None) -> str:
    return "" if address is None else f"{address[0]}:{address[1]}"
