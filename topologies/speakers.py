"""Who speaks BGP where there are circuits: from the plan and how routing is set to what each router says.

office's gateway ── customer edge ══ Microsoft's edge (primary, secondary)
        ║                                     ║
site router (transit) ══ border routers ══ the one at the peering location, which reflects
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network
from typing import Any

from topologies import bgp
from topologies.bgp import Community, Neighbor, Network, Origin, Policy, Routing, Speaker
from topologies.hosts import border, customer_edge, gateway, microsoft_edges, prefixes_of
from topologies.offices import expressroute_datacenters, link_networks, peering_datacenter
from topologies.plan import Plan, interface_at
from topologies.selection import Selection
from topologies.world import Circuit, Datacenter, World

DEFAULT_ROUTE = IPv4Network("0.0.0.0/0")
LEAKED = {"": (), "default": (DEFAULT_ROUTE,), "private": (IPv4Network("10.0.0.0/8"),)}
EXTRA_LENGTH = 24
AS_OF_OTHERS = {"21vianet": bgp.CHINA_AS}  # clouds that are no part of Microsoft's own network
NS_PER_US = 1_000
BACKBONE = "wan"  # a border router's interface to its fellows

Published = Sequence[tuple[Network, Community]]


def speakers_of(
    world: World, selection: Selection, plan: Plan, routing: Routing, published: Published
) -> tuple[Speaker, ...]:
    """Return every router that speaks BGP; none without a circuit.

    ``published`` are the prefixes that can be had over ExpressRoute, each with its service's community; of
    those the IPv4 ones are announced. Raises WorldError if a circuit leads to no datacenter.
    """
    routers = Routers(plan)
    circuits = [world.circuit(name) for name in selection.circuits]
    datacenters = [world.datacenter(name) for name in selection.datacenters if circuits]
    expressroute = expressroute_datacenters(datacenters)
    peering = {each.name: border(peering_datacenter(world, each, expressroute).name) for each in circuits}
    transits = list(dict.fromkeys(plan.node(gateway(circuit.office)).site for circuit in circuits))
    customers = {gateway(circuit.office) for circuit in circuits}
    announced = _with_communities(published)

    for circuit in circuits:
        public = world.resolver(world.office(circuit.office).resolver).prefix
        _add_circuit(routers, circuit, public, routing, announced, peering[circuit.name])
    for transit in transits:
        routers.add(transit, bgp.TRANSIT_AS, _plain([DEFAULT_ROUTE, *_at_site(plan, transit, customers)]))
    for each in datacenters:
        aggregates = [origin.prefix for origin in announced if each in expressroute]
        _add_border(routers, each, prefixes_of(selection, each), aggregates)

    for circuit in circuits:
        _join_circuit(routers, circuit, routing, peering[circuit.name])
    for each in datacenters:
        for transit in transits:
            routers.join(border(each.name), transit, "border-transit", "transit-border")
    _join_borders(routers, [border(each.name) for each in expressroute], list(peering.values()))
    return routers.speakers()


def _add_circuit(
    routers: Routers,
    circuit: Circuit,
    public: IPv4Network,
    routing: Routing,
    announced: Sequence[Origin],
    behind: str,
) -> None:
    """Add an office's routers, and those at Microsoft's edge."""
    near = gateway(circuit.office)
    shared = [circuit.pool] if routing.pools == "shared" else []
    routers.add(near, bgp.CUSTOMER_AS, _plain([public, *shared]))
    further = list(bgp.EXTRA_SPACE.subnets(new_prefix=EXTRA_LENGTH))[: routing.extra]
    own = [circuit.pool, *circuit.announce, *further, *LEAKED[routing.leak]]
    routers.add(customer_edge(circuit.office), bgp.CUSTOMER_AS, _plain(own), behind=near)
    for node in microsoft_edges(circuit.name):
        routers.add(node, bgp.EXPRESSROUTE_AS, announced, behind=behind)


def _add_border(
    routers: Routers, datacenter: Datacenter, own: Sequence[IPv4Network], aggregates: Sequence[Network]
) -> None:
    """Add a datacenter's border router: its own prefixes for its neighbors only, the published for all."""
    specific = [Origin(prefix=prefix, communities=(bgp.NO_EXPORT,)) for prefix in own]
    as_number = AS_OF_OTHERS.get(datacenter.cloud, bgp.MICROSOFT_AS)
    routers.add(border(datacenter.name), as_number, [*specific, *_plain(aggregates)])


