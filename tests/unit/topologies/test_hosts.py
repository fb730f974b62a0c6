"""The hosts inside a datacenter: which there are, and their addresses."""

from typing import get_args

import pytest
from hypothesis import example, given

from topologies.base import RESERVED
from topologies.errors import WorldError
from topologies.hosts import Role, border, front_end, front_ends, host, hosts_of, prefixes_of, wan_switch
from topologies.names import Service
from topologies.selection import Selection, select_all
from topologies.world import World

from .made_up_plans import ARTICLE, MODEST, without_lines
from .made_up_worlds import worlds


def _selection(*services: Service) -> Selection:
    return select_all(ARTICLE).model_copy(update={"services": services})


def _hosts(datacenter: str, *services: Service) -> dict[str, list[str]]:
    found = hosts_of(ARTICLE, _selection(*services), ARTICLE.datacenter(datacenter))
    return {each.name: [str(address) for address in each.addresses] for each in found}


def test_the_portal_alone_needs_a_front_end_alone() -> None:
    assert _hosts("mwh", "portal") == {"mwh-fe": ["13.107.6.34"]}


def test_exchange_needs_a_front_door_with_four_addresses_a_mailbox_server_and_a_directory() -> None:
    front_door = [f"40.97.119.{number}" for number in (81, 82, 83, 84)]
    assert _hosts("mwh", "exchange") == {
        "mwh-efz": front_door,
        "mwh-mbx": ["40.97.119.85"],
        "mwh-dir": ["13.107.6.46"],
    }


def test_sharepoint_needs_a_site_server_and_a_directory() -> None:
    assert _hosts("mwh", "sharepoint") == {"mwh-spo": ["40.108.144.1"], "mwh-dir": ["13.107.6.46"]}


def test_mailboxes_and_sites_are_only_where_a_tenants_data_is() -> None:
    # Nobody's data is in Tokyo.
    assert list(_hosts("tyo", "portal", "exchange", "sharepoint")) == ["tyo-fe", "tyo-efz", "tyo-dir"]
    homes = {each.datacenter for each in ARTICLE.tenants}
    having = [d.name for d in ARTICLE.datacenters if f"{d.name}-mbx" in _hosts(d.name, "exchange")]
    assert set(having) == homes


def test_a_datacenter_announces_the_prefixes_of_what_is_built() -> None:
    ams = ARTICLE.datacenter("ams")
    assert prefixes_of(_selection("portal"), ams) == [ams.prefix]
    assert prefixes_of(_selection("exchange", "portal"), ams) == [ams.prefix, ams.exchange]
    assert prefixes_of(select_all(ARTICLE), ams) == [ams.prefix, ams.exchange, ams.sharepoint]


@pytest.mark.parametrize("service", ["exchange", "sharepoint"])
def test_a_service_without_a_prefix_is_not_there(service: Service) -> None:
    world = without_lines(service)
    assert service not in select_all(world).services
    for ask in (lambda s, d: hosts_of(world, s, d), prefixes_of):
        with pytest.raises(WorldError) as error:
            ask(_selection(service), world.datacenter("mwh"))
        assert str(error.value) == (
            f'datacenter "mwh": {service}: has no prefix, so the service is not there;'
            f' right would be {service} = "40.101.0.0/28", or another one that is free'
        )


@pytest.mark.parametrize("role", get_args(Role))
def test_nobody_else_can_have_the_name_of_a_datacenters_host(role: Role) -> None:
    assert RESERVED.fullmatch(host("ams", role))


def test_a_datacenters_nodes_are_named_after_it() -> None:
    nodes = (front_end("ams"), border("ams"), wan_switch("ams"), host("ams", "mailbox"))
    assert nodes == ("ams-fe", "ams-br", "ams-wan", "ams-mbx")


@MODEST
@given(worlds())
@example(ARTICLE)
def test_in_any_world_every_host_has_addresses_of_its_own_inside_what_is_announced(world: World) -> None:
    selection = select_all(world)
    for datacenter in world.datacenters:
        hosts = hosts_of(world, selection, datacenter)
        addresses = [address for each in hosts for address in each.addresses]
        assert len(addresses) == len(set(addresses)) and datacenter.prefix[1] not in addresses
        announced = prefixes_of(selection, datacenter)
        for address in addresses:
            (prefix,) = (prefix for prefix in announced if address in prefix)
            assert address in set(prefix.hosts())


def _calling(datacenter: str) -> dict[str, list[str]]:
    selection = _selection().model_copy(update={"relays": True, "calls": True})
    found = hosts_of(ARTICLE, selection, ARTICLE.datacenter(datacenter))
    return {each.name: [str(address) for address in each.addresses] for each in found}


def test_for_calls_a_relay_has_an_address_of_its_own_too_and_meetings_are_where_tenants_are() -> None:
    assert _calling("mwh") == {"mwh-rly": ["13.107.64.1", "13.107.6.45"], "mwh-mcu": ["13.107.6.44"]}
    assert _calling("ams") == {"ams-rly": ["13.107.64.1", "13.107.6.13"]}


def test_without_calls_a_relay_has_the_address_that_all_have_and_nobody_meets() -> None:
    selection = _selection().model_copy(update={"relays": True})
    (relay,) = hosts_of(ARTICLE, selection, ARTICLE.datacenter("mwh"))
    assert (relay.name, list(map(str, relay.addresses))) == ("mwh-rly", ["13.107.64.1"])


def test_no_two_hosts_of_a_datacenter_have_the_same_address() -> None:
    everything = select_all(ARTICLE).model_copy(update={"relays": True, "calls": True})
    for front_ends_there in (1, 3):
        many = ARTICLE.datacenter("mwh").model_copy(update={"front_ends": front_ends_there})
        addresses = [each for one in hosts_of(ARTICLE, everything, many) for each in one.addresses]
        assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize(
    "number, addresses",
    [
        (1, {"mwh-fe": "13.107.6.34"}),
        (2, {"mwh-fe": "13.107.6.34", "mwh-fe2": "13.107.6.43"}),
        (3, {"mwh-fe": "13.107.6.34", "mwh-fe2": "13.107.6.43", "mwh-fe3": "13.107.6.42"}),
    ],
)
def test_a_portal_has_as_many_front_ends_as_its_datacenter_says(
    number: int, addresses: dict[str, str]
) -> None:
    many = ARTICLE.datacenter("mwh").model_copy(update={"front_ends": number})
    found = hosts_of(ARTICLE, _selection("portal"), many)
    assert {each.name: str(each.addresses[0]) for each in found} == addresses
    assert front_ends(many) == list(addresses)
    assert all(RESERVED.fullmatch(name) for name in addresses)
