"""Parts of a world by themselves: their short forms and their defaults."""

from ipaddress import IPv4Network

import pytest
from pydantic import ValidationError

from topologies.world import Access, Client, Datacenter, Line, NameServer

DATACENTER = {"name": "ams", "cloud": "worldwide", "label": "emeawest", "prefix": "13.107.6.0/28"}


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
        Client.model_validate(
            {"name": name, "place": "Lisbon", "resolver": "r", "tenant": "t", "prefix": "100.64.0.0/29"}
        )


def test_a_name_server_stands_in_a_datacenter_or_at_a_place() -> None:
    server = {"name": "ns", "hostname": "ns.example.net", "zones": ["."]}
    own = {"place": "Lisbon", "prefix": "192.5.6.0/24"}
    assert NameServer.model_validate({**server, **own}).datacenter is None
    assert NameServer.model_validate({**server, "datacenter": "ams"}).place is None
    for wrong in ({}, {"place": "Lisbon"}, {"prefix": "192.5.6.0/24"}, {**own, "datacenter": "ams"}):
        with pytest.raises(ValidationError, match="stands"):
            NameServer.model_validate({**server, **wrong})
