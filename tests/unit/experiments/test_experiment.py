"""What an experiment has that chooses and measures nothing, without tables and pictures of its own."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from experiments.experiment import Experiment, Options
from experiments.registry import EXPERIMENTS
from topologies.load import load_world

from .made_up_run import ORDER, made_up_run

PLAIN = Experiment(
    name="plain",
    title="Nothing to choose",
    plan_order=lambda *_: ORDER,
    steps=lambda _: [],
    controls=lambda _: [],
)


def test_an_experiment_has_no_options_no_figures_no_tables_and_no_pictures_unless_it_says_so() -> None:
    assert PLAIN.options is Options and Options.model_fields == {}
    assert PLAIN.figures(made_up_run()) == []
    assert PLAIN.tables(made_up_run()) == []
    assert PLAIN.pictures(made_up_run()) == {}


def test_an_experiment_leaves_the_world_as_it_is_unless_it_says_so() -> None:
    world = load_world("article")
    assert PLAIN.change_world(world, Options()) is world


def test_an_option_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Options.model_validate({"more": 1})


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_can_be_planned_as_it_is(name: str) -> None:
    experiment = EXPERIMENTS[name]
    world = load_world("article" if experiment.world == "planet" else experiment.world)
    options = experiment.options()
    changed = experiment.change_world(world, options)
    order = experiment.plan_order(changed, 7, 10.0, options)
    assert (order.experiment, order.world, order.seed) == (name, changed.name, 7)
    assert len({case.name for case in order.cases}) == len(order.cases)
    assert len({point.name for point in order.captures}) == len(order.captures)
