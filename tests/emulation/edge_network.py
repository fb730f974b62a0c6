"""A little network around an office with two ways out, planned by hand.

    client ── gw ════════ r1 ══ br ── far     20 ms there and back
     dns ──── gw ── r2 ════════ br            60 ms

`gw` and `r2` are edges of the office. `far` has an address for each way: the office sends to NEAR by `gw`'s
`line`, and to FAR by `r2`'s `br`. What is sent to an address of the office goes by the way that this address
belongs to.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from topologies.access import Line
from topologies.plan import End, Neighbour, Node, Plan, Route, Wire, mac

OFFICE = IPv4Network("10.0.0.0/24")
LINE_POOL, ER_POOL = "198.51.100.1", "203.0.113.1"
NEAR, FAR = "13.107.64.2", "13.107.6.2"
CLIENT, DNS, PROVIDER = "10.0.0.2", "198.51.100.2", "13.107.128.2"
OTHER_EDGE = "192.0.2.2"
ADDRESSES = {
    "client": (CLIENT,),
    "dns": (DNS,),
    "gw": (LINE_POOL,),
    "r1": ("192.0.2.1",),
    "r2": (OTHER_EDGE,),
    "br": ("192.0.2.3",),
    "far": (PROVIDER, NEAR, FAR),
}
HOSTS = "client", "dns", "far"
# Node and interface at both ends, and the milliseconds of one way.
WIRES = (
    ("client", "eth0", "gw", "lan", 0.0),
    ("dns", "eth0", "gw", "hqdns", 0.0),
    ("gw", "line", "r1", "gw", 5.0),
    ("gw", "er", "r2", "gw", 0.0),
    ("r1", "br", "br", "r1", 5.0),
    ("r2", "br", "br", "r2", 30.0),
    ("br", "far", "far", "eth0", 0.0),
)
# Where what is sent to whom, and by way of whom.
ROUTES = (
    ("client", "0.0.0.0/0", "gw"),
    ("dns", "0.0.0.0/0", "gw"),
    ("far", "0.0.0.0/0", "br"),
    ("gw", f"{CLIENT}/32", "client"),
    ("gw", f"{DNS}/32", "dns"),
    ("gw", f"{FAR}/32", "r2"),
    ("gw", "0.0.0.0/0", "r1"),
    ("r1", "198.51.100.0/24", "gw"),
    ("r1", "13.107.0.0/16", "br"),
    ("r2", "198.51.100.0/24", "gw"),
    ("r2", str(OFFICE), "gw"),
    ("r2", "13.107.0.0/16", "br"),
    ("br", "198.51.100.0/24", "r1"),
    ("br", "203.0.113.0/24", "r2"),
    ("br", "192.0.2.1/32", "r1"),
    ("br", f"{OTHER_EDGE}/32", "r2"),
    ("br", "13.107.0.0/16", "far"),
)


def plan() -> Plan:
    """Return the network."""
    wires, neighbours = [], []
    towards: dict[tuple[str, str], str] = {}
    for number, (a, at_a, b, at_b, delay_ms) in enumerate(WIRES):
        ends = (
            End(node=a, interface=at_a, mac=mac(2 * number)),
            End(node=b, interface=at_b, mac=mac(2 * number + 1)),
        )
        line = Line(delay_ms=delay_ms)
        wires.append(Wire(a=ends[0], b=ends[1], there=line, back=line))
        for here, there in (ends, ends[::-1]):
            towards[here.node, there.node] = here.interface
            for address in ADDRESSES[there.node][:1]:
                known = {"interface": here.interface, "address": IPv4Address(address), "mac": there.mac}
                neighbours.append(Neighbour(node=here.node, **known))
    routes = [
        Route(
            node=node,
            prefix=IPv4Network(prefix),
            interface=towards[node, via],
            via=IPv4Address(ADDRESSES[via][0]),
        )
        for node, prefix, via in ROUTES
    ]
    return Plan(
        seed=1,
        nodes=tuple(_node(name) for name in ADDRESSES),
        wires=wires,
        routes=routes,
        neighbours=neighbours,
    )


def _node(name: str) -> Node:
    first, *more = map(IPv4Address, ADDRESSES[name])
    kind = "host" if name in HOSTS else "router"
    return Node(name=name, kind=kind, site=name, address=first, aliases=tuple(more))