def _join_circuit(routers: Routers, circuit: Circuit, routing: Routing, peering: str) -> None:
    """Add the sessions from the Internet to Microsoft.

    The secondary line is the worse one in both directions: by local preference, and by a longer path
    (Microsoft, "ExpressRoute optimize routing"). The office waits for those outside to connect: its firewall
    lets them, and after a new ruleset knows no connection that was open before.
    """
    near, edge = gateway(circuit.office), customer_edge(circuit.office)
    routers.join(routers.plan.node(near).site, near, "transit-gateway", "gateway-transit")
    routers.join(edge, near, "ce-gateway", "gateway-ce")
    best = bgp.CIRCUIT_PREFERENCE if routing.prefer == "circuit" else bgp.WRONG_PREFERENCE
    theirs = circuit.password if circuit.microsoft_password is None else circuit.microsoft_password
    lines = zip(microsoft_edges(circuit.name), link_networks(circuit), strict=True)
    for number, (node, link) in enumerate(lines):
        routers.join(
            node,
            edge,
            "msee-ce",
            "ce-msee",
            ours={
                "address": link[1],
                "password": theirs,
                "bfd": routing.bfd,
                "filtered": routing.communities,
            },
            theirs={
                "own": link[1],
                "preference": best - number,
                "prepended": number,
                "password": circuit.password,
                "bfd": routing.bfd,
            },
        )
        preferred = {"preference": bgp.CIRCUIT_PREFERENCE}
        routers.join(node, peering, "msee-border", "border-msee", theirs=preferred)


def _join_borders(routers: Routers, borders: Sequence[str], reflectors: Sequence[str]) -> None:
    """Add the sessions among border routers: all with the first circuit's, which reflects (RFC 4456)."""
    for each in borders:
        if each != reflectors[0]:
            routers.join(each, reflectors[0], "border-border", "border-border", theirs={"reflected": True})


class Routers:
    """Routers with the sessions that they have so far."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._made: dict[str, Speaker] = {}

    def add(self, node: str, as_number: int, originates: Sequence[Origin], behind: str | None = None) -> None:
        """Add a router without sessions."""
        address = self.plan.node(node).address
        self._made[node] = Speaker.model_validate(
            {
                "node": node,
                "router_id": address,
                "as_number": as_number,
                "neighbors": (),
                "originates": tuple(originates),
                "behind": behind,
            }
        )

    def join(
        self,
        a: str,
        b: str,
        a_policy: Policy,
        b_policy: Policy,
        *,
        ours: dict[str, Any] | None = None,
        theirs: dict[str, Any] | None = None,
    ) -> None:
        """Add a session, for which ``a`` connects; ``ours`` is what else there is to ``a``'s end of it."""
        self._add(a, b, {"policy": a_policy, **(ours or {})})
        self._add(b, a, {"policy": b_policy, "passive": True, **(theirs or {})})

    def speakers(self) -> tuple[Speaker, ...]:
        """Return the routers in the order in which they were added."""
        return tuple(self._made.values())

    def _add(self, here: str, there: str, more: dict[str, Any]) -> None:
        wires = self.plan.wires_between(here, there)
        end = {
            "name": there,
            "as_number": self._made[there].as_number,
            "address": self.plan.node(there).address,
            "own": self.plan.node(here).address,
            "interface": interface_at(wires[0], here) if wires else BACKBONE,
            "distance": wires[0].rtt_ns // NS_PER_US if wires else 0,
        }
        neighbor = Neighbor.model_validate(end | more)
        speaker = self._made[here]
        self._made[here] = speaker.model_copy(update={"neighbors": (*speaker.neighbors, neighbor)})


def _with_communities(published: Published) -> list[Origin]:
    """Return each IPv4 prefix once: with all of its communities, as several services may share it."""
    found: dict[IPv4Network, list[Community]] = {}
    for prefix, community in published:
        if isinstance(prefix, IPv4Network):
            found.setdefault(prefix, []).append(community)
    return [Origin(prefix=prefix, communities=tuple(all_of_it)) for prefix, all_of_it in found.items()]


def _plain(prefixes: Iterable[Network]) -> list[Origin]:
    return [Origin(prefix=prefix) for prefix in prefixes]


def _at_site(plan: Plan, transit: str, customers: Iterable[str]) -> list[IPv4Network]:
    """Return what a site router has at its own place, but for what customers announce themselves."""
    own = [route for route in plan.routes_at(transit) if not route.interface.startswith("to-")]
    return list(dict.fromkeys(route.prefix for route in own if route.interface not in customers))
