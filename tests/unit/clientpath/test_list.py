"""What can be run."""

from __future__ import annotations

import json

from experiments.registry import EXPERIMENTS

from .conftest import Clientpath


def test_a_line_for_each_experiment(clientpath: Clientpath) -> None:
    said = clientpath("list")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert [line.split("  ")[0] for line in lines] == list(EXPERIMENTS)
    assert "The portal: connecting to the nearest datacenter" in lines[0]


def test_as_json(clientpath: Clientpath) -> None:
    said = clientpath("list", "--json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out) == [{"name": each.name, "title": each.title} for each in EXPERIMENTS.values()]
