"""An order is written before the machine starts, and read inside it as the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from controllers.control import Rules
from experiments.exercise import Cut, Exercise
from experiments.order import Case, Order, Probe, control_file, load, save
from topologies.steering import Answers

from .saved_runs import SAVED


@pytest.fixture(scope="module")
def order() -> Order:
    return load(SAVED)


def test_an_order_that_is_saved_is_read_as_the_same(tmp_path: Path, order: Order) -> None:
    save(order, tmp_path)
    assert load(tmp_path) == order


def test_the_same_order_gives_the_same_bytes(tmp_path: Path, order: Order) -> None:
    save(order, tmp_path)
    assert (tmp_path / "order.json").read_bytes() == (SAVED / "order.json").read_bytes()


def test_a_case_is_found_by_its_name(order: Order) -> None:
    assert [order.case(case.name) for case in order.cases] == list(order.cases)


def test_a_folder_without_an_order(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("not JSON", id="no JSON"),
        pytest.param("{}", id="an empty object"),
        pytest.param('{"of_a_later_version": 1,', id="cut"),
    ],
)
def test_a_file_that_is_no_order(tmp_path: Path, text: str) -> None:
    (tmp_path / "order.json").write_text(text)
    with pytest.raises(ValueError, match="Order"):
        load(tmp_path)


def test_an_unknown_key_is_no_order(tmp_path: Path, order: Order) -> None:
    (tmp_path / "order.json").write_text(order.model_dump_json().replace("{", '{"later": 1, ', 1))
    with pytest.raises(ValueError, match="later"):
        load(tmp_path)


CASE = {"name": "a", "text": "b", "client": "c", "resolver": "d", "requests": [{"url": "e"}]}


@pytest.mark.parametrize("how", ["by place", "same for all", "anycast"])
def test_answers_are_given_in_one_of_three_ways(how: str) -> None:
    case = Case.model_validate({**CASE, "answers": {"how": how, "datacenter": "mwh"}})
    assert (case.answers.how, case.answers.datacenter) == (how, "mwh")
    with pytest.raises(ValidationError, match="answers"):
        Case.model_validate({**CASE, "answers": {"how": "at random"}})


def test_unless_it_says_otherwise_a_case_is_answered_by_place_and_connections_are_kept() -> None:
    case = Case.model_validate(CASE)
    assert (case.answers, case.warm) == (Answers(), True)
    assert (case.answers.how, case.answers.client_subnet) == ("by place", False)


def test_a_case_without_a_request_is_none() -> None:
    with pytest.raises(ValidationError, match="requests"):
        Case.model_validate({**CASE, "requests": []})


def test_a_probe_is_an_echo_that_comes_back_unless_it_says_otherwise() -> None:
    probe = Probe(name="a", text="b", source="c", target="d")
    assert (probe.name_asked, probe.comes_back) == ("", True)


def test_a_probe_is_found_by_its_name(order: Order) -> None:
    assert [order.probe(probe.name) for probe in order.probes] == list(order.probes)


@pytest.mark.parametrize("name", ["nobody", "Nearest"])
def test_a_case_or_probe_that_there_is_not(order: Order, name: str) -> None:
    for find in (order.case, order.probe):
        with pytest.raises(KeyError, match=name):
            find(name)


def test_everything_of_an_order_is_kept(tmp_path: Path, order: Order) -> None:
    probe = Probe(name="dns", text="b", source="c", target="d", name_asked="x.example", comes_back=False)
    whole = order.model_copy(
        update={"probes": (probe,), "accounts": (("traveller", "fabrikam"),), "files": {"1MB.bin": 1_000_000}}
    )
    save(whole, tmp_path)
    assert load(tmp_path) == whole


# Exercises


EXERCISE = Exercise(name="cut", text="a link is cut", events=(Cut(at_ms=1.0, a="x", b="y"),), steady=False)


def with_exercises(order: Order, *exercises: Exercise) -> Order:
    return order.model_copy(update={"exercises": exercises, "control_delay_ms": 59.0})


def test_exercises_are_kept_and_found_by_their_names(tmp_path: Path, order: Order) -> None:
    whole = with_exercises(order, EXERCISE, Exercise(name="no-cut", text="nothing"))
    save(whole, tmp_path)
    assert load(tmp_path) == whole
    assert whole.exercise("cut") == EXERCISE
    with pytest.raises(KeyError, match="nearest"):
        whole.exercise("nearest")


def test_cases_exercises_and_probes_all_have_captures_of_their_own(order: Order) -> None:
    whole = with_exercises(order, EXERCISE)
    cases, probes = [each.name for each in order.cases], [each.name for each in order.probes]
    assert whole.names == [*cases, "cut", *probes]


def test_all_but_the_exercises_that_say_otherwise_are_steady(order: Order) -> None:
    whole = with_exercises(order, EXERCISE, Exercise(name="no-cut", text="nothing"))
    assert set(whole.names) - set(whole.steady) == {"cut"}
    assert order.steady == order.names


def test_an_order_without_cases_is_one(tmp_path: Path, order: Order) -> None:
    whole = with_exercises(order, EXERCISE).model_copy(update={"cases": (), "probes": ()})
    save(whole, tmp_path)
    assert load(tmp_path).names == ["cut"]


def test_rules_that_are_the_usual_ones_need_no_file_of_their_own() -> None:
    assert control_file() == control_file(EXERCISE) == "control.json"
    alone = EXERCISE.model_copy(update={"rules": Rules(protection=False)})
    assert control_file(alone) == "control-cut.json"


def test_an_order_never_changes(order: Order) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        order.seed = 2  # type: ignore[misc]
