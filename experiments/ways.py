"""A client's way in the machine: what goes through its tunnel to an office, and what does not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from ipaddress import IPv4Network

from experiments.way import Way
from topologies.hosts import gateway
from topologies.network import Network
from topologies.plan import Plan
from topologies.tunnel import Tunnel


def tunnel_of(plan: Plan, node: str, peer: str) -> Tunnel:
    """Return a node's end of its tunnel to another one; KeyError if it has none."""
    for tunnel in plan.tunnels:
        if tunnel.node == node and any(each.node == peer for each in tunnel.peers):
            return tunnel
    raise KeyError(f"{node} has no tunnel to {peer}")


@contextlib.contextmanager
def led(network: Network, client: str, way: Way) -> Iterator[None]:
    """Lead a client's packets its way, for as long as the block lasts; without an office nothing changes."""
    if not way.office:
        yield
        return
    tunnel = tunnel_of(network.plan, client, gateway(way.office))
    through = [half for prefix in way.tunnelled for half in _beside_a_default(prefix)]
    (endpoint,) = (peer.endpoint for peer in tunnel.peers)
    past = [*way.direct, *([] if endpoint is None else [IPv4Network(endpoint)])]
    (default,) = network.plan.routes_at(client)
    own = str(network.plan.node(client).address)
    network.lead(client, default.interface, past, own, str(default.via))
    network.lead(client, tunnel.interface, through, str(tunnel.address))
    try:
        yield
    finally:
        network.lead_no_more(client, tunnel.interface, through)
        network.lead_no_more(client, default.interface, past)


def _beside_a_default(prefix: IPv4Network) -> list[IPv4Network]:
    """Return a prefix so that it replaces no default route: VPN clients make two halves of everything."""
    return list(prefix.subnets()) if prefix.prefixlen == 0 else [prefix]
