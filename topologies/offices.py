"""Offices in a plan: a gateway to the Internet, people behind it, tunnels to it, and a circuit to Microsoft.

    those inside ── gateway ── site router ══ ... ══ datacenter's border router
    resolver ─────── │   └──── customer edge ══ Microsoft's edge (primary) ══╗
                     │                 ╚═══════ Microsoft's edge (secondary) ══ border router

With a circuit there are two ways to the same prefixes, so that routers learn them by BGP: then the plan has
only those routes over which neighbours find each other.
"""

from __future__ import annotations

from ipaddress import IPv4Network

from topologies.access import Line
from topologies.draft import EVERYWHERE, Draft, Site
from topologies.errors import WorldError
from topologies.hosts import border, customer_edge, gateway, microsoft_edges
from topologies.internet import internet_rtt_ms
from topologies.plan import Node
from topologies.selection import Selection
from topologies.tunnel import PORT, Peer, Tunnel
from topologies.world import Circuit, Datacenter, Office, World

FIRST_DIALLING_IN = 2  # of the tunnel's addresses, after the concentrator
EXPRESSROUTE_CLOUD = "worldwide"
LINES = ("pri", "sec")  # a customer edge's interfaces to the primary and the secondary line


def add_office(draft: Draft, world: World, selection: Selection, office: Office) -> None:
    """Add an office's gateway, and its resolver and clients behind it."""
    resolver = world.resolver(office.resolver)
    site = draft.site_at(office.place)
    node, address = gateway(office.name), resolver.prefix[1]
    draft.nodes.append(Node(name=node, kind="router", site=site.router, address=address))
    line = draft.wire(node, "line", site.router, node)
    if any(world.circuit(name).office == office.name for name in selection.circuits):
        site.learns = True
        draft.reach(line, node, IPv4Network(site.address), site.address)
        draft.reach(line, site.router, IPv4Network(address), address)
    else:
        draft.reach(line, node, EVERYWHERE, site.address)
        draft.reach(line, site.router, resolver.prefix, address)
    site.prefixes.append(resolver.prefix)
    inside = Site(node, office.place, address)
    draft.host(resolver.name, (resolver.prefix[2],), inside)
    for client in (world.client(name) for name in selection.clients):
        if client.office == office.name:
            draft.host(client.name, (client.prefix[2],), inside)


def add_tunnels(draft: Draft, world: World, selection: Selection) -> None:
    """Add both ends of each client's tunnels; a client's tunnel to another office has another interface.

    Raises WorldError for a tunnel's network that is too small.
    """
    ends: dict[str, list[Peer]] = {}
    count: dict[str, int] = {}
    for client, name in selection.vpn:
        office = world.office(name)
        peers, network = ends.setdefault(name, []), _network_of(office)
        number = FIRST_DIALLING_IN + len(peers)
        if number >= network.num_addresses - 1:
            raise WorldError(
                f'office "{name}": tunnel: "{network}" has no address left for "{client}"; right would be a'
                " larger one"
            )
        peers.append(Peer(node=client, allowed=(IPv4Network(network[number]),)))
        which = count[client] = count.get(client, -1) + 1
        far = Peer(
            node=gateway(name), allowed=(EVERYWHERE,), endpoint=world.resolver(office.resolver).prefix[1]
        )
        draft.tunnels.append(
            Tunnel(
                node=client, interface=f"wg{which}", address=network[number], port=PORT + which, peers=(far,)
            )
        )
    for name, dialling_in in ends.items():
        draft.tunnels.append(
            Tunnel(node=gateway(name), address=_network_of(world.office(name))[1], peers=tuple(dialling_in))
        )


def add_circuit(draft: Draft, world: World, datacenters: list[Datacenter], circuit: Circuit) -> None:
    """Add a customer edge, and two lines from it to Microsoft's edge, behind which its network begins."""
    office = world.office(circuit.office)
    near, edge, own = gateway(office.name), customer_edge(office.name), circuit.pool[1]
    first, second = link_networks(circuit)
    aliases = (first[1], second[1])
    draft.nodes.append(Node(name=edge, kind="router", site=near, address=own, aliases=aliases))
    lan = draft.wire(near, "er", edge, "gw")
    address = world.resolver(office.resolver).prefix[1]
    draft.reach(lan, near, IPv4Network(own), own)
    draft.reach(lan, edge, IPv4Network(address), address)
    draft.reach(lan, edge, office.prefix, address)
    behind = peering_datacenter(world, circuit, datacenters)
    half = Line(delay_ms=internet_rtt_ms(world, circuit.peering, behind.place) / 2)
    for interface, node, link in zip(LINES, microsoft_edges(circuit.name), (first, second), strict=True):
        router = border(behind.name)
        draft.nodes.append(Node(name=node, kind="router", site=router, address=link[2]))
        delay = Line(delay_ms=circuit.delay_ms)
        line = draft.wire(edge, interface, node, "line", delay, delay)
        draft.reach(line, edge, IPv4Network(link[2]), link[2])
        draft.reach(line, node, IPv4Network(link[1]), link[1])
        inward = draft.wire(node, "br", router, node, half, half)
        draft.reach(inward, node, IPv4Network(behind.prefix[1]), behind.prefix[1])
        draft.reach(inward, router, IPv4Network(link[2]), link[2])


def link_networks(circuit: Circuit) -> tuple[IPv4Network, IPv4Network]:
    """Return the networks of the primary and the secondary line, four addresses each."""
    found = circuit.links.subnets(new_prefix=30)
    return next(found), next(found)


def peering_datacenter(world: World, circuit: Circuit, datacenters: list[Datacenter]) -> Datacenter:
    """Return the datacenter nearest to a circuit's peering location: Microsoft's network begins there.

    Raises WorldError if there is none.
    """
    if not datacenters:
        raise WorldError(
            f'circuit "{circuit.name}": leads to no datacenter: none of the cloud "{EXPRESSROUTE_CLOUD}" is'
            " built; right would be that cloud among the selected ones"
        )
    return min(datacenters, key=lambda each: internet_rtt_ms(world, circuit.peering, each.place))


def expressroute_datacenters(datacenters: list[Datacenter]) -> list[Datacenter]:
    """Return those that a circuit leads to: 21Vianet offers none (Microsoft, "Azure ExpressRoute")."""
    return [each for each in datacenters if each.cloud == EXPRESSROUTE_CLOUD]


def _network_of(office: Office) -> IPv4Network:
    if office.tunnel is None:
        raise WorldError(f'office "{office.name}": tunnel: is missing; right would be tunnel = "10.1.1.0/24"')
    return office.tunnel
