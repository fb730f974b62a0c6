"""Zone data: whoever starts at the root and knows nothing else finds every Microsoft name."""

from itertools import permutations

import pytest
from hypothesis import example, given

from services.zones import PORTAL, Record, SteeredZone, Zone, regional_name, zones_of
from topologies.plan import Plan
from topologies.planning import front_end, plan_network
from topologies.selection import Selection, select_all
from topologies.steering import Steering, steer_by_place, steer_nobody
from topologies.world import World

from ..topologies.made_up_plans import ARTICLE, MODEST, changed, planned
from ..topologies.made_up_worlds import worlds
from .walking import Internet, Lost, internet_of, resolve

PLAN = planned(ARTICLE)
EVERYTHING = select_all(ARTICLE)
BY_PLACE = steer_by_place(ARTICLE, "worldwide", "iad")
SOMEBODY = "192.0.2.1"


def _internet(world: World, steering: Steering) -> tuple[Plan, Internet]:
    plan = planned(world)
    return plan, internet_of(world, plan, select_all(world), steering)


def _zones(server: str, selection: Selection = EVERYTHING) -> dict[str, Zone | SteeredZone]:
    plan = plan_network(ARTICLE, selection)
    zones = zones_of(ARTICLE, plan, selection, ARTICLE.nameserver(server), BY_PLACE)
    return {zone.name: zone for zone in zones}


def _records(server: str, zone: str) -> tuple[Record, ...]:
    found = _zones(server)[zone]
    assert isinstance(found, Zone)
    return found.records


def test_a_regional_name_has_the_regions_label() -> None:
    assert regional_name("emeawest") == "portal-office365-com.emeawest.b-msedge.net"


# Walks from the root


@MODEST
@given(worlds())
@example(ARTICLE)
def test_the_root_leads_to_every_regional_name(world: World) -> None:
    plan, internet = _internet(world, steer_nobody(world.datacenters[0].name))
    for datacenter in world.datacenters:
        address = str(plan.node(front_end(datacenter.name)).address)
        assert resolve(internet, regional_name(datacenter.label), SOMEBODY) == [address]


@MODEST
@given(worlds())
@example(ARTICLE)
def test_the_portal_is_where_the_asker_is_steered(world: World) -> None:
    cloud = world.datacenters[0].cloud
    steering = steer_by_place(world, cloud, world.datacenters[0].name)
    plan, internet = _internet(world, steering)
    for prefix, datacenter in steering.nearest:
        name = regional_name(world.datacenter(datacenter).label)
        address = str(plan.node(front_end(datacenter)).address)
        for asker in (prefix[0], prefix[-1]):
            assert resolve(internet, PORTAL, str(asker)) == [name, address]


def test_who_asks_from_elsewhere_gets_the_default() -> None:
    _, internet = _internet(ARTICLE, BY_PLACE)
    assert resolve(internet, PORTAL, SOMEBODY) == [regional_name("nameast"), "13.107.6.50"]


def test_with_the_steering_off_everybody_gets_the_default() -> None:
    _, internet = _internet(ARTICLE, steer_nobody("gru"))
    askers = [str(resolver.prefix[2]) for resolver in ARTICLE.resolvers]
    chains = [resolve(internet, PORTAL, asker) for asker in askers]
    assert chains == [[regional_name("lamsouth"), "13.107.6.66"]] * 4


@pytest.mark.parametrize("name", ["msdns1", "msdns2", "edge1", "edge2"])
def test_microsofts_name_servers_are_found_by_their_own_names_too(name: str) -> None:
    _, internet = _internet(ARTICLE, BY_PLACE)
    assert resolve(internet, ARTICLE.nameserver(name).hostname, SOMEBODY) == [str(PLAN.node(name).address)]


@pytest.mark.parametrize("name", ["nowhere.office.com", "nowhere.b-msedge.net", "office365.com", "example"])
def test_other_names_are_found_nowhere(name: str) -> None:
    _, internet = _internet(ARTICLE, BY_PLACE)
    with pytest.raises(Lost, match=f"^{name}: "):
        resolve(internet, name, SOMEBODY)


