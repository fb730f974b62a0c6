"""Zone data: whoever starts at the root and knows nothing else finds every name of the service."""

from functools import lru_cache
from itertools import product
from typing import get_args

import pytest
from hypothesis import example, given

from services.zones import Naming, Record, SteeredZone, Zone
from topologies import names
from topologies.hosts import host
from topologies.load import parse_world
from topologies.names import Service
from topologies.planning import plan_network
from topologies.selection import Selection, select, select_all
from topologies.steering import Answers, nearest_datacenter, steer
from topologies.world import World

from ..topologies.made_up_plans import ARTICLE, ARTICLE_TEXT, MODEST, planned
from ..topologies.made_up_worlds import worlds
from .walking import Internet, Lost, internet_of, resolve

PLAN = planned(ARTICLE)
EVERYTHING = select_all(ARTICLE)
SERVICES: tuple[Service, ...] = get_args(Service)
BY_PLACE, ANYCAST = Answers(), Answers(how="anycast")
WAYS = [BY_PLACE, Answers(datacenter="iad"), ANYCAST, Answers(how="same for all", datacenter="gru")]
SOMEBODY = "192.0.2.1"
PORTAL, OUTLOOK = "portal.office.com", "outlook.ms-acdc.office.com"
TWO_DAYS_S = 172_800


@lru_cache(maxsize=8)
def _internet(world: World, answers: Answers) -> Internet:
    return internet_of(world, planned(world), select_all(world), answers)


def _zones(server: str, answers: Answers = BY_PLACE, selection: Selection = EVERYTHING) -> dict[str, Zone]:
    naming = Naming(ARTICLE, plan_network(ARTICLE, selection), selection, answers)
    (_, datacenter), *_ = naming.instances(ARTICLE.nameserver(server))
    return {zone.name: zone for zone in naming.zones_of(ARTICLE.nameserver(server), datacenter)}


def _shown(zone: Zone) -> list[tuple[str, str, str]]:
    return [(each.name, each.type, each.data) for each in zone.records]


def _addresses(world: World, datacenter: str, service: Service) -> list[str]:
    node = planned(world).node(host(datacenter, service))
    return [str(address) for address in (node.address, *node.aliases)]


def _steered(world: World) -> list[names.ServiceNames]:
    """Return the services of a world's clouds that answer by the place of who asks."""
    clouds = {each.cloud for each in world.datacenters}
    return [each for each in names.services() if each.steered is not None and each.cloud in clouds]


# Walks from the root


@MODEST
@given(worlds())
@example(ARTICLE)
def test_the_root_leads_to_every_regional_name(world: World) -> None:
    for service in _steered(world):
        for datacenter in world.datacenters_of(service.cloud):
            found = resolve(_internet(world, BY_PLACE), names.regional_name(service, datacenter), SOMEBODY)
            assert found == _addresses(world, datacenter.name, service.name)


@MODEST
@given(worlds())
@example(ARTICLE)
def test_every_regional_name_of_every_service_lands_in_exactly_one_zone(world: World) -> None:
    selection = select_all(world)
    naming = Naming(world, planned(world), selection, BY_PLACE)
    held = [(s, zone) for s in selection.nameservers for zone in naming.zones_of(world.nameserver(s))]
    for service in _steered(world):
        for datacenter in world.datacenters_of(service.cloud):
            name = names.regional_name(service, datacenter)
            having = {
                zone.name for _, zone in held if any(r.name == name and r.type == "A" for r in zone.records)
            }
            assert len(having) == 1
            # It is one that a server has which does not have the steered name: a resolver has to ask twice.
            others = {s for s, zone in held if isinstance(zone, SteeredZone) and zone.name in having}
            assert others == set()


@MODEST
@given(worlds())
@example(ARTICLE)
def test_every_host_of_a_service_leads_whoever_asks_to_the_own_nearest_datacenter(world: World) -> None:
    for service, asker in product(_steered(world), world.resolvers):
        nearest = nearest_datacenter(world, asker.place, service.cloud)
        expected = [names.regional_name(service, nearest), *_addresses(world, nearest.name, service.name)]
        for name in service.hosts:
            found = resolve(_internet(world, BY_PLACE), name, str(asker.prefix[-1]))
            assert found[-len(expected) :] == expected


@MODEST
@given(worlds())
@example(ARTICLE)
def test_anycast_servers_send_everybody_where_servers_that_look_at_the_asker_would(world: World) -> None:
    for service, asker in product(_steered(world), world.resolvers):
        for name in service.hosts:
            here = str(asker.prefix[2])
            by_place = resolve(_internet(world, BY_PLACE), name, here)
            assert resolve(_internet(world, ANYCAST), name, here) == by_place


