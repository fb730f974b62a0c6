"""The ways from an office whose routers learn them by BGP, along the plan's wires."""

from __future__ import annotations

import pytest

from topologies.errors import WorldError
from topologies.internet import internet_rtt_ms
from topologies.load import load_world
from topologies.paths import configured_rtt_ms, has_way
from topologies.planning import plan_network
from topologies.selection import select
from topologies.ways import along, over_circuit, over_internet, round_trip_ms

WORLD = load_world("article")
SELECTION = select(
    WORLD,
    clients=("clerk",),
    clouds=("worldwide",),
    services=("portal", "exchange"),
    circuits=("circuit",),
)
PLAN = plan_network(WORLD, SELECTION)
CIRCUIT = WORLD.circuit("circuit")
CHICAGO = WORLD.office("hq").place


@pytest.mark.parametrize("target", ["iad-efz", "mwh-fe", "ams-efz"])
def test_over_the_internet_is_one_wire_from_the_offices_site(target: str) -> None:
    way = over_internet(PLAN, "hq-gw", target)
    router = PLAN.node("hq-gw").site
    assert [hop.source for hop in way] == ["hq-gw", router, f"{target[:3]}-br"]
    there = WORLD.datacenter(target[:3]).place
    assert round_trip_ms(PLAN, way) == pytest.approx(internet_rtt_ms(WORLD, CHICAGO, there))


def test_over_the_internet_to_a_server_that_is_in_no_datacenter() -> None:
    way = over_internet(PLAN, "hq-gw", "root")
    there = WORLD.nameserver("root").place
    assert there is not None
    assert way[-1].to == "root"
    assert round_trip_ms(PLAN, way) == pytest.approx(internet_rtt_ms(WORLD, CHICAGO, there))


@pytest.mark.parametrize(("line", "edge"), [(0, "circuit-m1"), (1, "circuit-m2")])
def test_over_the_circuit_is_by_microsofts_edge_and_its_backbone(line: int, edge: str) -> None:
    way = over_circuit(WORLD, SELECTION, PLAN, CIRCUIT, "mwh-efz", line)
    assert [hop.source for hop in way][:3] == ["hq-er", edge, "iad-br"]
    edge_ms = 2 * CIRCUIT.delay_ms + internet_rtt_ms(WORLD, CIRCUIT.peering, WORLD.datacenter("iad").place)
    rest_ms = configured_rtt_ms(PLAN, "iad-br", "mwh-efz")
    assert round_trip_ms(PLAN, way) == pytest.approx(edge_ms + rest_ms)


def test_those_who_are_no_neighbours_are_an_error() -> None:
    with pytest.raises(WorldError, match='no wire joins "hq-gw" and "circuit-m1"'):
        along(PLAN, "hq-gw", "circuit-m1")


def test_the_plan_itself_has_no_such_way_and_others() -> None:
    assert not has_way(PLAN, "clerk", "iad-efz")
    assert has_way(PLAN, "clerk", "hq-gw") and has_way(PLAN, "iad-efz", "mwh-efz")
