"""Runs inside a guest in place of the inside: datagrams of three classes over an access line of some shapes.

Both ends are sockets of this one process, so sending and receiving are told by one clock. Writes shapes.json:
for each kind of sending, what was sent and received when, as [port, number, time in nanoseconds].
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from services.access_router import AccessRouter, in_force
from topologies.access import Line
from topologies.network import Network
from topologies.plan import Plan
from topologies.reshaping import line_of, reshaped
from topologies.shape import Shape

CLIENT, TARGET = "traveller", "isplis"
PORTS = {9000: 0, 9001: 46, 9002: 34, 53: 0}  # where datagrams go to, and their DSCP
FULL_BYTES, SMALL_BYTES = 1208, 100  # frames of 1,250 and of 142 bytes, as the queues count them
DELAY_MS, RATE_MBIT, QUEUE_MS = 4.0, 1.0, 100.0
LOSS_PERCENT, BURST_PACKETS = 2.5, 3.0
MANY, GAP_S = 8000, 0.001
Sending = Iterable[tuple[int, float]]
Moments = list[tuple[int, int, int]]
CROWD = [(9000, 0.0)] * 40 + [(9002, 0.0)] * 5 + [(9001, 0.0)] * 5  # the most important ones come last


class Pair:
    """A sender at one end for each class, and a receiver for each at the other."""

    def __init__(self, network: Network, ends: tuple[str, str], stack: ExitStack) -> None:
        source, target = ends
        self._target = str(network.plan.node(target).address)
        self._senders = {port: _socket(network, source, stack) for port in PORTS}
        for port, sender in self._senders.items():
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, PORTS[port] << 2)
        self._receivers = {_socket(network, target, stack): port for port in PORTS}
        for receiver, port in self._receivers.items():
            receiver.bind((self._target, port))

    def send(self, sending: Sending, payload_bytes: int = FULL_BYTES) -> dict[str, Moments]:
        """Send datagrams to ports, each with a pause in seconds after it; return what was seen."""
        sent: Moments = []
        got: Moments = []
        for number, (port, pause_s) in enumerate(sending):
            sent.append((port, number, time.monotonic_ns()))
            self._senders[port].sendto(f"{number:08d}".encode().ljust(payload_bytes), (self._target, port))
            if pause_s:
                self._receive(sent[-1][2] + round(pause_s * 1e9), got)
        self._receive(time.monotonic_ns() + 2_000_000_000, got)
        return {"sent": sent, "received": got}

    def _receive(self, until_ns: int, got: Moments) -> None:
        while (left := until_ns - time.monotonic_ns()) > 0:
            for ready in select.select(list(self._receivers), [], [], left / 1e9)[0]:
                got.append((self._receivers[ready], int(ready.recv(4096)[:8]), time.monotonic_ns()))


def _socket(network: Network, node: str, stack: ExitStack) -> socket.socket:
    with network.inside(node):
        made = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    return made


@contextlib.contextmanager
def shaped(network: Network, folder: Path, shape: Shape, *, udp_blocked: bool = False) -> Iterator[None]:
    """Have the line so in both directions, with its routers as a call has them."""
    line = line_of(network.plan, CLIENT)
    with ExitStack() as stack:
        stack.enter_context(reshaped(network, CLIENT, shape, shape))
        for end in (line.a, line.b):
            router = AccessRouter(
                node=end.node, line=end.interface, classes=shape.classes, udp_blocked=udp_blocked
            )
            stack.enter_context(in_force(network, router, folder / end.node))
        yield


def main(run_dir: Path) -> None:
    """Send under each shape, and before and after."""
    plan = Plan.model_validate_json((run_dir / "network.json").read_text())
    found: dict[str, dict[str, Moments]] = {}
    steady = [(9000, GAP_S)] * 20
    line = Line(delay_ms=DELAY_MS)
    with Network(plan, run_dir) as network, ExitStack() as stack:
        up = Pair(network, (CLIENT, TARGET), stack)
        down = Pair(network, (TARGET, CLIENT), stack)
        for pair in (up, down):
            pair.send(steady)  # the first packet pays for the kernel's own preparations
        print("@step before", flush=True)
        found["before"] = up.send(steady)
        bad = Shape(line=Line(delay_ms=DELAY_MS, loss_percent=LOSS_PERCENT), burst_packets=BURST_PACKETS)
        for again in ("losses", "losses again"):
            print(f"@step {again}", flush=True)
            with shaped(network, run_dir, bad):
                found[again] = up.send([(9000, GAP_S)] * MANY, SMALL_BYTES)
        slow = Shape(line=Line(delay_ms=DELAY_MS, rate_mbit=RATE_MBIT), queue_ms=QUEUE_MS)
        print("@step rates", flush=True)
        with shaped(network, run_dir, slow):
            found["one queue up"], found["one queue down"] = up.send(CROWD), down.send(CROWD)
        with shaped(network, run_dir, slow.model_copy(update={"classes": True})):
            found["classes up"], found["classes down"] = up.send(CROWD), down.send(CROWD)
        with shaped(network, run_dir, Shape(line=line), udp_blocked=True):
            found["blocked"] = up.send([(port, GAP_S) for port in PORTS])
        print("@step after", flush=True)
        found["after"] = up.send(steady)
    (run_dir / "shapes.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
