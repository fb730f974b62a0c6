"""How wide a text is in a picture: pixels, by the widths of a wide font, so that others never need more room.

A picture is drawn with the font that the reader has. The widths are those of DejaVu Sans 2.37, rounded up: it
is as wide as Verdana, and wider than other common fonts without serifs.
"""

from __future__ import annotations

from measurement.drawing import NOT_IN_XML

# In hundredths of the font's size.
WIDTHS = {
    **dict.fromkeys("ijlI'| .,:;/\\-f", 37),
    **dict.fromkeys('()[]!"rt', 47),
    **dict.fromkeys("mwMW%@+<=>~#&^…", 103),
}
LOWER, OTHER, NOT_ASCII = 65, 80, 160
BOLD = 1.2


def width_px(text: str, size_px: float, *, bold: bool = False) -> float:
    """Return how much room a text needs at most, in one line."""
    return sum(map(_hundredths, text)) / 100 * size_px * (BOLD if bold else 1)


def cut_to(text: str, room_px: float, size_px: float, *, bold: bool = False) -> str:
    """Return a text as it fits into some room: whole, or cut and with "…" at its end."""
    text = " ".join(NOT_IN_XML.sub("?", text).split())
    if width_px(text, size_px, bold=bold) <= room_px:
        return text
    while text and width_px(text + "…", size_px, bold=bold) > room_px:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _hundredths(char: str) -> int:
    if char in WIDTHS:
        return WIDTHS[char]
    if not char.isascii():
        return NOT_ASCII
    return LOWER if char.islower() or char.isdigit() else OTHER
