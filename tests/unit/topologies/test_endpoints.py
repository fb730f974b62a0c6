"""The endpoint lists that are kept, and what is asked of one: prefixes and names by category and service."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies import names
from topologies.endpoint import CATEGORIES, SERVICE_AREAS, Category, Endpoint
from topologies.endpoints import INSTANCES, EndpointList, load_list
from topologies.errors import EndpointsError
from topologies.wildcards import covers

from .made_up_endpoints import EXCHANGE, MAIL, RECORDS, SITES, read, with_key
from .made_up_plans import PATIENT

WORLDWIDE = load_list("worldwide")
CHINA = load_list("china")


def _texts(prefixes: object) -> list[str]:
    assert isinstance(prefixes, tuple)
    return [str(prefix) for prefix in prefixes]


# The lists that are kept. The numbers are counted by hand in Microsoft's tables.


def test_the_worldwide_list_is_whole() -> None:
    assert (WORLDWIDE.version, WORLDWIDE.instance) == ("2023073100", "worldwide")
    counts = {area: sum(each.service_area == area for each in WORLDWIDE.endpoints) for area in SERVICE_AREAS}
    assert counts == {"Common": 52, "Exchange": 5, "SharePoint": 7, "Skype": 13}
    assert [each.id for each in WORLDWIDE.endpoints if each.category == "Optimize"] == [1, 11, 31]
    allowed = [2, 9, 10, 12, 13, 22, 46, 56, 64]
    assert [each.id for each in WORLDWIDE.endpoints if each.category == "Allow"] == allowed
    assert [each.id for each in WORLDWIDE.endpoints if each.express_route] == sorted([1, 11, 31, *allowed])
    assert sum(each.required for each in WORLDWIDE.endpoints) == 47


def test_the_list_of_china_is_whole() -> None:
    assert (CHINA.version, CHINA.instance) == ("2023062900", "china")
    ids = [1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21]
    assert [each.id for each in CHINA.endpoints] == ids
    assert [each.id for each in CHINA.endpoints if each.category == "Optimize"] == [1, 3]
    assert [each.id for each in CHINA.endpoints if each.category == "Default"] == [12, 13, 15, 16, 18, 21]
    assert not any(each.express_route for each in CHINA.endpoints)


def test_media_is_known_by_its_prefixes_alone() -> None:
    (media,) = [each for each in WORLDWIDE.endpoints if each.id == 11]
    assert (media.urls, media.tcp_ports, media.udp_ports) == ((), (), ("3478", "3479", "3480", "3481"))
    assert _texts(media.ips) == ["13.107.64.0/18", "52.112.0.0/14", "52.122.0.0/15", "2603:1063::/39"]


@pytest.mark.parametrize("kept", [WORLDWIDE, CHINA], ids=INSTANCES)
def test_every_record_that_is_kept_is_of_use(kept: EndpointList) -> None:
    for each in kept.endpoints:
        assert each.urls or each.ips
        assert list(each.ips) == sorted(each.ips, key=lambda p: (p.version, p.network_address))
        assert each.category == "Default" or each.ips  # what is to be routed has prefixes
        assert each.service_area_display_name and not each.notes


@pytest.mark.parametrize("service", names.services(), ids=lambda each: f"{each.name}-{each.cloud}")
def test_what_clients_of_the_worlds_ask_for_is_in_the_list(service: names.ServiceNames) -> None:
    kept = WORLDWIDE if service.cloud == "worldwide" else CHINA
    for host in service.hosts:
        name = host.format(tenant="contoso")
        assert any(covers(pattern, name) for pattern in kept.domains()), name


def test_an_instance_that_is_not_kept() -> None:
    unknown: Any = "wordlwide"
    with pytest.raises(
        EndpointsError, match='no endpoint list is kept of an instance "wordlwide"; did you mean'
    ):
        load_list(unknown)


# Prefixes


def test_a_prefix_of_several_records_has_the_highest_category(tmp_path: Path) -> None:
    made = read(tmp_path, *RECORDS)
    assert _texts(made.prefixes(categories=["Optimize"])) == [
        "13.107.6.152/31",
        "40.96.0.0/13",
        "40.96.1.0/24",  # a part of 40.96.0.0/13
        "2603:1006::/40",
    ]
    assert _texts(made.prefixes(categories=["Allow"])) == ["52.100.0.0/14"]
    assert made.prefixes(categories=["Default"]) == ()


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_records_does_not_matter(tmp_path: Path, order: int) -> None:
    made = read(tmp_path, *RECORDS[::order])
    assert _texts(made.prefixes(categories=["Allow"])) == ["52.100.0.0/14"]
    assert made.domains(categories=["Allow"]) == ("smtp.office365.com",)


def test_prefixes_of_one_kind_of_ip() -> None:
    both = WORLDWIDE.prefixes(categories=["Optimize"])
    four = WORLDWIDE.prefixes(categories=["Optimize"], version=4)
    six = WORLDWIDE.prefixes(categories=["Optimize"], version=6)
    assert (len(four), len(six)) == (19, 21)
    assert (*four, *six) == both
    assert all(isinstance(prefix, IPv4Network) for prefix in four)


def test_the_prefixes_are_those_of_the_published_bypass_set() -> None:
    """Microsoft's page on split tunnels lists them, of 2022: 52.120.0.0/14 is 52.122.0.0/15 since."""
    assert _texts(WORLDWIDE.prefixes(categories=["Optimize"], version=4)) == [
        *("13.107.6.152/31", "13.107.18.10/31", "13.107.64.0/18", "13.107.128.0/22", "13.107.136.0/22"),
        *("23.103.160.0/20", "40.96.0.0/13", "40.104.0.0/15", "40.108.128.0/17", "52.96.0.0/14"),
        *("52.104.0.0/14", "52.112.0.0/14", "52.122.0.0/15", "104.146.128.0/17", "131.253.33.215/32"),
        *("132.245.0.0/16", "150.171.32.0/22", "150.171.40.0/22", "204.79.197.215/32"),
    ]


