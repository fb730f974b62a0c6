"""Names whose answer depends on what is up: who is led where while something is down, and what is probed."""

import dataclasses
from typing import Any

import pytest

from services.checked import Checked, CheckedAlias, CheckedHost
from services.zones import Naming, SteeredZone
from topologies.health import Health
from topologies.load import parse_world
from topologies.names import Service
from topologies.planning import plan_network
from topologies.selection import Selection, select
from topologies.steering import Answers, prefer, steer
from topologies.world import World

from ..topologies.made_up_plans import ARTICLE_TEXT
from .walking import Internet, internet_of, resolve

SERVICES: tuple[Service, ...] = ("portal", "exchange", "sharepoint")
PORTAL, OUTLOOK, SITE = "portal.office.com", "outlook.office365.com", "contoso.sharepoint.com"
LISBON, SEATTLE, SOMEBODY = "100.64.0.2", "100.64.1.2", "192.0.2.1"
DUBLIN = frozenset({"13.107.6.18", "13.107.6.27", "13.107.6.26"})
DUBLINS, AMSTERDAMS = (
    "portal-office365-com.emeanorth.b-msedge.net",
    "portal-office365-com.emeawest.b-msedge.net",
)
TENANT = 'name = "contoso"\ncloud = "worldwide"\ndatacenter = "mwh"\n'


def _world() -> World:
    """Return the article's world with three front ends in Dublin, and the tenant's sites in Virginia, too."""
    text = ARTICLE_TEXT
    for right, more in {'label = "emeanorth"\n': "front_ends = 3\n", TENANT: 'secondary = "iad"\n'}.items():
        assert text.count(right) == 1
        text = text.replace(right, right + more)
    return parse_world(text)


WORLD = _world()
CLOUDS = ("worldwide", "21vianet")
CLIENTS = tuple(client.name for client in WORLD.clients if client.office is None)
SELECTION = select(WORLD, clients=CLIENTS, clouds=CLOUDS, services=SERVICES, copies=True)
PLAN = plan_network(WORLD, SELECTION)


def _naming(selection: Selection = SELECTION, **health: Any) -> Naming:
    return Naming(WORLD, PLAN, selection, Answers(health=Health(**health)))


def _internet(*down: str, **health: Any) -> Internet:
    whole = internet_of(WORLD, PLAN, SELECTION, Answers(health=Health(**health)))
    return dataclasses.replace(whole, down=frozenset(down))


def _checked(server: str, naming: Naming | None = None) -> dict[str, Checked]:
    zones = (naming or _naming()).zones_of(WORLD.nameserver(server))
    return {each.name: each for zone in zones for each in zone.checked}


def _alias(server: str, name: str, **health: Any) -> CheckedAlias:
    found = _checked(server, _naming(**health))[name]
    assert isinstance(found, CheckedAlias)
    return found


# Who is led where


@pytest.mark.parametrize("name", [PORTAL, OUTLOOK, SITE])
@pytest.mark.parametrize("asker", [LISBON, SEATTLE, SOMEBODY])
def test_while_all_is_up_everybody_is_led_as_without_checks(name: str, asker: str) -> None:
    plain = internet_of(WORLD, PLAN, SELECTION)
    assert resolve(_internet(), name, asker) == resolve(plain, name, asker)


def test_who_is_near_to_a_dark_datacenter_is_led_to_the_next_one() -> None:
    assert resolve(_internet(), PORTAL, LISBON) == [DUBLINS, "13.107.6.18", "13.107.6.27", "13.107.6.26"]
    assert resolve(_internet(*DUBLIN), PORTAL, LISBON) == [AMSTERDAMS, "13.107.6.2"]
    assert resolve(_internet(*DUBLIN), PORTAL, SEATTLE) == resolve(_internet(), PORTAL, SEATTLE)
    beyond = resolve(_internet(*DUBLIN, "13.107.6.2"), PORTAL, LISBON)
    third = next(
        order for network, order in _alias("msdns1", PORTAL).orders if str(network) == "100.64.0.0/29"
    )
    assert beyond[0] == _alias("msdns1", PORTAL).choices[third[2]].target


def test_a_datacenter_is_up_while_one_of_its_front_ends_is_and_those_are_answered_that_are() -> None:
    assert resolve(_internet("13.107.6.18", "13.107.6.26"), PORTAL, LISBON) == [DUBLINS, "13.107.6.27"]


def test_where_nothing_is_up_all_is_answered_as_if_it_were() -> None:
    everything = [
        address
        for server in ("msdns1", "acdc1")
        for a in _checked(server).values()
        for address in a.addresses
    ]
    for name in (PORTAL, OUTLOOK, SITE):
        assert resolve(_internet(*everything), name, LISBON) == resolve(_internet(), name, LISBON)


