"""A circuit and the Internet beside it, planned by hand, in small; and what each router says in BGP.

hq-gw ── hq-er ══ er1-m1 ══ ams-br ══ dub-br
  ║        ╚═════ er1-m2 ══ ams-br    ║
r1-prov ═══════════════════ ams-br    ║
  ╚═══════════════════════════════════╝
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from topologies import bgp
from topologies.access import Line
from topologies.bgp import Neighbor, Origin, Policy, Routing, Speaker
from topologies.plan import End, Neighbour, Node, Plan, Route, Wire, mac

ADDRESSES = {
    "hq-gw": ("203.0.113.1",),
    "hq-er": ("192.0.2.1", "198.51.100.1", "198.51.100.5"),
    "er1-m1": ("198.51.100.2",),
    "er1-m2": ("198.51.100.6",),
    "ams-br": ("13.107.6.1",),
    "dub-br": ("13.107.6.17",),
    "r1-prov": ("100.127.0.1",),
}
PUBLIC, POOL = "203.0.113.0/29", "192.0.2.0/28"
AMS, DUB = "13.107.6.0/28", "13.107.6.16/28"  # not over ExpressRoute
EXCHANGE, SHAREPOINT, TEAMS, OTHER = "40.96.0.0/13", "40.108.128.0/17", "52.112.0.0/14", "20.190.128.0/18"
PUBLISHED = {EXCHANGE: "12076:5010", SHAREPOINT: "12076:5020", TEAMS: "12076:5030", OTHER: "12076:5100"}
NUMBERS = {"hq-gw": 64500, "hq-er": 64500, "er1-m1": 12076, "er1-m2": 12076, "r1-prov": 64496}
# Who connects to whom: node, interface and address at both ends, the policies, milliseconds of one way.
SESSIONS: tuple[tuple[str, str, str, str, str, str, Policy, Policy, float], ...] = (
    ("hq-gw", "line", "", "r1-prov", "hq-gw", "", "gateway-transit", "transit-gateway", 1.0),
    ("hq-er", "gw", "", "hq-gw", "er", "", "ce-gateway", "gateway-ce", 0.0),
    ("hq-er", "pri", "198.51.100.1", "er1-m1", "line", "", "ce-msee", "msee-ce", 1.0),
    ("hq-er", "sec", "198.51.100.5", "er1-m2", "line", "", "ce-msee", "msee-ce", 1.0),
    ("er1-m1", "br", "", "ams-br", "er1-m1", "", "msee-border", "border-msee", 2.0),
    ("er1-m2", "br", "", "ams-br", "er1-m2", "", "msee-border", "border-msee", 2.0),
    ("dub-br", "wan", "", "ams-br", "wan", "", "border-border", "border-border", 5.0),
    ("ams-br", "to-r1", "", "r1-prov", "to-ams", "", "border-transit", "transit-border", 40.0),
    ("dub-br", "to-r1", "", "r1-prov", "to-dub", "", "border-transit", "transit-border", 30.0),
)


def plan() -> Plan:
    """Return the network: each router knows its neighbours only."""
    nodes, wires, routes, neighbours = [], [], [], []
    for name, (own, *others) in ADDRESSES.items():
        aliases = tuple(map(IPv4Address, others))
        node = Node(name=name, kind="router", site=name, address=IPv4Address(own), aliases=aliases)
        nodes.append(node)
    for number, (a, at_a, a_own, b, at_b, b_own, _, _, delay_ms) in enumerate(SESSIONS):
        one = End(node=a, interface=at_a, mac=mac(2 * number + 1))
        other = End(node=b, interface=at_b, mac=mac(2 * number + 2))
        line = Line(delay_ms=delay_ms)
        wires.append(Wire(a=one, b=other, there=line, back=line))
        for here, there, address in ((one, other, _address(b, b_own)), (other, one, _address(a, a_own))):
            known = {"node": here.node, "interface": here.interface}
            neighbours.append(Neighbour(**known, address=address, mac=there.mac))
            routes.append(Route(**known, prefix=IPv4Network(address), via=address))
    return Plan(
        seed=1, nodes=tuple(nodes), wires=tuple(wires), routes=tuple(routes), neighbours=tuple(neighbours)
    )


def speakers(routing: Routing, passwords: tuple[str, str] = ("", "")) -> tuple[Speaker, ...]:
    """Return all routers; ``passwords`` are those of the customer and of Microsoft for the circuit."""
    best = 150 if routing.prefer == "circuit" else 50
    found: dict[str, list[Neighbor]] = {name: [] for name in ADDRESSES}
    for a, at_a, a_own, b, at_b, b_own, a_policy, b_policy, delay_ms in SESSIONS:
        ours: dict[str, Any] = {"policy": a_policy, "interface": at_a}
        theirs: dict[str, Any] = {"policy": b_policy, "interface": at_b, "passive": True}
        theirs["distance"] = round(2_000 * delay_ms)
        if a_policy == "ce-msee":
            number = int(at_a == "sec")
            ours |= {"preference": best - number, "prepended": number}
            ours |= {"password": passwords[0], "bfd": routing.bfd}
            theirs |= {"password": passwords[1], "bfd": routing.bfd, "filtered": routing.communities}
        elif a_policy == "msee-border":
            theirs["preference"] = 150
        elif a_policy == "border-border":
            theirs["reflected"] = True
        ends = (a, _address(a, a_own), b, _address(b, b_own))
        for here, own, there, address, more in ((*ends, ours), (*ends[2:], *ends[:2], theirs)):
            number = NUMBERS.get(there, bgp.MICROSOFT_AS)
            end = Neighbor(name=there, as_number=number, own=own, address=address, **more)
            found[here].append(end)
    return tuple(
        Speaker(
            node=name,
            router_id=IPv4Address(ADDRESSES[name][0]),
            as_number=NUMBERS.get(name, bgp.MICROSOFT_AS),
            neighbors=tuple(neighbors),
            originates=tuple(_origins(name, routing)),
            behind={"hq-er": "hq-gw", "er1-m1": "ams-br", "er1-m2": "ams-br"}.get(name),
        )
        for name, neighbors in found.items()
    )


def _origins(node: str, routing: Routing) -> list[Origin]:
    published = [Origin(prefix=IPv4Network(p), communities=(c,)) for p, c in PUBLISHED.items()]
    own = {
        "hq-gw": [PUBLIC, *([POOL] if routing.pools == "shared" else [])],
        "hq-er": [POOL, *({"": [], "default": ["0.0.0.0/0"], "private": ["10.0.0.0/8"]}[routing.leak])],
        "r1-prov": ["0.0.0.0/0"],
        "ams-br": list(PUBLISHED),
        "dub-br": list(PUBLISHED),
    }
    if node in ("er1-m1", "er1-m2"):
        return published
    found = [Origin(prefix=IPv4Network(prefix)) for prefix in own[node]]
    specific = {"ams-br": AMS, "dub-br": DUB}.get(node)
    if specific:
        found.append(Origin(prefix=IPv4Network(specific), communities=(bgp.NO_EXPORT,)))
    if node == "hq-er":
        further = list(bgp.EXTRA_SPACE.subnets(new_prefix=24))[: routing.extra]
        found += [Origin(prefix=prefix) for prefix in further]
    return found


def _address(node: str, own: str) -> IPv4Address:
    return IPv4Address(own or ADDRESSES[node][0])
