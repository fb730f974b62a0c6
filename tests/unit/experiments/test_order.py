"""An order is written before the machine starts, and read inside it as the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from experiments.order import Case, Order, load, save

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


def test_answers_are_by_place_or_the_same_for_all() -> None:
    case = {"name": "a", "text": "b", "client": "c", "resolver": "d", "url": "e"}
    assert Case.model_validate(case).answers == "by place"
    assert Case.model_validate({**case, "answers": "same for all"}).answers == "same for all"
    with pytest.raises(ValidationError, match="answers"):
        Case.model_validate({**case, "answers": "at random"})


def test_an_order_never_changes(order: Order) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        order.seed = 2  # type: ignore[misc]
