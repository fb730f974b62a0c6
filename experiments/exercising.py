"""Doing an exercise inside the machine: one clock for datagrams, echoes and events."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator

from controllers.process import Keeper
from experiments.asking import Asking
from experiments.exercise import (
    DSCP_SHIFT,
    FIRST_PORT,
    Ask,
    Cut,
    Die,
    Echo,
    Event,
    Exercise,
    Mend,
    Stream,
    Succeed,
)
from measurement import numbered
from measurement.timeline import NS_PER_MS, Moment, play
from topologies.network import Network
from topologies.switching import undisturbed

NS_PER_US = 1000
ECHO_REQUEST, ECHO_BYTES = 8, 32
ECHO_ID = 0x6370


class Exercising:
    """Does exercises on a network."""

    def __init__(self, network: Network, keeper: Keeper) -> None:
        self.network = network
        self._keeper = keeper
        self._sockets = contextlib.ExitStack()

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
        lines: list[Iterator[Moment] | list[Moment]] = [
            self._stream(number, stream) for number, stream in enumerate(exercise.streams)
        ]
        lines.append(self._echoes(exercise.echoes))
        events = sorted(exercise.events, key=lambda each: each.at_ms)
        lines.append([Moment(_ns(each.at_ms), self._event(each)) for each in events])
        asking = Asking(self.network)
        lines.append([Moment(_ns(each.at_ms), _bound(asking.ask, each)) for each in exercise.asks])
        with self._sockets, asking:
            play(lines)

    def _stream(self, number: int, stream: Stream) -> Iterator[Moment]:
        senders = [self._socket(stream.source, stream.dscp) for _ in range(stream.flows)]
        to = str(self.network.plan.node(stream.target).address), FIRST_PORT + number
        self._deaf(stream.target, FIRST_PORT + number)

        def send(each: int) -> None:
            senders[each % stream.flows].sendto(
                numbered.payload(each, time.time_ns(), stream.frame_bytes), to
            )

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
            case Die():
                return self._keeper.die
            case Succeed():
                return self._keeper.succeed

    def _socket(self, node: str, dscp: int) -> socket.socket:
        with self.network.inside(node):
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sockets.callback(made.close)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << DSCP_SHIFT)
        made.bind((str(self.network.plan.node(node).address), 0))
        return made

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