@MODEST
@given(worlds())
@example(ARTICLE)
def test_a_tenants_site_is_where_its_data_is_whoever_asks(world: World) -> None:
    for tenant, asker in product(world.tenants, (SOMEBODY, str(world.resolvers[0].prefix[2]))):
        found = resolve(_internet(world, BY_PLACE), names.site_of(tenant), asker)
        assert found[-1:] == _addresses(world, tenant.datacenter, "sharepoint")


@MODEST
@given(worlds())
@example(ARTICLE)
def test_in_any_world_each_steered_name_has_an_answer_for_each_network(world: World) -> None:
    naming = Naming(world, planned(world), select_all(world), BY_PLACE)
    zones = [zone for server in world.nameservers for zone in naming.zones_of(server)]
    found = {each.name: each for zone in zones if isinstance(zone, SteeredZone) for each in zone.steered}
    assert found.keys() == {each.steered.name for each in _steered(world) if each.steered}
    outside = [client for client in world.clients if client.office is None]
    networks = [each.prefix for each in world.resolvers] + [each.prefix for each in outside]
    for service in _steered(world):
        assert service.steered is not None
        regional = {names.regional_name(service, each) for each in world.datacenters_of(service.cloud)}
        steered = found[service.steered.name]
        assert [network for network, _ in steered.targets] == networks
        assert {steered.default, *(target for _, target in steered.targets)} <= regional


@pytest.mark.parametrize("cloud", ["worldwide", "21vianet"])
@pytest.mark.parametrize("services", [("portal",), ("exchange",), ("sharepoint",), SERVICES])
@pytest.mark.parametrize("anycast", [False, True])
def test_a_selection_has_all_servers_that_its_services_need(
    cloud: str, services: tuple[Service, ...], anycast: bool
) -> None:
    selection = select(ARTICLE, clients=(), clouds=(cloud,), services=services, anycast=anycast)
    plan = plan_network(ARTICLE, selection)
    internet = internet_of(ARTICLE, plan, selection, ANYCAST if anycast else BY_PLACE)
    tenants = [each for each in ARTICLE.tenants if each.cloud == cloud]
    for service in services:
        own = names.service(service, cloud)
        for name in {each.format(tenant=tenant.name) for each in own.hosts for tenant in tenants}:
            landed = _landing(resolve(internet, name, SOMEBODY)[-1])
            assert landed in {host(each, service) for each in selection.datacenters}


def _landing(address: str) -> str:
    """Return the host that has an address."""
    for node in PLAN.of_kind("host"):
        if address in {str(each) for each in (node.address, *node.aliases)}:
            return node.name
    raise AssertionError(f"nobody has {address}")


def test_who_asks_from_elsewhere_gets_the_default() -> None:
    internet = _internet(ARTICLE, Answers(datacenter="iad"))
    assert resolve(internet, PORTAL, SOMEBODY) == [
        "portal-office365-com.nameast.b-msedge.net",
        "13.107.6.50",
    ]


def test_with_the_same_answer_for_all_nobodys_place_counts() -> None:
    internet = _internet(ARTICLE, Answers(how="same for all", datacenter="gru"))
    askers = [str(resolver.prefix[2]) for resolver in ARTICLE.resolvers]
    chains = [resolve(internet, PORTAL, asker) for asker in askers]
    assert chains == [["portal-office365-com.lamsouth.b-msedge.net", "13.107.6.66"]] * len(ARTICLE.resolvers)


def test_exchanges_names_lead_to_four_addresses() -> None:
    assert resolve(_internet(ARTICLE, BY_PLACE), "outlook.office.com", "100.64.0.2") == [
        "substrate.office.com",
        "outlook.office365.com",
        "outlook.ha.office365.com",
        OUTLOOK,
        "dub-efz.ms-acdc.office.com",
        *(f"40.101.28.{number}" for number in (1, 2, 3, 4)),
    ]


@pytest.mark.parametrize("answers", WAYS, ids=lambda answers: answers.label)
@pytest.mark.parametrize("name", [each.name for each in ARTICLE.nameservers if each.zones != (".",)])
def test_every_name_server_is_found_by_its_own_name_too(name: str, answers: Answers) -> None:
    naming = Naming(ARTICLE, PLAN, EVERYTHING, answers)
    found = resolve(_internet(ARTICLE, answers), ARTICLE.nameserver(name).hostname, SOMEBODY)
    assert found == [naming.address_of(name)]


