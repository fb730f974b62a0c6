"""How wide texts are: never less than in the widest of the common fonts, and cut to where they fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.drawing import NOT_IN_XML
from measurement.lettering import cut_to, width_px

# Advance widths of DejaVu Sans 2.37 and of its bold, in hundredths of the size (from the fonts' hmtx tables).
PLAIN = {"W": 98.9, "m": 97.4, "w": 81.8, "a": 61.3, "0": 63.6, "G": 77.5, "i": 27.8, "t": 39.2, " ": 31.8}
BOLD = {"W": 110.3, "m": 104.2, "w": 92.4, "a": 67.5, "0": 69.6, "G": 82.1, "i": 34.3, "t": 47.8, " ": 34.8}


@pytest.mark.parametrize("bold, widths", [(False, PLAIN), (True, BOLD)])
def test_no_letter_is_wider_than_it_is_held_to_be_and_none_is_held_to_be_much_wider(
    bold: bool, widths: dict[str, float]
) -> None:
    for char, width in widths.items():
        assert width <= width_px(char, 100, bold=bold) <= 1.4 * width, char


@given(st.text(), st.text(), st.floats(1, 50))
def test_the_width_of_a_text_is_that_of_its_parts(one: str, other: str, size_px: float) -> None:
    whole = width_px(one + other, size_px)
    assert whole == pytest.approx(width_px(one, size_px) + width_px(other, size_px))
    assert width_px(one, size_px, bold=True) >= width_px(one, size_px)


@given(st.text(), st.floats(20, 300), st.booleans())
def test_a_text_that_was_cut_fits_and_is_the_texts_beginning(text: str, room_px: float, bold: bool) -> None:
    shown = cut_to(text, room_px, 11, bold=bold)
    whole = " ".join(NOT_IN_XML.sub("?", text).split())
    assert width_px(shown, 11, bold=bold) <= room_px
    assert shown == whole or (shown.endswith("…") and whole.startswith(shown[:-1]))


def test_a_text_that_fits_stays_whole_and_one_that_does_not_loses_no_more_than_it_must() -> None:
    room_px = width_px("abcdef", 11)
    assert cut_to("abcdef", room_px, 11) == "abcdef"
    assert cut_to("abcdefg", room_px, 11) == "abc…"
