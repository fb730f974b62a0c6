"""Runs inside a guest in place of the inside: sends datagrams over every client's line, both ways.

Both ends are sockets of this one process, each in its node's namespace, so sending and receiving are told by
one clock. Writes samples.json: for each client and direction what was sent and received when, in nanoseconds.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from pathlib import Path

from topologies.network import Network
from topologies.plan import Plan

TARGET = "isplis"
PORT = 9000
PAYLOAD_BYTES = 1208  # a frame of 1,250 bytes, as the queues count it
COUNT = 1000
GAP_S = 0.010
BURST = 200  # sent at once, to see a line's rate


def bound(network: Network, node: str) -> socket.socket:
    """Return a socket inside a node, at its own address."""
    with network.inside(node):
        ready = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ready.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    ready.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    ready.bind((str(network.plan.node(node).address), PORT))
    ready.setblocking(False)
    return ready


def receive(receiver: socket.socket, until_ns: int, got: list[tuple[int, int]]) -> None:
    """Note number and time of each datagram that arrives before a time."""
    while (left := until_ns - time.monotonic_ns()) > 0:
        if select.select([receiver], [], [], left / 1e9)[0]:
            got.append((int(receiver.recv(4096)[:8]), time.monotonic_ns()))


def send(
    sender: socket.socket, receiver: socket.socket, count: int, gap_s: float
) -> dict[str, list[list[int]]]:
    """Send numbered datagrams; return [number, time] of each one sent, and of each one received, in order."""
    sent: list[tuple[int, int]] = []
    got: list[tuple[int, int]] = []
    for number in range(count):
        sent.append((number, time.monotonic_ns()))
        sender.sendto(f"{number:08d}".encode().ljust(PAYLOAD_BYTES), receiver.getsockname())
        if gap_s:
            receive(receiver, sent[-1][1] + round(gap_s * 1e9), got)
    receive(receiver, time.monotonic_ns() + 2_000_000_000, got)
    return {"sent": [list(each) for each in sent], "received": [list(each) for each in got]}


def main(run_dir: Path) -> None:
    """Measure every client of the plan."""
    plan = Plan.model_validate_json((run_dir / "network.json").read_text())
    clients = [node.name for node in plan.of_kind("host") if node.name != TARGET]
    samples = {}
    with Network(plan, run_dir) as network:
        far = bound(network, TARGET)
        for client in clients:
            print(f"@step {client}", flush=True)
            near = bound(network, client)
            for ends in ((near, far), (far, near)):  # the first packet pays for the kernel's own preparations
                send(*ends, 1, GAP_S)
            samples[client] = {
                "up": send(near, far, COUNT, GAP_S),
                "down": send(far, near, COUNT, GAP_S),
                "burst up": send(near, far, BURST, 0),
                "burst down": send(far, near, BURST, 0),
            }
    (run_dir / "samples.json").write_text(json.dumps(samples))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
