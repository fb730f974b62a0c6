"""The map, read back as XML: nobody is left out, nothing is made up."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

from measurement.lettering import width_px
from measurement.report.coastlines import coastlines
from measurement.report.world_map import FONT_PX, LINES, Mark, Way, map_svg
from topologies.places import find_place

SVG = "{http://www.w3.org/2000/svg}"
LISBON, DUBLIN, SEATTLE, TOKYO = map(find_place, ("Lisbon", "Dublin", "Seattle", "Tokyo"))
MARKS = [
    Mark(LISBON, "traveller", "client"),
    Mark(LISBON, "isplis", "resolver"),
    Mark(DUBLIN, "dub", "datacenter"),
    Mark(SEATTLE, "contoso's data", "data"),
]
WAYS = [Way(LISBON, DUBLIN, "connects", "traveller connects to dub")]


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_everybody_has_a_name_and_every_place_one_label() -> None:
    shown = texts(map_svg("Who", MARKS, WAYS))
    assert {"Lisbon: traveller, isplis", "Dublin: dub", "Seattle: contoso's data"} <= set(shown)
    assert {"client", "DNS server", "datacenter", "where the tenant's data is", "connects"} <= set(shown)
    assert "other" not in shown and "asks its DNS server" not in shown


def test_a_way_is_told_and_has_its_kind_of_line() -> None:
    root = ElementTree.fromstring(map_svg("Who", MARKS, WAYS))
    lines = {path.findtext(f"{SVG}title"): path for path in root.iter(f"{SVG}path")}
    assert lines["traveller connects to dub"].get("stroke") == LINES["connects"][0]
    description = root.findtext(f"{SVG}desc") or ""
    assert "traveller: client in Lisbon" in description and "traveller connects to dub" in description


def test_a_way_to_the_same_place_is_not_drawn() -> None:
    svg = map_svg("Who", MARKS, [Way(LISBON, LISBON, "asks", "traveller asks isplis")])
    assert "<title>traveller asks isplis" not in svg


def test_a_way_over_180_degrees_is_on_both_sides_of_a_map_of_the_whole_globe() -> None:
    marks = [*MARKS, Mark(TOKYO, "tyo", "datacenter")]
    svg = map_svg("Who", marks, [Way(TOKYO, SEATTLE, "path", "over the Pacific")])
    root = ElementTree.fromstring(svg)
    (line,) = [p for p in root.iter(f"{SVG}path") if p.findtext(f"{SVG}title") == "over the Pacific"]
    assert (line.get("d") or "").count("M") == 3


def test_labels_of_neighbours_do_not_cover_each_other() -> None:
    names = ("Dublin", "London", "Paris", "Amsterdam", "Frankfurt", "Zurich", "Milan", "Madrid")
    marks = [Mark(find_place(name), name[:3].lower(), "datacenter") for name in names]
    root = ElementTree.fromstring(map_svg("Who", marks, []))
    boxes = []
    for each in root.iter(f"{SVG}text"):
        if ":" in (each.text or ""):
            wide, x, y = (
                width_px(each.text or "", FONT_PX),
                float(each.get("x", "")),
                float(each.get("y", "")),
            )
            left = {"start": x, "end": x - wide, "middle": x - wide / 2}[each.get("text-anchor", "")]
            boxes.append((left, y, left + wide))
    assert len(boxes) == len(names)
    for one, other in combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or abs(one[1] - other[1]) >= FONT_PX
        assert apart, (one, other)


def test_coastlines_are_closed_and_on_the_globe() -> None:
    lines = coastlines()
    assert len(lines) > 700
    longest = max(lines, key=len)
    assert len(longest) > 900  # Eurasia
    assert all(-181 <= east <= 181 and -91 <= north <= 91 for line in lines for east, north in line)


def test_the_same_marks_give_the_same_bytes() -> None:
    assert map_svg("Who", MARKS, WAYS) == map_svg("Who", MARKS, WAYS)
