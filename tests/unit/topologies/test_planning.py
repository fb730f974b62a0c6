"""From a world to a plan: whatever the world, a kernel takes its plan, and packets can cross it."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from ipaddress import IPv4Address
from itertools import combinations

import networkx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from topologies.access import Access, Line
from topologies.backbone import backbone_links
from topologies.base import NODE_NAME, SITE_NAME
from topologies.distance import FIBRE_GROUP_INDEX, VACUUM_KM_PER_MS
from topologies.errors import WorldError
from topologies.hosts import border, front_end, wan_switch
from topologies.load import parse_world
from topologies.paths import configured_rtt_ms
from topologies.plan import End, Plan, Wire, interface_at, other_end
from topologies.planning import anycast_node, plan_network
from topologies.selection import select, select_all
from topologies.steering import nearest_datacenter
from topologies.world import Client, NameServer, Resolver, World

from .made_up_backbones import GIVEN, LINE, given_worlds
from .made_up_plans import (
    ARTICLE,
    ARTICLE_TEXT,
    MODEST,
    changed,
    ends,
    overridden,
    planned,
    reached,
    renamed,
)
from .made_up_worlds import worlds

LONGEST_INTERFACE = 15  # IFNAMSIZ - 1, linux/if.h

# Names that have a form which the network uses itself, and others; few of them are refused.
site_names = st.sampled_from(["fe", "cpe", "to", "r0", "dub"]) | st.from_regex(SITE_NAME, fullmatch=True)
node_names = st.sampled_from(["ams-dub", "dub-mwh", "bjs-sha", "x-to"]) | st.from_regex(
    NODE_NAME, fullmatch=True
)


def _repeated(things: Iterable[Hashable]) -> list[Hashable]:
    return [thing for thing, count in Counter(things).items() if count > 1]


def _interfaces(plan: Plan) -> list[tuple[str, str]]:
    """Return every interface as its namespace and its name; a bridge is an interface, too."""
    bridges = [node.name for node in plan.of_kind("switch")]
    wired = [("" if end.node in bridges else end.node, end.interface) for end in ends(plan)]
    return [("", bridge) for bridge in bridges] + wired


def _wire(plan: Plan, a: str, b: str) -> Wire:
    (wire,) = (wire for wire in plan.wires if (wire.a.node, wire.b.node) == (a, b))
    return wire


def _instances(world: World, name: str) -> list[str]:
    """Return the nodes that a part is: an anycast server is one in each datacenter of its cloud."""
    anycast = [each for each in world.nameservers if each.name == name and each.anycast is not None]
    found = [anycast_node(s, each.name) for s in anycast for each in world.datacenters_of(s.anycast or "")]
    return found or [name]


def _far_end(plan: Plan, node: str, interface: str) -> End:
    (wire,) = (wire for wire in plan.wires_at(node) if interface_at(wire, node) == interface)
    return other_end(wire, node)


@MODEST
@given(worlds())
@example(ARTICLE)
def test_no_two_nodes_share_a_name_or_an_address(world: World) -> None:
    plan = planned(world)
    assert _repeated(node.name for node in plan.nodes) == []
    assert _repeated(node.address for node in plan.nodes if node.address) == []
    assert all((node.address is None) == (node.kind == "switch") for node in plan.nodes)


@MODEST
@given(worlds())
@example(ARTICLE)
def test_the_kernel_takes_every_interface(world: World) -> None:
    plan = planned(world)
    assert [end for end in ends(plan) if not 0 < len(end.interface) <= LONGEST_INTERFACE] == []
    assert _repeated((end.node, end.interface) for end in ends(plan)) == []
    assert _repeated(end.mac for end in ends(plan)) == []


@MODEST
@given(worlds())
@example(ARTICLE)
def test_switches_share_a_namespace_and_no_interface(world: World) -> None:
    assert _repeated(_interfaces(planned(world))) == []


@MODEST
@given(
    st.fixed_dictionaries(
        dict.fromkeys(("ams", "bjs"), site_names)
        | dict.fromkeys(("isplis", "msdns1", "traveller"), node_names)
    )
)
@example({"ams": "fe", "bjs": "cpe", "isplis": "ams-dub", "msdns1": "dub-ams", "traveller": "ovs"})
def test_whatever_the_world_calls_its_parts_no_name_of_the_network_is_among_them(
    names: dict[str, str],
) -> None:
    try:
        plan = planned(renamed(names))
    except WorldError as error:
        assert re.search("cannot name|gives itself|taken", str(error))
        return
    assert _repeated(node.name for node in plan.nodes) == []
    assert _repeated(_interfaces(plan)) == []
    assert {name for _, name in _interfaces(plan)}.isdisjoint({"lo", "all", "default"})
    assert [end for end in ends(plan) if len(end.interface) > LONGEST_INTERFACE] == []


@pytest.mark.parametrize(
    "old, new",
    [
        *[("traveller", "ams-fe"), ("isplis", "r0-ashbur"), ("isplis", "to-dub-br"), ("colleague", "x-cpe")],
        *[("msdns1", "wan"), ("ams", "wan"), ("ams", "br"), ("isplis", "lo")],
        *[("traveller", "hq-gw"), ("isplis", "hq-er"), ("clerk", "x-m1"), ("circuit", "x-m2")],
        *[("clerk", "er"), ("traveller", "wg0"), ("ams", "gw"), ("isplis", "pri"), ("hq", "sec")],
        ("traveller", "ams-rly"),
    ],
)
def test_a_world_with_a_name_that_its_own_network_has_is_refused(old: str, new: str) -> None:
    with pytest.raises(WorldError, match=f'"{new}" is a name that the network gives itself'):
        renamed({old: new})


def test_the_longest_names_of_datacenters_fit_the_interfaces_between_them() -> None:
    plan = planned(renamed({"ams": "a123456", "dub": "d123456"}))
    assert {"a123456-d123456", "d123456-a123456"} <= {end.interface for end in ends(plan)}


@MODEST
@given(worlds())
@example(ARTICLE)
def test_every_gateway_is_behind_its_wire_and_has_a_neighbour_entry(world: World) -> None:
    plan = planned(world)
    known = {(each.node, each.interface, each.address): each.mac for each in plan.neighbours}
    owner = {end.mac: end.node for end in ends(plan)}
    for route in plan.routes:
        mac = known[route.node, route.interface, route.via]
        assert plan.node(owner[mac]).address == route.via
        far = _far_end(plan, route.node, route.interface)
        assert far.mac == mac or plan.node(far.node).kind == "switch"


@MODEST
@given(worlds())
@example(ARTICLE)
def test_over_the_backbone_the_next_hop_is_the_far_border_router(world: World) -> None:
    plan = planned(world)
    uplinks = {end.mac: end.node for end in ends(plan) if end.interface == "wan"}
    reached = {(each.node, uplinks[each.mac]) for each in plan.neighbours if each.interface == "wan"}
    clouds = {border(each.name): each.cloud for each in world.datacenters}
    assert reached == {(a, b) for a in clouds for b in clouds if a != b and clouds[a] == clouds[b]}


@MODEST
@given(worlds())
@example(ARTICLE)
def test_a_node_has_one_route_to_a_prefix(world: World) -> None:
    plan = planned(world)
    assert _repeated((route.node, route.prefix) for route in plan.routes) == []
    assert _repeated((each.node, each.interface, each.address) for each in plan.neighbours) == []


@MODEST
@given(worlds())
@example(ARTICLE)
@example(GIVEN)
def test_no_host_delays_what_it_sends_and_only_borders_and_trunks_have_both_rate_and_delay(
    world: World,
) -> None:
    closed = any(border.closed and border.rate_mbit is not None for border in world.internet.borders)
    plan = planned(world)
    for wire in plan.wires:
        delays = any(line.delay_ms or line.jitter_ms or line.loss_percent for line in (wire.there, wire.back))
        rates = any(line.rate_mbit is not None for line in (wire.there, wire.back))
        at_host = "host" in (plan.node(wire.a.node).kind, plan.node(wire.b.node).kind)
        between_sites = wire.a.interface.startswith("to-")
        assert not (delays and at_host)
        assert not (delays and rates) or (closed and between_sites) or wire in plan.trunks


@MODEST
@given(worlds())
@example(ARTICLE)
def test_the_internet_joins_every_two_sites_except_two_datacenters(world: World) -> None:
    plan = planned(world)
    sites = {node.site for node in plan.nodes if node.name == node.site}  # an office is behind another's
    datacenters = {border(each.name) for each in world.datacenters}
    joined = sorted(
        tuple(sorted((w.a.node, w.b.node))) for w in plan.wires if w.a.interface.startswith("to-")
    )
    pairs = combinations(sorted(sites), 2)
    assert joined == [pair for pair in pairs if not datacenters.issuperset(pair)]


@MODEST
@given(worlds())
@example(ARTICLE)
def test_the_backbones_links_are_wires_between_switches(world: World) -> None:
    plan = planned(world)
    for link in backbone_links(world.datacenters, internet=world.internet):
        wire = _wire(plan, wan_switch(link.a), wan_switch(link.b))
        assert wire.there == wire.back == Line(delay_ms=link.rtt_ms / 2)


@MODEST
@given(worlds())
@example(ARTICLE)
def test_everybody_has_an_address_of_the_own_prefix(world: World) -> None:
    plan = planned(world)
    parts: tuple[Client | Resolver | NameServer, ...] = (*world.clients, *world.resolvers, *world.nameservers)
    prefixes = {part.name: part.prefix for part in parts if part.prefix is not None}
    prefixes |= {front_end(each.name): each.prefix for each in world.datacenters}
    for name, prefix in prefixes.items():
        nodes = [node for node in plan.nodes if node.name in _instances(world, name)]
        assert nodes and all({node.address, *node.aliases} & {*prefix.hosts()} for node in nodes)


@MODEST
@given(worlds())
def test_the_same_arguments_give_the_same_plan(world: World) -> None:
    selection = select_all(world)
    first, again = (plan_network(world, selection, seed=7) for _ in range(2))
    assert first.model_dump_json() == again.model_dump_json()


def test_a_seed_changes_nothing_but_itself() -> None:
    one, other = (plan_network(ARTICLE, select_all(ARTICLE), seed) for seed in (1, 2))
    assert one != other == one.model_copy(update={"seed": 2})


def test_an_access_line_is_shaped_in_the_direction_that_it_is_meant_for() -> None:
    up = Line(delay_ms=3, jitter_ms=1, loss_percent=0.5, rate_mbit=10)
    down = Line(delay_ms=5, rate_mbit=50)
    client = ARTICLE.client("traveller").model_copy(update={"access": Access(up=up, down=down)})
    plan = planned(ARTICLE.model_copy(update={"clients": (client,)}))
    lan, line = plan.wires_at("traveller-cpe")
    assert (lan.a.node, lan.there, lan.back) == ("traveller", Line(rate_mbit=10), Line(rate_mbit=50))
    assert (line.a.node, line.there) == ("traveller-cpe", Line(delay_ms=3, jitter_ms=1, loss_percent=0.5))
    assert line.back == Line(delay_ms=5)


def test_who_stands_at_the_same_place_stands_at_the_same_router() -> None:
    plan = planned(ARTICLE)
    assert plan.node("traveller").site == plan.node("isplis").site == plan.node("traveller-cpe").site
    assert plan.node("traveller").site != plan.node("colleague").site


@pytest.mark.parametrize("name", ["Llanfairpwllgwyngyll", "São Paulo", "東京", "", "-", "eth0/../lo"])
def test_a_places_name_may_be_anything(name: str) -> None:
    place = f'{{ name = "{name}", latitude = 53.2, longitude = -4.2 }}'
    plan = planned(changed('place = "Lisbon"', f"place = {place}"))
    router = plan.node("isplis").site
    assert re.fullmatch(r"r\d-[a-z]{0,6}", router)
    assert all(re.fullmatch(r"[a-z0-9-]{1,15}", end.interface) for end in ends(plan) if end.node == router)


def test_routers_count_their_addresses_one_by_one() -> None:
    plan = planned(ARTICLE)
    routers = [node.name for node in plan.of_kind("router") if re.match(r"r\d", node.name)]
    addresses = [str(plan.node(name).address) for name in sorted(routers)]
    assert addresses == [f"100.127.0.{number}" for number in range(1, len(routers) + 1)]


def test_name_servers_in_one_datacenter_have_addresses_of_their_own() -> None:
    plan = planned(changed('datacenter = "iad"', 'datacenter = "dub"'))
    addresses = [str(plan.node(name).address) for name in ("dub-br", "dub-fe", "msdns1", "msdns2")]
    assert addresses == ["13.107.6.17", "13.107.6.18", "13.107.6.19", "13.107.6.20"]


def test_a_datacenter_with_more_name_servers_than_addresses_is_refused() -> None:
    # A /28 has 16, of which a router, a front end, a directory and the network itself have five.
    servers = "".join(
        f'[[nameservers]]\nname = "ns{number}"\nhostname = "ns{number}.example.net"\n'
        'zones = ["example.net"]\ndatacenter = "gru"\n'
        for number in range(11)
    )
    whole = parse_world(ARTICLE_TEXT.replace('anycast = "worldwide"', 'anycast = "21vianet"') + servers)
    assert str(planned(whole).node("ns10").address) == "13.107.6.77"
    with pytest.raises(WorldError) as error:
        planned(parse_world(ARTICLE_TEXT + servers))
    assert str(error.value) == (
        'datacenter "gru": prefix: "13.107.6.64/28" has no address left for its name servers;'
        " right would be a larger one"
    )


@pytest.mark.parametrize("front_ends, room", [(1, 11), (2, 8), (3, 7)])
def test_name_servers_leave_room_for_further_front_ends(front_ends: int, room: int) -> None:
    # The second and the third one are the fifth and the sixth address from the end of the prefix.
    def text(servers: int) -> str:
        more = ARTICLE_TEXT.replace(
            'label = "lamsouth"\n', f'label = "latambrazil"\nfront_ends = {front_ends}\n'
        )
        assert f"front_ends = {front_ends}\n" in more
        return more.replace('anycast = "worldwide"', 'anycast = "21vianet"') + "".join(
            f'[[nameservers]]\nname = "ns{number}"\nhostname = "ns{number}.example.net"\n'
            'zones = ["example.net"]\ndatacenter = "gru"\n'
            for number in range(servers)
        )

    addresses = [each.address for each in planned(parse_world(text(room))).nodes if each.address]
    assert len(addresses) == len(set(addresses))
    with pytest.raises(WorldError, match="has no address left for its name servers"):
        planned(parse_world(text(room + 1)))


def test_the_smallest_network_has_its_server_at_its_first_address() -> None:
    plan = planned(changed('"198.41.0.0/24"', '"198.41.0.4/30"'))
    assert str(plan.node("root").address) == "198.41.0.5"


def test_only_what_is_selected_is_planned() -> None:
    selection = select(ARTICLE, clients=("traveller",), clouds=("21vianet",), services=("portal",))
    hosts = {node.name for node in plan_network(ARTICLE, selection).of_kind("host")}
    servers = {"root", "gtld", "cnreg", "cndns1", "cndns2", "cnedge1", "cnedge2"}
    assert hosts == {"bjs-fe", "sha-fe", "isplis", "traveller", *servers}


def test_the_plan_has_what_the_world_says_of_congestion() -> None:
    assert planned(ARTICLE).congestion == "cubic"
    assert planned(changed('name = "article"', 'name = "article"\ncongestion = "bbr"')).congestion == "bbr"


# Links that the world gives


@MODEST
@given(given_worlds())
@example(GIVEN)
def test_given_links_are_the_first_trunks_in_the_files_order(world: World) -> None:
    plan = planned(world)
    for number, link in enumerate(world.backbone):
        wire = plan.trunks[number]
        assert (wire.a.node, wire.b.node) == tuple(map(wan_switch, link.between))
        assert wire.there == wire.back == Line(delay_ms=link.round_trip_ms / 2, rate_mbit=link.rate_mbit)
    named = {name for link in world.backbone for name in link.between}
    clouds = {world.datacenter(name).cloud for name in named}
    others = [each for each in world.datacenters if each.cloud not in clouds]
    derived = backbone_links(others, internet=world.internet)
    assert len(plan.trunks) == len(world.backbone) + len(derived)
    assert _repeated(_interfaces(plan)) == []


@MODEST
@given(given_worlds())
@example(GIVEN)
def test_over_given_links_every_path_is_the_shortest(world: World) -> None:
    plan = planned(world)
    graph: networkx.Graph[str] = networkx.Graph()
    graph.add_weighted_edges_from((*link.between, link.round_trip_ms) for link in world.backbone)
    for a, b in combinations(graph, 2):
        shortest_ms = networkx.dijkstra_path_length(graph, a, b)
        assert configured_rtt_ms(plan, border(a), border(b)) == pytest.approx(shortest_ms, abs=1e-4)


def test_a_given_length_is_light_in_a_fibre_without_a_stretch() -> None:
    wire = _wire(planned(GIVEN), "jnb-wan", "ams-wan")
    there_and_back_ms = 2 * 900.0 * FIBRE_GROUP_INDEX / VACUUM_KM_PER_MS
    assert wire.delay_ms == pytest.approx(there_and_back_ms) == pytest.approx(8.814, abs=0.001)
    assert wire.there.rate_mbit is None


def test_packets_take_the_given_links_and_no_others() -> None:
    plan = planned(GIVEN)
    assert configured_rtt_ms(plan, "dub-fe", "iad-fe") == pytest.approx(20.0)
    assert configured_rtt_ms(plan, "bjs-fe", "sha-fe") == configured_rtt_ms(
        planned(ARTICLE), "bjs-fe", "sha-fe"
    )


def test_an_override_between_two_datacenters_counts_for_derived_links_only() -> None:
    pairs = [("ams", "dub"), ("bjs", "sha")]
    overrides = ", ".join(f'{{ between = ["{a}", "{b}"], rtt_ms = 1.0 }}' for a, b in pairs)
    links = "".join(f'[[backbone]]\nbetween = ["{a}", "{b}"]\nrtt_ms = 10.0\n' for a, b in LINE)
    text = ARTICLE_TEXT.replace("path_stretch = 1.5", f"overrides = [{overrides}]") + links
    plan = planned(parse_world(text))
    assert configured_rtt_ms(plan, "ams-fe", "dub-fe") == pytest.approx(10.0)
    assert configured_rtt_ms(plan, "bjs-fe", "sha-fe") == pytest.approx(1.0)


def test_a_cloud_that_is_left_out_leaves_out_its_given_links() -> None:
    selection = select(GIVEN, clients=("traveller",), clouds=("21vianet",), services=("portal",))
    (trunk,) = plan_network(GIVEN, selection).trunks
    assert {trunk.a.node, trunk.b.node} == {"bjs-wan", "sha-wan"}


# Services


def test_a_service_brings_its_hosts_and_a_datacenter_announces_its_prefixes() -> None:
    selection = select(ARTICLE, clients=("traveller",), clouds=("worldwide",), services=("exchange",))
    plan = plan_network(ARTICLE, selection)
    assert not any(node.name.endswith(("-fe", "-spo")) for node in plan.nodes)
    at_dublin = [node.name for node in plan.of_kind("host") if node.site == border("dub")]
    servers = ["msdns2", "acdc2", "efz2"]
    assert at_dublin == ["dub-efz", "dub-mbx", "dub-dir", *servers]
    to_dublin = {str(r.prefix) for r in plan.routes if (r.node, r.interface) == (border("ams"), "wan")}
    assert {"13.107.6.16/28", "40.101.28.0/29"} <= to_dublin and "40.108.136.0/29" not in to_dublin


def test_a_front_door_answers_at_four_addresses_and_its_router_knows_them_all() -> None:
    plan = planned(ARTICLE)
    front_door = plan.node("ams-efz")
    addresses = [str(address) for address in (front_door.address, *front_door.aliases)]
    assert addresses == [f"40.101.12.{number}" for number in (97, 98, 99, 100)]
    assert [reached(plan, "traveller", IPv4Address(address)) for address in addresses] == ["ams-efz"] * 4
    behind = {str(r.prefix): str(r.via) for r in plan.routes if r.node == border("ams")}
    assert [behind[f"{address}/32"] for address in addresses] == ["40.101.12.97"] * 4


@MODEST
@given(worlds())
@example(ARTICLE)
def test_whatever_address_a_host_has_everybody_on_the_internet_reaches_it_there(world: World) -> None:
    plan = planned(world)
    shared = {server.prefix[1] for server in world.nameservers if server.anycast and server.prefix}
    inside = {client.name for client in world.clients if client.office is not None}
    for host in (each for each in plan.of_kind("host") if each.name not in inside):
        for address in {host.address, *host.aliases} - shared - {None}:
            assert address is not None
            assert reached(plan, world.clients[0].name, address) == host.name


# Anycast


@MODEST
@given(worlds())
@example(ARTICLE)
@example(overridden("traveller", "gru", 1))
def test_an_anycast_address_leads_every_place_to_its_nearest_datacenter(world: World) -> None:
    plan = planned(world)
    clients = (client for client in world.clients if client.office is None)
    askers: tuple[Client | Resolver, ...] = (*clients, *world.resolvers)
    for server in world.nameservers:
        if server.anycast is None or server.prefix is None:
            continue
        for asker in askers:
            nearest = nearest_datacenter(world, asker.place, server.anycast)
            node = reached(plan, asker.name, server.prefix[1])
            assert node == anycast_node(server, nearest.name)
            assert reached(plan, node, asker.prefix[2]) == asker.name


def test_an_anycast_server_is_in_each_datacenter_of_its_cloud_with_an_address_of_its_own() -> None:
    plan = planned(ARTICLE)
    nodes = [node for node in plan.nodes if node.name.startswith("acdc-")]
    clouds = {ARTICLE.datacenter(node.name.removeprefix("acdc-")).cloud for node in nodes}
    assert (len(nodes), clouds) == (9, {"worldwide"})
    assert {tuple(map(str, node.aliases)) for node in nodes} == {("13.107.24.1",)}
    assert all(node.address in ARTICLE.datacenter(node.name[5:]).prefix for node in nodes)


def test_no_backbone_carries_an_anycast_prefix() -> None:
    plan = planned(ARTICLE)
    over_backbone = {str(route.prefix) for route in plan.routes if route.interface == "wan"}
    assert over_backbone and "13.107.24.0/24" not in over_backbone


# Borders


def test_a_closed_border_slows_and_loses_what_comes_in_over_the_internet() -> None:
    plan = planned(changed("rate_mbit = 1.0", "rate_mbit = 1.0\nclosed = true"))
    site = plan.node("ispsin").site
    (wire,) = (w for w in plan.wires if {w.a.node, w.b.node} == {site, border("sha")})
    inwards, outwards = (wire.there, wire.back) if wire.a.node == site else (wire.back, wire.there)
    assert (inwards.rate_mbit, inwards.loss_percent) == (1, 1)
    assert (outwards.rate_mbit, outwards.loss_percent) == (None, 0)
    assert inwards.delay_ms == outwards.delay_ms > 0


def test_an_open_border_does_nothing() -> None:
    without = ARTICLE_TEXT[: ARTICLE_TEXT.index("[[internet.borders]]")]
    assert planned(parse_world(without)) == planned(ARTICLE)
