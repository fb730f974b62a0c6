"""A result is written and read without loss, and its whole is as bad as its worst part."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from pydantic import ValidationError

from measurement import result as results
from measurement.result import (
    Cell,
    Column,
    Figure,
    FrameRef,
    JourneyResult,
    PathResult,
    Result,
    StepResult,
    Table,
    TableRow,
    Verdict,
    overall,
    save,
)

HELD, REFUTED, INCONCLUSIVE = Verdict.HELD, Verdict.REFUTED, Verdict.INCONCLUSIVE


def step(verdict: Verdict, number: int = 1) -> StepResult:
    frames = (FrameRef(file="pcap/nearest/traveller.pcapng", frame=number),)
    return StepResult(number=number, text="t", expected="e", observed="ö", verdict=verdict, frames=frames)


FRAMES = (FrameRef(file="pcap/forced/traveller.pcapng", frame=4),)
COLUMNS = (Column(heading="service"), Column(heading="first byte", unit="ms"))


def table(*cells: tuple[Cell, ...], columns: tuple[Column, ...] = COLUMNS) -> Table:
    """Return a table with rows of these cells."""
    rows = tuple(TableRow(cells=each, frames=FRAMES, group="forced") for each in cells)
    return Table(title="models", columns=columns, rows=rows)


def result() -> Result:
    journey = JourneyResult(
        case="nearest",
        client="traveller",
        request="page",
        url="https://portal.office.com/",
        resolver="isplis",
        cname_chain=("a.example", "b.example"),
        server_ip="13.107.6.18",
        datacenter="dub",
        phases_ms={"total": 590.182},
        protocol="HTTP/2",
        status=200,
        body_bytes=47,
    )
    figure = Figure(name="connect", case="nearest", unit="ms", measured=32.112, expected=32.111)
    path = PathResult(
        source="traveller", to="dub-fe", configured_rtt_ms=32.111221, measured_rtt_ms=32.111872, frames=()
    )
    return Result(
        experiment="nearest_datacenter",
        world="article",
        verdict=REFUTED,
        seed=2**63 - 1,
        steps=(step(HELD), step(REFUTED, 2)),
        controls=(step(INCONCLUSIVE),),
        journeys=(journey,),
        figures=(figure, figure.model_copy(update={"unit": "%", "expected": None, "published": "43 %"})),
        paths=(path,),
        tables=(table(("portal", 132.0), ("media", 132), (8075, None)),),
    )


@pytest.mark.parametrize(
    "verdicts, whole",
    [
        ([], INCONCLUSIVE),
        ([HELD], HELD),
        ([HELD, HELD], HELD),
        ([HELD, INCONCLUSIVE], INCONCLUSIVE),
        ([HELD, REFUTED], REFUTED),
        ([INCONCLUSIVE, REFUTED], REFUTED),
        ([HELD, INCONCLUSIVE, REFUTED], REFUTED),
    ],
)
def test_the_whole_is_refuted_before_inconclusive_before_held(
    verdicts: list[Verdict], whole: Verdict
) -> None:
    for order in permutations(verdicts):
        assert overall(step(verdict) for verdict in order) is whole


def test_a_result_that_is_saved_is_read_as_the_same(tmp_path: Path) -> None:
    save(result(), tmp_path / "result.json")
    assert Result.model_validate_json((tmp_path / "result.json").read_text()) == result()


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save(result(), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_file_says_from_and_to(tmp_path: Path) -> None:
    save(result(), tmp_path / "result.json")
    document = json.loads((tmp_path / "result.json").read_text())
    (path,) = document["paths"]
    assert (path["from"], path["to"]) == ("traveller", "dub-fe")
    assert "source" not in path
    assert (document["format"], document["verdict"]) == (1, "refuted")


def test_a_path_is_made_by_either_name() -> None:
    values = {"to": "b", "configured_rtt_ms": 1.0, "measured_rtt_ms": 1.0, "frames": ()}
    assert PathResult(**{"from": "a"}, **values) == PathResult(source="a", **values)


def test_a_result_of_another_format_is_refused() -> None:
    document = result().model_dump(by_alias=True)
    with pytest.raises(ValidationError, match="format"):
        Result.model_validate({**document, "format": 2})


def test_a_result_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        result().verdict = HELD  # type: ignore[misc]


def test_the_published_schema_is_that_of_the_code() -> None:
    assert (Path(results.__file__).parent / "result.schema.json").read_text() == results.schema()


@pytest.mark.parametrize("unit", ["us", "s", "", "MBit/s"])
def test_a_figure_of_another_unit_is_refused(unit: str) -> None:
    with pytest.raises(ValidationError, match="unit"):
        Figure.model_validate({"name": "n", "case": "c", "unit": unit, "measured": 1.0})


def test_a_figure_may_have_nothing_to_compare_with() -> None:
    figure = Figure(name="n", case="c", unit="Mbit/s", measured=0.0)
    assert (figure.expected, figure.published, figure.frames) == (None, "", ())


def test_a_result_without_figures_has_an_empty_list_of_them(tmp_path: Path) -> None:
    save(result().model_copy(update={"figures": ()}), tmp_path / "result.json")
    assert json.loads((tmp_path / "result.json").read_text())["figures"] == []


# Tables


def test_a_cell_is_read_as_what_it_was_written_as(tmp_path: Path) -> None:
    save(result(), tmp_path / "result.json")
    (read,) = Result.model_validate_json((tmp_path / "result.json").read_text()).tables
    cells = [cell for row in read.rows for cell in row.cells]
    assert cells == ["portal", 132.0, "media", 132, 8075, None]
    assert [type(cell) for cell in cells] == [str, float, str, int, int, type(None)]


def test_a_result_that_was_saved_before_there_were_tables_has_none() -> None:
    document = json.loads(result().model_dump_json(by_alias=True))
    del document["tables"]
    assert Result.model_validate(document).tables == ()


@pytest.mark.parametrize("cells", [("portal",), ("portal", 1.0, 2.0), ()], ids=len)
def test_a_row_with_another_number_of_cells_is_refused(cells: tuple[Cell, ...]) -> None:
    right = f'table "models", row 2 has {len(cells)} cells; right would be 2, one for each column'
    with pytest.raises(ValidationError, match=right):
        table(("portal", 1.0), cells)


def test_words_where_a_column_has_a_unit_are_refused() -> None:
    with pytest.raises(ValidationError, match='row 1: first byte is "soon"; right would be ms, or None'):
        table(("portal", "soon"))


@pytest.mark.parametrize("cell", [True, float("nan"), float("inf"), b"x", ()], ids=str)
def test_a_cell_is_words_a_finite_number_or_nothing(cell: object) -> None:
    with pytest.raises(ValidationError, match="cells"):
        TableRow.model_validate({"cells": (cell,), "frames": FRAMES})


def test_what_no_frame_shows_is_no_row() -> None:
    with pytest.raises(ValidationError, match="frames"):
        TableRow(cells=("portal",), frames=())


def test_a_table_without_columns_is_refused_and_one_without_rows_is_not() -> None:
    assert table().rows == ()
    with pytest.raises(ValidationError, match="columns"):
        table(columns=())


@pytest.mark.parametrize(
    "unit, cell, shown",
    [
        ("", None, "-"),
        ("ms", None, "-"),
        ("", "a | b", "a | b"),
        ("", 12076, "12076"),
        ("bytes", 1234567, "1,234,567"),
        ("bytes", 0, "0"),
        ("ms", 2000, "2,000"),
        ("ms", 2000.0006, "2,000.001"),
        ("", 1.5, "1.500"),
    ],
)
def test_a_cell_is_shown_by_its_unit(unit: str, cell: Cell, shown: str) -> None:
    assert Column.model_validate({"heading": "h", "unit": unit}).shown(cell) == shown


def test_a_columns_title_has_its_unit() -> None:
    assert [column.title for column in COLUMNS] == ["service", "first byte, ms"]


@pytest.mark.parametrize("unit", ["us", "s", "MB"])
def test_a_column_of_another_unit_is_refused(unit: str) -> None:
    with pytest.raises(ValidationError, match="unit"):
        Column.model_validate({"heading": "h", "unit": unit})
