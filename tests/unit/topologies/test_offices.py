"""Offices in a plan: what is behind a gateway, who dials in, and where a circuit leads."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import example, given

from topologies.access import Line
from topologies.errors import WorldError
from topologies.hosts import border, gateway, host, microsoft_edges
from topologies.internet import internet_rtt_ms
from topologies.load import parse_world
from topologies.offices import (
    expressroute_datacenters,
    link_networks,
    peering_datacenter,
)
from topologies.paths import configured_rtt_ms, hops
from topologies.plan import Plan, Wire, interface_at, other_end
from topologies.planning import plan_network
from topologies.selection import Selection, select
from topologies.steering import nearest_datacenter
from topologies.tunnel import MTU, PORT, Peer, Tunnel
from topologies.world import World

from .made_up_plans import ARTICLE, ARTICLE_TEXT, MODEST, changed, ends, reached
from .made_up_worlds import worlds

EVERYWHERE = IPv4Network("0.0.0.0/0")
VPN = (("traveller", "hq"), ("colleague", "hq"), ("traveller", "branch"))
CLERK = ARTICLE.client("clerk")


def _selected(
    world: World = ARTICLE,
    vpn: tuple[tuple[str, str], ...] = (),
    circuits: tuple[str, ...] = (),
    relays: bool = False,
    clouds: tuple[str, ...] = ("worldwide",),
) -> Selection:
    return select(
        world,
        clients=tuple(each.name for each in world.clients),
        clouds=clouds,
        services=("portal",),
        vpn=vpn,
        circuits=circuits,
        relays=relays,
    )


def _private(world: World) -> Selection:
    """Select every tunnel and every circuit of a world, of all of its clouds."""
    outside = [each.name for each in world.clients if each.office is None]
    offices = [each.name for each in world.offices if each.tunnel is not None]
    clouds = {each.cloud for each in world.datacenters}
    leads = "worldwide" in clouds
    return _selected(
        world,
        vpn=tuple((client, office) for client in outside for office in offices),
        circuits=tuple(each.name for each in world.circuits if leads),
        clouds=tuple(sorted(clouds)),
    )


WITH_TUNNELS = plan_network(ARTICLE, _selected(vpn=VPN))
WITH_CIRCUIT = plan_network(ARTICLE, _selected(circuits=("circuit",)))
WITH_RELAYS = plan_network(ARTICLE, _selected(relays=True))


def _nodes(plan: Plan, a: str, b: str) -> list[str]:
    return [a, *(hop.to for hop in hops(plan, a, b))]


def _wire(plan: Plan, node: str, interface: str) -> Wire:
    (wire,) = (wire for wire in plan.wires_at(node) if interface_at(wire, node) == interface)
    return wire


def _routes(plan: Plan, node: str) -> set[tuple[str, str, str]]:
    return {(str(route.prefix), route.interface, str(route.via)) for route in plan.routes_at(node)}


# The office


def test_a_gateway_has_the_first_address_of_the_resolvers_network_and_the_resolver_the_second() -> None:
    node = WITH_TUNNELS.node("hq-gw")
    assert (node.kind, str(node.address), node.aliases) == ("router", "100.64.2.1", ())
    resolver = WITH_TUNNELS.node("hqdns")
    assert (resolver.kind, resolver.site, str(resolver.address)) == ("host", "hq-gw", "100.64.2.2")


def test_who_works_inside_is_behind_the_gateway_and_has_no_router_of_their_own() -> None:
    clerk = WITH_TUNNELS.node("clerk")
    assert (clerk.kind, clerk.site, str(clerk.address)) == ("host", "hq-gw", "10.1.0.10")
    assert other_end(_wire(WITH_TUNNELS, "clerk", "eth0"), "clerk").interface == "clerk"
    assert "clerk-cpe" not in {node.name for node in WITH_TUNNELS.nodes}


def test_a_gateways_interfaces_are_named_by_what_is_behind_them() -> None:
    assert {end.interface for end in ends(WITH_TUNNELS) if end.node == "hq-gw"} == {"line", "hqdns", "clerk"}
    assert {end.interface for end in ends(WITH_CIRCUIT) if end.node == "hq-gw"} == {
        *("line", "hqdns", "clerk", "er")
    }
    site = WITH_TUNNELS.node("hq-gw").site
    assert _wire(WITH_TUNNELS, "hq-gw", "line").b.node == site == "r5-chicag"
    assert _wire(WITH_TUNNELS, site, "hq-gw").a.node == "hq-gw"


def test_an_office_adds_no_distance_of_its_own() -> None:
    rtt_ms = configured_rtt_ms(WITH_TUNNELS, "clerk", "iad-fe")
    assert rtt_ms == configured_rtt_ms(WITH_TUNNELS, "hqdns", "iad-fe")
    assert rtt_ms == pytest.approx(internet_rtt_ms(ARTICLE, CLERK.place, ARTICLE.datacenter("iad").place))


def test_those_inside_go_out_by_the_gateway_and_are_found_behind_it() -> None:
    way = ["clerk", "hq-gw", "r5-chicag", "iad-br", "iad-fe"]
    assert _nodes(WITH_TUNNELS, "clerk", "iad-fe") == way
    assert _nodes(WITH_TUNNELS, "iad-fe", "clerk") == way[::-1]
    assert _nodes(WITH_TUNNELS, "clerk", "hqdns") == ["clerk", "hq-gw", "hqdns"]


def test_nobody_outside_has_a_route_to_an_offices_private_addresses() -> None:
    office = ARTICLE.office("hq")
    private = [office.prefix, office.tunnel or office.prefix]
    found = {
        route.node
        for route in WITH_TUNNELS.routes
        if route.prefix != EVERYWHERE and any(route.prefix.overlaps(each) for each in private)
    }
    assert found == {"hq-gw"}


def test_an_office_that_nobody_needs_is_not_built() -> None:
    assert "branch-gw" not in {node.name for node in WITH_CIRCUIT.nodes}
    assert WITH_CIRCUIT.tunnels == ()
    clients, resolvers = ("traveller",), ("hqdns",)
    alone = select(ARTICLE, clients=clients, resolvers=resolvers, clouds=("worldwide",), services=("portal",))
    plan = plan_network(ARTICLE, alone)
    assert plan.node("hqdns").site.startswith("r") and "hq-gw" not in {node.name for node in plan.nodes}
    assert str(plan.node("hqdns").address) == "100.64.2.2"


# Tunnels


def test_both_ends_of_a_tunnel_agree() -> None:
    ends_at = {(each.node, each.interface): each for each in WITH_TUNNELS.tunnels}
    assert ends_at["traveller", "wg0"] == Tunnel(
        node="traveller",
        address=IPv4Address("10.1.1.2"),
        peers=(Peer(node="hq-gw", allowed=(EVERYWHERE,), endpoint=IPv4Address("100.64.2.1")),),
    )
    concentrator = ends_at["hq-gw", "wg0"]
    assert str(concentrator.address) == "10.1.1.1"
    assert concentrator.peers == (
        Peer(node="traveller", allowed=(IPv4Network("10.1.1.2/32"),)),
        Peer(node="colleague", allowed=(IPv4Network("10.1.1.3/32"),)),
    )
    assert {each.mtu for each in WITH_TUNNELS.tunnels} == {MTU} == {1420}


def test_a_clients_second_tunnel_has_an_interface_and_a_port_of_its_own() -> None:
    own = [each for each in WITH_TUNNELS.tunnels if each.node == "traveller"]
    assert [(each.interface, str(each.address), each.port) for each in own] == [
        ("wg0", "10.1.1.2", PORT),
        ("wg1", "10.2.1.2", PORT + 1),
    ]
    far = [each for each in WITH_TUNNELS.tunnels if each.node in ("hq-gw", "branch-gw")]
    assert {(each.interface, each.port) for each in far} == {("wg0", PORT)}


def test_a_client_has_its_address_by_its_turn_in_dialling_in() -> None:
    selection = _selected(vpn=VPN)
    ends = [each for each in plan_network(ARTICLE, selection).tunnels if each.node in selection.clients]
    told = {(each.node, each.peers[0].node.removesuffix("-gw")): str(each.address) for each in ends}
    assert told == dict(zip(VPN, ("10.1.1.2", "10.1.1.3", "10.2.1.2"), strict=True))


def test_a_tunnel_with_more_clients_than_addresses_is_refused() -> None:
    small = changed('"10.1.1.0/24"', '"10.1.1.0/30"')
    assert len(plan_network(small, _selected(small, vpn=VPN[:1])).tunnels) == 2
    with pytest.raises(WorldError) as error:
        plan_network(small, _selected(small, vpn=VPN))
    assert str(error.value) == (
        'office "hq": tunnel: "10.1.1.0/30" has no address left for "colleague"; right would be a larger one'
    )


@MODEST
@given(worlds())
@example(ARTICLE)
def test_in_any_world_both_ends_of_every_tunnel_agree(world: World) -> None:
    selection = _private(world)
    plan = plan_network(world, selection)
    at = {(each.node, each.interface): each for each in plan.tunnels}
    assert len(at) == len(plan.tunnels)
    assert len({each.address for each in plan.tunnels}) == len(plan.tunnels)
    assert len({(each.node, each.port) for each in plan.tunnels}) == len(plan.tunnels)
    clients = [each for each in plan.tunnels if each.node in selection.clients]
    assert [(each.node, each.peers[0].node) for each in clients] == [
        (client, gateway(office)) for client, office in selection.vpn
    ]
    for each in clients:
        (far,) = each.peers
        concentrator = at[far.node, "wg0"]
        assert far.endpoint == plan.node(far.node).address
        assert Peer(node=each.node, allowed=(IPv4Network(each.address),)) in concentrator.peers


@MODEST
@given(worlds())
@example(ARTICLE)
def test_in_any_world_a_tunnels_packets_reach_the_other_end(world: World) -> None:
    # Without a circuit, whose routes are told by BGP, everything else finds its way, too.
    selection = _private(world).model_copy(update={"circuits": ()})
    plan = plan_network(world, selection)
    for each in plan.tunnels:
        for peer in each.peers:
            assert _nodes(plan, each.node, peer.node) == _nodes(plan, peer.node, each.node)[::-1]
            if peer.endpoint is not None:
                assert reached(plan, each.node, peer.endpoint) == peer.node
    for client in world.clients:
        for datacenter in world.datacenters:
            assert _nodes(plan, client.name, f"{datacenter.name}-fe")[-2] == border(datacenter.name)
            assert _nodes(plan, f"{datacenter.name}-fe", client.name)[-1] == client.name


# The circuit


def test_a_circuit_has_a_customer_edge_and_two_edges_of_microsofts() -> None:
    edge = WITH_CIRCUIT.node("hq-er")
    assert (edge.kind, edge.site) == ("router", "hq-gw")
    assert edge.addresses == ("203.0.113.1", "198.51.100.1", "198.51.100.5")
    primary, secondary = (WITH_CIRCUIT.node(name) for name in ("circuit-m1", "circuit-m2"))
    assert (primary.addresses, secondary.addresses) == (("198.51.100.2",), ("198.51.100.6",))
    assert {primary.site, secondary.site} == {"iad-br"} and {primary.kind, secondary.kind} == {"router"}


def test_a_circuits_interfaces_are_named_by_where_they_lead() -> None:
    found = {
        (end.node, end.interface, other_end(wire, end.node).node, other_end(wire, end.node).interface)
        for wire in WITH_CIRCUIT.wires
        for end in (wire.a, wire.b)
        if end.node in ("hq-er", "circuit-m1", "circuit-m2")
    }
    assert found == {
        ("hq-er", "gw", "hq-gw", "er"),
        ("hq-er", "pri", "circuit-m1", "line"),
        ("hq-er", "sec", "circuit-m2", "line"),
        ("circuit-m1", "line", "hq-er", "pri"),
        ("circuit-m2", "line", "hq-er", "sec"),
        ("circuit-m1", "br", "iad-br", "circuit-m1"),
        ("circuit-m2", "br", "iad-br", "circuit-m2"),
    }


def test_each_line_is_a_network_of_four_addresses() -> None:
    first, second = link_networks(ARTICLE.circuits[0])
    assert (str(first), str(second)) == ("198.51.100.0/30", "198.51.100.4/30")
    wider = ARTICLE.circuits[0].model_copy(update={"links": IPv4Network("198.51.100.0/24")})
    assert link_networks(wider) == (first, second)


def test_neighbours_on_the_circuit_know_each_other_and_nothing_that_bgp_tells() -> None:
    assert _routes(WITH_CIRCUIT, "hq-er") == {
        ("100.64.2.1/32", "gw", "100.64.2.1"),
        ("10.1.0.0/24", "gw", "100.64.2.1"),
        ("198.51.100.2/32", "pri", "198.51.100.2"),
        ("198.51.100.6/32", "sec", "198.51.100.6"),
    }
    assert _routes(WITH_CIRCUIT, "circuit-m1") == {
        ("198.51.100.1/32", "line", "198.51.100.1"),
        ("13.107.6.49/32", "br", "13.107.6.49"),
    }
    assert _routes(WITH_CIRCUIT, "circuit-m2") == {
        ("198.51.100.5/32", "line", "198.51.100.5"),
        ("13.107.6.49/32", "br", "13.107.6.49"),
    }
    assert _routes(WITH_CIRCUIT, "hq-gw") == {
        ("100.127.0.6/32", "line", "100.127.0.6"),
        ("203.0.113.1/32", "er", "203.0.113.1"),
        ("100.64.2.2/32", "hqdns", "100.64.2.2"),
        ("10.1.0.10/32", "clerk", "10.1.0.10"),
    }
    at_border = {(prefix, interface) for prefix, interface, _ in _routes(WITH_CIRCUIT, "iad-br")}
    assert {("198.51.100.2/32", "circuit-m1"), ("198.51.100.6/32", "circuit-m2")} <= at_border


def test_a_circuit_takes_its_delay_and_what_the_way_to_the_datacenter_takes() -> None:
    there_and_back_ms = configured_rtt_ms(WITH_CIRCUIT, "hq-gw", "hq-er")
    assert there_and_back_ms == 0
    for interface, node in zip(("pri", "sec"), microsoft_edges("circuit"), strict=True):
        line = _wire(WITH_CIRCUIT, "hq-er", interface)
        assert line.there == line.back == Line(delay_ms=0.5)
        inward = _wire(WITH_CIRCUIT, node, "br")
        way_ms = internet_rtt_ms(ARTICLE, ARTICLE.circuits[0].peering, ARTICLE.datacenter("iad").place)
        assert inward.there == inward.back == Line(delay_ms=way_ms / 2)
        assert way_ms > 10


def test_microsofts_network_begins_at_the_datacenter_nearest_to_the_peering_location() -> None:
    datacenters = expressroute_datacenters([*ARTICLE.datacenters])
    assert {each.cloud for each in datacenters} == {"worldwide"}
    for city, name in (("Chicago", "iad"), ("Singapore", "sin"), ("Lisbon", "dub")):
        world = changed('peering = "Chicago"', f'peering = "{city}"')
        assert peering_datacenter(world, world.circuits[0], datacenters).name == name
    moved = plan_network(world, _selected(world, circuits=("circuit",)))
    assert moved.node("circuit-m1").site == moved.node("circuit-m2").site == "dub-br"


def test_a_circuit_that_leads_to_no_datacenter_is_refused() -> None:
    # 21Vianet, which stands nearer to a peering location in Beijing, has no ExpressRoute.
    china = _selected(circuits=("circuit",), clouds=("21vianet",))
    with pytest.raises(WorldError) as error:
        plan_network(ARTICLE, china)
    assert str(error.value) == (
        'circuit "circuit": leads to no datacenter: none of the cloud "worldwide" is built;'
        " right would be that cloud among the selected ones"
    )
    beijing = changed('peering = "Chicago"', 'peering = "Beijing"')
    both = _selected(beijing, circuits=("circuit",), clouds=("21vianet", "worldwide"))
    assert plan_network(beijing, both).node("circuit-m1").site == "tyo-br"


def test_with_a_circuit_no_route_leads_from_the_offices_site_to_a_datacenters_prefix_or_back() -> None:
    site, office = "r5-chicag", IPv4Network("100.64.2.0/29")
    for datacenter in ARTICLE.datacenters_of("worldwide"):
        router = border(datacenter.name)
        there = {str(r.prefix) for r in WITH_CIRCUIT.routes_at(site) if r.interface == f"to-{router}"}
        back = {str(r.prefix) for r in WITH_CIRCUIT.routes_at(router) if r.interface == f"to-{site}"}
        assert there == {f"{WITH_CIRCUIT.node(router).address}/32"}
        assert back == {f"{WITH_CIRCUIT.node(site).address}/32"}
        assert not any(office.overlaps(r.prefix) for r in WITH_CIRCUIT.routes_at(router))
    with pytest.raises(WorldError, match='no way from "clerk" to "iad-fe": "hq-gw" has no route'):
        hops(WITH_CIRCUIT, "clerk", "iad-fe")


def test_a_circuit_changes_nothing_for_places_without_one() -> None:
    def elsewhere(plan: Plan) -> set[tuple[str, str, str, str]]:
        at = [
            node.name for node in plan.of_kind("router") if node.name.startswith(("r1-", "r2-", "r3-", "r4-"))
        ]
        return {(node, *route) for node in at for route in _routes(plan, node)}

    assert elsewhere(WITH_CIRCUIT) == elsewhere(plan_network(ARTICLE, _selected()))
    assert _nodes(WITH_CIRCUIT, "traveller", "iad-fe")[2:] == ["r2-lisbon", "iad-br", "iad-fe"]
    assert _nodes(WITH_CIRCUIT, "traveller", "hq-gw")[-2:] == ["r5-chicag", "hq-gw"]


@MODEST
@given(worlds())
@example(ARTICLE)
def test_in_any_world_a_circuits_neighbours_reach_each_other(world: World) -> None:
    selection = _private(world)
    plan = plan_network(world, selection)
    for circuit in (world.circuit(name) for name in selection.circuits):
        edge = f"{circuit.office}-er"
        for node, link in zip(microsoft_edges(circuit.name), link_networks(circuit), strict=True):
            assert reached(plan, edge, link[2]) == node
            assert reached(plan, node, link[1]) == edge
            behind = plan.node(node).site
            address = plan.node(behind).address
            assert address is not None and reached(plan, node, address) == behind
            assert reached(plan, behind, link[2]) == node
        assert reached(plan, gateway(circuit.office), circuit.pool[1]) == edge


@MODEST
@given(worlds())
@example(ARTICLE)
def test_in_any_world_the_kernel_takes_an_offices_interfaces(world: World) -> None:
    plan = plan_network(world, _private(world))
    named = [(end.node, end.interface) for end in ends(plan)]
    named += [(each.node, each.interface) for each in plan.tunnels]
    assert len(set(named)) == len(named)
    assert all(0 < len(interface) <= 15 for _, interface in named)
    assert len({node.name for node in plan.nodes}) == len(plan.nodes)
    routes = [(route.node, route.prefix) for route in plan.routes]
    assert len(set(routes)) == len(routes)


def test_the_longest_names_fit_the_interfaces_that_are_made_of_them() -> None:
    text = ARTICLE_TEXT.replace('"circuit"', '"circuit89"').replace('"hq"', '"office789"')
    world = parse_world(text)
    plan = plan_network(world, _selected(world, circuits=("circuit89",)))
    named = {end.interface for end in ends(plan)}
    assert {"circuit89-m1", "circuit89-m2", "office789-gw"} <= named
    assert max(map(len, named)) <= 15


# Relays


def test_every_datacenter_of_a_cloud_with_relays_has_one_and_all_share_an_address() -> None:
    relays = [node for node in WITH_RELAYS.nodes if node.name.endswith("-rly")]
    assert [node.name for node in relays] == [
        host(each.name, "relay") for each in ARTICLE.datacenters_of("worldwide")
    ]
    assert {node.addresses for node in relays} == {("13.107.64.1",)}
    assert all(node.site == border(node.name[:3]) for node in relays)


def test_relays_are_built_on_demand_and_where_their_cloud_is() -> None:
    assert not any(node.name.endswith("-rly") for node in WITH_CIRCUIT.nodes)
    china = plan_network(ARTICLE, _selected(relays=True, clouds=("21vianet",)))
    assert not any(node.name.endswith("-rly") for node in china.nodes)


@pytest.mark.parametrize("client", [each.name for each in ARTICLE.clients])
def test_a_relays_address_leads_to_the_nearest_and_over_no_backbone(client: str) -> None:
    asking = ARTICLE.client(client)
    nearest = nearest_datacenter(ARTICLE, asking.place, "worldwide").name
    relay = host(nearest, "relay")
    assert reached(WITH_RELAYS, client, IPv4Address("13.107.64.1")) == relay
    assert _nodes(WITH_RELAYS, client, relay)[-2:] == [border(nearest), relay]
    assert _nodes(WITH_RELAYS, relay, client)[-1] == client
    assert not any(
        route.prefix.overlaps(IPv4Network("13.107.64.0/24"))
        for route in WITH_RELAYS.routes
        if route.interface == "wan"
    )