@pytest.mark.parametrize(
    "name",
    [
        *("nowhere.office.com", "nowhere.b-msedge.net", "example"),
        *("xxx-efz.ms-acdc.office.com", "nobody.sharepoint.com"),
    ],
)
def test_other_names_are_found_nowhere(name: str) -> None:
    with pytest.raises(Lost, match=f"^{name}: "):
        resolve(_internet(ARTICLE, BY_PLACE), name, SOMEBODY)


@pytest.mark.parametrize(
    "server, zone, lost",
    [
        ("root", ".", Record(name="com", ttl_s=TWO_DAYS_S, type="NS", data="a.gtld-servers.net")),
        ("root", ".", Record(name="a.gtld-servers.net", ttl_s=TWO_DAYS_S, type="A", data="192.5.6.2")),
        ("gtld", "com", Record(name="office.com", ttl_s=TWO_DAYS_S, type="NS", data="ns1.office.com")),
        ("gtld", "com", Record(name="ns1.office.com", ttl_s=TWO_DAYS_S, type="A", data="13.107.6.51")),
        ("gtld", "net", Record(name="b-msedge.net", ttl_s=TWO_DAYS_S, type="NS", data="ns1.b-msedge.net")),
        ("gtld", "net", Record(name="ns1.b-msedge.net", ttl_s=TWO_DAYS_S, type="A", data="13.107.6.52")),
    ],
)
def test_the_portal_is_lost_without_a_delegation_or_its_glue(server: str, zone: str, lost: Record) -> None:
    # Shows that the walks above need what they walk over; with one server a zone there is no second way.
    nameservers = ("root", "gtld", "msdns1", "edge1")
    selection = EVERYTHING.model_copy(
        update={"nameservers": nameservers, "services": ("portal",), "resolvers": (), "clients": ()}
    )
    whole = internet_of(ARTICLE, PLAN, selection)
    zones = tuple(_without(lost, each) if each.name == zone else each for each in whole.servers[server])
    assert resolve(whole, PORTAL, SOMEBODY)
    with pytest.raises(Lost):
        resolve(Internet(PLAN, {**whole.servers, server: zones}, whole.roots), PORTAL, SOMEBODY)


def _without(lost: Record, zone: Zone) -> Zone:
    assert lost in zone.records
    return zone.model_copy(update={"records": tuple(each for each in zone.records if each != lost)})


# What the zones hold


def test_the_root_has_its_own_server_the_delegations_and_all_their_addresses() -> None:
    assert _shown(_zones("root")["."]) == [
        (".", "NS", "a.root-servers.net"),
        ("cn", "NS", "a.dns.cn"),
        ("com", "NS", "a.gtld-servers.net"),
        ("net", "NS", "a.gtld-servers.net"),
        ("a.root-servers.net", "A", "198.41.0.2"),
        ("a.dns.cn", "A", "203.119.25.2"),
        ("a.gtld-servers.net", "A", "192.5.6.2"),
    ]


def test_a_zone_has_glue_for_the_hosts_inside_of_it_alone() -> None:
    selection = EVERYTHING.model_copy(update={"services": ("portal",)})
    assert _shown(_zones("gtld", selection=selection)["com"]) == [
        ("com", "NS", "a.gtld-servers.net"),
        ("office.com", "NS", "ns1.office.com"),
        ("office.com", "NS", "ns2.office.com"),
        ("office365.com", "NS", "ns1.office.com"),
        ("office365.com", "NS", "ns2.office.com"),
        ("sharepoint.com", "NS", "ns1.office.com"),
        ("sharepoint.com", "NS", "ns2.office.com"),
        ("ns1.office.com", "A", "13.107.6.51"),
        ("ns2.office.com", "A", "13.107.6.19"),
    ]


def test_a_zone_that_serves_somebodys_name_alone_has_its_address_too() -> None:
    # No delegation in microsoftonline.cn names ns3 where only Exchange is built: outlook.cn's does.
    selection = select(ARTICLE, clients=(), clouds=("21vianet",), services=("exchange",))
    zone = _zones("cndns1", selection=selection)["microsoftonline.cn"]
    assert ("ns3.microsoftonline.cn", "A", "103.9.8.4") in _shown(zone)


