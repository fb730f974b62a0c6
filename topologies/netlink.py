"""The kernel's side of a plan: interfaces, addresses, neighbours, routes and queues, all over netlink.

No process is started for a setting. Where an access line has both a rate and a delay, they stand on
different wires (see `topologies.planning`), because a token bucket and netem on one interface disturb each
other. What comes in across a closed border has both in one netem, which counts the time that a packet needs
at that rate into its delay.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyroute2 import IPBatch

from topologies import netem
from topologies.namespaces import entered
from topologies.netlink_batch import send
from topologies.plan import End, Node, Plan, Wire, interface_at

LOOPBACK = 1  # its index in every namespace
ONLINK = 4  # RTNH_F_ONLINK, linux/rtnetlink.h
# Least, first and largest size of a TCP buffer. Linux begins with 128 KiB, and a window of 42 kB: on a path
# of 137 ms it is that window, and not the distance, that would be seen first.
TCP_BUFFER_BYTES = "4096 16777216 16777216"
BURST_BYTES = 15_140  # ten full frames


class Links:
    """Makes and configures a plan's interfaces; ``pids`` gives a process in each namespace."""

    def __init__(self, plan: Plan, pids: Mapping[str, int]) -> None:
        self.plan = plan
        self.pids = pids
        self._batch = IPBatch()

    def make(self) -> None:
        """Make every wire with its ends where they belong; raises OSError if the kernel refuses one."""
        for wire in self.plan.wires:
            self._batch.link("add", kind="veth", **self._end(wire.a), peer=self._end(wire.b))
        self._send()

    def configure(self, node: Node) -> None:
        """Give a node what the plan says: all up, its address, neighbours, routes and queues."""
        wires = self.plan.wires_at(node.name)
        with entered(self.pids.get(node.name, os.getpid())):
            interfaces = [interface_at(wire, node.name) for wire in wires]
            index = {name: socket.if_nametoindex(name) for name in interfaces}
            _settings(self.plan, node, interfaces)
            for number in index.values():
                self._batch.link("set", index=number, state="up")
            if node.kind != "switch":
                self._batch.link("set", index=LOOPBACK, state="up")
                self._addresses(node, index)
            for wire in wires:
                self._queue(_near(wire, node.name), wire, index)
            self._send()

    def close(self) -> None:
        """Let go of the sockets."""
        self._batch.close()

    def _send(self) -> None:
        send(bytes(self._batch.batch))
        self._batch.reset()

    def _addresses(self, node: Node, index: Mapping[str, int]) -> None:
        home = index["eth0"] if node.kind == "host" else LOOPBACK
        for address in (node.address, *node.aliases):
            self._batch.addr("add", index=home, address=str(address), prefixlen=32)
        for known in self.plan.neighbours:
            if known.node == node.name:
                target = {"dst": str(known.address), "lladdr": known.mac, "ifindex": index[known.interface]}
                self._batch.neigh("replace", **target, state="permanent")
        for route in self.plan.routes:
            if route.node == node.name:
                way: dict[str, Any] = {"dst": str(route.prefix), "oif": index[route.interface]}
                if route.prefix.prefixlen < 32 or route.prefix[0] != route.via:
                    way |= {"gateway": str(route.via), "flags": ONLINK}
                self._batch.route("replace", prefsrc=str(node.address), **way)

    def _queue(self, near: End, wire: Wire, index: Mapping[str, int]) -> None:
        line = wire.there if near is wire.a else wire.back
        at = index[near.interface]
        if line.delay_ms or line.loss_percent:
            seed = _seed(self.plan.seed, near)
            self._batch.tc("add", "netem", index=at, handle="1:", line=line, seed=seed)
        elif line.rate_mbit is not None:
            rate = netem.bytes_per_second(line.rate_mbit)
            limit = int(rate * netem.QUEUE_SECONDS) + BURST_BYTES
            self._batch.tc("add", "tbf", index=at, handle="2:", rate=rate, burst=BURST_BYTES, limit=limit)

    def _end(self, end: End) -> dict[str, Any]:
        pid = self.pids.get(end.node, os.getpid())
        # A packet is a packet: not several in one, as interfaces may hand them on that cut them up later.
        return {"ifname": end.interface, "address": end.mac, "net_ns_pid": pid, "gso_max_segs": 1}


def _settings(plan: Plan, node: Node, interfaces: Sequence[str]) -> None:
    """Write what has no netlink request: forwarding, how TCP behaves, and silence about IPv6."""
    settings = Path("/proc/sys/net")
    if node.kind == "host":
        (settings / "ipv4/tcp_congestion_control").write_text(plan.congestion)
        # A connection is not to know what one before it, perhaps of another case, has learned of the path.
        (settings / "ipv4/tcp_no_metrics_save").write_text("1")
        for buffer in ("tcp_rmem", "tcp_wmem"):
            (settings / "ipv4" / buffer).write_text(TCP_BUFFER_BYTES)
    if node.kind == "router":
        (settings / "ipv4/ip_forward").write_text("1")
    for interface in interfaces:
        (settings / f"ipv6/conf/{interface}/disable_ipv6").write_text("1")


def _near(wire: Wire, node: str) -> End:
    return wire.a if wire.a.node == node else wire.b


def _seed(seed: int, end: End) -> int:
    """Return the seed of one queue's random numbers: the run's seed, and which queue it is."""
    text = f"{seed} {end.node} {end.interface}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


netem.register()
