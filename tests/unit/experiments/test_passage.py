"""How a case's packets pass: the most specific prefix decides, and an office has addresses of its own."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from experiments.order import Case
from experiments.passage import Passage, passage
from experiments.way import Way
from experiments.ways import tunnel_of
from measurement.journey import Request
from topologies.load import load_world
from topologies.planning import plan_network
from topologies.selection import select

WORLD = load_world("article")
SELECTION = select(
    WORLD,
    clients=("traveller", "clerk"),
    clouds=("worldwide",),
    services=("exchange",),
    vpn=(("traveller", "hq"), ("traveller", "branch")),
)
PLAN = plan_network(WORLD, SELECTION)
EVERYTHING = (IPv4Network("0.0.0.0/0"),)
FRONT_DOOR, RESOLVER, CONCENTRATOR = "40.97.128.1", "100.64.2.2", "100.64.2.1"
OWN = Passage("traveller", "100.64.0.10", "100.64.0.10", "traveller", "")
THROUGH = Passage("traveller-wg0", "10.1.1.2", CONCENTRATOR, "hq-gw", "hq")


def case(way: Way, client: str = "traveller") -> Case:
    """Return a case in which a client goes a way."""
    request = Request(url="https://outlook.office365.com/")
    return Case(name="x", text="x", client=client, resolver="hqdns", requests=(request,), way=way)


@pytest.mark.parametrize(
    "way, address, expected",
    [
        (Way(), FRONT_DOOR, OWN),
        (Way(office="hq", tunnelled=EVERYTHING), FRONT_DOOR, THROUGH),
        (Way(office="hq", tunnelled=EVERYTHING, direct=(IPv4Network("40.96.0.0/13"),)), FRONT_DOOR, OWN),
        (
            Way(office="hq", tunnelled=EVERYTHING, direct=(IPv4Network("40.96.0.0/13"),)),
            "13.107.6.2",
            THROUGH,
        ),
        (Way(office="hq", tunnelled=EVERYTHING), CONCENTRATOR, OWN),
        (Way(office="hq", tunnelled=(IPv4Network("100.64.2.0/29"),)), FRONT_DOOR, OWN),
    ],
)
def test_the_most_specific_prefix_decides(way: Way, address: str, expected: Passage) -> None:
    assert passage(WORLD, PLAN, case(way), address) == expected


def test_inside_the_office_the_tunnels_own_address_arrives() -> None:
    found = passage(WORLD, PLAN, case(Way(office="hq", tunnelled=EVERYTHING)), RESOLVER)
    assert (found.src, found.arrives_as) == ("10.1.1.2", "10.1.1.2")


def test_the_tunnel_to_another_office_is_another_interface() -> None:
    found = passage(WORLD, PLAN, case(Way(office="branch", tunnelled=EVERYTHING)), FRONT_DOOR)
    assert found == Passage("traveller-wg1", "10.2.1.2", "100.64.5.1", "branch-gw", "branch")


def test_a_client_inside_an_office_is_seen_with_the_gateways_address() -> None:
    found = passage(WORLD, PLAN, case(Way(), "clerk"), FRONT_DOOR)
    assert found == Passage("clerk", "10.1.0.10", CONCENTRATOR, "hq-gw", "")


def test_who_has_no_tunnel_to_somebody_is_told() -> None:
    with pytest.raises(KeyError, match="clerk has no tunnel to hq-gw"):
        tunnel_of(PLAN, "clerk", "hq-gw")
