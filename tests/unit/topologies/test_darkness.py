"""What has no power if a place has none, and which ends of its wires are down."""

from __future__ import annotations

from functools import cache

import pytest

from topologies.darkness import _ends, nodes_of
from topologies.errors import BuildError
from topologies.hosts import border, wan_switch
from topologies.load import load_world
from topologies.plan import Plan
from topologies.planning import plan_network
from topologies.selection import select


@cache
def plan() -> Plan:
    world = load_world("continents")
    clients = tuple(client.name for client in world.clients)
    selection = select(
        world,
        clients=clients,
        clouds=("worldwide",),
        services=("portal", "exchange", "sharepoint"),
        copies=True,
    )
    return plan_network(world, selection)


def test_a_datacenter_is_its_router_its_switch_and_all_its_hosts() -> None:
    dark = nodes_of(plan(), "dub")
    assert {border("dub"), wan_switch("dub"), "dub-fe", "dub-efz", "dub-mbx", "dub-spo"} <= set(dark)
    assert not [name for name in dark if name.startswith(("ams", "iad"))]
    assert len(set(dark)) == len(dark)


def test_a_host_is_dark_by_itself() -> None:
    assert nodes_of(plan(), "dub-fe3") == ("dub-fe3",)


def test_a_place_that_is_not_there_is_told() -> None:
    with pytest.raises(BuildError, match='there is no "atlantis" to go dark'):
        nodes_of(plan(), "atlantis")


def test_nothing_outside_is_told_but_switches_and_every_wire_is_dead() -> None:
    dark = nodes_of(plan(), "dub")
    pids = {node.name: 1 for node in plan().nodes if node.kind != "switch"}
    for wire in {wire for node in dark for wire in plan().wires_at(node)}:
        down = {end.node for end in _ends(wire, dark, pids)}
        assert down, wire
        outside = {wire.a.node, wire.b.node} - set(dark)
        assert not down & outside or not outside & set(pids)
