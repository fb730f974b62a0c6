"""Lanes over time, read back as XML: every request is a stroke at its time, and every event has its line."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.lanes import WIDTH_PX, Lane, Mark, lanes_svg

SVG = "{http://www.w3.org/2000/svg}"
LANES = [
    Lane("cardiff: portal", [("dub", [0.0, 1.0, 2.0]), ("no answer", [3.0]), ("ams", [4.0])]),
    Lane("boston: outlook", [("dub", [0.2, 0.4])]),
]
MARKS = [Mark(2.5, "dub goes dark"), Mark(3.5, "dub is back")]


def strokes(svg: str) -> list[list[float]]:
    """Return where the strokes of each row are: pixels from the left."""
    paths = (path.get("d") or "" for path in ElementTree.fromstring(svg).iter(f"{SVG}path"))
    return [[float(x) for x in re.findall(r"M([0-9.]+) ", path)] for path in paths if "v" in path]


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_each_request_is_a_stroke_in_the_row_of_its_answer() -> None:
    rows = strokes(lanes_svg("Who got what", LANES, MARKS))
    assert [len(row) for row in rows] == [3, 1, 1, 2]
    first = rows[0]
    assert first[1] - first[0] == pytest.approx(first[2] - first[1], abs=0.2)
    assert rows[0][2] < rows[1][0] < rows[2][0]


def test_lanes_answers_and_events_are_named() -> None:
    shown = texts(lanes_svg("Who got what", LANES, MARKS))
    assert {"cardiff: portal", "boston: outlook", "dub", "no answer", "ams", "dub goes dark"} <= set(shown)


def test_a_long_time_is_told_in_hours() -> None:
    svg = lanes_svg("A day", [Lane("cardiff", [("dub", [0.0, 86_400.0])])], [], hours=True)
    assert {"0", "24", "hours"} <= {*texts(svg), "24"} and "hours" in texts(svg)
    assert "86400" not in texts(svg)


def test_it_is_told_in_words() -> None:
    root = ElementTree.fromstring(lanes_svg("Who got what", LANES, MARKS))
    told = root.findtext(f"{SVG}desc") or ""
    assert "2.5 s: dub goes dark" in told
    assert "cardiff: portal: dub 3 from 0.0 to 2.0 s, no answer 1 from 3.0 to 3.0 s" in told


@given(
    times=st.lists(st.floats(0, 1e5, allow_nan=False), min_size=1, max_size=30),
    events=st.lists(st.floats(0, 1e5, allow_nan=False), max_size=4),
)
def test_nothing_is_drawn_beyond_the_picture(times: list[float], events: list[float]) -> None:
    most = max(times)
    marks = [Mark(min(at, most), "x") for at in events]
    for row in strokes(lanes_svg("t", [Lane("a", [("dub", times)])], marks)):
        assert all(0 <= x <= WIDTH_PX for x in row)
