"""Which part of a world a shell has up."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments import order as orders
from experiments import pipeline
from experiments.reading import read_run
from experiments.run_files import NotARun
from experiments.shell_plan import plan_shell
from topologies.errors import WorldError
from topologies.load import load_world


def test_everybody_is_there_and_every_service() -> None:
    world = load_world("article")
    planned = plan_shell(world, 7, 10)
    selection = planned.order.selection
    assert selection.clients == tuple(client.name for client in world.clients)
    assert set(selection.resolvers) == {client.resolver for client in world.clients}
    assert selection.services == ("portal", "exchange", "sharepoint")
    assert planned.order.seed == planned.network.seed == 7
    assert planned.order.is_served and planned.order.names == []
    assert planned.memory_mb == 1024


def test_one_can_have_less_of_it() -> None:
    planned = plan_shell(load_world("planet"), 1, 10, ("traveller",), ("portal",))
    selection = planned.order.selection
    assert (selection.clients, selection.services) == (("traveller",), ("portal",))
    assert len(selection.resolvers) == 1 and selection.offices == ()
    twice = plan_shell(load_world("planet"), 1, 10, ("traveller",) * 2, ("portal",) * 2)
    assert twice.order == planned.order
    assert plan_shell(load_world("planet"), 1, 10).memory_mb > planned.memory_mb


def test_where_there_are_edges_they_are_built() -> None:
    selection = plan_shell(load_world("edges"), 1, 10, services=("portal",)).order.selection
    assert selection.edges and selection.isps


def test_somebody_who_is_not_there_is_told_with_the_nearest_names() -> None:
    with pytest.raises(WorldError, match='did you mean "traveller"'):
        plan_shell(load_world("article"), 1, 10, ("travler",))


def test_nothing_of_a_shell_is_judged(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    pipeline.prepare(plan_shell(load_world("article"), 1, 10), folder)
    assert orders.load(folder).shell is not None
    with pytest.raises(NotARun, match="is a shell's, and nothing is judged"):
        read_run(folder)
