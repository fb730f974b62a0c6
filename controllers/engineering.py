"""Tunnels and rates that traffic engineering chose, as flows: a meter and a selection at the edge.

The rate stands at the edge, so what is beyond it is dropped before it is on any trunk; inside, a tunnel's
packets follow its tag alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from controllers import tags
from controllers.control import Control, EdgeRule, TunnelPath
from controllers.cookies import cookie
from controllers.layout import EDGE, FIRST_OF_TUNNELS, NUMBERS_A_VERSION, PATH, PREFERRED, USUAL
from controllers.openflow import Action, Bucket, Flow, Group, Match, Meter, Output, Queue, Tag, ToGroup
from controllers.topology import Topology

BURST_MS = 20
MOST_WEIGHT = 0xFFFF  # ofp_bucket's weight in OpenFlow 1.3

Numbered = tuple[EdgeRule, tuple[tuple[int, TunnelPath], ...]]


def numbered_tunnels(control: Control, failed: Collection[int] = ()) -> list[Numbered]:
    """Return the rules that have tunnels left, each tunnel with its number."""
    found, number = [], 0
    for rule in control.edges:
        usable = []
        for tunnel in rule.tunnels:
            number += 1
            if not set(tunnel.trunks) & set(failed):
                usable.append((number, tunnel))
        if usable:
            found.append((rule, tuple(usable)))
    return found


def entrance(control: Control, version: int, place: int, numbered: Numbered) -> tuple[Flow, Group, Meter]:
    """Return what lets a rule's packets in: number ``place`` among the rules, at the source switch."""
    rule, tunnels = numbered
    topology = control.topology
    uplink, mac = topology.switch(rule.source).uplink, topology.switch(rule.target).mac
    number = version * NUMBERS_A_VERSION + FIRST_OF_TUNNELS + place
    weights = _weights([tunnel.weight for _, tunnel in tunnels])
    buckets = [_bucket(topology, version, rule.source, *each) for each in zip(tunnels, weights, strict=True)]
    queue: tuple[Action, ...] = tuple(Queue(queue) for dscp, queue in control.queues if dscp == rule.dscp)
    flow = Flow(
        EDGE,
        PREFERRED,
        cookie(version, rule.target),
        Match(in_port=uplink, mac=mac, dscp=rule.dscp),
        (*queue, ToGroup(number)),
        meter=number,
    )
    meter = Meter(number, rule.rate_kbps, max(1, rule.rate_kbps * BURST_MS // 1000))
    return flow, Group(number, "select", tuple(buckets)), meter


def inside(topology: Topology, version: int, numbered: Numbered) -> Iterator[tuple[int, Flow]]:
    """Yield the flows of a rule's tunnels behind the source, each with its switch."""
    rule, tunnels = numbered
    for number, tunnel in tunnels:
        here = rule.source
        for trunk in map(topology.trunk, tunnel.trunks):
            if here != rule.source:
                match, out = Match(tag=tags.tunnel(version, number)), (Output(trunk.port_at(here)),)
                yield here, Flow(PATH, USUAL, cookie(version, rule.target), match, out)
            here = trunk.other(here)


def _weights(weights: Sequence[int]) -> list[int]:
    """Return weights as a switch takes them: in 16 bits, and none of 0, which it would never choose."""
    largest = max(*weights, MOST_WEIGHT)
    return [max(1, weight * MOST_WEIGHT // largest) for weight in weights]


def _bucket(
    topology: Topology, version: int, source: int, numbered: tuple[int, TunnelPath], weight: int
) -> Bucket:
    number, tunnel = numbered
    port = topology.trunk(tunnel.trunks[0]).port_at(source)
    return Bucket((Tag(tags.tunnel(version, number)), Output(port)), port, weight)
