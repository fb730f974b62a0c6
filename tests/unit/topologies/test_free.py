"""Names and networks that are free: never one that is taken, and always the first one."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies import free
from topologies.base import NODE_NAME, RESERVED
from topologies.errors import WorldError

SPACE = IPv4Network("100.64.0.0/22")


@given(st.text(max_size=30), st.lists(st.from_regex(NODE_NAME, fullmatch=True), max_size=20))
def test_whatever_a_city_is_called_its_node_has_a_name_that_is_free(city: str, taken: list[str]) -> None:
    for ends in ({}, {"before": "isp"}, {"before": "er-"}, {"after": "dns"}):
        name = free.node_name(city, taken, **ends)
        assert NODE_NAME.fullmatch(name) and not RESERVED.fullmatch(name)
        assert name not in taken
        assert free.node_name(city, [*taken, name], **ends) != name


@pytest.mark.parametrize(
    "city, taken, ends, name",
    [
        ("Lagos", [], {}, "lagos"),
        ("Frankfurt am Main", [], {}, "frankfurt"),
        ("Frankfurt am Main", [], {"after": "dns"}, "frankfdns"),
        ("São Paulo", [], {"before": "isp"}, "ispsaopau"),
        ("6th of October", [], {}, "thofoctob"),
        ("Lagos", ["lagos"], {}, "lagos2"),
        ("Frankfurt", ["frankfurt", "frankfur2"], {}, "frankfur3"),
        ("Frankfurt", ["frankfdns"], {"after": "dns"}, "frankdns2"),
        ("Lo", [], {}, "lo2"),  # Linux has an interface of that name
        ("東京", [], {}, "city"),
    ],
)
def test_a_name_is_the_citys_as_far_as_there_is_room(
    city: str, taken: list[str], ends: dict[str, str], name: str
) -> None:
    assert free.node_name(city, taken, **ends) == name


@st.composite
def networks(draw: st.DrawFn) -> IPv4Network:
    """Return a network inside the space."""
    length = draw(st.integers(22, 30))
    number = draw(st.integers(0, (1 << (length - 22)) - 1))
    return IPv4Network((int(SPACE.network_address) + (number << (32 - length)), length))


@given(st.lists(networks(), max_size=30), st.integers(22, 30))
def test_a_free_network_is_the_first_that_overlaps_nothing(taken: list[IPv4Network], length: int) -> None:
    fitting = (each for each in SPACE.subnets(new_prefix=length) if not any(map(each.overlaps, taken)))
    first = next(fitting, None)
    if first is None:
        with pytest.raises(WorldError, match=rf"no /{length} of 100\.64\.0\.0/22 is free; right would be"):
            free.network(SPACE, length, taken)
    else:
        assert free.network(SPACE, length, taken) == first


def test_what_is_taken_elsewhere_does_not_matter() -> None:
    taken = [IPv4Network("10.0.0.0/8"), IPv4Network("203.0.113.0/24")]
    assert free.network(SPACE, 29, taken) == IPv4Network("100.64.0.0/29")


def test_what_is_larger_than_the_space_leaves_nothing() -> None:
    with pytest.raises(WorldError, match="is free"):
        free.network(SPACE, 29, [IPv4Network("100.0.0.0/8")])
