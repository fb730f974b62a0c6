"""A host that changes its address, as a laptop does in another place: its routes and its neighbour follow."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network

from topologies.errors import BuildError
from topologies.netlink_batch import send
from topologies.netlink_requests import address, neighbour, no_address, route
from topologies.network import Network
from topologies.plan import interface_at, other_end


def renumber(network: Network, node: str, new: IPv4Address) -> None:
    """Give a host another address in place of its own, at both ends of its wire.

    Routes that were led are led from the new address. Raises BuildError if the kernel refuses it.
    """
    plan = network.plan
    (wire,) = plan.wires_at(node)
    old, far = plan.node(node).address, other_end(wire, node)
    near = wire.a if wire.a.node == node else wire.b
    if old is None:
        raise BuildError(f"{node}: has no address that could be another one")
    try:
        with network.inside(far.node):
            index = socket.if_nametoindex(far.interface)
            own = plan.node(far.node).address
            send([neighbour(index, new, near.mac), route(index, IPv4Network(new), own, None)])
        with network.inside(node):
            index = socket.if_nametoindex(interface_at(wire, node))
            here = {each.prefix: each.via for each in plan.routes_at(node)}
            ways = {**here, **network.led(node, near.interface)}
            send([address(index, new), *(route(index, each, new, via) for each, via in ways.items())])
            send([no_address(index, old, 32)])
    except OSError as error:
        raise BuildError(f"{node}: cannot be renumbered to {new}: {error}") from error
