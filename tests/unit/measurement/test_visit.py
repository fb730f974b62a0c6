"""What clients say of their turns, as a file."""

from pathlib import Path

import pytest

from measurement.visit import Reached, Visit, load, save
from topologies.errors import MeasurementError

NAME = "portal.office.com"
VISIT = Visit(
    survey="s",
    client="ada",
    resolver="res",
    resolver_ip="192.0.2.1",
    name=NAME,
    addresses=("192.0.2.9",),
    reached=(Reached(address="192.0.2.9", local_port=40000, error=""),),
    error="",
)


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    save([VISIT, VISIT], tmp_path / "surveys.jsonl")
    assert load(tmp_path / "surveys.jsonl") == [VISIT, VISIT]


@pytest.mark.parametrize("line", ["", "no JSON", '{"survey": "s"}'])
def test_a_line_that_is_no_visit_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "surveys.jsonl"
    path.write_text(VISIT.model_dump_json() + "\n" + line + "\n")
    with pytest.raises(MeasurementError, match=r"surveys\.jsonl, line 2: not a visit"):
        load(path)
