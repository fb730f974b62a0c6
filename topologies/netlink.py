"""The kernel's side of a plan: interfaces, addresses, neighbours, routes and queues, all over netlink.

No process is started for a setting. Where an access line has both a rate and a delay, they stand on
different wires (see `topologies.planning`), because a token bucket and netem on one interface disturb each
other. What comes in across a closed border has both in one netem, which counts the time that a packet needs
at that rate into its delay.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from topologies.access import Line
from topologies.namespaces import entered
from topologies.netlink_batch import send
from topologies.netlink_requests import Side, address, link_state, neighbour, no_group, route, settled, veth
from topologies.plan import End, Node, Plan, Wire, interface_at
from topologies.queues import access_queues, trunk_queues

_groups = itertools.count(os.getpid() << 8)  # interfaces by who has made them: one request removes all
LOOPBACK = 1  # its index in every namespace
# Least, first and largest size of a TCP buffer. Linux begins with 128 KiB, and a window of 42 kB: on a path
# of 137 ms it is that window, and not the distance, that would be seen first.
TCP_BUFFER_BYTES = "4096 16777216 16777216"


class Links:
    """Makes and configures a plan's interfaces; ``pids`` gives a process in each namespace."""

    def __init__(self, plan: Plan, pids: Mapping[str, int]) -> None:
        self.plan = plan
        self.pids = pids
        self._group = next(_groups)

    def make(self) -> None:
        """Make every wire with its ends where they belong; raises OSError if the kernel refuses one."""
        send([veth(self._side(wire.a), self._side(wire.b)) for wire in self.plan.wires])

    def remove(self) -> None:
        """Remove every wire that has an end outside of the nodes' own namespaces."""
        send([no_group(self._group)], missing_ok=True)

    def configure(self) -> None:
        """Give every node what the plan says; raises OSError if the kernel refuses something."""
        apart = [node for node in self.plan.nodes if node.name in self.pids]
        for node in apart:
            with entered(self.pids[node.name]):
                self._configure([node])
        self._configure([node for node in self.plan.nodes if node.name not in self.pids])
        self._start_queues()
        if self.plan.control_delay_ms:
            # Where the switches are, loopback has nothing but what they and the controller say to each other.
            send(list(access_queues(LOOPBACK, Line(delay_ms=self.plan.control_delay_ms), self.plan.seed)))

    def _start_queues(self) -> None:
        """Have the kernel start queues of ends that were up before the others now, and not in a second."""
        outside: list[bytes] = []
        for node in self.plan.nodes:
            asking = [settled(interface_at(wire, node.name)) for wire in self.plan.wires_at(node.name)]
            if node.name not in self.pids:
                outside += asking
                continue
            with entered(self.pids[node.name]):
                send(asking)
        send(outside)

    def direct(self, wire: Wire) -> None:
        """Give both ends of a wire their neighbours and routes, which they have lost if they were down."""
        for end in (wire.a, wire.b):
            if end.node in self.pids:
                with entered(self.pids[end.node]):
                    index = {end.interface: socket.if_nametoindex(end.interface)}
                    send(list(self._ways(self.plan.node(end.node), index)))

    def _configure(self, nodes: Sequence[Node]) -> None:
        """Give nodes of the current namespace their settings: all up, address, neighbours, routes, queues."""
        requests: list[bytes] = []
        for node in nodes:
            wires = self.plan.wires_at(node.name)
            interfaces = [interface_at(wire, node.name) for wire in wires]
            index = {name: socket.if_nametoindex(name) for name in interfaces}
            _settings(self.plan, node, interfaces)
            requests += [link_state(name, up=True) for name in interfaces]
            if node.name in self.pids:
                requests.append(link_state("lo", up=True))
                requests += self._addresses(node, index)
            for wire in wires:
                requests += self._queues(wire, node.name, index)
        send(requests)

    def _addresses(self, node: Node, index: Mapping[str, int]) -> Iterator[bytes]:
        home = index["eth0"] if node.kind == "host" else LOOPBACK
        for own in (node.address, *node.aliases):
            if own is not None:
                yield address(home, own)
        yield from self._ways(node, index)

    def _ways(self, node: Node, index: Mapping[str, int]) -> Iterator[bytes]:
        """Tell a node who is behind some of its interfaces, and what is sent there."""
        for known in self.plan.neighbours_at(node.name):
            if known.interface in index:
                yield neighbour(index[known.interface], known.address, known.mac)
        for each in self.plan.routes_at(node.name):
            if each.interface in index:
                direct = each.prefix.prefixlen == 32 and each.prefix[0] == each.via
                yield route(index[each.interface], each.prefix, node.address, None if direct else each.via)

    def _queues(self, wire: Wire, node: str, index: Mapping[str, int]) -> Iterator[bytes]:
        near, line = (wire.a, wire.there) if wire.a.node == node else (wire.b, wire.back)
        switched = wire.a.node not in self.pids and wire.b.node not in self.pids
        queues = trunk_queues if switched else access_queues
        return queues(index[near.interface], line, seed_of(self.plan.seed, near.node, near.interface))

    def _side(self, end: End) -> Side:
        return Side(end.interface, self.pids.get(end.node, os.getpid()), end.mac, self._group)


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


def seed_of(seed: int, node: str, interface: str) -> int:
    """Return the seed of one queue's random numbers: the run's seed, and which queue it is."""
    text = f"{seed} {node} {interface}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
