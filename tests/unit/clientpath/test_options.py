"""What can be chosen of an experiment is an option of its command, checked before anything is planned."""

from __future__ import annotations

from typing import Annotated, Literal

import click
import pytest
from pydantic import Field
from pydantic_core import PydanticUndefined

from clientpath.options import options_of
from experiments.experiment import Options
from experiments.registry import EXPERIMENTS


class Several(Options):
    """An option of each kind."""

    congestion: Literal["cubic", "bbr"] = Field("cubic", description="How TCP controls congestion.")
    size_mb: int = Field(10, ge=1, le=100, description="The size of a file.")
    count: int = Field(2, description="How many.")
    loss_percent: Annotated[float, Field(ge=0, le=50, description="What is lost.")] = 0.0
    at_least: Annotated[float, Field(ge=0.5)] = 1.0
    warm: bool = Field(True, description="Whether connections are kept.")
    source: str = Field("", description="Who sends; somebody, if not given.")


OPTIONS = {option.name: option for option in options_of(Several)}


def parsed(*arguments: str) -> dict[str, object]:
    command = click.Command("it", params=list(options_of(Several)))
    with command.make_context("it", list(arguments)) as context:
        return dict(context.params)


def refused(*arguments: str) -> str:
    with pytest.raises(click.BadParameter) as error:
        parsed(*arguments)
    return error.value.format_message()


def test_an_experiment_without_a_choice_has_no_options() -> None:
    assert options_of(Options) == []


def test_each_field_is_an_option_with_dashes_and_its_description() -> None:
    assert [option.opts for option in options_of(Several)] == [
        ["--congestion"],
        ["--size-mb"],
        ["--count"],
        ["--loss-percent"],
        ["--at-least"],
        ["--warm"],
        ["--source"],
    ]
    assert OPTIONS["congestion"].help == "How TCP controls congestion."


def test_defaults_are_those_of_the_fields_and_shown() -> None:
    assert Several.model_validate(parsed()) == Several()
    # An empty text stands for a choice that the run makes: its description says which.
    shown = {option.default != "": option.show_default for option in OPTIONS.values()}
    assert shown == {True: True, False: False}


def test_what_is_chosen_is_what_the_experiment_gets() -> None:
    words = (
        "--congestion bbr --size-mb 100 --count -3 --loss-percent 0.5 --at-least 0.5 --warm no --source ams"
    )
    chosen = Several.model_validate(parsed(*words.split()))
    assert chosen == Several(
        congestion="bbr", size_mb=100, count=-3, loss_percent=0.5, at_least=0.5, warm=False, source="ams"
    )


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("--congestion", "reno"), "'reno' is not one of 'cubic', 'bbr'"),
        (("--size-mb", "0"), "0 is not in the range 1<=x<=100"),
        (("--size-mb", "101"), "101 is not in the range 1<=x<=100"),
        (("--size-mb", "1.5"), "'1.5' is not a valid integer"),
        (("--count", "two"), "'two' is not a valid integer"),
        (("--loss-percent", "50.1"), "50.1 is not in the range 0<=x<=50"),
        (("--loss-percent", "much"), "'much' is not a valid float"),
        (("--at-least", "0.4"), "0.4 is not in the range x>=0.5"),
        (("--warm", "perhaps"), "'perhaps' is not a valid boolean"),
    ],
)
def test_what_cannot_be_chosen_is_told_with_what_can(arguments: tuple[str, str], told: str) -> None:
    message = refused(*arguments)
    assert arguments[0] in message and told in message


@pytest.mark.parametrize("word", ["ams", "", "7", "--", "a b", "Zürich", "/tmp/demands.toml"])
def test_a_word_is_taken_as_it_is(word: str) -> None:
    assert parsed(f"--source={word}")["source"] == word


def test_a_word_that_is_not_given_is_empty_and_needs_a_value() -> None:
    assert parsed()["source"] == ""
    assert "requires an argument" in refused_usage("--source")


def refused_usage(*arguments: str) -> str:
    with pytest.raises(click.UsageError) as error:
        parsed(*arguments)
    return error.value.format_message()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_option_of_an_experiment_has_a_default_that_it_takes_and_a_description(name: str) -> None:
    model = EXPERIMENTS[name].options
    for option in options_of(model):
        assert option.help
        assert option.default is not None and option.default is not PydanticUndefined
    command = click.Command("it", params=list(options_of(model)))
    with command.make_context("it", []) as context:
        assert model.model_validate(context.params) == model()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_no_option_of_an_experiment_has_the_name_of_one_that_all_have(name: str) -> None:
    common = {"--world", "--machine", "--seed", "--out", "--json"}
    assert not common & {opt for option in options_of(EXPERIMENTS[name].options) for opt in option.opts}
