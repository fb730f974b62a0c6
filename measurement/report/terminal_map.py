"""A map in a terminal: coastlines as dots (eight to a character, by Unicode's Braille), and who is where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from measurement.report.coastlines import coastlines
from measurement.report.globe import CIRCLE, Point, Projection, window_around
from measurement.report.world_map import ROLES, Mark, Role

WIDE, HIGH = 2, 4  # dots of a character
SHORTEST = 2  # a name and a space
BLANK = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of each row, left and right
SIGNS: Mapping[Role, str] = {
    "client": "▲",
    "data": "◆",
    "datacenter": "●",
    "office": "■",
    "resolver": "○",
    "other": "◦",
}
Cell = tuple[int, int]  # row and column


def map_lines(marks: Sequence[Mark], columns: int) -> list[str]:
    """Return a map of the places where marks are, so many columns wide, and what its signs mean.

    Where several are at one place, the sign is that of the one that comes first; names stand where there is
    room for them.
    """
    places = [(mark.place.longitude, mark.place.latitude) for mark in marks]
    projection = Projection(window_around(places), columns * WIDE)
    rows = max(1, round(projection.height_px / HIGH))
    coast = _coast(projection, rows, columns)
    signs: dict[Cell, list[Mark]] = {}
    for mark in marks:
        east = projection.window.unwrapped(mark.place.longitude)
        x, y = projection.px(east, mark.place.latitude)
        # Beyond where a map ends, near the poles, is at its edge.
        cell = max(0, min(rows - 1, int(y) // HIGH)), max(0, min(columns - 1, int(x) // WIDE))
        signs.setdefault(cell, []).append(mark)
    taken = {cell: SIGNS[there[0].role] for cell, there in signs.items()}
    for cell, there in signs.items():
        _name(cell, there, taken, columns)
    lines = []
    for row in range(rows):
        drawn = (taken.get((row, at)) or _braille(coast.get((row, at), 0)) for at in range(columns))
        lines.append("".join(drawn).rstrip())
    used = [role for role in SIGNS if any(mark.role == role for mark in marks)]
    legend = "  ".join(f"{SIGNS[role]} {ROLES[role]}" for role in used)
    return [*lines, legend]


def _braille(dots: int) -> str:
    return chr(BLANK + dots) if dots else " "


def _coast(projection: Projection, rows: int, columns: int) -> dict[Cell, int]:
    cells: dict[Cell, int] = {}
    for x, y in _dots(projection):
        row, column = y // HIGH, x // WIDE
        if 0 <= row < rows and 0 <= column < columns:
            cells[row, column] = cells.get((row, column), 0) | DOTS[y % HIGH][x % WIDE]
    return cells


def _dots(projection: Projection) -> Iterator[Cell]:
    """Yield the dots of all coastlines; land that lies on both sides of the map comes twice."""
    window = projection.window
    for line in coastlines():
        for turn in (-CIRCLE, 0.0, CIRCLE):
            easts = [east + turn for east, _ in line]
            if max(easts) < window.west or min(easts) > window.east:
                continue
            points = [projection.px(east + turn, north) for east, north in line]
            for a, b in zip(points, [*points[1:], points[0]], strict=True):
                yield from _between(a, b)


def _between(a: Point, b: Point) -> Iterator[Cell]:
    steps = max(1, round(max(abs(b[0] - a[0]), abs(b[1] - a[1]))))
    for number in range(steps):
        share = number / steps
        yield int(a[0] + (b[0] - a[0]) * share), int(a[1] + (b[1] - a[1]) * share)


def _name(cell: Cell, there: Sequence[Mark], taken: dict[Cell, str], columns: int) -> None:
    """Write who is at a place beside its sign, as many of them as there is room for."""
    row, column = cell
    for number in range(min(len(there), columns // SHORTEST), 0, -1):
        words = " ".join(mark.label for mark in there[:number])
        for start in (column + 1, column - len(words)):
            wanted = [(row, at) for at in range(start, start + len(words))]
            beside = [(row, start - 1), (row, start + len(words))]
            free = not any(each in taken for each in (*wanted, *beside) if each != cell)
            if start >= 0 and start + len(words) <= columns and free:
                taken.update(zip(wanted, words.replace(" ", "\u00a0"), strict=True))
                return
