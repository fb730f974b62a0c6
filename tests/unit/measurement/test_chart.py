"""Charts: what is drawn is what was measured, as steps, pieces or dots, and inside the picture."""

from __future__ import annotations

import re
from typing import Literal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.chart import (
    BOTTOM_PX,
    COLOURS,
    HEIGHT_PX,
    LEFT_PX,
    RIGHT_PX,
    TICKS,
    TOP_PX,
    WIDEST_PX,
    WIDTH_PX,
    Axis,
    Point,
    Series,
    chart_svg,
)
from measurement.drawing import NOT_IN_XML

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\x00\x1b<script>alert('\"&amp;{{ title }}')</script>]]>\ud800\ufffe"
RIGHT, BOTTOM = WIDTH_PX - RIGHT_PX, HEIGHT_PX - BOTTOM_PX
Kind = Literal["steps", "pieces", "dots"]
KINDS: tuple[Kind, ...] = ("steps", "pieces", "dots")


def drawn(
    *series: Series, title: str = "T", x: Axis | None = None, y: Axis | None = None
) -> ElementTree.Element:
    return ElementTree.fromstring(chart_svg(title, x or Axis("ms"), y or Axis("ms one way"), series))


def texts(picture: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SVG}text")]


def paths(picture: ElementTree.Element) -> list[ElementTree.Element]:
    return list(picture.iter(f"{SVG}path"))


def dots(picture: ElementTree.Element) -> list[tuple[float, float]]:
    return [(float(each.attrib["cx"]), float(each.attrib["cy"])) for each in picture.iter(f"{SVG}circle")]


def points_of(path: ElementTree.Element) -> list[tuple[str, float, float]]:
    found = re.findall(r"([ML])(-?[\d.]+) (-?[\d.]+)", path.attrib["d"])
    return [(how, float(x), float(y)) for how, x, y in found]


# How points are drawn


def test_pieces_are_joined_in_pairs_and_not_to_the_next_pair() -> None:
    (path,) = paths(drawn(Series("a", [(0, 10), (5, 10), (5, 5), (10, 5)], "pieces")))
    middle_x, middle_y = (LEFT_PX + RIGHT) / 2, (TOP_PX + BOTTOM) / 2
    assert points_of(path) == [
        ("M", LEFT_PX, TOP_PX),
        ("L", middle_x, TOP_PX),
        ("M", middle_x, middle_y),
        ("L", RIGHT, middle_y),
    ]


def test_dots_stand_by_themselves_at_their_places() -> None:
    picture = drawn(Series("a", [(0, 0), (5, 10), (10, 5)], "dots"))
    middle_x, middle_y = (LEFT_PX + RIGHT) / 2, (TOP_PX + BOTTOM) / 2
    assert dots(picture) == [(LEFT_PX, BOTTOM), (middle_x, TOP_PX), (RIGHT, middle_y)]
    assert paths(picture) == []


def test_steps_begin_where_the_axes_meet() -> None:
    (path,) = paths(drawn(Series("a", [(5, 5), (10, 10)], "steps")))
    assert path.attrib["d"].startswith(f"M{LEFT_PX:.1f} {BOTTOM:.1f}H")
    assert dots(drawn(Series("a", [(5, 5)], "steps"))) == []


def test_the_first_pieces_are_the_widest_so_that_others_do_not_hide_them() -> None:
    pieces = [Series(str(n), [(0, 1), (1, 1)], "pieces") for n in range(5)]
    widths = [float(each.attrib["stroke-width"]) for each in paths(drawn(*pieces))]
    assert widths[0] == WIDEST_PX and widths == sorted(widths, reverse=True) and widths[-1] > 1
    steps = [Series(str(n), [(1, 1)], "steps") for n in range(5)]
    assert len({each.attrib["stroke-width"] for each in paths(drawn(*steps))}) == 1


# Axes and legend


def test_all_series_share_the_axes() -> None:
    picture = drawn(Series("a", [(10, 1)], "dots"), Series("b", [(1, 100)], "dots"))
    assert dots(picture)[0][0] == RIGHT and dots(picture)[1][1] == TOP_PX
    assert dots(picture)[0][1] > TOP_PX and dots(picture)[1][0] < RIGHT