def test_a_pattern_stands_for_a_zone_of_each_front_door_in_the_selection() -> None:
    there = [each.name for each in ARTICLE.datacenters_of("worldwide")]
    assert list(_zones("efz1")) == [f"{name}-efz.ms-acdc.office.com" for name in there]
    selection = select(ARTICLE, clients=(), clouds=("21vianet",), services=SERVICES)
    assert list(_zones("cnedge1", selection=selection)) == [
        *(f"{label}-portal.partner.microsoftonline.cn" for label in ("chinanorth", "chinaeast")),
        *(f"{name}-efz.outlook.cn" for name in ("bjs", "sha")),
    ]


def test_a_front_doors_zone_has_its_servers_and_its_addresses() -> None:
    zone = _zones("efz1")["ams-efz.ms-acdc.office.com"]
    assert [(each.type, each.ttl_s, each.data) for each in zone.records] == [
        ("NS", TWO_DAYS_S, "ns3.ms-acdc.office.com"),
        ("NS", TWO_DAYS_S, "ns4.ms-acdc.office.com"),
        *(("A", 10, f"40.101.12.{number}") for number in (97, 98, 99, 100)),
    ]


def test_steps_of_a_chain_that_are_the_same_for_all_are_aliases() -> None:
    aliases = [each for each in _zones("msdns1")["office365.com"].records if each.type == "CNAME"]
    assert aliases == [
        Record(name="outlook.office365.com", ttl_s=300, type="CNAME", data="outlook.ha.office365.com"),
        Record(name="outlook.ha.office365.com", ttl_s=60, type="CNAME", data=OUTLOOK),
    ]


def test_a_services_names_are_nowhere_if_it_is_not_built() -> None:
    selection = EVERYTHING.model_copy(update={"services": ("portal",)})
    zones = _zones("msdns1", selection=selection)
    assert [each.type for zone in zones.values() for each in zone.records].count("CNAME") == 0
    assert _zones("efz1", selection=selection) == {}
    assert not isinstance(_zones("acdc1", selection=selection)["ms-acdc.office.com"], SteeredZone)


def test_delegations_live_for_two_days_and_what_is_steered_for_minutes() -> None:
    delegations = [*_zones("root")["."].records, *_zones("gtld")["com"].records]
    assert {record.ttl_s for record in delegations} == {TWO_DAYS_S}
    lives: dict[str, int] = {}
    for server in ("msdns1", "acdc1", "cndns1"):
        found = [zone for zone in _zones(server).values() if isinstance(zone, SteeredZone)]
        lives |= {each.name: zone.ttl_s for zone in found for each in zone.steered}
    assert lives == {
        each.steered.name: each.steered.ttl_s for each in names.services() if each.steered is not None
    }


def test_a_server_has_its_own_zones_and_each_names_its_first_server_as_primary() -> None:
    for server in ARTICLE.nameservers:
        if server.anycast is None and not any(zone.startswith("*") for zone in server.zones):
            assert list(_zones(server.name)) == list(server.zones)
    for first, second in (("msdns1", "msdns2"), ("edge1", "edge2"), ("efz1", "efz2")):
        hostname = ARTICLE.nameserver(first).hostname
        assert {zone.primary for zone in (*_zones(first).values(), *_zones(second).values())} == {hostname}


@pytest.mark.parametrize("first, second", [("msdns1", "msdns2"), ("msdns2", "msdns1")])
def test_servers_are_listed_as_selected_and_the_first_of_them_is_the_primary(first: str, second: str) -> None:
    others = ("root", "gtld", "edge1")
    selection = EVERYTHING.model_copy(
        update={"nameservers": (*others, first, second), "services": ("portal",)}
    )
    hosts = [ARTICLE.nameserver(name).hostname for name in (first, second)]
    for server in (first, second):
        zone = _zones(server, selection=selection)["office.com"]
        assert zone.primary == hosts[0]
        assert [data for name, kind, data in _shown(zone) if (name, kind) == ("office.com", "NS")] == hosts


def test_only_selected_datacenters_and_servers_have_records() -> None:
    selection = EVERYTHING.model_copy(
        update={
            "nameservers": ("root", "gtld", "msdns1", "edge1"),
            "datacenters": ("iad", "ams"),
            "services": ("portal",),
        }
    )
    assert _shown(_zones("edge1", selection=selection)["b-msedge.net"]) == [
        ("b-msedge.net", "NS", "ns1.b-msedge.net"),
        ("portal-office365-com.nameast.b-msedge.net", "A", "13.107.6.50"),
        ("portal-office365-com.emeawest.b-msedge.net", "A", "13.107.6.2"),
        ("ns1.b-msedge.net", "A", "13.107.6.52"),
    ]


