"""The picture of transfers: XML whatever names are, and steps that go up and to the right alone."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.chart import BOTTOM_PX, HEIGHT_PX, LEFT_PX, RIGHT_PX, TOP_PX, WIDTH_PX
from measurement.drawing import NOT_IN_XML
from measurement.ladder import ladder_svg
from measurement.messages import Message
from measurement.transfer_chart import Transfer, transfers_svg

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\x00\x1b<script>alert('\"&amp;{{ title }}')</script>]]>\ud800\ufffe"


def drawn(*transfers: Transfer, title: str = "Files") -> ElementTree.Element:
    return ElementTree.fromstring(transfers_svg(title, transfers))


def texts(picture: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SVG}text")]


def steps(picture: ElementTree.Element) -> list[list[tuple[str, float]]]:
    found = [re.findall(r"([HV])(-?[\d.]+)", each.attrib["d"]) for each in picture.iter(f"{SVG}path")]
    return [[(way, float(to)) for way, to in path] for path in found]


def transfer(*points: tuple[float, int], name: str = "download 1 MB", case: str = "home") -> Transfer:
    return Transfer(case, name, points)


def test_a_transfer_goes_up_where_bytes_came_and_right_where_nothing_came() -> None:
    (path,) = steps(drawn(transfer((100.0, 500_000), (200.0, 1_000_000))))
    right, bottom = WIDTH_PX - RIGHT_PX, HEIGHT_PX - BOTTOM_PX
    middle_x, middle_y = (LEFT_PX + right) / 2, (TOP_PX + bottom) / 2
    assert path == [("H", middle_x), ("V", middle_y), ("H", right), ("V", TOP_PX)]


def test_every_path_begins_where_nothing_had_come_and_no_time_had_passed() -> None:
    (path,) = drawn(transfer((1.0, 1))).iter(f"{SVG}path")
    assert path.attrib["d"].startswith(f"M{LEFT_PX:.1f} {HEIGHT_PX - BOTTOM_PX:.1f}")


def test_the_axes_have_the_time_of_the_longest_and_the_size_of_the_largest() -> None:
    found = texts(drawn(transfer((904.7, 1_000_000)), transfer((517.0, 10_000_000))))
    assert {"0", "905", "0.0", "10.0", "ms since the request", "MB"} <= set(found)


def test_every_transfer_has_a_label_with_its_case_and_a_colour_of_its_own() -> None:
    picture = drawn(*(transfer((1.0, 9), name=f"file {number}") for number in range(8)))
    assert texts(picture)[-8:] == [f"file {number}, home" for number in range(8)]
    assert len({each.attrib["stroke"] for each in picture.iter(f"{SVG}path")}) == 8


@pytest.mark.parametrize(
    "transfers", [(), (transfer(),), (transfer((0.0, 0)),), (transfer((0.0, 9)),), (transfer((9.0, 0)),)]
)
def test_a_picture_without_time_or_bytes_is_one(transfers: tuple[Transfer, ...]) -> None:
    picture = drawn(*transfers)
    assert len(list(picture.iter(f"{SVG}path"))) == len(transfers)
    assert not re.search("nan|inf", ElementTree.tostring(picture, encoding="unicode"))


def test_one_point_is_one_step() -> None:
    assert steps(drawn(transfer((5.0, 7)))) == [[("H", float(WIDTH_PX - RIGHT_PX)), ("V", float(TOP_PX))]]


def test_hostile_names_are_text() -> None:
    picture = drawn(transfer((1.0, 1), name=HOSTILE, case=HOSTILE), title=HOSTILE)
    shown = NOT_IN_XML.sub("?", HOSTILE)
    assert texts(picture)[0] == picture.attrib["aria-label"] == shown
    assert texts(picture)[-1] == f"{shown}, {shown}"
    assert not list(picture.iter(f"{SVG}script"))


@given(title=st.text(), name=st.text(), case=st.text())
def test_every_name_makes_valid_xml(title: str, name: str, case: str) -> None:
    assert len(list(drawn(transfer((1.0, 1), name=name, case=case), title=title))) > 0


@given(st.text())
def test_the_ladders_names_are_valid_xml_too(name: str) -> None:
    message = Message(name, "other", name, 0, 1)
    ElementTree.fromstring(ladder_svg(name, [message]))


@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 10**9)), max_size=30).map(
            lambda points: tuple(zip(*map(sorted, zip(*points, strict=True)), strict=True))
        ),
        max_size=4,
    )
)
def test_steps_never_go_down_or_left_nor_out_of_the_picture(
    lines: list[tuple[tuple[float, int], ...]],
) -> None:
    for path in steps(drawn(*(Transfer("case", "name", points) for points in lines))):
        rights = [LEFT_PX, *(to for way, to in path if way == "H"), WIDTH_PX - RIGHT_PX]
        ups = [HEIGHT_PX - BOTTOM_PX, *(to for way, to in path if way == "V"), TOP_PX]
        assert rights == sorted(rights)
        assert ups == sorted(ups, reverse=True)