@pytest.mark.parametrize(
    "server, zone, lost",
    [
        ("root", ".", Record(name="com", ttl_s=172_800, type="NS", data="a.gtld-servers.net")),
        ("root", ".", Record(name="a.gtld-servers.net", ttl_s=172_800, type="A", data="192.5.6.2")),
        ("gtld", "com", Record(name="office.com", ttl_s=172_800, type="NS", data="ns1.office.com")),
        ("gtld", "com", Record(name="ns1.office.com", ttl_s=172_800, type="A", data="13.107.6.51")),
        ("gtld", "net", Record(name="b-msedge.net", ttl_s=172_800, type="NS", data="ns1.b-msedge.net")),
        ("gtld", "net", Record(name="ns1.b-msedge.net", ttl_s=172_800, type="A", data="13.107.6.52")),
    ],
)
def test_the_portal_is_lost_without_a_delegation_or_its_glue(server: str, zone: str, lost: Record) -> None:
    # Shows that the walks above need what they walk over; with one server a zone there is no second way.
    selection = EVERYTHING.model_copy(update={"nameservers": ("root", "gtld", "msdns1", "edge1")})
    whole = internet_of(ARTICLE, PLAN, selection, BY_PLACE)
    address = str(PLAN.node(server).address)
    zones = tuple(_without(lost, each) if each.name == zone else each for each in whole.servers[address])
    assert resolve(whole, PORTAL, SOMEBODY)
    with pytest.raises(Lost):
        resolve(Internet({**whole.servers, address: zones}, whole.roots), PORTAL, SOMEBODY)


def _without(lost: Record, zone: Zone | SteeredZone) -> Zone:
    assert isinstance(zone, Zone) and lost in zone.records
    return zone.model_copy(update={"records": tuple(each for each in zone.records if each != lost)})


# What the zones hold


def test_the_root_has_its_own_server_the_delegations_and_all_their_addresses() -> None:
    assert [(each.name, each.type, each.data) for each in _records("root", ".")] == [
        (".", "NS", "a.root-servers.net"),
        ("com", "NS", "a.gtld-servers.net"),
        ("net", "NS", "a.gtld-servers.net"),
        ("a.root-servers.net", "A", "198.41.0.2"),
        ("a.gtld-servers.net", "A", "192.5.6.2"),
    ]


def test_a_zone_has_glue_for_the_hosts_inside_of_it_alone() -> None:
    assert [(each.name, each.type, each.data) for each in _records("gtld", "com")] == [
        ("com", "NS", "a.gtld-servers.net"),
        ("office.com", "NS", "ns1.office.com"),
        ("office.com", "NS", "ns2.office.com"),
        ("ns1.office.com", "A", "13.107.6.51"),
        ("ns2.office.com", "A", "13.107.6.19"),
    ]


def test_a_name_server_outside_of_a_zone_has_no_glue_there_and_is_found_by_its_name() -> None:
    world = changed('zones = ["b-msedge.net"]', 'zones = ["office.com", "b-msedge.net"]')
    selection = EVERYTHING.model_copy(update={"nameservers": ("root", "gtld", "edge1")})
    internet = internet_of(world, plan_network(world, selection), selection, steer_nobody("gru"))
    com, _ = internet.servers["192.5.6.2"]
    assert isinstance(com, Zone)
    assert [record.data for record in com.records] == ["a.gtld-servers.net", "ns1.b-msedge.net"]
    steered, _ = internet.servers["13.107.6.51"]
    assert isinstance(steered, SteeredZone)
    assert (steered.nameservers, steered.glue) == (("ns1.b-msedge.net",), ())
    assert resolve(internet, PORTAL, SOMEBODY) == [regional_name("lamsouth"), "13.107.6.66"]


def test_delegations_live_for_two_days_and_what_microsoft_steers_for_minutes() -> None:
    regional = [r for r in _records("edge1", "b-msedge.net") if r.name.startswith("portal-")]
    assert {record.ttl_s for record in regional} == {240}
    others = (*_records("root", "."), *_records("gtld", "com"), *_records("gtld", "net"))
    assert {record.ttl_s for record in others} == {172_800}
    steered = _zones("msdns1")["office.com"]
    assert isinstance(steered, SteeredZone) and steered.ttl_s == 300


