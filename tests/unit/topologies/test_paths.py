"""Ways and times, from the plan alone: figures worked out by hand, and what holds in any world."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations, permutations, product

import networkx
import pytest
from hypothesis import example, given

from topologies.access import Line
from topologies.azure import backbone_rtt_ms, published_rtt_ms
from topologies.backbone import backbone_links
from topologies.errors import WorldError
from topologies.hosts import border, front_end, wan_switch
from topologies.paths import configured_rtt_ms, hops, next_hops, one_way_ms, path
from topologies.plan import End, Node, Plan, Route, Wire, mac, other_end
from topologies.world import World

from .made_up_plans import ARTICLE, MODEST, backbone_of, changed, overridden, planned
from .made_up_worlds import datacenters, in_regions, worlds

PLAN = planned(ARTICLE)

# Great-circle kilometres, there and back, on a path half as long again, over light in a fibre of index 1.468.
MS_PER_KM = 2 * 1.5 * 1.468 / 299.792458
ROUNDING_MS = 1e-5  # ways over the backbone are compared in whole nanoseconds a trunk

LISBON_TO_DUBLIN_MS = 1641.3 * MS_PER_KM
LISBON_TO_WEST_EUROPE_MS = 1863.5 * MS_PER_KM
BEIJING_TO_SHANGHAI_MS = 1066.7 * MS_PER_KM

# Published times are whole or half milliseconds: between these are equally short ways over different trunks.
TIED = backbone_of(
    "Italy North",
    "West India",
    "Australia Central 2",
    "France Central",
    "East US",
    "Sweden Central",
    "Norway East",
    "Switzerland West",
    "UAE North",
    "East US 2",
)


def _nodes(plan: Plan, a: str, b: str) -> list[str]:
    return [a, *(hop.to for hop in hops(plan, a, b))]


def _switches(towards: Mapping[str, Mapping[str, Wire]], a: str, b: str) -> list[str]:
    """Follow the next hops from a switch to another."""
    way = [a]
    while way[-1] != b:
        assert len(way) <= len(towards), "the hops lead in a circle"
        way.append(other_end(towards[b][way[-1]], way[-1]).node)
    return way


def _same_cloud(world: World) -> list[tuple[str, str]]:
    return [(a.name, b.name) for a, b in combinations(world.datacenters, 2) if a.cloud == b.cloud]


# Ways


def test_a_client_reaches_a_front_end_over_the_internet() -> None:
    way = ["traveller", "traveller-cpe", "r3-lisbon", "ams-br", "ams-fe"]
    assert _nodes(PLAN, "traveller", "ams-fe") == way
    assert _nodes(PLAN, "ams-fe", "traveller") == way[::-1]


def test_a_client_reaches_its_resolver_without_leaving_town() -> None:
    assert _nodes(PLAN, "traveller", "isplis") == ["traveller", "traveller-cpe", "r3-lisbon", "isplis"]


def test_a_front_end_reaches_another_over_the_backbone() -> None:
    assert _nodes(PLAN, "ams-fe", "jnb-fe") == ["ams-fe", "ams-br", "ams-wan", "jnb-wan", "jnb-br", "jnb-fe"]


def test_the_backbone_goes_round_where_that_is_shorter() -> None:
    # Published: Amsterdam to Tokyo 234.5 ms, but to Singapore 160.5 ms and on to Tokyo 73 ms.
    way = ["ams-br", "ams-wan", "sin-wan", "tyo-wan", "tyo-br"]
    assert _nodes(PLAN, "ams-br", "tyo-br") == way
    assert _nodes(PLAN, "tyo-br", "ams-br") == way[::-1]


def test_the_articles_datacenters_are_reached_by_the_same_way_there_and_back() -> None:
    for a, b in _same_cloud(ARTICLE):
        assert _nodes(PLAN, front_end(a), front_end(b)) == _nodes(PLAN, front_end(b), front_end(a))[::-1]


def test_nobody_needs_a_way_to_where_they_are() -> None:
    assert path(PLAN, "traveller", "traveller") == ()
    assert configured_rtt_ms(PLAN, "traveller", "traveller") == 0


def test_hops_name_both_nodes_and_the_delay_of_every_wire() -> None:
    found = [(hop.source, hop.to, hop.delay_ms) for hop in hops(PLAN, "traveller", "dub-fe")]
    assert found == [
        ("traveller", "traveller-cpe", 0),
        ("traveller-cpe", "r3-lisbon", 4),
        ("r3-lisbon", "dub-br", pytest.approx(LISBON_TO_DUBLIN_MS / 2, abs=0.01)),
        ("dub-br", "dub-fe", 0),
    ]


def test_the_two_clouds_have_no_way_between_their_datacenters() -> None:
    for a, b in product(ARTICLE.datacenters_of("worldwide"), ARTICLE.datacenters_of("21vianet")):
        for one, other in permutations((front_end(a.name), front_end(b.name))):
            with pytest.raises(WorldError, match=f'^no way from "{one}" to "{other}": ".*-br" has no route$'):
                path(PLAN, one, other)


def test_an_unknown_node_gets_a_hint() -> None:
    with pytest.raises(WorldError, match=r'^unknown node "travler"; did you mean "traveller"'):
        path(PLAN, "travler", "ams-fe")
    with pytest.raises(WorldError, match=r'^unknown node "ams-ef"; did you mean "ams-efz" or "ams-fe"'):
        configured_rtt_ms(PLAN, "traveller", "ams-ef")


def test_routers_that_send_to_each_other_for_ever_are_no_way() -> None:
    one, two, lost = (
        Node(name=name, kind="router", site=name, address=IPv4Address(f"100.127.{number}.1"))
        for number, name in enumerate(("one", "two", "lost"))
    )
    wire = Wire(
        a=End(node="one", interface="to-two", mac=mac(1)), b=End(node="two", interface="to-one", mac=mac(2))
    )
    routes = tuple(
        Route(node=here, prefix=IPv4Network("0.0.0.0/0"), interface=f"to-{there.name}", via=there.address)
        for here, there in (("one", two), ("two", one))
        if there.address is not None
    )
    plan = Plan(seed=1, nodes=(one, two, lost), wires=(wire,), routes=routes, neighbours=())
    with pytest.raises(
        WorldError, match=r'^no way from "one" to "lost": it leads in a circle at "(one|two)"$'
    ):
        path(plan, "one", "lost")


def test_who_is_inside_an_office_is_found_behind_its_gateway() -> None:
    way = ["traveller", "traveller-cpe", "r3-lisbon", "r8-chicag", "hq-gw", "clerk"]
    assert _nodes(PLAN, "traveller", "clerk") == way
    assert _nodes(PLAN, "clerk", "traveller") == way[::-1]
    assert _nodes(PLAN, "ams-fe", "clerk")[1:3] == ["ams-br", "r8-chicag"]
    assert _nodes(PLAN, "clerk", "hqdns") == ["clerk", "hq-gw", "hqdns"]
    assert _nodes(PLAN, "isplis", "hq-gw")[-2:] == ["r8-chicag", "hq-gw"]


def test_behind_a_gateway_without_a_route_to_it_is_nobody() -> None:
    gateway = PLAN.node("hq-gw").address
    assert gateway is not None
    routes = tuple(route for route in PLAN.routes if route.node != "r3-lisbon" or gateway not in route.prefix)
    apart = PLAN.model_copy(update={"routes": routes})
    with pytest.raises(WorldError, match=r'^no way from "traveller" to "clerk": "r3-lisbon" has no route$'):
        path(apart, "traveller", "clerk")
    assert _nodes(apart, "colleague", "clerk")[-2:] == ["hq-gw", "clerk"]


def test_a_switch_knows_no_gateway_of_an_office() -> None:
    with pytest.raises(WorldError, match=r'^no way from "ams-wan" to "clerk": "ams-wan" has no route$'):
        path(PLAN, "ams-wan", "clerk")


@pytest.mark.parametrize("source", ["traveller", "ams-fe", "ams-br", "r3-lisbon"])
def test_a_switch_has_no_address_that_anybody_could_send_to(source: str) -> None:
    with pytest.raises(
        WorldError, match=r'^"ams-wan" is a switch, and has no address; right would be a host'
    ):
        path(PLAN, source, "ams-wan")


def test_a_switch_has_a_way_to_its_own_site_and_to_the_other_switches_of_its_cloud() -> None:
    assert _nodes(PLAN, "ams-wan", "ams-fe") == ["ams-wan", "ams-br", "ams-fe"]
    assert _nodes(PLAN, "ams-wan", "tyo-wan") == ["ams-wan", "sin-wan", "tyo-wan"]
    for beyond in ("bjs-wan", "bjs-fe", "traveller"):
        with pytest.raises(
            WorldError, match=f'^no way from "ams-wan" to "{beyond}": "ams-wan" has no route$'
        ):
            path(PLAN, "ams-wan", beyond)


# Times


def test_a_client_waits_for_the_distance_and_twice_for_its_line() -> None:
    to_dublin_ms = configured_rtt_ms(PLAN, "traveller", "dub-fe")
    assert to_dublin_ms == pytest.approx(LISBON_TO_DUBLIN_MS + 4 + 4, abs=0.01)
    to_amsterdam_ms = configured_rtt_ms(PLAN, "traveller", "ams-fe")
    assert to_amsterdam_ms == pytest.approx(LISBON_TO_WEST_EUROPE_MS + 4 + 4, abs=0.01)


def test_two_clients_wait_for_both_of_their_lines() -> None:
    to_resolver_ms = configured_rtt_ms(PLAN, "traveller", "ispsea")
    assert configured_rtt_ms(PLAN, "traveller", "colleague") == pytest.approx(to_resolver_ms + 4 + 4)


def test_an_uneven_line_counts_once_in_each_direction() -> None:
    plan = planned(changed("{ delay_ms = 4 }", "{ up = { delay_ms = 3 }, down = { delay_ms = 20 } }"))
    one_way = LISBON_TO_DUBLIN_MS / 2
    assert one_way_ms(plan, "traveller", "dub-fe") == pytest.approx(one_way + 3, abs=0.01)
    assert one_way_ms(plan, "dub-fe", "traveller") == pytest.approx(one_way + 20, abs=0.01)
    assert configured_rtt_ms(plan, "dub-fe", "traveller") == pytest.approx(2 * one_way + 23, abs=0.01)


@pytest.mark.parametrize("a, b", [("ams", "jnb"), ("ams", "iad"), ("sin", "jnb")])
def test_two_datacenters_are_as_far_apart_as_on_the_planet(a: str, b: str) -> None:
    here, there = ARTICLE.datacenter(a).region, ARTICLE.datacenter(b).region
    assert configured_rtt_ms(PLAN, front_end(a), front_end(b)) == pytest.approx(
        backbone_rtt_ms(here or "", there or ""), abs=ROUNDING_MS
    )


def test_every_pair_of_the_article_has_the_planets_round_trip_and_is_close_to_the_published() -> None:
    for a, b in permutations(ARTICLE.datacenters_of("worldwide"), 2):
        assert a.region and b.region
        configured = configured_rtt_ms(PLAN, front_end(a.name), front_end(b.name))
        assert configured == pytest.approx(backbone_rtt_ms(a.region, b.region), abs=ROUNDING_MS)
        assert configured == pytest.approx(published_rtt_ms(a.region, b.region), rel=0.05)


def test_where_nothing_is_published_a_fibres_length_counts() -> None:
    rtt_ms = configured_rtt_ms(PLAN, "bjs-fe", "sha-fe")
    assert rtt_ms == pytest.approx(BEIJING_TO_SHANGHAI_MS, abs=0.01)


@pytest.mark.parametrize(
    "between, a, b, expected_ms",
    [
        (("traveller", "ams"), "traveller", "ams-fe", 46 + 4 + 4),
        (("isplis", "ams"), "traveller", "ams-fe", 46 + 4 + 4),
        (("isplis", "msdns1"), "isplis", "msdns1", 46),
        (("isplis", "msdns1"), "isplis", "iad-fe", 46),
        (("ams", "traveller"), "traveller", "ams-fe", 46 + 4 + 4),
        (("isplis", "root"), "isplis", "root", 46),
        (("ams", "jnb"), "ams-fe", "jnb-fe", 46),
    ],
)
def test_a_known_round_trip_counts_before_any_computed_one(
    between: tuple[str, str], a: str, b: str, expected_ms: float
) -> None:
    plan = planned(overridden(*between, 46))
    assert configured_rtt_ms(plan, a, b) == expected_ms
    assert configured_rtt_ms(planned(ARTICLE), a, b) != expected_ms


# In any world


@MODEST
@given(worlds())
@example(ARTICLE)
def test_every_client_reaches_every_datacenter_and_waits_at_least_for_its_line(world: World) -> None:
    plan = planned(world)
    for client, datacenter in product(world.clients, world.datacenters):
        server = front_end(datacenter.name)
        assert _nodes(plan, client.name, server)[-2:] == [border(datacenter.name), server]
        line_ms = client.access.up.delay_ms + client.access.down.delay_ms
        assert configured_rtt_ms(plan, client.name, server) >= line_ms


@MODEST
@given(worlds())
@example(ARTICLE)
def test_the_way_back_is_the_way_there_and_visits_no_node_twice(world: World) -> None:
    plan = planned(world)
    askers = [client.name for client in world.clients] + [resolver.name for resolver in world.resolvers]
    servers = [front_end(each.name) for each in world.datacenters]
    servers += [each.name for each in world.nameservers if each.anycast is None]
    for a, b in product(askers, servers):
        way = _nodes(plan, a, b)
        assert len(way) == len(set(way))
        assert _nodes(plan, b, a) == way[::-1]


@MODEST
@given(worlds())
@example(ARTICLE)
def test_datacenters_of_a_cloud_are_joined_by_the_shortest_way_over_its_backbone(world: World) -> None:
    plan = planned(world)
    graph: networkx.Graph[str] = networkx.Graph()
    for link in backbone_links(world.datacenters, internet=world.internet):
        graph.add_edge(link.a, link.b, weight=link.rtt_ms)
    for a, b in _same_cloud(world):
        shortest_ms = networkx.dijkstra_path_length(graph, a, b)
        there, back = hops(plan, border(a), border(b)), hops(plan, border(b), border(a))
        assert sum(hop.delay_ms for hop in there + back) == pytest.approx(shortest_ms, abs=ROUNDING_MS)
        between = [hop.to for hop in there[:-1]]
        assert len(between) == len(set(between))
        assert {plan.node(name).kind for name in between} == {"switch"}


@MODEST
@given(worlds(datacenters(("worldwide",), in_regions)))
@example(TIED)
def test_of_equally_short_ways_over_the_backbone_the_same_is_taken_there_and_back(world: World) -> None:
    plan = planned(world)
    towards = {switch.name: next_hops(plan, switch.name) for switch in plan.of_kind("switch")}
    for a, b in combinations(towards, 2):
        assert _switches(towards, a, b) == _switches(towards, b, a)[::-1]


@MODEST
@given(worlds())
@example(ARTICLE)
def test_every_switch_of_a_cloud_knows_the_next_wire_to_every_other(world: World) -> None:
    plan = planned(world)
    expected = {
        (wan_switch(here), wan_switch(there))
        for pair in _same_cloud(world)
        for here, there in permutations(pair)
    }
    found = {
        (here, switch.name): wire
        for switch in plan.of_kind("switch")
        for here, wire in next_hops(plan, switch.name).items()
    }
    assert found.keys() == expected
    assert all(plan.node(other_end(wire, here).node).kind == "switch" for (here, _), wire in found.items())


def test_a_rate_and_a_loss_take_no_configured_time() -> None:
    line = Line(delay_ms=4, jitter_ms=1, loss_percent=2, rate_mbit=3)
    world = changed("{ delay_ms = 4 }", "{ delay_ms = 4, jitter_ms = 1, loss_percent = 2, rate_mbit = 3 }")
    assert world.client("traveller").access.up == line
    assert configured_rtt_ms(planned(world), "traveller", "dub-fe") == configured_rtt_ms(
        PLAN, "traveller", "dub-fe"
    )
