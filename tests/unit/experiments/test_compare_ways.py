"""Ways and services as people give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.compare_ways import KINDS, ONCE_MORE, SERVICES, Via, services_in, via_of, vias_in
from topologies.base import NODE_NAME
from topologies.errors import UnknownName, WorldError


@pytest.mark.parametrize(
    "text, labels",
    [
        ("direct", ["direct"]),
        ("", ["direct"]),
        ("vpn:frankfurt", ["direct", "vpn:frankfurt"]),
        ("direct,vpn:frankfurt,split:frankfurt", ["direct", "vpn:frankfurt", "split:frankfurt"]),
        (" vpn : hq , direct ,, vpn:hq", ["direct", "vpn:hq"]),
        ("vpn:lagos/portugal", ["direct", "vpn:lagos,portugal"]),
        ("expressroute", ["direct", "expressroute"]),
    ],
)
def test_direct_is_always_the_first_and_each_way_is_there_once(text: str, labels: list[str]) -> None:
    assert [via.label for via in vias_in(text)] == labels


@pytest.mark.parametrize(
    "text, told",
    [
        ("direct,vnp:hq", '--via: unknown way "vnp"; did you mean "vpn"?'),
        (
            "frankfurt",
            '--via: unknown way "frankfurt"; right would be one of: direct, expressroute, split, vpn',
        ),
        (":hq", '--via: unknown way ""; right would be one of'),
    ],
)
def test_an_unknown_way_is_told_with_the_nearest(text: str, told: str) -> None:
    with pytest.raises(UnknownName) as error:
        vias_in(text)
    assert str(error.value).startswith(told)


@pytest.mark.parametrize(
    "text, told",
    [
        ("vpn", '--via: "vpn": by which office? Right would be vpn:frankfurt'),
        ("split:", '--via: "split:": by which office? Right would be split:frankfurt'),
        ("direct:hq", '--via: "direct:hq": nobody is on the way; right would be direct'),
    ],
)
def test_an_office_too_few_or_too_many_is_told(text: str, told: str) -> None:
    with pytest.raises(WorldError) as error:
        vias_in(text)
    assert str(error.value) == told


def test_there_are_as_many_ways_as_calls_have_ports() -> None:
    ways = ",".join(f"vpn:office{number}" for number in range(20))
    assert len(vias_in(ways.rpartition(",")[0])) == 20
    with pytest.raises(WorldError, match="these are 21 ways; right would be 20 at most"):
        vias_in(ways)


@given(st.sampled_from(KINDS), st.from_regex(NODE_NAME, fullmatch=True))
def test_a_way_is_known_by_the_names_of_its_case_and_its_call(kind: str, office: str) -> None:
    for via in (Via("direct"), Via(next(each for each in KINDS if each == kind), office)):
        assert via_of(via.case) == via_of(via.call) == via


def test_no_other_part_is_taken_for_a_way() -> None:
    with pytest.raises(KeyError):
        via_of("backbone-echo")
    assert ONCE_MORE not in {Via(kind).case for kind in KINDS}


@pytest.mark.parametrize(
    "text, services",
    [
        (",".join(SERVICES), SERVICES),
        ("media,portal", ("portal", "media")),
        (" exchange ,exchange,", ("exchange",)),
    ],
)
def test_services_are_in_the_usual_order(text: str, services: tuple[str, ...]) -> None:
    assert services_in(text) == services


@pytest.mark.parametrize(
    "text, told",
    [
        ("exchnge", '--service: unknown service "exchnge"; did you mean "exchange"?'),
        (
            "portal,teams",
            '--service: unknown service "teams"; right would be one of: exchange, media, portal',
        ),
        (" , ", "--service: is empty; right would be some of portal,exchange,sharepoint,media"),
    ],
)
def test_other_services_are_told(text: str, told: str) -> None:
    with pytest.raises(WorldError) as error:
        services_in(text)
    assert str(error.value).startswith(told)
