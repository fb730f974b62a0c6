"""Which community marks which service's prefixes on ExpressRoute."""

from __future__ import annotations

from pathlib import Path

from topologies.communities import COMMUNITIES, community_of, expressroute_prefixes
from topologies.endpoint import SERVICE_AREAS
from topologies.endpoints import load_list

from .made_up_endpoints import EXCHANGE, MAIL, SITES, read, with_key


def test_every_service_area_has_a_community_of_its_own() -> None:
    assert set(SERVICE_AREAS) == set(COMMUNITIES)
    assert [community_of(area) for area in SERVICE_AREAS] == [
        *("12076:5100", "12076:5010", "12076:5020", "12076:5030")
    ]


def test_prefixes_of_expressroute_have_their_services_community(tmp_path: Path) -> None:
    shared = with_key(SITES, id=46, serviceArea="Common", expressRoute=True, ips=["52.100.0.0/14"])
    internet_only = with_key(SITES, ips=["198.18.0.0/24"])
    found = expressroute_prefixes(read(tmp_path, shared, MAIL, EXCHANGE, internet_only))
    assert [(str(prefix), community) for prefix, community in found] == [
        ("13.107.6.152/31", "12076:5010"),
        ("40.96.0.0/13", "12076:5010"),
        ("40.96.1.0/24", "12076:5010"),
        ("52.100.0.0/14", "12076:5010"),
        ("52.100.0.0/14", "12076:5100"),
        ("2603:1006::/40", "12076:5010"),
    ]


def test_the_kept_lists() -> None:
    found = expressroute_prefixes(load_list("worldwide"))
    counts = {area: sum(community_of(area) == each for _, each in found) for area in SERVICE_AREAS}
    assert counts == {"Common": 34, "Exchange": 34, "SharePoint": 9, "Skype": 12}
    assert expressroute_prefixes(load_list("china")) == ()
