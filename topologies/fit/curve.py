"""The curve of links against error, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from topologies.fit.errors import Score

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 360, 70, 200, 50, 46
AXIS = HEIGHT - BOTTOM  # where the horizontal one is
LINKS, PERCENTS = 50, 2  # between two numbers at an axis
LINES = (
    ("p95", "#b3541e", "95th percentile"),
    ("median", "#1d5fa8", "median"),
)
TITLE = "Links of the planet, and how far its paths are off"
TEXT = '<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#1b1b1b"{more}>{text}</text>'


def curve_svg(points: Sequence[Score], chosen: int) -> str:
    """Return a picture of errors in percent over numbers of links, fewest first; the chosen one is marked."""
    most_x = LINKS * ceil(max(point.links for point in points) / LINKS)
    most_y = PERCENTS * ceil(max(point.p95 for point in points) / PERCENTS)

    def place(links: float, percent: float) -> tuple[float, float]:
        x = LEFT + links / most_x * (WIDTH - LEFT - RIGHT)
        return x, HEIGHT - BOTTOM - percent / most_y * (HEIGHT - TOP - BOTTOM)

    chosen_x, _ = place(chosen, 0)
    parts = [
        _text(12, 20, TITLE, ' font-size="14" font-weight="600"'),
        _text(12, TOP - 10, "% off the published round trip"),
        *(
            _text(place(each, 0)[0], AXIS + 16, str(each), "", "middle")
            for each in range(0, most_x + 1, LINKS)
        ),
        _text((LEFT + WIDTH - RIGHT) / 2, AXIS + 34, "links", "", "middle"),
    ]
    for percent in range(0, most_y + 1, PERCENTS):
        _, y = place(0, percent)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#e3e7eb"/>')
        parts.append(_text(LEFT - 6, y + 4, str(percent), "", "end"))
    parts.append(f'<path d="M{chosen_x:.1f} {TOP}V{AXIS}" stroke="#2f7d4f" stroke-dasharray="4 3"/>')
    parts.append(_text(chosen_x, TOP - 4, f"chosen: {chosen}", "", "middle"))
    for number, (measure, colour, label) in enumerate(LINES):
        parts += _line([place(each.links, getattr(each, measure)) for each in points], colour, label, number)
    return _framed(parts)


def _line(corners: Sequence[tuple[float, float]], colour: str, label: str, number: int) -> list[str]:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)
    y = TOP + 16 * number + 8
    return [
        f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in corners),
        f'<path d="M{WIDTH - RIGHT + 10} {y}h18" stroke="{colour}" stroke-width="3"/>',
        _text(WIDTH - RIGHT + 34, y + 4, label),
    ]


def _text(x: float, y: float, text: str, more: str = "", anchor: str = "start") -> str:
    return TEXT.format(x=x, y=y, text=text, more=more, anchor=anchor)


def _framed(parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{TITLE}"'
        ' font-family="system-ui, sans-serif" font-size="11">'
    )
    return "\n".join(
        [
            head,
            f"<title>{TITLE}</title>",
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            *parts,
            "</svg>\n",
        ]
    )
