"""The kernel's side of a plan: interfaces, addresses, neighbours, routes and queues, all over netlink.

No process is started for a setting. Where a line has both a rate and a delay, they stand on different
wires (see `topologies.planning`), because a rate and netem on one interface disturb each other.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyroute2 import IPRoute

from topologies import netem
from topologies.namespaces import entered
from topologies.plan import End, Node, Plan, Wire, interface_at

ONLINK = 4  # RTNH_F_ONLINK, linux/rtnetlink.h
BURST_BYTES = 15_140  # ten full frames
QUEUE_SECONDS = 0.1  # how long a packet may wait for a line's rate before it is dropped


def make_wires(wires: tuple[Wire, ...], pids: Mapping[str, int]) -> None:
    """Make every wire with its ends where they belong; ``pids`` gives a process in each namespace."""
    with IPRoute() as root:
        for wire in wires:
            root.link("add", kind="veth", **_end(wire.a, pids), peer=_end(wire.b, pids))


def configure(plan: Plan, node: Node, pid: int) -> None:
    """Give one node what the plan says: everything up, its address, neighbours, routes and queues."""
    with entered(pid):
        settings = Path("/proc/sys/net")
        if node.kind == "router":
            (settings / "ipv4/ip_forward").write_text("1")
        for wire in plan.wires_at(node.name):
            # The world is IPv4 only; without this every interface would talk of itself over IPv6.
            (settings / f"ipv6/conf/{interface_at(wire, node.name)}/disable_ipv6").write_text("1")
        route = IPRoute()
    with route:
        _Configuration(plan, node, route).apply()


class _Configuration:
    """One node's settings over one open netlink socket."""

    def __init__(self, plan: Plan, node: Node, route: IPRoute) -> None:
        self.plan = plan
        self.node = node
        self.route = route
        self.index = {link.get_attr("IFLA_IFNAME"): link["index"] for link in route.get_links()}

    def apply(self) -> None:
        """Apply everything, in the order in which the kernel accepts it."""
        own = [wire for wire in self.plan.wires if self.node.name in (wire.a.node, wire.b.node)]
        for interface in ["lo", *(_near(wire, self.node.name).interface for wire in own)]:
            if self.node.kind != "switch" or interface != "lo":
                self.route.link("set", index=self.index[interface], state="up")
        if self.node.kind != "switch":
            self._addresses()
        for wire in own:
            self._queue(wire)

    def _addresses(self) -> None:
        interface = "eth0" if self.node.kind == "host" else "lo"
        self.route.addr("add", index=self.index[interface], address=str(self.node.address), prefixlen=32)
        for known in self.plan.neighbours:
            if known.node == self.node.name:
                self.route.neigh(
                    "replace",
                    dst=str(known.address),
                    lladdr=known.mac,
                    ifindex=self.index[known.interface],
                    state="permanent",
                )
        for route in self.plan.routes:
            if route.node == self.node.name:
                target: dict[str, Any] = {"dst": str(route.prefix), "oif": self.index[route.interface]}
                if route.prefix.prefixlen < 32 or route.prefix[0] != route.via:
                    target |= {"gateway": str(route.via), "flags": ONLINK}
                self.route.route("replace", prefsrc=str(self.node.address), **target)

    def _queue(self, wire: Wire) -> None:
        near = _near(wire, self.node.name)
        line = wire.there if near is wire.a else wire.back
        index = self.index[near.interface]
        if line.delay_ms or line.loss_percent:
            seed = _seed(self.plan.seed, near)
            self.route.tc("add", "netem", index=index, handle="1:", line=line, seed=seed)
        if line.rate_mbit is not None:
            rate = int(line.rate_mbit * 1_000_000 / 8)
            limit = int(rate * QUEUE_SECONDS) + BURST_BYTES
            self.route.tc("add", "tbf", index=index, handle="2:", rate=rate, burst=BURST_BYTES, limit=limit)


def _near(wire: Wire, node: str) -> End:
    return wire.a if wire.a.node == node else wire.b


def _end(end: End, pids: Mapping[str, int]) -> dict[str, Any]:
    pid = pids.get(end.node, os.getpid())
    return {
        "ifname": end.interface,
        "address": end.mac,
        "net_ns_pid": pid,
    }


def _seed(seed: int, end: End) -> int:
    """Return the seed of one queue's random numbers: the run's seed, and which queue it is."""
    text = f"{seed} {end.node} {end.interface}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


netem.register()
