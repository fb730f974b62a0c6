"""Parts of a world by themselves: their short forms and their defaults."""

from ipaddress import IPv4Network

import pytest
from pydantic import ValidationError

from topologies.world import Access, Client, Datacenter, Line, NameServer

DATACENTER = {"name": "ams", "cloud": "worldwide", "label": "emeawest", "prefix": "13.107.6.0/28"}
CLIENT = {
    "name": "traveller",
    "place": "Lisbon",
    "resolver": "isplis",
    "tenant": "contoso",
    "prefix": "100.64.0.0/29",
}

# What an interface, a router or a switch is called, or Linux itself.
TAKEN = ["lo", "all", "default", "eth0", "wan", "lan", "line", "br"]
TAKEN += ["to-x", "to-", "r0-ashbur", "r17-", "ams-fe", "a-br", "a-b-wan", "hq-cpe"]
# What only looks like it.
FREE = ["lo1", "eth1", "wan2", "lanes", "fe", "cpe", "to", "r0", "ra-lisbon", "r0lisbon", "x-to-y", "ams-feb"]


def test_an_access_line_has_a_short_form_for_both_directions() -> None:
    line = Line(delay_ms=4, rate_mbit=100)
    assert Access.model_validate({"delay_ms": 4, "rate_mbit": 100}) == Access(up=line, down=line)
    assert Access.model_validate({"up": {"delay_ms": 4}}) == Access(up=Line(delay_ms=4))
    assert Access.model_validate({}) == Access()


def test_a_datacenter_stands_in_its_region_unless_it_says_otherwise() -> None:
    in_region = Datacenter.model_validate({**DATACENTER, "region": "West Europe"})
    elsewhere = Datacenter.model_validate({**DATACENTER, "region": "West Europe", "place": "Rotterdam"})
    assert in_region.place.name == "West Europe"
    assert elsewhere.place.name == "Rotterdam"
    assert in_region.prefix == IPv4Network("13.107.6.0/28")


def test_a_part_never_changes() -> None:
    line = Line(delay_ms=4)
    with pytest.raises(ValidationError, match="frozen"):
        line.delay_ms = 5  # type: ignore[misc]


@pytest.mark.parametrize("name", ["", "Traveller", "1st", "traveller2", "a_b", "-a", "a\n"])
def test_a_node_name_fits_an_interface(name: str) -> None:
    with pytest.raises(ValidationError, match="cannot name a node"):
        Client.model_validate({**CLIENT, "name": name})


@pytest.mark.parametrize("name", TAKEN)
def test_no_node_has_a_name_that_the_network_gives_itself(name: str) -> None:
    with pytest.raises(ValidationError, match=f'"{name}" is a name that the network gives itself'):
        Client.model_validate({**CLIENT, "name": name})


@pytest.mark.parametrize("name", FREE)
def test_a_name_that_only_looks_like_one_of_the_networks_own_is_free(name: str) -> None:
    assert Client.model_validate({**CLIENT, "name": name}).name == name


@pytest.mark.parametrize("name", ["", "Ams", "1st", "amsterda", "a-b", "a_b", "a.b", "ams\n"])
def test_two_datacenters_names_and_a_dash_fit_an_interface(name: str) -> None:
    with pytest.raises(ValidationError, match="cannot name a datacenter"):
        Datacenter.model_validate({**DATACENTER, "region": "West Europe", "name": name})


@pytest.mark.parametrize("name", ["lo", "all", "default", "wan", "lan", "br"])
def test_a_datacenter_has_none_of_the_networks_names_either(name: str) -> None:
    with pytest.raises(ValidationError, match="gives itself"):
        Datacenter.model_validate({**DATACENTER, "region": "West Europe", "name": name})


def test_a_name_server_stands_in_a_datacenter_or_at_a_place() -> None:
    server = {"name": "ns", "hostname": "ns.example.net", "zones": ["."]}
    own = {"place": "Lisbon", "prefix": "192.5.6.0/24"}
    assert NameServer.model_validate({**server, **own}).datacenter is None
    assert NameServer.model_validate({**server, "datacenter": "ams"}).place is None
    for wrong in ({}, {"place": "Lisbon"}, {"prefix": "192.5.6.0/24"}, {**own, "datacenter": "ams"}):
        with pytest.raises(ValidationError, match="stands"):
            NameServer.model_validate({**server, **wrong})
