"""Doing an exercise inside the machine: one clock for datagrams, echoes and events."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator

from controllers.process import Keeper
from experiments.asking import Asking
from experiments.conversing import Conversing, say
from experiments.dialling import forget
from experiments.exercise import (
    DSCP_SHIFT,
    FIRST_PORT,
    Ask,
    Conversation,
    Cut,
    Die,
    Echo,
    Event,
    Exercise,
    KeepAlive,
    Mend,
    Renumber,
    Restart,
    Silence,
    Stream,
    Succeed,
)
from experiments.ways import led, tunnel_of
from measurement import numbered
from measurement.timeline import NS_PER_MS, Moment, play
from topologies.hosts import gateway
from topologies.network import Network
from topologies.renumbering import renumber
from topologies.silencing import Silencing
from topologies.switching import undisturbed

NS_PER_US = 1000
ECHO_REQUEST, ECHO_BYTES = 8, 32
ECHO_ID = 0x6370
FIRST_FRESH_PORT = 20_000
ARRIVAL_S = 0.5  # longer than any way


class Exercising:
    """Does exercises on a network."""

    def __init__(self, network: Network, keeper: Keeper) -> None:
        self.network = network
        self._keeper = keeper
        self._sockets = contextlib.ExitStack()
        self._silencing = Silencing(network)
        self._exercise = Exercise(name="", text="")

    def warm_up(self, exercise: Exercise) -> None:
        """Send an echo each way that the exercise uses: the first packet pays for the switches' caches."""
        senders: tuple[Stream | Echo | Ask, ...] = (*exercise.streams, *exercise.echoes, *exercise.asks)
        used = [(each.source, each.target, each.dscp) for each in senders]
        echoes = [
            Echo(at_ms=float(number), source=source, target=target, dscp=dscp)
            for number, (source, target, dscp) in enumerate(dict.fromkeys(used))
        ]
        with self._sockets:
            play([self._echoes(echoes)])

    @contextlib.contextmanager
    def prepared(self, exercise: Exercise) -> Iterator[None]:
        """Have everything as the exercise needs it, for as long as the block lasts."""
        with led(self.network, exercise.client, exercise.way), self.undisturbed(exercise):
            if exercise.client:
                forget(self.network, exercise.client, exercise.way)
            else:
                self.warm_up(exercise)
            yield

    @contextlib.contextmanager
    def undisturbed(self, exercise: Exercise) -> Iterator[None]:
        """Have the switches do nothing by themselves in the block.

        Not where a controller comes in it: a switch sees its new connection when it wakes up the next time.
        """
        if any(isinstance(event, Succeed) for event in exercise.events):
            yield
        else:
            with undisturbed():
                yield

    def do(self, exercise: Exercise) -> None:
        """Do everything at its time; return when the last thing is done."""
        self._exercise = exercise
        lines: list[Iterator[Moment] | list[Moment]] = [
            self._stream(number, stream) for number, stream in enumerate(exercise.streams)
        ]
        lines.append(self._echoes(exercise.echoes))
        events = sorted(exercise.events, key=lambda each: each.at_ms)
        lines.append([Moment(_ns(each.at_ms), self._event(each)) for each in events])
        asking, conversing = Asking(self.network), Conversing(self.network)
        lines.append([Moment(_ns(each.at_ms), _bound(asking.ask, each)) for each in exercise.asks])
        with self._sockets, asking, conversing, self._silencing.heard_again():
            for number, each in enumerate(exercise.conversations):
                lines.append(_conversation(each, conversing.begin(number, each)))
            play(lines)
            time.sleep(ARRIVAL_S)  # what was sent last finds somebody, too

    def _stream(self, number: int, stream: Stream) -> Iterator[Moment]:
        kept = 0 if stream.fresh else stream.flows
        senders = [self._socket(stream.source, stream.dscp) for _ in range(kept)]
        to = self._address(stream.target), FIRST_PORT + number
        self._deaf(stream.target, FIRST_PORT + number)

        def send(each: int) -> None:
            content = numbered.payload(each, time.time_ns(), stream.frame_bytes)
            if not stream.fresh:
                senders[each % stream.flows].sendto(content, to)
                return
            with self.network.inside(stream.source), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as once:
                once.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, stream.dscp << DSCP_SHIFT)
                once.bind((self._address(stream.source), FIRST_FRESH_PORT + each))
                once.sendto(content, to)

        start_ns, interval_ns = _ns(stream.start_ms), stream.interval_us * NS_PER_US
        return (Moment(start_ns + each * interval_ns, _bound(send, each)) for each in range(stream.count))

    def _echoes(self, echoes: Iterable[Echo]) -> list[Moment]:
        sockets: dict[tuple[str, int], socket.socket] = {}
        moments = []
        for number, echo in enumerate(sorted(echoes, key=lambda each: each.at_ms), start=1):
            key = echo.source, echo.dscp
            if key not in sockets:
                sockets[key] = self._raw(*key)
            address = str(self.network.plan.node(echo.target).address)
            request = _echo_request(number)
            moments.append(Moment(_ns(echo.at_ms), _bound(sockets[key].sendto, request, (address, 0))))
        return moments

    def _event(self, event: Event) -> Callable[[], None]:
        match event:
            case Cut(a=a, b=b):
                return lambda: self.network.cut(a, b)
            case Mend(a=a, b=b):
                return lambda: self.network.mend(a, b)
            case Silence(a=a, b=b):
                return lambda: self._silencing.silence(a, b)
            case Die():
                return self._keeper.die
            case Succeed():
                return self._keeper.succeed
            case Restart():
                return lambda: self.network.tunnels.restart(gateway(self._exercise.way.office))
            case Renumber(node=node, address=address):
                return lambda: renumber(self.network, node, address)
            case KeepAlive(every_s=every_s):
                return lambda: self._keep_alive(every_s)

    def _keep_alive(self, every_s: int) -> None:
        far = gateway(self._exercise.way.office)
        tunnel = tunnel_of(self.network.plan, self._exercise.client, far)
        self.network.tunnels.keep_alive(tunnel.node, tunnel.interface, every_s)

    def _socket(self, node: str, dscp: int) -> socket.socket:
        with self.network.inside(node):
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sockets.callback(made.close)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << DSCP_SHIFT)
        made.bind((self._address(node), 0))
        return made

    def _address(self, node: str) -> str:
        """Return a node's address: inside its tunnel, where the exercise has it send through one."""
        if node == self._exercise.client and self._exercise.way.office:
            return str(tunnel_of(self.network.plan, node, gateway(self._exercise.way.office)).address)
        return str(self.network.plan.node(node).address)

    def _deaf(self, node: str, port: int) -> None:
        """Have somebody at a port who takes datagrams and does not say that nobody is there."""
        with self.network.inside(node):
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sockets.callback(made.close)
        made.bind(("", port))

    def _raw(self, node: str, dscp: int) -> socket.socket:
        """Return a socket for echo requests; the kernel at the other end answers."""
        with self.network.inside(node):
            made = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._sockets.callback(made.close)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << DSCP_SHIFT)
        return made


def _conversation(conversation: Conversation, caller: socket.socket) -> list[Moment]:
    interval_ns = conversation.interval_ms * NS_PER_MS
    return [Moment(each * interval_ns, _bound(say, caller)) for each in range(conversation.count)]


def _bound(method: Callable[..., object], *arguments: object) -> Callable[[], object]:
    return lambda: method(*arguments)


def _ns(at_ms: float) -> int:
    return round(at_ms * NS_PER_MS)


def _echo_request(number: int) -> bytes:
    """Return an ICMP echo request (RFC 792)."""
    body = struct.pack(">HH", ECHO_ID, number) + bytes(ECHO_BYTES)
    return (
        struct.pack(">BBH", ECHO_REQUEST, 0, _checksum(struct.pack(">BBH", ECHO_REQUEST, 0, 0) + body)) + body
    )


def _checksum(message: bytes) -> int:
    """Return the Internet checksum (RFC 1071) of a message of even length."""
    total: int = sum(struct.unpack(f">{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
