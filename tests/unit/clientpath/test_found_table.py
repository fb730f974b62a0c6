"""A table as people read it: nothing is lost, however narrow the terminal is, and every row has its proof."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from clientpath.found_table import print_table, shown_by_file
from measurement.result import Column, FrameRef, Table, TableRow

from ..topologies.made_up_plans import MODEST

SERVICES = ("portal", "Exchange", "SharePoint", "media")
MODELS = ("forced tunnel", "forced with few exceptions", "selective")
HEADINGS = {"service": "", "resolver": "", "front door": "", "way out": "", "round trip": "ms"}
COLUMNS = tuple(
    Column.model_validate({"heading": heading, "unit": unit})
    for heading, unit in {
        **HEADINGS,
        "first byte": "ms",
        "through the tunnel": "bytes",
        "direct": "bytes",
    }.items()
)


def frames(*numbers: int, node: str = "traveller") -> tuple[FrameRef, ...]:
    return tuple(FrameRef(file=f"pcap/forced/{node}.pcapng", frame=number) for number in numbers)


def row(service: str, group: str = "") -> TableRow:
    cells = (service, "hqdns", "ord-efz", "access line", 132.1234, None, 1_234_567, 0)
    return TableRow(cells=cells, frames=frames(4), group=group)


TABLE = Table(
    title="What each model does",
    columns=COLUMNS,
    rows=tuple(row(service, model) for model in MODELS for service in SERVICES),
)


def printed(table: Table, width: int) -> list[str]:
    file = StringIO()
    print_table(Console(file=file, width=width, highlight=False, markup=False), table)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_with_room_every_row_is_a_line_below_its_groups_name() -> None:
    lines = printed(TABLE, 140)
    assert lines[1] == "What each model does"
    end = next(n for n, line in enumerate(lines) if line.strip() == "frames")
    words = [line.split() for line in lines[2:end]]
    assert words[0] == ["round", "trip", "first", "byte", "through", "the", "tunnel", "direct"]
    assert words[1][-4:] == ["ms", "ms", "bytes", "bytes"]
    expected = []
    for model in MODELS:
        expected.append(model.split())
        for service in SERVICES:
            number = sum(len(each) > 5 for each in expected) + 1
            told = f"{number} {service} hqdns ord-efz access line 132.123 - 1,234,567 0"
            expected.append(told.split())
    assert words[2:] == expected


def test_headings_and_words_are_wrapped_before_a_row_is_taken_apart() -> None:
    lines = printed(TABLE, 80)
    assert max(map(len, lines)) <= 80
    (first,) = (line for line in lines if "portal" in line and line.startswith(" 1"))
    assert first.split()[:5] == ["1", "portal", "hqdns", "ord-efz", "access"]
    assert first.split()[-4:] == ["132.123", "-", "1,234,567", "0"]
    assert "forced with few exceptions" in lines


def test_where_a_row_has_no_room_each_cell_has_a_line() -> None:
    lines = printed(TABLE, 50)
    begin = lines.index("forced tunnel") + 1
    assert [line.split("  ")[-1].strip() for line in lines[begin : begin + 8]] == [
        *("portal", "hqdns", "ord-efz", "access line"),
        *("132.123", "-", "1,234,567", "0"),
    ]
    assert "through the tunnel, bytes" in lines[begin + 6]


@MODEST
@given(st.integers(30, 200))
def test_no_word_and_no_number_is_ever_broken_or_left_out(width: int) -> None:
    lines = printed(TABLE, width)
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    for word in (*SERVICES, "hqdns", "ord-efz", "access", "132.123", "1,234,567"):
        assert words.count(word) >= len(MODELS), word
    assert words.count("1,234,567") == words.count("132.123") == len(TABLE.rows)


def test_each_row_has_its_number_and_below_the_table_its_frames() -> None:
    lines = printed(TABLE, 140)
    begin = next(n for n, line in enumerate(lines) if line.strip() == "frames") + 1
    numbers = range(1, len(TABLE.rows) + 1)
    assert [line.split() for line in lines[begin:]] == [
        [str(number), "forced/traveller.pcapng", "4"] for number in numbers
    ]


def test_frames_are_told_by_capture_and_how_many_more_there_are() -> None:
    seen = (*frames(4, 9), *frames(1, node="hq-gw"), *frames(12, 13, 14))
    assert shown_by_file(seen) == "forced/traveller.pcapng 4, 9, 12 and 2 more; forced/hq-gw.pcapng 1"
    assert shown_by_file(frames(4, 9, 12)) == "forced/traveller.pcapng 4, 9, 12"


def test_a_table_without_groups_has_no_lines_for_them() -> None:
    plain = TABLE.model_copy(update={"rows": (row("portal"), row("media"))})
    lines = printed(plain, 140)
    assert [line.split()[:2] for line in lines[4:6]] == [["1", "portal"], ["2", "media"]]


def test_a_table_without_rows_is_its_title_and_its_headings() -> None:
    lines = printed(TABLE.model_copy(update={"rows": ()}), 140)
    assert next(line for line in lines if line) == "What each model does"
    assert "frames" not in " ".join(lines) and "resolver" in " ".join(lines)


@pytest.mark.parametrize("width", [140, 30])
def test_words_in_brackets_are_no_markup(width: int) -> None:
    hostile = TABLE.model_copy(update={"rows": (row("[bold]x", "[red]y[/red]"),), "title": "[i]t"})
    text = "\n".join(printed(hostile, width))
    assert all(word in text for word in ("[bold]x", "[red]y[/red]", "[i]t"))