def test_the_steered_name_has_a_target_for_every_steered_network() -> None:
    zone = _zones("acdc2", Answers(datacenter="iad"))["ms-acdc.office.com"]
    assert isinstance(zone, SteeredZone)
    (steered,) = zone.steered
    assert (steered.name, steered.default) == (OUTLOOK, "iad-efz.ms-acdc.office.com")
    steering = steer(ARTICLE, "worldwide", BY_PLACE)
    assert steered.targets == tuple(
        (network, f"{name}-efz.ms-acdc.office.com") for network, name in steering.nearest
    )


def test_a_zone_may_have_several_steered_names() -> None:
    # Without zones of their own both are in their top-level domain's, as whoever builds both would be told.
    world = parse_world(ARTICLE_TEXT.replace('"microsoftonline.cn", "outlook.cn", ', ""))
    naming = Naming(world, planned(world), select_all(world), BY_PLACE)
    (zone,) = naming.zones_of(world.nameserver("cnreg"))
    assert isinstance(zone, SteeredZone) and zone.ttl_s == 300
    assert [each.name for each in zone.steered] == ["portal.partner.microsoftonline.cn", "partner.outlook.cn"]


# Who answers, and in which way


def test_anycast_servers_have_their_zones_only_while_the_authorities_answer_so() -> None:
    assert (list(_zones("acdc")), list(_zones("acdc1"))) == ([], ["ms-acdc.office.com"])
    assert (list(_zones("acdc", ANYCAST)), list(_zones("acdc1", ANYCAST))) == (["ms-acdc.office.com"], [])


def test_a_zone_that_only_anycast_servers_have_is_always_theirs() -> None:
    text = ARTICLE_TEXT.replace('zones = ["ms-acdc.office.com"]\ndatacenter', 'zones = ["net"]\ndatacenter')
    world = parse_world(text)
    naming = Naming(world, planned(world), select_all(world), BY_PLACE)
    (zone,) = naming.zones_of(world.nameserver("acdc"), "gru")
    assert zone.name == "ms-acdc.office.com" and naming.is_steered(world.nameserver("acdc"))
    assert naming.servers_of(OUTLOOK) == [world.nameserver("acdc")]


def test_an_anycast_server_is_a_node_in_each_datacenter_and_each_knows_its_own() -> None:
    naming = Naming(ARTICLE, PLAN, EVERYTHING, ANYCAST)
    server = ARTICLE.nameserver("acdc")
    instances = naming.instances(server)
    there = [each.name for each in ARTICLE.datacenters_of("worldwide")]
    assert instances == [(f"acdc-{name}", name) for name in there]
    for _, datacenter in instances:
        (zone,) = naming.zones_of(server, datacenter)
        assert isinstance(zone, SteeredZone)
        assert [(each.default, each.targets) for each in zone.steered] == [
            (f"{datacenter}-efz.ms-acdc.office.com", ())
        ]
    assert naming.address_of("acdc") == "13.107.24.1"
    assert naming.instances(ARTICLE.nameserver("msdns1")) == [("msdns1", None)]


def test_two_servers_of_one_zone_agree_in_whichever_way_they_answer() -> None:
    for answers in WAYS:
        assert _zones("msdns1", answers) == _zones("msdns2", answers)


@pytest.mark.parametrize(
    "name, steered",
    [("msdns1", True), ("acdc1", True), ("cndns2", True), ("root", False), ("edge1", False), ("efz1", False)],
)
def test_a_server_is_steered_if_one_of_its_names_is(name: str, steered: bool) -> None:
    naming = Naming(ARTICLE, PLAN, EVERYTHING, BY_PLACE)
    assert naming.is_steered(ARTICLE.nameserver(name)) == steered


def test_the_servers_of_a_name_are_those_of_its_zone() -> None:
    naming = Naming(ARTICLE, PLAN, EVERYTHING, BY_PLACE)
    found = {
        name: [server.name for server in naming.servers_of(name)]
        for name in (PORTAL, OUTLOOK, "ams-efz.ms-acdc.office.com", "contoso.sharepoint.com", "example")
    }
    assert found == {
        PORTAL: ["msdns1", "msdns2"],
        OUTLOOK: ["acdc1", "acdc2"],
        "ams-efz.ms-acdc.office.com": ["efz1", "efz2"],
        "contoso.sharepoint.com": ["msdns1", "msdns2"],
        "example": ["root"],
    }


def test_a_zone_file_is_named_after_its_zone_and_the_roots_can_be_written() -> None:
    assert [Zone(name=name, primary="x", records=()).file_name for name in (".", "b-msedge.net")] == [
        "root.zone",
        "b-msedge.net.zone",
    ]
