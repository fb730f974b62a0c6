"""Where the tables stand on a page: before the pictures where they are what it is about, else behind them."""

from __future__ import annotations

import re

import pytest

from measurement.report.page import Run, page_html
from measurement.result import Column, FrameRef, Result, Table, TableRow, Verdict

SHOWN = (FrameRef(file="pcap/direct/lagos.pcapng", frame=7),)
TABLE = Table(
    title="Ways", columns=(Column(heading="way"),), rows=(TableRow(cells=("direct",), frames=SHOWN),)
)


def sections(*tables: Table, first: bool) -> list[str]:
    result = Result(
        experiment="compare",
        world="article",
        verdict=Verdict.HELD,
        seed=1,
        steps=(),
        controls=(),
        journeys=(),
        figures=(),
        paths=(),
        tables=tables,
    )
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>'
    run = Run(
        title="Compare",
        result=result,
        texts={},
        pictures={"map.svg": drawn, "ways.svg": drawn},
        machine={},
        problems=(),
        repeat="clientpath compare",
        tables_first=first,
    )
    html = page_html(run)
    found = re.findall(r'<h2 id="([a-z]+)">', html)
    linked = re.findall(r'<li><a href="#([a-z]+)">', html)
    assert linked == found, "the page's own links are in the order of its parts"
    return found


@pytest.mark.parametrize(
    "first, expected",
    [
        (True, ["tables", "map", "ways", "evidence", "repeat"]),
        (False, ["map", "ways", "evidence", "tables", "repeat"]),
    ],
)
def test_tables_stand_where_they_are_wanted(first: bool, expected: list[str]) -> None:
    assert sections(TABLE, first=first) == expected


@pytest.mark.parametrize("first", [True, False])
def test_without_tables_there_is_no_part_for_them(first: bool) -> None:
    assert sections(first=first) == ["map", "ways", "evidence", "repeat"]
