"""How routing is set, as values: what is no setting is refused, in words."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from topologies.bgp import (
    EXTRA_SPACE,
    MOST_PREFIXES,
    FilteredService,
    Neighbor,
    Origin,
    Routing,
    Speaker,
)
from topologies.communities import COMMUNITIES

ONE = Neighbor(
    name="er1-m1",
    policy="ce-msee",
    as_number=12076,
    address=IPv4Address("198.51.100.2"),
    own=IPv4Address("198.51.100.1"),
    interface="pri",
)


def test_a_route_filter_has_the_communities_of_its_services_in_their_order() -> None:
    assert Routing(services=("sharepoint", "exchange")).communities == ("12076:5020", "12076:5010")
    assert Routing(services=("teams", "other")).communities == ("12076:5030", "12076:5100")
    assert Routing(services=()).communities == ()


def test_a_route_filter_has_every_service_unless_it_is_said() -> None:
    assert Routing().services == get_args(FilteredService)
    assert set(Routing().communities) == set(COMMUNITIES.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"services": ("dynamics",)},
        {"prefer": "cheapest"},
        {"pools": "none"},
        {"leak": "everything"},
        {"extra": -1},
        {"extra": 513},
        {"extra": 1.0},
        {"med": 5},
    ],
)
def test_what_is_no_setting_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Routing(**wrong)


def test_there_are_more_prefixes_to_announce_than_are_accepted() -> None:
    most = len(list(EXTRA_SPACE.subnets(new_prefix=24)))
    assert Routing(extra=most).extra == most > MOST_PREFIXES


@pytest.mark.parametrize("text", ["12076", "12076:65536", "65536:1", "12076:", "12076:5010:1", "no-export"])
def test_what_is_no_community_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValidationError, match=f'"{text}" is not a community; right would be two numbers'):
        Origin(prefix=IPv4Network("192.0.2.0/28"), communities=(text,))


@pytest.mark.parametrize("text", ["0:0", "65535:65281", "12076:5010"])
def test_a_community_is_two_numbers_of_16_bits(text: str) -> None:
    assert Origin(prefix=IPv4Network("192.0.2.0/28"), communities=(text,)).communities == (text,)


def test_a_session_is_found_by_the_neighbors_name() -> None:
    speaker = Speaker(node="hq-er", router_id=ONE.own, as_number=64500, neighbors=(ONE,))
    assert speaker.neighbor("er1-m1") is ONE
    with pytest.raises(KeyError, match="er1-m2"):
        speaker.neighbor("er1-m2")


def test_routers_survive_being_written_down_and_are_equal_by_what_they_say() -> None:
    origins = (Origin(prefix=IPv4Network("192.0.2.0/28"), communities=("12076:5010",)),)
    speaker = Speaker(node="hq-er", router_id=ONE.own, as_number=64500, neighbors=(ONE,), originates=origins)
    again = Speaker.model_validate_json(speaker.model_dump_json())
    assert {speaker: 1}[again] == 1
