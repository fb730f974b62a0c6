"""The map of a run, as SVG: coastlines, who is where, and the shortest ways between those who talked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from measurement.drawing import templates
from measurement.lettering import cut_to, width_px
from measurement.report.coastlines import coastlines
from measurement.report.globe import CIRCLE, Point, Projection, arc, window_around
from topologies.places import Place

Role = Literal["client", "resolver", "datacenter", "data", "office", "other"]
Kind = Literal["asks", "tunnel", "connects", "control", "path", "link"]

WIDTH_PX, FONT_PX, TITLE_PX, TOP_PX, LEGEND_PX = 960, 12, 14, 30, 30
LABEL_PX, LONGEST_PX = 14, 260
BESIDE_PX, ROW_PX = 12.0, 20  # of the legend
MOST_NAMED = 24  # places with their names; among more of them there is room for who is there only
COLOURS: Mapping[Role, str] = {
    "client": "#1d5fa8",
    "office": "#8a5a00",
    "resolver": "#7a5195",
    "datacenter": "#11735a",
    "data": "#b3261e",
    "other": "#5b6670",
}
LINES: Mapping[Kind, tuple[str, str, str]] = {  # colour, dashes, what it is called
    "asks": ("#7a5195", "2 4", "asks its DNS server"),
    "tunnel": ("#8a5a00", "", "by tunnel or circuit"),
    "connects": ("#11735a", "", "connects"),
    "control": ("#8a949e", "6 4", "connects, in a control"),
    "path": ("#11735a", "", "a path that was measured"),
    "link": ("#8a949e", "", "a link of the backbone"),
}
ROLES: Mapping[Role, str] = {
    "client": "client",
    "resolver": "DNS server",
    "datacenter": "datacenter",
    "data": "where the tenant's data is",
    "office": "office or circuit",
    "other": "other",
}
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Mark:
    """Somebody at a place; `label` says who."""

    place: Place
    label: str
    role: Role


@dataclass(frozen=True)
class Way:
    """Two places whose people talked."""

    a: Place
    b: Place
    kind: Kind
    told: str


@dataclass(frozen=True)
class _Dot:
    x: float
    y: float
    colour: str
    ring: str
    label: str
    label_x: float
    label_y: float
    anchor: str


def map_svg(title: str, marks: Sequence[Mark], ways: Sequence[Way]) -> str:
    """Return an SVG of the part of the world where marks are; nothing but them, and the ways, is drawn."""
    window = window_around([(mark.place.longitude, mark.place.latitude) for mark in marks])
    projection = Projection(window, WIDTH_PX)
    legend = _legend(marks, ways)
    high = round(projection.height_px)
    return templates.get_template("map.svg.j2").render(
        title=title,
        told=_told(marks, ways),
        width=WIDTH_PX,
        top=TOP_PX,
        map_height=high,
        below=high + TOP_PX,
        height=high + TOP_PX + LEGEND_PX + max((int(item["down"]) for item in legend), default=0),
        land=_land(projection),
        lines=[_line(projection, way) for way in _once(ways)],
        dots=_dots(projection, marks),
        legend=legend,
        fonts=(FONT_PX, TITLE_PX),
    )


def _land(projection: Projection) -> str:
    """Return all land that the map may show, as one path; land that lies on both sides of it comes twice."""
    window = projection.window
    parts = []
    for line in coastlines():
        for turn in (-CIRCLE, 0.0, CIRCLE):
            easts, norths = [east + turn for east, _ in line], [north for _, north in line]
            seen_across = max(easts) > window.west and min(easts) < window.east
            if seen_across and max(norths) > window.south and min(norths) < window.north:
                parts.append(f"{_path(projection, list(zip(easts, norths, strict=True)))}z")
    return "".join(parts)


def _path(projection: Projection, points: Sequence[Point]) -> str:
    shown = [projection.px(*point) for point in points]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shown)


def _once(ways: Sequence[Way]) -> list[Way]:
    """Return each way between two places once, those that matter most drawn last, above the others."""
    order = list(LINES)
    drawn = {(way.kind, way.a, way.b): way for way in ways if way.a != way.b}
    return sorted(drawn.values(), key=lambda way: -order.index(way.kind))


def _line(projection: Projection, way: Way) -> dict[str, str]:
    a, b = ((place.longitude, place.latitude) for place in (way.a, way.b))
    points = arc(a, b)
    shift = projection.window.unwrapped(points[0][0]) - points[0][0]
    colour, dashes, _ = LINES[way.kind]
    path = _path(projection, [(east + shift, north) for east, north in points])
    # A way that leaves the map at one side comes in at the other one.
    over = [shift + turn for turn in (-CIRCLE, CIRCLE)] if _leaves(projection, points, shift) else []
    path += "".join(_path(projection, [(e + more, n) for e, n in points]) for more in over)
    return {"path": path, "colour": colour, "dashes": dashes, "told": way.told}


def _leaves(projection: Projection, points: Sequence[Point], shift: float) -> bool:
    window = projection.window
    return any(not window.west <= east + shift <= window.east for east, _ in points)


def _dots(projection: Projection, marks: Sequence[Mark]) -> list[_Dot]:
    """Return a dot for each place, with a label where it covers no other."""
    taken: list[Box] = []
    dots = []
    places = {mark.place: [each for each in marks if each.place == mark.place] for mark in marks}
    shown = {
        place: projection.px(projection.window.unwrapped(place.longitude), place.latitude) for place in places
    }
    taken += [(x - 5, y - 5, x + 5, y + 5) for x, y in shown.values()]
    for place, there in places.items():
        x, y = shown[place]
        who = ", ".join(mark.label for mark in there)
        words = cut_to(who if len(places) > MOST_NAMED else f"{place.name}: {who}", LONGEST_PX, FONT_PX)
        label_x, label_y, anchor = _room_for(words, x, y, taken, projection)
        roles = [mark.role for mark in there]
        colour = COLOURS[min(roles, key=list(COLOURS).index)]
        ring = COLOURS["data"] if "data" in roles else "#ffffff"
        dots.append(_Dot(x, y, colour, ring, words, label_x, label_y, anchor))
    return dots


def _room_for(
    words: str, x: float, y: float, taken: list[Box], projection: Projection
) -> tuple[float, float, str]:
    """Return where a label stands: the first place around its dot that is free and on the map."""
    wide = width_px(words, FONT_PX)
    tries = [(side, row) for row in (0, -1, 1, -2, 2, -3, 3) for side in ("start", "end", "middle")]
    best: tuple[Box, str] | None = None
    for anchor, row in tries:
        if anchor == "middle" and row == 0:
            continue
        left = {"start": x + 8, "end": x - 8 - wide, "middle": x - wide / 2}[anchor]
        box = (left, y + row * LABEL_PX - 7, left + wide, y + row * LABEL_PX + 7)
        inside = box[0] >= 2 and box[2] <= WIDTH_PX - 2 and box[1] >= 0 and box[3] <= projection.height_px
        if inside and best is None:
            best = box, anchor
        if inside and not any(_overlap(box, other) for other in taken):
            best = box, anchor
            break
    box, anchor = best or ((x + 8, y - 7, x + 8 + wide, y + 7), "start")
    taken.append(box)
    at = {"start": box[0], "end": box[2], "middle": (box[0] + box[2]) / 2}[anchor]
    return at, box[1] + 11, anchor


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _legend(marks: Sequence[Mark], ways: Sequence[Way]) -> list[dict[str, Any]]:
    """Return what colours and lines mean, one beside the other, in as many rows as they need."""
    roles = [role for role in COLOURS if any(mark.role == role for mark in marks)]
    kinds = [kind for kind in LINES if any(way.kind == kind and way.a != way.b for way in ways)]
    items: list[tuple[int, dict[str, Any]]] = []  # with the width of what stands before the words
    for role in roles:
        fill = "none" if role == "data" else COLOURS[role]  # a ring around whatever else is there
        items.append((16, {"dot": COLOURS[role], "fill": fill, "label": ROLES[role]}))
    for kind in kinds:
        colour, dashes, label = LINES[kind]
        items.append((32, {"line": colour, "dashes": dashes, "label": label}))
    x, down = BESIDE_PX, 0
    for sign_px, item in items:
        wide = sign_px + width_px(item["label"], FONT_PX)
        if x + wide > WIDTH_PX:
            x, down = BESIDE_PX, down + ROW_PX
        item |= {"x": x, "down": down}
        x += wide + 14
    return [item for _, item in items]


def _told(marks: Sequence[Mark], ways: Sequence[Way]) -> str:
    return "; ".join(_sentences(marks, ways))


def _sentences(marks: Sequence[Mark], ways: Sequence[Way]) -> Iterator[str]:
    for mark in marks:
        yield f"{mark.label}: {ROLES[mark.role]} in {mark.place.name}"
    for way in ways:
        yield way.told
