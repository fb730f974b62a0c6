"""Bars: as long as what they show, each text in a place of its own, and everything said in words too."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from measurement.bars import FONT_PX, WIDTH_PX, Bar, Group, Segment, bars_svg
from measurement.chart import COLOURS
from measurement.drawing import NOT_IN_XML
from measurement.lettering import width_px

from ..topologies.made_up_plans import MODEST

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\x00\x1b<script>alert('\"&amp;{{ title }}')</script>]]>\ud800\ufffe"
PRINTED_PX = 0.1  # places are printed in tenths

durations = st.floats(0, 1e9)
texts = st.one_of(st.text(), st.text("WMm @ij", min_size=20, max_size=200))
segments = st.builds(Segment, texts, durations)
bars = st.builds(Bar, texts, st.lists(segments, max_size=6))
groups = st.lists(st.builds(Group, texts, st.lists(bars, max_size=4)), max_size=4)

PHASES = ("name lookup", "connect", "TLS", "first byte")
LONG = "SharePoint and OneDrive in a datacenter whose name is long WWWWWWWWWWWWWWWWWWWWWWWWWWW"


def bar(label: str, *parts_ms: float) -> Bar:
    return Bar(label, [Segment(phase, ms) for phase, ms in zip(PHASES, parts_ms, strict=False)])


EXTREME = [
    Group(
        f"{LONG} {number}",
        [bar("portal", 1), bar(LONG, 2000.0), bar("none"), bar("media", 0, 0.001, 12, number)],
    )
    for number in range(9)
]


@dataclass(frozen=True)
class Box:
    """Where a text stands, at most."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right - 2 * PRINTED_PX
            and other.left < self.right - 2 * PRINTED_PX
            and self.top < other.bottom
            and other.top < self.bottom
        )


def drawn(groups: list[Group], title: str = "T") -> ElementTree.Element:
    return ElementTree.fromstring(bars_svg(title, groups))


def boxes(picture: ElementTree.Element) -> list[Box]:
    found = []
    for each in picture.iter(f"{SVG}text"):
        size_px = float(each.get("font-size", FONT_PX))
        width = width_px(each.text or "", size_px, bold="font-weight" in each.attrib)
        x, y = float(each.attrib["x"]), float(each.attrib["y"])
        left = x - {"end": width, "middle": width / 2}.get(each.get("text-anchor", ""), 0)
        found.append(Box(each.text or "", left, left + width, y - 0.8 * size_px, y + 0.25 * size_px))
    return found


def parts(picture: ElementTree.Element) -> list[ElementTree.Element]:
    """Return the rectangles of segments: those that say what they are."""
    return [each for each in picture.iter(f"{SVG}rect") if each.find(f"{SVG}title") is not None]


def number(element: ElementTree.Element, key: str) -> float:
    return float(element.attrib[key])


def words(picture: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SVG}text")]


# Where things stand


@MODEST
@given(groups, texts)
@example(EXTREME, LONG * 3)
@example([Group("g", [bar(LONG, 1e9)])], "the scale's numbers are wide")
def test_no_text_stands_on_another_or_leaves_the_picture(groups: list[Group], title: str) -> None:
    picture = drawn(groups, title)
    found = [box for box in boxes(picture) if box.text]
    for one, other in combinations(found, 2):
        assert not one.overlaps(other), (one, other)
    for box in found:
        assert box.left >= -PRINTED_PX and box.right <= WIDTH_PX + PRINTED_PX, box
        assert box.top >= 0 and box.bottom <= number(picture, "height"), box


@MODEST
@given(groups)
@example(EXTREME)
def test_no_text_but_a_segments_own_stands_on_a_segment(groups: list[Group]) -> None:
    picture = drawn(groups)
    white = {each.text for each in picture.iter(f"{SVG}text") if each.get("fill") == "#ffffff"}
    for part in parts(picture):
        left, top = number(part, "x"), number(part, "y")
        area = Box("", left, left + number(part, "width"), top, top + number(part, "height"))
        on = [box.text for box in boxes(picture) if box.text and box.overlaps(area)]
        assert set(on) <= white and len(on) <= 1


@MODEST
@given(groups)
@example(EXTREME)
def test_a_segment_is_as_long_as_what_it_shows_and_begins_where_the_one_before_ends(
    groups: list[Group],
) -> None:
    found = iter(parts(drawn(groups)))
    most_ms = max([1.0, *(bar.ms for group in groups for bar in group.bars)])
    scales = []
    for bar in (bar for group in groups for bar in group.bars):
        before = None
        for segment in bar.segments:
            part = next(found)
            x, wide = number(part, "x"), number(part, "width")
            assert before is None or x == pytest.approx(before, abs=0.02)
            before = x + wide
            if segment.ms > most_ms / 10:
                scales.append(wide / segment.ms * most_ms)
    assert next(found, None) is None
    assert scales == pytest.approx([scales[0]] * len(scales), rel=0.01) if scales else True


