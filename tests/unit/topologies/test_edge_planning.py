"""Edges and providers in a plan: who is there, what joins them, and that everybody finds back."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given

from topologies.base import ROUTER_IDS
from topologies.distance import FIBRE_GROUP_INDEX, VACUUM_KM_PER_MS, great_circle_km
from topologies.edge_hosts import own_addresses, vips
from topologies.hosts import border, front_door, host
from topologies.internet import internet_rtt_ms
from topologies.paths import configured_rtt_ms, has_way, hops
from topologies.peering import Peering
from topologies.plan import interface_at
from topologies.planning import plan_network
from topologies.selection import select
from topologies.world import World

from .made_up_edges import CITIES, CLOUD, EDGES, chosen, edges_plan, providers
from .made_up_plans import MODEST, ends

PLAN = edges_plan()
SITES = [each.name for each in EDGES.datacenters] + [each.name for each in EDGES.edges]


def names(a: str, b: str) -> list[str]:
    """Return the nodes on the way from one to another."""
    return [hop.to for hop in hops(PLAN, a, b)]


def test_every_site_has_one_front_door_with_the_addresses_that_all_have() -> None:
    for site in SITES:
        node = PLAN.node(host(site, "edge"))
        assert node.addresses[-2:] == ("13.107.136.9", "13.107.136.10")
        assert node.address in EDGES.site(site).prefix
    assert PLAN.node_at("13.107.136.9") is None


def test_an_edge_answers_for_each_service_at_addresses_of_its_own() -> None:
    den = EDGES.edge("den")
    assert PLAN.node("den-pop").addresses[:5] == ("13.107.18.18", *(f"40.103.0.{n}" for n in range(1, 5)))
    assert [str(each) for each in own_addresses(den, "exchange")] == list(PLAN.node("den-pop").addresses[1:5])
    assert own_addresses(den, "sharepoint") == ()
    assert front_door(EDGES, "den", "exchange") == "den-pop"
    assert front_door(EDGES, "ams", "exchange") == "ams-efz"


def test_a_datacenter_keeps_its_own_front_ends() -> None:
    assert str(PLAN.node("iad-fe").address) == "13.107.6.50"
    assert PLAN.node("iad-efz").addresses == tuple(f"40.97.128.{n}" for n in range(1, 5))


def test_an_anycast_server_is_at_every_site() -> None:
    assert {node.name for node in PLAN.nodes if node.name.startswith("acdc-")} == {f"acdc-{s}" for s in SITES}
    assert str(PLAN.node("acdc-den").address) == "13.107.18.19"


def test_an_edge_has_a_line_to_the_nearest_datacenter_and_from_there_the_backbone() -> None:
    assert names("den-pop", "mwh-fe")[:2] == ["den-br", "mwh-br"]
    assert names("den-pop", "hkg-spo") == ["den-br", "mwh-br", "mwh-wan", "hkg-wan", "hkg-br", "hkg-spo"]
    assert names("hkg-spo", "den-pop") == ["hkg-br", "hkg-wan", "mwh-wan", "mwh-br", "den-br", "den-pop"]
    line_ms = internet_rtt_ms(EDGES, EDGES.edge("den").place, EDGES.datacenter("mwh").place)
    beyond_ms = configured_rtt_ms(PLAN, "mwh-br", "hkg-spo")
    assert configured_rtt_ms(PLAN, "den-pop", "hkg-spo") == pytest.approx(line_ms + beyond_ms)


def test_a_site_where_the_provider_peers_is_reached_over_it_and_others_over_the_internet() -> None:
    assert names("saltlake", "phx-pop")[2:] == ["mtn-den", "mtn-phx", "phx-br", "phx-pop"]
    assert names("phx-pop", "saltlake")[:3] == ["phx-br", "mtn-phx", "mtn-den"]
    router = PLAN.node("saltlake").site
    assert names("saltlake", "den-pop") == ["saltlake-cpe", router, "den-br", "den-pop"]
    assert not PLAN.wires_between(router, "phx-br")


def test_a_city_sends_what_it_knows_no_way_for_to_its_provider() -> None:
    router = PLAN.node("denver").site
    (route,) = (each for each in PLAN.routes_at(router) if each.prefix == IPv4Network("0.0.0.0/0"))
    assert route.interface == "to-mtn-den"
    front_doors = EDGES.cloud(CLOUD).front_doors
    assert front_doors is not None
    learned = [each for each in PLAN.routes if each.prefix == front_doors]
    assert learned == []  # that is left to BGP


def test_where_no_provider_is_built_the_nearest_site_is_reached() -> None:
    world = EDGES.model_copy(update={"isps": ()})
    selection = select(world, clients=("denver",), clouds=(CLOUD,), services=("portal",), edges=True)
    plan = plan_network(world, selection)
    router = plan.node("denver").site
    (route,) = (each for each in plan.routes_at(router) if each.prefix == EDGES.cloud(CLOUD).front_doors)
    assert route.interface == "to-den-br"


def test_without_edges_nothing_of_them_is_built() -> None:
    plan = plan_network(EDGES, select(EDGES, clients=("denver",), clouds=(CLOUD,), services=("portal",)))
    assert not [node.name for node in plan.nodes if node.name.endswith("-pop") or node.name.startswith("mtn")]
    assert not plan.wires_between(plan.node("denver").site, "den-br")
    assert plan.wires_between(plan.node("denver").site, "iad-br")


def test_every_router_has_an_address_and_every_interface_a_name_that_fits() -> None:
    routers = [node for node in PLAN.nodes if node.kind == "router"]
    addresses = [node.address for node in PLAN.nodes if node.address is not None]
    assert len(set(addresses)) == len(addresses)
    assert all(node.address in ROUTER_IDS for node in routers if node.name.startswith(("mtn-", "r0-")))
    assert max(len(end.interface) for end in ends(PLAN)) <= 15
    assert len({(end.node, end.interface) for end in ends(PLAN)}) == len(ends(PLAN))


@MODEST
@given(providers())
def test_whoever_is_behind_any_provider_reaches_any_front_door_and_is_reached(
    made: tuple[World, Peering],
) -> None:
    world, _ = made
    plan = plan_network(world, chosen(world))
    for city in CITIES:
        for site in ("den", "phx", "fra", world.tenant(world.client(city).tenant).datacenter):
            if plan.wires_between(plan.node(city).site, border(site)) or _peers(world, city, site):
                door = host(site, "edge")
                assert has_way(plan, city, door)
                straight = great_circle_km(world.client(city).place, world.site(site).place)
                least_ms = 2 * straight * FIBRE_GROUP_INDEX / VACUUM_KM_PER_MS
                assert configured_rtt_ms(plan, city, door) >= least_ms - 1e-9


def _peers(world: World, city: str, site: str) -> bool:
    place = world.client(city).place
    return any(place in isp.cities and any(pop.site == site for pop in isp.pops) for isp in world.isps)


@MODEST
@given(providers())
def test_a_provider_and_a_site_at_its_routers_place_are_joined_once(made: tuple[World, Peering]) -> None:
    world, _ = made
    plan = plan_network(world, chosen(world))
    for pop in world.isp("mtn").pops:
        at = pop.site if pop.site is not None else pop.name.removeprefix("h")
        (wire,) = plan.wires_between(f"mtn-{pop.name}", border(at))
        assert wire.rtt_ns == 0
        assert interface_at(wire, border(at)) == f"to-mtn-{pop.name}"


def test_a_cloud_without_front_doors_for_all_has_none() -> None:
    cloud = EDGES.cloud(CLOUD).model_copy(update={"front_doors": None})
    assert vips(EDGES.model_copy(update={"clouds": (cloud,)}), CLOUD) == ()
