"""The map in a terminal: signs where places are, names only where there is room, land where there is land."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from measurement.report.terminal_map import BLANK, SIGNS, map_lines
from measurement.report.world_map import Mark, Role
from topologies.places import Place, find_place

from ...topologies.made_up_plans import PATIENT

LISBON, DUBLIN, SEATTLE, TOKYO = map(find_place, ("Lisbon", "Dublin", "Seattle", "Tokyo"))
MARKS = [
    Mark(LISBON, "traveller", "client"),
    Mark(LISBON, "isplis", "resolver"),
    Mark(DUBLIN, "dub", "datacenter"),
    Mark(SEATTLE, "mwh", "data"),
    Mark(TOKYO, "tyo", "datacenter"),
]


def _is_coast(char: str) -> bool:
    return BLANK < ord(char) <= BLANK + 0xFF


@pytest.mark.parametrize("columns", [30, 60, 110, 200])
def test_signs_are_east_and_west_of_each_other_as_places_are(columns: int) -> None:
    *lines, legend = map_lines(MARKS, columns)
    assert max(map(len, lines)) <= columns
    at = {sign: column for line in lines for column, sign in enumerate(line) if sign in SIGNS.values()}
    rows = {sign: row for row, line in enumerate(lines) for sign in line if sign in SIGNS.values()}
    assert at["◆"] < at["▲"] < at["●"]  # Seattle, Lisbon; of two ● Tokyo is farther to the right, and lower
    assert rows["◆"] <= rows["▲"]
    assert legend == "▲ client  ◆ where the tenant's data is  ● datacenter  ○ DNS server"
    assert any(_is_coast(char) for line in lines for char in line)


def test_names_stand_beside_their_signs() -> None:
    shown = "\n".join(map_lines(MARKS, 110)).replace("\u00a0", " ")
    for word in ("▲traveller isplis", "●tyo", "◆mwh"):
        assert word in shown
    assert "●dub" in shown or "dub●" in shown


def test_at_the_right_edge_a_name_stands_to_the_left() -> None:
    marks = [Mark(LISBON, "a-long-name-of-a-place", "client"), Mark(SEATTLE, "mwh", "data")]
    *lines, _ = map_lines(marks, 30)
    (line,) = (line for line in lines if "▲" in line)
    assert "a-long-name-of-a-place▲" in line


def test_a_name_without_room_is_left_out_and_its_sign_is_not() -> None:
    near = [
        Mark(Place(name=str(n), latitude=50.0, longitude=n * 0.9), f"quite-long-{n}", "client")
        for n in range(12)
    ]
    shown = "".join(map_lines(near, 60))
    assert shown.count("▲") >= 10
    assert 1 <= shown.count("quite-long") < 12


def test_land_is_where_land_is_and_the_sea_is_empty() -> None:
    """Around Ireland there is its coast; in the middle of the Pacific there is none."""
    sea = Place(name="sea", latitude=-48.0, longitude=-125.0)
    assert any(
        _is_coast(char) for line in map_lines([Mark(DUBLIN, "dub", "datacenter")], 60) for char in line
    )
    assert not any(_is_coast(char) for line in map_lines([Mark(sea, "ship", "client")], 60) for char in line)


PLACES = st.builds(Place, name=st.just("x"), latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))
ROLES: list[Role] = ["client", "data", "datacenter", "office", "resolver", "other"]
MADE_UP = st.lists(
    st.builds(Mark, PLACES, st.text("ab", min_size=1, max_size=9), st.sampled_from(ROLES)), max_size=6
)


@PATIENT
@given(MADE_UP, st.integers(10, 120))
@example([Mark(Place(name="x", latitude=85.0, longitude=0.0), "a", "client")], 10)
@example([Mark(Place(name="x", latitude=-90.0, longitude=180.0), "a", "client")], 10)
def test_any_marks_fit_into_any_width(marks: list[Mark], columns: int) -> None:
    *lines, _ = map_lines(marks, columns)
    assert all(len(line) <= columns for line in lines)
    assert bool(marks) == any(sign in line for line in lines for sign in SIGNS.values())
