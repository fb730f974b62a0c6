"""Parts of a world by themselves: their short forms and their defaults."""

from ipaddress import IPv4Network

import pytest
from pydantic import ValidationError

from topologies.world import Access, Border, Client, Datacenter, Internet, Line, NameServer, WanLink

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
TAKEN += ["ams-efz", "ams-mbx", "ams-dir", "ams-spo", "den-pop", "backbone", "authority"]
# What only looks like it.
FREE = ["lo1", "eth1", "wan2", "lanes", "fe", "cpe", "to", "r0", "ra-lisbon", "r0lisbon", "x-to-y", "ams-feb"]
FREE += ["efz", "mbx", "ams-efzs", "backbones", "authorit"]


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


def test_an_anycast_server_stands_everywhere_and_has_a_prefix() -> None:
    server = {"name": "ns", "hostname": "ns.example.net", "zones": ["."], "anycast": "worldwide"}
    everywhere = NameServer.model_validate({**server, "prefix": "192.5.6.0/24"})
    assert (everywhere.place, everywhere.datacenter) == (None, None)
    own = {"prefix": "192.5.6.0/24"}
    for wrong in ({}, {**own, "place": "Lisbon"}, {**own, "datacenter": "ams"}, {"datacenter": "ams"}):
        with pytest.raises(ValidationError, match="is anycast; right would be a prefix, and neither"):
            NameServer.model_validate({**server, **wrong})


def test_an_anycast_servers_name_and_a_datacenters_fit_an_interface() -> None:
    server = {"hostname": "ns.example.net", "zones": ["."], "anycast": "worldwide", "prefix": "192.5.6.0/24"}
    assert NameServer.model_validate({**server, "name": "ns34567"}).name == "ns34567"
    with pytest.raises(ValidationError, match="is too long for an anycast server"):
        NameServer.model_validate({**server, "name": "ns345678"})


@pytest.mark.parametrize("zone", [".", "com", "ms-acdc.office.com", "*", "*.net", "*-efz.ms-acdc.office.com"])
def test_a_zone_is_a_domain_or_begins_with_a_star(zone: str) -> None:
    own = {"name": "ns", "hostname": "ns.example.net", "datacenter": "ams"}
    assert NameServer.model_validate({**own, "zones": [zone]}).zones == (zone,)


@pytest.mark.parametrize("zone", ["", "a.", ".com", "**", "a*", "ams-*.com", "*..com", "Com", "a b", "a\n"])
def test_nothing_else_is_a_zone(zone: str) -> None:
    own = {"name": "ns", "hostname": "ns.example.net", "datacenter": "ams"}
    with pytest.raises(ValidationError, match="is not a domain name"):
        NameServer.model_validate({**own, "zones": [zone]})


def test_a_host_has_no_star_in_its_name() -> None:
    with pytest.raises(ValidationError, match="is not a domain name"):
        NameServer.model_validate({"name": "ns", "hostname": "*.net", "zones": ["."], "datacenter": "ams"})


def test_a_datacenters_services_have_prefixes_if_it_has_them() -> None:
    plain = Datacenter.model_validate({**DATACENTER, "region": "West Europe"})
    assert (plain.exchange, plain.sharepoint) == (None, None)
    prefixes = {"exchange": "40.101.12.96/29", "sharepoint": "40.108.128.0/30"}
    served = Datacenter.model_validate({**DATACENTER, "region": "West Europe", **prefixes})
    assert (str(served.exchange), str(served.sharepoint)) == ("40.101.12.96/29", "40.108.128.0/30")


@pytest.mark.parametrize("known", [{"rtt_ms": 17.3}, {"length_km": 900.0}, {"rtt_ms": 0.0}])
def test_a_backbone_link_has_a_delay_or_a_length(known: dict[str, float]) -> None:
    link = WanLink.model_validate({"between": ["ams", "dub"], **known})
    assert (link.rtt_ms, link.length_km, link.rate_mbit) == (
        known.get("rtt_ms"),
        known.get("length_km"),
        None,
    )
    assert link.round_trip_ms == known.get("rtt_ms", link.round_trip_ms)


@pytest.mark.parametrize("known, has", [({}, "neither"), ({"rtt_ms": 0.0, "length_km": 0.0}, "both")])
def test_a_backbone_link_has_not_both_nor_neither(known: dict[str, float], has: str) -> None:
    with pytest.raises(ValidationError, match=f'the link from "ams" to "dub" has {has} '):
        WanLink.model_validate({"between": ["ams", "dub"], **known})


def test_the_longer_a_link_the_later_its_light_arrives() -> None:
    near, far = (WanLink(between=("ams", "dub"), length_km=length) for length in (1000.0, 2000.0))
    assert far.round_trip_ms == pytest.approx(2 * near.round_trip_ms)
    assert near.round_trip_ms == pytest.approx(9.79, abs=0.01)  # 4.9 microseconds for each kilometre


def test_an_unknown_region_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(
        ValidationError, match='unknown Azure region "West Eurpoe"; did you mean "West Europe"'
    ):
        Datacenter.model_validate({**DATACENTER, "region": "West Eurpoe"})


def test_a_border_is_open_and_does_nothing_unless_somebody_says_so() -> None:
    border = Border(name="china", around=("bjs",))
    assert (border.closed, border.loss_percent, border.rate_mbit) == (False, 0, None)
    assert Internet().borders == () and Internet().loss_percent == 0