def test_a_plain_geographic_profile_does_not_fail_over() -> None:
    dark = _internet(*DUBLIN, profile="geographic")
    assert resolve(dark, PORTAL, LISBON) == resolve(_internet(), PORTAL, LISBON)
    orders = dict(_alias("msdns1", PORTAL, profile="geographic").orders)
    nearest = steer(WORLD, "worldwide", Answers()).nearest
    assert orders == {network: (name,) for network, name in nearest}
    assert _alias("msdns1", PORTAL, profile="geographic").addresses == _alias("msdns1", PORTAL).addresses


def test_exchange_goes_to_the_next_front_door() -> None:
    (first, *_), (second, *_) = (
        resolve(_internet(*down), OUTLOOK, LISBON)[-5:] for down in ((), ("40.101.28.1",))
    )
    assert (first, second) == ("dub-efz.ms-acdc.office.com", "ams-efz.ms-acdc.office.com")


def test_a_tenants_site_is_at_its_second_place_while_the_first_is_down_whoever_asks() -> None:
    (home,) = (str(PLAN.node("mwh-spo").address),)
    for asker in (LISBON, SEATTLE, SOMEBODY):
        *aliases, address = resolve(_internet(home), SITE, asker)
        assert address == str(PLAN.node("iad-spo").address)
        assert aliases == [
            "304-ipv4e.clump.dprodmgd106.aa-rt.sharepoint.com",
            "187170-ipv4e.farm.dprodmgd107.aa-rt.sharepoint.com",
            "187170-ipv4e.farm.dprodmgd107.sharepointonline.com.akadns.net",
        ]
    assert resolve(_internet(home, profile="geographic"), SITE, LISBON)[-1] == address


# What is checked


def test_orders_are_those_of_preference() -> None:
    alias, built = _alias("acdc1", "outlook.ms-acdc.office.com"), list(SELECTION.datacenters)
    preferred = prefer(WORLD, "worldwide", Answers(health=Health()), built)
    assert (alias.orders, alias.default) == (preferred.nearest, preferred.default)


def test_each_authority_checks_its_own_names() -> None:
    clump = "304-ipv4e.clump.dprodmgd106.aa-rt.sharepoint.com"
    assert list(_checked("msdns1")) == [PORTAL, clump]
    assert list(_checked("acdc1")) == ["outlook.ms-acdc.office.com"]
    assert list(_checked("edge1")) == [DUBLINS]
    assert list(_checked("cndns1")) == ["portal.partner.microsoftonline.cn", "partner.outlook.cn"]
    assert [_checked(server) for server in ("root", "gtld", "efz1")] == [{}, {}, {}]


def test_servers_of_one_zone_check_the_same() -> None:
    assert _checked("msdns1") == _checked("msdns2")


@pytest.mark.parametrize("server, name", [("msdns1", PORTAL), ("acdc1", "outlook.ms-acdc.office.com")])
def test_one_address_of_each_host_of_the_own_cloud_is_probed(server: str, name: str) -> None:
    kind = "fe" if name == PORTAL else "efz"
    nodes = {str(node.address) for node in PLAN.nodes if node.name.partition("-")[2].rstrip("23") == kind}
    chinese = {str(PLAN.node(f"{each}-{kind}").address) for each in ("bjs", "sha")}
    assert set(_alias(server, name).addresses) == nodes - chinese


def test_a_regional_name_is_checked_where_there_are_several_front_ends() -> None:
    host = _checked("edge1")[DUBLINS]
    assert isinstance(host, CheckedHost)
    assert set(host.addresses) == DUBLIN


@pytest.mark.parametrize("ttl_s, expected", [(None, {300, 30, 240, 60}), (0, {0}), (30, {30}), (300, {300})])
def test_checked_names_keep_their_time_to_live_or_all_have_the_one_that_is_set(
    ttl_s: int | None, expected: set[int]
) -> None:
    naming = _naming(ttl_s=ttl_s)
    found = [each for server in ("msdns1", "acdc1", "edge1") for each in _checked(server, naming).values()]
    assert {each.ttl_s for each in found} == expected


def test_a_checked_name_has_no_other_record_and_no_zone_is_steered_beside() -> None:
    naming = _naming()
    for server in WORLD.nameservers:
        for zone in naming.zones_of(server):
            assert not isinstance(zone, SteeredZone)
            checked = {each.name for each in zone.checked}
            assert not checked & {record.name for record in zone.records if record.type != "NS"}
            aliases = [record.name for record in zone.records if record.type == "CNAME"]
            assert len(aliases) == len(set(aliases))


def test_without_copies_a_site_is_at_one_place_and_its_alias_is_as_ever() -> None:
    selection = SELECTION.model_copy(update={"copies": False})
    assert list(_checked("msdns1", _naming(selection))) == [PORTAL]


def test_without_health_nothing_is_checked_and_a_site_is_answered_from_where_it_is_active() -> None:
    naming = Naming(WORLD, PLAN, SELECTION, Answers())
    zones = [zone for server in WORLD.nameservers for zone in naming.zones_of(server)]
    assert not any(zone.checked for zone in zones)
    records = [record.data for zone in zones for record in zone.records]
    assert str(PLAN.node("mwh-spo").address) in records
    assert str(PLAN.node("iad-spo").address) not in records