def test_all_bars_begin_at_the_line_of_zero_on_one_scale() -> None:
    picture = drawn([Group("a", [bar("x", 100)]), Group("b", [bar("y", 50)])])
    one, other = parts(picture)
    assert number(one, "x") == number(other, "x")
    assert number(one, "width") == pytest.approx(2 * number(other, "width"), abs=0.02)
    (zero,) = (box for box in boxes(picture) if box.text == "0")
    assert (zero.left + zero.right) / 2 == pytest.approx(number(one, "x"), abs=PRINTED_PX)


@pytest.mark.parametrize(
    "most_ms, ticks",
    [
        (0.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (9.0, ["0", "2", "4", "6", "8"]),
        (633.5, ["0", "200", "400", "600"]),
        (2000.0, ["0", "500", "1,000", "1,500", "2,000"]),
    ],
)
def test_the_scale_has_round_numbers(most_ms: float, ticks: list[str]) -> None:
    found = [
        text for text in words(drawn([Group("a", [bar("x", most_ms)])])) if re.fullmatch("[0-9.,]+", text)
    ]
    assert found[: len(ticks)] == ticks


# What is said


def test_a_bar_has_its_label_its_total_and_the_time_of_each_segment_that_has_room() -> None:
    found = words(drawn([Group("forced tunnel", [bar("portal", 400.04, 1, 98.96)])]))
    assert {"forced tunnel", "portal", "500.0 ms", "400.0", "99.0"} <= set(found)
    assert "1.0" not in found


def test_a_bar_of_nothing_says_so_and_one_of_no_time_does_not() -> None:
    found = words(drawn([Group("g", [bar("a"), bar("b", 0.0)])]))
    assert found.count("not measured") == 1 and found.count("0.0 ms") == 1


def test_a_label_has_one_colour_in_every_bar_and_in_the_legend() -> None:
    labels = [f"phase {number}" for number in range(len(COLOURS) + 1)]
    one = Bar("a", [Segment(label, 10) for label in labels])
    other = Bar("b", [Segment(label, 10) for label in reversed(labels)])
    picture = drawn([Group("g", [one, other])])
    fills = [each.attrib["fill"] for each in parts(picture)]
    assert fills[: len(labels)] == fills[len(labels) :][::-1] == [*COLOURS, COLOURS[0]]
    legend = [each.attrib["fill"] for each in picture.iter(f"{SVG}rect") if each not in parts(picture)]
    assert legend == ["#ffffff", *COLOURS, COLOURS[0]]
    assert [text for text in words(picture) if text.startswith("phase")] == labels


def test_everything_is_there_in_words() -> None:
    picture = drawn([Group("forced", [bar("portal", 1.25, 2000), bar("media")])], "Where the time goes")
    told = picture.find(f"{SVG}desc")
    assert told is not None and picture.attrib["aria-describedby"] == told.attrib["id"]
    assert (
        told.text
        == "forced, portal: 2,001.2 ms (name lookup 1.2, connect 2,000.0); forced, media: not measured"
    )
    assert picture.attrib["aria-label"] == picture.findtext(f"{SVG}title") == "Where the time goes"
    assert [part.findtext(f"{SVG}title") for part in parts(picture)] == [
        "forced, portal: name lookup 1.250 ms",
        "forced, portal: connect 2,000.000 ms",
    ]


def test_what_is_cut_is_whole_in_words() -> None:
    picture = drawn(EXTREME, LONG * 3)
    assert LONG not in words(picture) and LONG[:10] in " ".join(words(picture))
    assert LONG in (picture.findtext(f"{SVG}desc") or "")
    assert picture.findtext(f"{SVG}title") == LONG * 3


def test_hostile_words_are_text() -> None:
    picture = drawn([Group(HOSTILE, [Bar(HOSTILE, [Segment(HOSTILE, 1)])])], HOSTILE)
    assert picture.attrib["aria-label"] == NOT_IN_XML.sub("?", HOSTILE)
    assert not list(picture.iter(f"{SVG}script"))


@MODEST
@given(groups, texts)
def test_anything_is_a_picture_and_the_same_gives_the_same_bytes(groups: list[Group], title: str) -> None:
    text = bars_svg(title, groups)
    assert text == bars_svg(title, groups)
    numbers = [
        value
        for each in ElementTree.fromstring(text).iter()
        for key in ("x", "y", "width", "height", "x1", "x2")
        if (value := each.get(key)) and value != "100%"
    ]
    assert all(math.isfinite(float(value)) for value in numbers)


def test_of_no_groups_there_is_a_title_and_a_scale() -> None:
    picture = drawn([], "nothing was run")
    assert words(picture)[0] == "nothing was run" and parts(picture) == []
