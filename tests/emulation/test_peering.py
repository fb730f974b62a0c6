"""Anycast by BGP: where real routers hand packets over, and that arithmetic knows it beforehand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from topologies.handoff import choice
from topologies.load import load_world
from topologies.meetings import meetings
from topologies.peering import Peering
from topologies.planning import plan_network
from topologies.selection import Selection, select
from topologies.world import World

from .guests import changed_source, run_guest
from .peering_inside import VIP, WAYS

HERE = Path(__file__).parent
CLOUD = "worldwide"
CLIENTS = ("denver", "saltlake", "paris", "moscow", "joburg", "nairobi", "dubai", "delhi")
EDGES = load_world("edges")


def _selection(world: World) -> Selection:
    found = select(world, clients=CLIENTS, clouds=(CLOUD,), services=("portal",), edges=True)
    lookups = [(name, world.client(name).resolver) for name in CLIENTS]
    return found.model_copy(update={"meets": meetings(world, found, CLOUD, lookups)})


SELECTION = _selection(EDGES)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was told after everything has been tried in a guest."""
    run_dir = tmp_path_factory.mktemp("peering") / "run"
    run_dir.mkdir()
    (run_dir / "world.json").write_text(EDGES.model_dump_json())
    (run_dir / "selection.json").write_text(SELECTION.model_dump_json())
    (run_dir / "network.json").write_text(plan_network(EDGES, SELECTION).model_dump_json())
    source = changed_source(tmp_path_factory.mktemp("source") / "source", {})
    (source / "experiments/inside.py").write_text((HERE / "peering_inside.py").read_text())
    run_guest(run_dir, source=source)
    loaded: dict[str, Any] = json.loads((run_dir / "told.json").read_text())
    return loaded


@pytest.mark.parametrize("name", WAYS)
def test_every_router_sends_what_is_for_all_where_arithmetic_says(told: dict[str, Any], name: str) -> None:
    for isp in (EDGES.isp(each) for each in SELECTION.isps):
        for pop in isp.pops:
            chosen = choice(EDGES, SELECTION, isp, pop, CLOUD, WAYS[name])
            own = chosen.pop == pop.name
            there = f"{chosen.site}-br" if own else f"{isp.name}-{chosen.pop}"
            assert told[name]["next"][f"{isp.name}-{pop.name}"] == f"to-{there}"


def test_denver_is_handed_over_in_phoenix_and_no_longer_once_its_provider_peers_at_home(
    told: dict[str, Any],
) -> None:
    assert told["as it is"]["traced"]["denver"][2:] == ["mtn-den", "mtn-phx", "phx-br", VIP]
    assert told["opened"]["traced"]["denver"][2:] == ["mtn-den", "den-br", VIP]
    assert told["again"]["traced"] == told["as it is"]["traced"]


def test_johannesburg_goes_to_london_and_back_home(told: dict[str, Any]) -> None:
    assert told["as it is"]["traced"]["joburg"][2:] == ["afr-jnb", "afr-lon", "lon-br", VIP]
    assert told["opened"]["traced"]["joburg"][2:] == ["afr-jnb", "jnb-br", VIP]


def test_a_longer_path_leaves_moscow_in_stockholm_and_the_community_brings_it_home(
    told: dict[str, Any],
) -> None:
    for name in ("as it is", "prepended"):
        assert told[name]["traced"]["moscow"][2:] == ["rus-mow", "rus-sto", "sto-br", VIP]
    assert told["lowered"]["traced"]["moscow"][2:] == ["rus-mow", "mow-br", VIP]


def test_a_longer_path_decides_where_a_provider_has_no_opinion(told: dict[str, Any]) -> None:
    assert told["as it is"]["next"]["nwe-lon"] == "to-lon-br"
    assert told["prepended"]["next"]["nwe-lon"] == "to-nwe-ams"


def test_sites_learn_all_networks_of_the_providers_with_which_they_peer_and_no_others(
    told: dict[str, Any],
) -> None:
    parts = [EDGES.client(name) for name in CLIENTS]
    resolvers = [EDGES.resolver(name) for name in SELECTION.resolvers]
    behind = {"mtn": ("Denver", "Salt Lake City"), "rus": ("Moscow",)}
    for site, isp in (("phx-br", "mtn"), ("mow-br", "rus")):
        own = [str(each.prefix) for each in parts if each.place.name in behind[isp]]
        own += [str(each.prefix) for each in resolvers if each.place.name in behind[isp]]
        assert told["as it is"]["learned"][site] == sorted(own)
    assert "den-br" not in told["as it is"]["learned"]
    assert told["opened"]["learned"]["den-br"] == told["as it is"]["learned"]["phx-br"]


def test_a_provider_is_no_transit_between_sites(told: dict[str, Any]) -> None:
    for name in WAYS:
        for prefixes in told[name]["learned"].values():
            assert all(prefix.startswith("100.64.") for prefix in prefixes)


def test_nothing_was_changed_that_was_not_to_be() -> None:
    assert WAYS["as it is"] == WAYS["again"] == Peering()