def test_prefixes_of_a_service() -> None:
    skype = WORLDWIDE.prefixes(categories=["Optimize"], services=["Skype"], version=4)
    assert _texts(skype) == ["13.107.64.0/18", "52.112.0.0/14", "52.122.0.0/15"]
    # Allow has them too, in records 12, 13 and 22: they count as Optimize.
    allowed = WORLDWIDE.prefixes(categories=["Allow"], services=["Skype"], version=4)
    assert _texts(allowed) == ["52.238.119.141/32", "52.244.160.207/32"]


@PATIENT
@given(st.sampled_from([WORLDWIDE, CHINA]), st.data())
def test_an_address_has_one_category(kept: EndpointList, data: st.DataObject) -> None:
    every = kept.prefixes()
    by_category = {each: set(kept.prefixes(categories=[each])) for each in CATEGORIES}
    assert sum(map(len, by_category.values())) == len(every) == len(set(every))
    prefix = data.draw(st.sampled_from(every))
    address = prefix[data.draw(st.integers(0, prefix.num_addresses - 1))]
    holders = [each for each, found in by_category.items() if any(address in prefix for prefix in found)]
    assert len(holders) == 1


# Names


def test_a_name_of_several_records_has_the_highest_category(tmp_path: Path) -> None:
    made = read(tmp_path, *RECORDS)
    assert made.domains(categories=["Optimize"]) == ("outlook.office.com", "outlook.office365.com")
    assert made.domains(categories=["Allow"]) == ("smtp.office365.com",)
    assert made.domains(services=["SharePoint"]) == ("*-admin.sharepoint.com", "*.sharepoint.com")


def test_names_of_the_kept_lists() -> None:
    optimized: list[Category] = ["Optimize"]
    assert WORLDWIDE.domains(categories=optimized) == (
        *("*.sharepoint.com", "outlook.office.com", "outlook.office365.com"),
    )
    assert CHINA.domains(categories=optimized) == ("partner.outlook.cn",)
    assert "*.partner.outlook.cn" in CHINA.domains(categories=["Allow"])
    assert "*.partner.outlook.cn" not in CHINA.domains(categories=["Default"])


# Records as the web service writes them


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record["id"]))
def test_a_record_is_written_as_it_was_read(record: dict[str, object]) -> None:
    assert Endpoint.model_validate(record).record() == record


def test_what_is_blank_is_left_out(tmp_path: Path) -> None:
    (written,) = read(tmp_path, with_key(SITES, ips=[], notes="")).endpoints
    assert written.record() == SITES


def test_ports_may_have_blanks_and_ranges(tmp_path: Path) -> None:
    (read_back,) = read(tmp_path, with_key(MAIL, tcpPorts="587,  993, 50000-59999")).endpoints
    assert read_back.tcp_ports == ("587", "993", "50000-59999")
    assert read_back.record()["tcpPorts"] == "587,993,50000-59999"


def test_names_are_in_small_letters_and_a_tenants_place_is_a_wildcard(tmp_path: Path) -> None:
    (read_back,) = read(
        tmp_path, with_key(EXCHANGE, urls=["Outlook.Office.com", "autodiscover.<tenant>.onmicrosoft.com"])
    ).endpoints
    assert read_back.urls == ("outlook.office.com", "autodiscover.*.onmicrosoft.com")


def test_prefixes_are_networks(tmp_path: Path) -> None:
    (read_back,) = read(tmp_path, EXCHANGE).endpoints
    assert read_back.ips == tuple(ip_network(text) for text in EXCHANGE["ips"])
