"""Real switches: they have what the controller computed, keep it without one, and get it back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from controllers.control import Control
from controllers.shown import flow_text, group_text
from controllers.tables import tables
from controllers.topology import topology_of
from topologies.plan import Plan

from .guests import changed_source, prepared, run_guest
from .switches_inside import FORGETFUL


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder after the guest has looked into its switches."""
    run_dir = prepared(tmp_path_factory.mktemp("switches") / "run")
    source = changed_source(tmp_path_factory.mktemp("source") / "source", {})
    (source / "experiments/inside.py").write_text(
        Path(__file__).with_name("switches_inside.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    run_guest(run_dir, source=source)
    return run_dir


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, list[str]]:
    loaded: dict[str, list[str]] = json.loads((folder / "switches.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, list[str]]:
    """What each switch should have been told in the first version, as it would print it."""
    plan = Plan.model_validate_json((folder / "network.json").read_text())
    topology = topology_of(plan)
    told = tables(Control(topology=topology), 1)
    return {
        switch.name: sorted(
            [flow_text(flow) for flow in told[switch.number].whole.flows]
            + [group_text(group) for group in told[switch.number].whole.groups]
        )
        for switch in topology.switches
    }


def test_every_switch_has_exactly_what_was_computed(
    found: dict[str, list[str]], expected: dict[str, list[str]]
) -> None:
    assert {name: found[name] for name in expected} == expected


def test_a_switch_that_has_lost_everything_gets_it_back_when_it_returns(
    found: dict[str, list[str]], expected: dict[str, list[str]]
) -> None:
    assert found["returned"] == ["0 while it had forgotten", *expected[FORGETFUL]]


def test_a_switch_keeps_what_it_has_when_the_controller_dies(
    found: dict[str, list[str]], expected: dict[str, list[str]]
) -> None:
    assert found["alone"] == expected[FORGETFUL]
