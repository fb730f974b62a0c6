"""Runs inside a guest in place of the inside: one trunk with a rate, datagrams of three classes, and cuts.

Both ends are sockets of this one process, so sending and receiving are told by one clock. Writes trunks.json:
for each kind of sending, what was sent and received when, as [class, number, time in nanoseconds].
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from topologies.commands import run
from topologies.errors import BuildError, CommandError
from topologies.network import Network
from topologies.plan import Plan

PORTS = {9000: None, 9001: 0, 9002: 2}  # where datagrams go to, and the queue that the switch gives them
PAYLOAD_BYTES = 1208  # a frame of 1,250 bytes, as the queues count it
Moments = list[tuple[int, int, int]]


def flows(plan: Plan) -> None:
    """Let the switches forward: from the router to the trunk with a queue, back without."""
    for switch in ("a-wan", "b-wan"):
        for port, queue in PORTS.items():
            queued = "" if queue is None else f"set_queue:{queue},"
            rule = f"priority=2,in_port=1,udp,tp_dst={port},actions={queued}output:2"
            run(["ovs-ofctl", "-O", "OpenFlow13", "add-flow", switch, rule])
        for one, other in ((1, 2), (2, 1)):
            rule = f"priority=1,in_port={one},actions=output:{other}"
            run(["ovs-ofctl", "-O", "OpenFlow13", "add-flow", switch, rule])


class Pair:
    """A sender at one end, and a receiver for each class at the other."""

    def __init__(self, network: Network, stack: ExitStack) -> None:
        self.target = str(network.plan.node("hb").address)
        self.sender = self._bound(network, "ha", 9000, stack)
        self.receivers = {self._bound(network, "hb", port, stack): port for port in PORTS}

    def send(self, sending: list[tuple[int, float]]) -> dict[str, Moments]:
        """Send datagrams to ports, each with a pause in seconds after it; return what was seen."""
        sent: Moments = []
        got: Moments = []
        for number, (port, pause_s) in enumerate(sending):
            sent.append((port, number, time.monotonic_ns()))
            self.sender.sendto(f"{number:08d}".encode().ljust(PAYLOAD_BYTES), (self.target, port))
            if pause_s:
                self._receive(sent[-1][2] + round(pause_s * 1e9), got)
        self._receive(time.monotonic_ns() + 1_000_000_000, got)
        return {"sent": sent, "received": got}

    def _receive(self, until_ns: int, got: Moments) -> None:
        while (left := until_ns - time.monotonic_ns()) > 0:
            for ready in select.select(list(self.receivers), [], [], left / 1e9)[0]:
                got.append((self.receivers[ready], int(ready.recv(4096)[:8]), time.monotonic_ns()))

    def _bound(self, network: Network, node: str, port: int, stack: ExitStack) -> socket.socket:
        with network.inside(node):
            ready = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        ready.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        ready.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        ready.bind((str(network.plan.node(node).address), port))
        return ready


def reached(network: Network) -> bool:
    """Return whether an echo comes back."""
    try:
        network.run("ha", ["ping", "-n", "-c", "1", "-W", "1", str(network.plan.node("hb").address)])
    except CommandError:
        return False
    return True


def cuts(network: Network) -> dict[str, list[bool] | str]:
    """Cut and mend each kind of wire; return whether an echo came back before, between and after."""
    found: dict[str, list[bool] | str] = {}
    for a, b in (("a-wan", "b-wan"), ("b-wan", "b-br"), ("ha", "a-br")):
        seen = [reached(network)]
        network.cut(a, b)
        seen.append(reached(network))
        network.mend(b, a)
        found[f"{a} {b}"] = [*seen, reached(network)]
    try:
        network.cut("ha", "hb")
    except BuildError as error:
        found["error"] = str(error)
    return found


def main(run_dir: Path) -> None:
    """Measure."""
    plan = Plan.model_validate_json((run_dir / "network.json").read_text())
    with ExitStack() as stack:
        network = stack.enter_context(Network(plan, run_dir))
        flows(plan)
        pair = Pair(network, stack)
        pair.send([(port, 0.01) for port in PORTS for _ in range(3)])  # what a first packet pays for
        found = {
            "below": pair.send([(port, 0.01) for port in PORTS for _ in range(100)]),
            "burst": pair.send([(9000, 0) for _ in range(200)]),
            "classes": pair.send([(port, 0) for port in (9002, 9000, 9001) for _ in range(40)]),
            "cuts": cuts(network),
        }
        print("@step cuts", flush=True)
        for _ in range(100):
            network.cut("a-wan", "b-wan")
            network.mend("a-wan", "b-wan")
        print("@step end of cuts", flush=True)
    (run_dir / "trunks.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
