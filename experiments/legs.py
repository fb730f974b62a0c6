"""A medium's way in a call: from a client's GStreamer to the meeting's, through a channel of a relay."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence

from experiments.cast import password_of
from experiments.exercise import DSCP_SHIFT
from measurement.media import Attempt, Leg, Medium, Transport
from measurement.meeting import LOOPBACK, Inner, Meeting, inner_ports
from measurement.turn_client import Address, Channel, attempt
from services.probe import STUN_PORT
from services.turn import HTTPS_PORT
from topologies.network import Network

TRIES: tuple[tuple[Transport, int], ...] = (("udp", STUN_PORT), ("tcp", HTTPS_PORT))


class Legs:
    """Leads media between a client and a meeting's server by a relay; the ways end with the stack."""

    def __init__(
        self, network: Network, ends: tuple[str, str], server: str, stack: contextlib.AsyncExitStack
    ) -> None:
        self._network = network
        self._client, self._peer = ends
        self._server = server
        self._stack = stack

    async def lead(self, medium: Medium) -> Leg:
        """Lead a medium; the leg has no transport where nobody answers."""
        there = str(self._network.plan.node(self._peer).address), medium.port
        meeting = Meeting()
        await self._bind(meeting, self._datagrams(self._peer, there, medium.dscp))
        attempts, channel = await self._ask(medium, there)
        leg = Leg(medium=medium.name, server=self._server, attempts=tuple(attempts))
        if channel is None or (check_us := await channel.check()) is None:
            return leg
        for node, outer in ((self._client, channel), (self._peer, meeting)):
            inner = Inner(medium, outer.send)
            outer.taken = inner.inward
            await self._bind(inner, self._datagrams(node, (LOOPBACK, inner_ports(medium)[0])))
        found = {"transport": attempts[-1].transport, "mapped": channel.mapped, "relayed": channel.relayed}
        return leg.model_copy(update={**found, "check_us": check_us})

    async def _ask(self, medium: Medium, peer: Address) -> tuple[Sequence[Attempt], Channel | None]:
        """Ask the relay for an address, in one way after the other, until it gives one."""
        attempts: list[Attempt] = []
        for transport, port in TRIES:
            made = (
                self._datagrams(self._client, ("", medium.port), medium.dscp)
                if transport == "udp"
                else self._stream(self._client, medium.dscp)
            )
            user = self._client, password_of(self._client)
            told, channel = await attempt(made, transport, (self._server, port), user, peer)
            attempts.append(told)
            if channel is not None:
                self._stack.push_async_callback(channel.release)
                return attempts, channel
        return attempts, None

    def _datagrams(self, node: str, own: Address, dscp: int = 0) -> socket.socket:
        made = self._socket(node, socket.SOCK_DGRAM, dscp)
        made.bind(own)
        return made

    def _stream(self, node: str, dscp: int) -> socket.socket:
        made = self._socket(node, socket.SOCK_STREAM, dscp)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # media does not wait for company
        return made

    def _socket(self, node: str, kind: socket.SocketKind, dscp: int) -> socket.socket:
        with self._network.inside(node):
            made = socket.socket(socket.AF_INET, kind)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << DSCP_SHIFT)
        made.setblocking(False)
        return made

    async def _bind(self, protocol: Meeting | Inner, made: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: protocol, sock=made)
        self._stack.callback(transport.close)
