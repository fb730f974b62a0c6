"""A run is planned and prepared from its arguments alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments import order as orders
from experiments.pipeline import Planned, plan, prepare
from experiments.registry import find
from topologies.load import load_world
from topologies.plan import Plan
from topologies.world import World

FILES = ("network.json", "nodes/backbone/flows.json", "order.json", "world.json")


def planned(seed: int = 1, tolerance_us: float = 10.0) -> Planned:
    return plan(find("nearest_datacenter"), load_world("article"), seed, tolerance_us)


def prepared(folder: Path, seed: int = 1) -> dict[str, bytes]:
    """Return what a prepared folder has."""
    folder.mkdir()
    prepare(planned(seed), folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_preparing_writes_exactly_what_a_machine_needs(tmp_path: Path) -> None:
    assert sorted(prepared(tmp_path / "run")) == sorted(FILES)


def test_the_files_are_read_as_what_was_planned(tmp_path: Path) -> None:
    files, run = prepared(tmp_path / "run", seed=7), planned(seed=7)
    assert orders.load(tmp_path / "run") == run.order
    assert World.model_validate_json(files["world.json"]) == run.world
    assert Plan.model_validate_json(files["network.json"]) == run.network
    assert (run.order.seed, run.network.seed, run.order.tolerance_us) == (7, 7, 10.0)


def test_every_switch_has_flows(tmp_path: Path) -> None:
    flows = json.loads(prepared(tmp_path / "run")["nodes/backbone/flows.json"])
    assert len(flows) == len(planned().network.of_kind("switch")) == 9
    assert all(flows.values())


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    assert prepared(tmp_path / "one") == prepared(tmp_path / "two")


def test_another_seed_changes_nothing_but_where_it_is_written(tmp_path: Path) -> None:
    one, two = prepared(tmp_path / "one"), prepared(tmp_path / "two", seed=2)
    assert {name for name in FILES if one[name] != two[name]} == {"network.json", "order.json"}
    for name in FILES:
        assert two[name].replace(b'"seed": 2', b'"seed": 1') == one[name]


def test_every_captured_node_and_every_cases_node_is_in_the_network() -> None:
    run = planned()
    names = {node.name for node in run.network.nodes}
    assert {point.node for point in run.order.captures} <= names
    assert {name for case in run.order.cases for name in (case.client, case.resolver)} <= names
    assert {end for canary in run.order.canaries for end in (canary.source, canary.target)} <= names


def test_every_captured_interface_is_in_the_network() -> None:
    run = planned()
    there = {(end.node, end.interface) for wire in run.network.wires for end in (wire.a, wire.b)}
    assert {(point.node, point.interface) for point in run.order.captures} <= there


def test_steps_are_counted_as_they_are_named() -> None:
    """Around: that it begins, that it is judged. Inside: building, starting, stopping; cases and canaries."""
    run = planned()
    assert (len(run.order.cases), len(run.order.canaries)) == (4, 1)
    assert run.step_count == 2 + 3 + 4 + 1


def test_a_prepared_folder_is_not_prepared_twice(tmp_path: Path) -> None:
    prepared(tmp_path / "run")
    with pytest.raises(FileExistsError):
        prepare(planned(), tmp_path / "run")
