"""Experiments are found by their names, and a name that is none is told with the nearest one."""

from __future__ import annotations

from pathlib import Path

import pytest

import experiments
from experiments.registry import EXPERIMENTS, UnknownExperiment, find
from topologies.nearest import LISTED


def test_an_experiment_is_found_by_its_name() -> None:
    for name, experiment in EXPERIMENTS.items():
        assert find(name) is experiment
        assert experiment.name == name and experiment.title


def test_an_experiments_name_is_that_of_its_script() -> None:
    for name in EXPERIMENTS:
        assert (Path(experiments.__file__).parent / f"{name}.py").is_file()


@pytest.mark.parametrize(
    "name, told",
    [
        ("nearest-datacenter", 'did you mean "nearest_datacenter"'),
        ("Nearest_Datacentre", 'did you mean "nearest_datacenter"'),
        ("exchange-online", 'did you mean "exchange_online"'),
        ("x", f"right would be one of: {', '.join(sorted(EXPERIMENTS)[:LISTED])}"),
        ("", f"right would be one of: {', '.join(sorted(EXPERIMENTS)[:LISTED])}"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_one(name: str, told: str) -> None:
    with pytest.raises(UnknownExperiment) as error:
        find(name)
    assert str(error.value).startswith(f'unknown experiment "{name}"; {told}')