def test_a_server_has_its_own_zones_and_each_names_its_first_server_as_primary() -> None:
    primaries = {
        name: zone.primary for each in ARTICLE.nameservers for name, zone in _zones(each.name).items()
    }
    assert [list(_zones(each.name)) for each in ARTICLE.nameservers] == [
        list(each.zones) for each in ARTICLE.nameservers
    ]
    assert primaries == {
        ".": "a.root-servers.net",
        "com": "a.gtld-servers.net",
        "net": "a.gtld-servers.net",
        "office.com": "ns1.office.com",
        "b-msedge.net": "ns1.b-msedge.net",
    }


@pytest.mark.parametrize("first, second", [("msdns1", "msdns2"), ("msdns2", "msdns1")])
def test_the_steered_zone_lists_its_servers_as_selected_the_primary_first_and_their_addresses(
    first: str, second: str
) -> None:
    selection = EVERYTHING.model_copy(update={"nameservers": ("root", "gtld", first, second, "edge1")})
    plan = plan_network(ARTICLE, selection)
    hosts = tuple(ARTICLE.nameserver(name).hostname for name in (first, second))
    addresses = [str(plan.node(name).address) for name in (first, second)]
    for server in (first, second):
        steered = _zones(server, selection)["office.com"]
        assert isinstance(steered, SteeredZone)
        assert (steered.primary, steered.nameservers) == (hosts[0], hosts)
        assert [(glue.name, glue.type, glue.data) for glue in steered.glue] == [
            (host, "A", address) for host, address in zip(hosts, addresses, strict=True)
        ]


def test_a_plain_zones_primary_is_the_first_of_its_selected_servers() -> None:
    for server, other in permutations(("edge1", "edge2")):
        selection = EVERYTHING.model_copy(update={"nameservers": ("root", "gtld", "msdns1", server, other)})
        primaries = {_zones(name, selection)["b-msedge.net"].primary for name in (server, other)}
        assert primaries == {ARTICLE.nameserver(server).hostname}


def test_only_selected_datacenters_and_servers_have_records() -> None:
    nameservers = ("root", "gtld", "msdns1", "edge1")
    selection = EVERYTHING.model_copy(update={"nameservers": nameservers, "datacenters": ("iad", "ams")})
    regional = _zones("edge1", selection)["b-msedge.net"]
    steered = _zones("msdns1", selection)["office.com"]
    assert isinstance(regional, Zone) and isinstance(steered, SteeredZone)
    assert [(record.name, record.data) for record in regional.records] == [
        ("b-msedge.net", "ns1.b-msedge.net"),
        (regional_name("nameast"), "13.107.6.50"),
        (regional_name("emeawest"), "13.107.6.2"),
        ("ns1.b-msedge.net", "13.107.6.52"),
    ]
    assert steered.nameservers == ("ns1.office.com",)


def test_the_steered_zone_has_a_target_for_every_steered_network() -> None:
    steered = _zones("msdns2")["office.com"]
    assert isinstance(steered, SteeredZone)
    assert (steered.alias, steered.default) == (PORTAL, regional_name("nameast"))
    assert [(str(network), name) for network, name in steered.targets] == [
        ("100.64.0.0/29", regional_name("emeanorth")),
        ("100.64.1.0/29", regional_name("namnorthwest")),
        ("100.64.2.0/29", regional_name("nameast")),
        ("100.64.3.0/29", regional_name("apacsoutheast")),
        ("100.64.0.8/29", regional_name("emeanorth")),
        ("100.64.1.8/29", regional_name("namnorthwest")),
    ]


def test_a_zone_file_is_named_after_its_zone_and_the_roots_can_be_written() -> None:
    assert [Zone(name=name, primary="x", records=()).file_name for name in (".", "b-msedge.net")] == [
        "root.zone",
        "b-msedge.net.zone",
    ]