@pytest.mark.parametrize("decimals, last", [(0, "42"), (1, "42.0"), (3, "42.000")])
def test_numbers_have_as_many_decimals_as_the_axis_says(decimals: int, last: str) -> None:
    series = Series("a", [(42.0004, 1)], "dots")
    found = texts(drawn(series, x=Axis("x", decimals)))
    assert last in found and "x" in found
    assert last in texts(drawn(Series("a", [(1, 42.0004)], "dots"), y=Axis("y", decimals)))


def test_an_axis_is_told_from_zero_to_its_most_in_even_ticks() -> None:
    found = texts(drawn(Series("a", [(500, 3)], "dots"), y=Axis("y", 9)))
    assert [text for text in found if text in {"0", "100", "200", "300", "400", "500"}] == [
        str(100 * tick) for tick in range(TICKS + 1)
    ]


def test_every_series_has_a_label_and_its_colour_beside_it() -> None:
    picture = drawn(*(Series(f"s{n}", [(1, n + 1)], "dots") for n in range(len(COLOURS) + 1)))
    assert texts(picture)[-len(COLOURS) - 1 :] == [f"s{n}" for n in range(len(COLOURS) + 1)]
    colours = [each.attrib["fill"] for each in picture.iter(f"{SVG}circle")]
    legend = [each.attrib["stroke"] for each in picture.iter(f"{SVG}line") if "stroke-width" in each.attrib]
    assert colours == legend == [*COLOURS, COLOURS[0]]
    ys = [float(each.attrib["y1"]) for each in picture.iter(f"{SVG}line") if "stroke-width" in each.attrib]
    assert len(set(ys)) == len(ys) and ys == sorted(ys)


# Nothing, and anything


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("points", [[], [(0.0, 0.0)], [(0.0, 9.0)], [(9.0, 0.0)]], ids=str)
def test_a_picture_of_little_or_nothing_is_one(kind: Kind, points: list[Point]) -> None:
    picture = drawn(Series("a", points, kind))
    assert not re.search("nan|inf", ElementTree.tostring(picture, encoding="unicode"))
    assert len(dots(picture)) == (len(points) if kind == "dots" else 0)


def test_without_series_there_are_axes_alone() -> None:
    picture = drawn()
    assert (paths(picture), dots(picture)) == ([], [])
    assert {"ms", "ms one way", "0"} <= set(texts(picture))


def test_hostile_words_are_text() -> None:
    hostile = Series(HOSTILE, [(1, 1)], "dots")
    picture = drawn(hostile, title=HOSTILE, x=Axis(HOSTILE), y=Axis(HOSTILE))
    shown = NOT_IN_XML.sub("?", HOSTILE)
    assert texts(picture).count(shown) == 4
    assert picture.attrib["aria-label"] == shown
    assert not list(picture.iter(f"{SVG}script"))


@given(title=st.text(), label=st.text(), axis=st.text())
def test_every_word_makes_valid_xml(title: str, label: str, axis: str) -> None:
    found = texts(drawn(Series(label, [(1, 1)], "dots"), title=title, x=Axis(axis)))
    # A parser makes one line break of every kind of them (XML 1.0, section 2.11).
    shown = [re.sub("\r\n?", "\n", NOT_IN_XML.sub("?", each)) for each in (title, axis, label)]
    assert [found[0], found[-3], found[-1]] == shown


POINTS = st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)), max_size=20)


@given(st.lists(st.tuples(POINTS, st.sampled_from(KINDS)), max_size=5))
def test_everything_is_drawn_inside_the_picture(lines: list[tuple[list[Point], Kind]]) -> None:
    picture = drawn(*(Series("s", points, kind) for points, kind in lines))
    found = [*dots(picture), *((x, y) for path in paths(picture) for _, x, y in points_of(path))]
    for x, y in found:
        assert LEFT_PX <= x <= RIGHT and TOP_PX <= y <= BOTTOM
    assert len(dots(picture)) == sum(len(points) for points, kind in lines if kind == "dots")


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=20))
def test_a_dot_is_where_its_numbers_are_on_the_axes(points: list[Point]) -> None:
    most_x, most_y = (max(each) or 1.0 for each in zip(*points, strict=True))
    for (x, y), (cx, cy) in zip(points, dots(drawn(Series("a", points, "dots"))), strict=True):
        assert cx == pytest.approx(LEFT_PX + x / most_x * (RIGHT - LEFT_PX), abs=0.06)
        assert cy == pytest.approx(BOTTOM - y / most_y * (BOTTOM - TOP_PX), abs=0.06)
