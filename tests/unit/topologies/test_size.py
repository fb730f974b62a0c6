"""What is too large for one guest is told before anything is planned, and quickly."""

from __future__ import annotations

import pytest

from tests import bench_worlds
from topologies.draft import Draft, Site
from topologies.errors import UnfitWorld
from topologies.load import builtin_worlds, load_world, parse_world
from topologies.plan import Node
from topologies.planning import plan_network
from topologies.selection import select, select_all
from topologies.size import MOST_NODES, MOST_WIRES, refuse_too_large

from .made_up_plans import ARTICLE

TOLD = (
    "the network of this run would have {nodes} nodes and {wires} wires, {pairs} of them between its {places}"
)


def _draft(places: int, datacenters: int = 0) -> Draft:
    draft = Draft()
    for number in range(places):
        inside = f"d{number}" if number < datacenters else None
        address = ARTICLE.datacenters[0].prefix[1]
        draft.sites[str(number)] = Site(f"r{number}", ARTICLE.datacenters[0].place, address, inside)
    return draft


@pytest.mark.parametrize("name", builtin_worlds())
def test_all_of_a_built_in_world_fits(name: str) -> None:
    world = load_world(name)
    plan = plan_network(world, select_all(world))
    assert len(plan.nodes) < MOST_NODES / 3 and len(plan.wires) < MOST_WIRES


@pytest.mark.parametrize(
    "places, datacenters, pairs", [(80, 0, 3160), (81, 0, 3240), (300, 290, 2945), (300, 289, 3234)]
)
def test_every_two_places_but_two_datacenters_are_joined(places: int, datacenters: int, pairs: int) -> None:
    draft = _draft(places, datacenters)
    if pairs <= MOST_WIRES:
        refuse_too_large(draft, None)
        return
    with pytest.raises(UnfitWorld) as error:
        refuse_too_large(draft, None)
    shown = f"{pairs:,}"
    assert str(error.value).startswith(TOLD.format(nodes=0, wires=shown, pairs=shown, places=places))


@pytest.mark.parametrize("nodes", [MOST_NODES, MOST_NODES + 1])
def test_nodes_count_without_any_wire(nodes: int) -> None:
    draft = _draft(1)
    draft.nodes += [Node(name=f"n{number}", kind="host", site="r0") for number in range(nodes)]
    if nodes == MOST_NODES:
        refuse_too_large(draft, None)
        return
    with pytest.raises(UnfitWorld, match=f"would have {nodes:,} nodes and 0 wires"):
        refuse_too_large(draft, None)


def test_where_few_meet_only_those_count() -> None:
    refuse_too_large(_draft(5_000), MOST_WIRES)
    with pytest.raises(UnfitWorld, match=f"{MOST_WIRES + 1:,} wires"):
        refuse_too_large(_draft(5_000), MOST_WIRES + 1)


def test_a_crowd_is_a_world_and_no_run_of_all_of_it() -> None:
    """It is refused before places are joined, and a run that needs one of them goes on."""
    world = parse_world(bench_worlds.ON_TOP + bench_worlds.clients(2_000))
    with pytest.raises(UnfitWorld, match=r"would have 4,\d\d\d nodes .* right would be fewer clients"):
        plan_network(world, select_all(world))
    one = select(world, clients=("c1999",), clouds=("worldwide",), services=("portal",))
    assert plan_network(world, one).node("c1999")
