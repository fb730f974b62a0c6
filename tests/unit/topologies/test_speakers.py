"""Who speaks BGP in a plan with a circuit: what each router announces, and to whom."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Network

import pytest

from topologies import bgp
from topologies.bgp import Neighbor, Routing, Speaker
from topologies.hosts import prefixes_of
from topologies.offices import link_networks
from topologies.plan import Plan
from topologies.planning import plan_network
from topologies.selection import Selection, select
from topologies.speakers import Published, speakers_of
from topologies.world import World

from .made_up_plans import ARTICLE

CIRCUIT = ARTICLE.circuits[0]
FIRST, SECOND = f"{CIRCUIT.name}-m1", f"{CIRCUIT.name}-m2"
GATEWAY, EDGE, BORDER = "hq-gw", "hq-er", "iad-br"  # the datacenter nearest to the peering location
SHARED = IPv4Network("52.244.37.168/32")
PUBLISHED: Published = (
    (IPv4Network("40.96.0.0/13"), "12076:5010"),
    (SHARED, "12076:5010"),
    (SHARED, "12076:5100"),
    (IPv6Network("2603:1006::/40"), "12076:5010"),
)
AGGREGATES = ["40.96.0.0/13", str(SHARED)]


def selected(world: World = ARTICLE, *, circuits: tuple[str, ...] = (CIRCUIT.name,)) -> Selection:
    return select(
        world,
        clients=tuple(client.name for client in world.clients),
        clouds=("worldwide", "21vianet"),
        services=("portal", "exchange"),
        circuits=circuits,
    )


SELECTION = selected()
PLAN = plan_network(ARTICLE, SELECTION)
TRANSIT = PLAN.node(GATEWAY).site


def routers(routing: Routing | None = None, world: World = ARTICLE, plan: Plan = PLAN) -> dict[str, Speaker]:
    found = speakers_of(world, SELECTION, plan, routing or Routing(), PUBLISHED)
    assert len({speaker.node for speaker in found}) == len(found)
    return {speaker.node: speaker for speaker in found}


def told(speaker: Speaker) -> list[str]:
    return [str(origin.prefix) for origin in speaker.originates]


def changed(**keys: object) -> World:
    circuit = CIRCUIT.model_copy(update=keys)
    return ARTICLE.model_copy(update={"circuits": (circuit,)})


def borders(cloud: str) -> list[str]:
    return [f"{each.name}-br" for each in ARTICLE.datacenters_of(cloud)]


# Who speaks


def test_without_a_circuit_nobody_speaks_bgp() -> None:
    without = selected(circuits=())
    assert speakers_of(ARTICLE, without, plan_network(ARTICLE, without), Routing(), PUBLISHED) == ()


def test_offices_edges_transit_and_all_border_routers_speak_it_in_their_networks_names() -> None:
    numbers = {node: speaker.as_number for node, speaker in routers().items()}
    assert numbers == {
        GATEWAY: 64500,
        EDGE: 64500,
        FIRST: 12076,
        SECOND: 12076,
        TRANSIT: 64496,
        **dict.fromkeys(borders("worldwide"), 8075),
        **dict.fromkeys(borders("21vianet"), 58593),
    }
    assert {node: speaker.router_id for node, speaker in routers().items()} == {
        node: PLAN.node(node).address for node in numbers
    }


def test_each_session_has_two_ends_that_fit_and_one_of_them_connects() -> None:
    found = routers()
    ends = {(node, each.name): each for node, speaker in found.items() for each in speaker.neighbors}
    for (here, there), end in ends.items():
        other = ends[there, here]
        assert (end.address, end.own) == (other.own, other.address)
        assert end.as_number == found[there].as_number
        assert end.passive is not other.passive
        assert end.policy.split("-") == other.policy.split("-")[::-1]
        assert end.distance == other.distance


@pytest.mark.parametrize(("node", "inside"), [("hq-er", "hq-gw"), ("hq-gw", "hq-er")])
def test_an_office_waits_for_those_outside_to_connect(node: str, inside: str) -> None:
    neighbors = [each for each in routers()[node].neighbors if each.name != inside]
    assert neighbors and all(each.passive for each in neighbors)


@pytest.mark.parametrize("node", routers())
def test_every_neighbor_is_a_node_that_the_plan_tells_the_kernel_of(node: str) -> None:
    for each in routers()[node].neighbors:
        assert each.address in map(IPv4Address, PLAN.node(each.name).addresses)
        assert each.own in map(IPv4Address, PLAN.node(node).addresses)
        routed = [r for r in PLAN.routes_at(node) if each.address in r.prefix]
        assert [route.interface for route in routed] == [each.interface]
        assert each.address in {n.address for n in PLAN.neighbours_at(node) if n.interface == each.interface}


def test_who_has_a_session_with_whom() -> None:
    sessions = {node: [each.name for each in speaker.neighbors] for node, speaker in routers().items()}
    far = [name for name in borders("worldwide") if name != BORDER]
    assert sessions == {
        GATEWAY: [TRANSIT, EDGE],
        EDGE: [GATEWAY, FIRST, SECOND],
        FIRST: [EDGE, BORDER],
        SECOND: [EDGE, BORDER],
        TRANSIT: [GATEWAY, *(f"{each.name}-br" for each in ARTICLE.datacenters)],
        BORDER: [FIRST, SECOND, TRANSIT, *far],
        **{name: [TRANSIT, BORDER] for name in far},
        **{name: [TRANSIT] for name in borders("21vianet")},
    }
    reflected = [each.name for each in routers()[BORDER].neighbors if each.reflected]
    assert reflected == far


def test_the_transit_knows_how_far_each_border_router_is() -> None:
    (wire,) = PLAN.wires_between(TRANSIT, "ams-br")
    assert routers()[TRANSIT].neighbor("ams-br").distance == round(wire.delay_ms * 1000)


# What is announced


def test_an_offices_gateway_announces_its_own_network_and_a_shared_pool() -> None:
    own = str(ARTICLE.resolver("hqdns").prefix)
    assert told(routers()[GATEWAY]) == [own]
    assert told(routers(Routing(pools="shared"))[GATEWAY]) == [own, str(CIRCUIT.pool)]


def test_a_customer_edge_announces_the_pool_and_whatever_else_it_is_told_to() -> None:
    assert told(routers()[EDGE]) == [str(CIRCUIT.pool)]
    more = changed(announce=(IPv4Network("192.0.2.0/28"),))
    assert told(routers(Routing(extra=2), more)[EDGE]) == [
        str(CIRCUIT.pool),
        "192.0.2.0/28",
        "198.18.0.0/24",
        "198.18.1.0/24",
    ]
    assert len(set(told(routers(Routing(extra=512))[EDGE]))) == 513
    assert told(routers(Routing(leak="default"))[EDGE])[1:] == ["0.0.0.0/0"]
    assert told(routers(Routing(leak="private"))[EDGE])[1:] == ["10.0.0.0/8"]
    assert routers()[EDGE].behind == GATEWAY


@pytest.mark.parametrize("node", [FIRST, SECOND])
def test_microsofts_edge_announces_what_is_published_each_prefix_once_with_all_its_services(
    node: str,
) -> None:
    edge = routers()[node]
    assert {str(origin.prefix): origin.communities for origin in edge.originates} == {
        "40.96.0.0/13": ("12076:5010",),
        str(SHARED): ("12076:5010", "12076:5100"),
    }
    assert told(edge) == AGGREGATES
    assert edge.behind == BORDER


def test_a_border_router_keeps_its_own_prefixes_among_neighbors_and_lets_what_is_published_out() -> None:
    own = [str(prefix) for prefix in prefixes_of(SELECTION, ARTICLE.datacenter("ams"))]
    border = routers()["ams-br"]
    assert told(border) == [*own, *AGGREGATES]
    kept = {str(origin.prefix) for origin in border.originates if origin.communities == (bgp.NO_EXPORT,)}
    assert kept == set(own)
    assert [origin.communities for origin in border.originates[len(own) :]] == [(), ()]


def test_the_other_cloud_announces_nothing_but_its_own() -> None:
    for each in ARTICLE.datacenters_of("21vianet"):
        own = [str(prefix) for prefix in prefixes_of(SELECTION, each)]
        assert told(routers()[f"{each.name}-br"]) == own


def test_the_transit_announces_a_default_route_and_who_else_is_at_its_place() -> None:
    assert told(routers()[TRANSIT]) == ["0.0.0.0/0"]
    guest = ARTICLE.client("colleague").model_copy(update={"name": "guest", "place": CIRCUIT.peering})
    guest = guest.model_copy(update={"prefix": IPv4Network("100.64.9.0/29")})
    world = ARTICLE.model_copy(update={"clients": (*ARTICLE.clients, guest)})
    plan = plan_network(world, selected(world))
    assert told(routers(world=world, plan=plan)[TRANSIT]) == ["0.0.0.0/0", "100.64.9.0/29"]


# How the circuit is set


def line(routing: Routing, here: str, there: str, world: World = ARTICLE) -> Neighbor:
    return routers(routing, world)[here].neighbor(there)


@pytest.mark.parametrize("prefer, best", [("circuit", 150), ("internet", 50)])
def test_the_secondary_line_is_the_worse_one_both_ways(prefer: str, best: int) -> None:
    routing = Routing.model_validate({"prefer": prefer})
    ends = [line(routing, EDGE, node) for node in (FIRST, SECOND)]
    assert [end.preference for end in ends] == [best, best - 1]
    assert [end.prepended for end in ends] == [0, 1]
    assert [line(routing, BORDER, node).preference for node in (FIRST, SECOND)] == [150, 150]


@pytest.mark.parametrize("number", [0, 1])
def test_a_lines_addresses_are_the_first_two_of_its_link(number: int) -> None:
    link = link_networks(CIRCUIT)[number]
    end = line(Routing(), EDGE, (FIRST, SECOND)[number])
    assert (end.own, end.address, end.interface) == (link[1], link[2], ("pri", "sec")[number])


def test_the_route_filter_is_on_the_sessions_with_the_customer() -> None:
    found = routers(Routing(services=("teams",)))
    ends = {(node, each.name): each.filtered for node in found for each in found[node].neighbors}
    assert {key for key, communities in ends.items() if communities} == {(FIRST, EDGE), (SECOND, EDGE)}
    assert ends[FIRST, EDGE] == ("12076:5030",)


def test_bfd_is_on_both_ends_of_both_lines_if_it_is_asked_for() -> None:
    found = routers(Routing(bfd=True))
    with_bfd = {(node, each.name) for node in found for each in found[node].neighbors if each.bfd}
    assert with_bfd == {(EDGE, FIRST), (EDGE, SECOND), (FIRST, EDGE), (SECOND, EDGE)}
    assert not any(each.bfd for speaker in routers().values() for each in speaker.neighbors)


@pytest.mark.parametrize(
    "own, microsofts, passwords",
    [
        ("", None, ("", "")),
        ("once", None, ("once", "once")),
        ("once", "", ("once", "")),
        ("", "x", ("", "x")),
    ],
)
def test_each_end_has_its_password(own: str, microsofts: str | None, passwords: tuple[str, str]) -> None:
    world = changed(password=own, microsoft_password=microsofts)
    for node in (FIRST, SECOND):
        ends = line(Routing(), EDGE, node, world), line(Routing(), node, EDGE, world)
        assert tuple(end.password for end in ends) == passwords
    assert line(Routing(), EDGE, GATEWAY, world).password == ""


def test_another_way_to_set_it_changes_only_the_routers_that_it_is_about() -> None:
    usual = routers()

    def differ(routing: Routing) -> set[str]:
        return {node for node, speaker in routers(routing).items() if speaker != usual[node]}

    assert differ(Routing(services=())) == {FIRST, SECOND}
    assert differ(Routing(prefer="internet")) == {EDGE}
    assert differ(Routing(pools="shared")) == {GATEWAY}
    assert differ(Routing(bfd=True)) == {EDGE, FIRST, SECOND}
