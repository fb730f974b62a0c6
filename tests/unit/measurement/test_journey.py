"""Journeys are kept a line each, and a line that is none is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from measurement.journey import Journey, load, save
from topologies.errors import MeasurementError

from .rows import journey


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_journeys_that_are_saved_are_read_as_the_same(tmp_path: Path) -> None:
    journeys = [journey(), journey(case="at-home", body='two\nlines "and" ünïcode', error="cut off")]
    save(journeys, tmp_path / "journey.jsonl")
    assert load(tmp_path / "journey.jsonl") == journeys


def test_a_journey_is_one_line(tmp_path: Path) -> None:
    save([journey(body="two\nlines"), journey()], tmp_path / "journey.jsonl")
    assert (tmp_path / "journey.jsonl").read_text().count("\n") == 2


def test_no_journeys_are_an_empty_file(tmp_path: Path) -> None:
    save([], tmp_path / "journey.jsonl")
    assert (tmp_path / "journey.jsonl").read_bytes() == b""
    assert load(tmp_path / "journey.jsonl") == []


GARBLED = {
    "not JSON": "not a journey",
    "cut": journey().model_dump_json()[:-10],
    "something else": "[1, 2]",
    "without a key": journey().model_dump_json(exclude={"status"}),
    "with an unknown key": journey().model_dump_json().replace("{", '{"new":1,', 1),
    "with a text for a number": journey().model_dump_json().replace('"status":200', '"status":"fine"'),
    "empty": "",
}


@pytest.mark.parametrize("what", GARBLED)
def test_a_line_that_is_no_journey_is_named(tmp_path: Path, what: str) -> None:
    good = journey().model_dump_json()
    path = written(tmp_path / "journey.jsonl", good, good, GARBLED[what], good)
    with pytest.raises(MeasurementError, match=r"^journey\.jsonl, line 3: not a journey: "):
        load(path)


def test_a_missing_file_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "journey.jsonl")


def test_a_journey_is_a_value() -> None:
    assert journey() == Journey.model_validate_json(journey().model_dump_json())
    with pytest.raises(ValueError, match="frozen"):
        journey().status = 200  # type: ignore[misc]
