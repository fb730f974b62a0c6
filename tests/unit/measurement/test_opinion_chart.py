"""Scores as bars: as long as they are good, over what people say of them, and all of it in words too."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.opinion_chart import WIDTH_PX, Score, Scores, opinions_svg

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\x00<script>alert('\"&amp;{{ title }}')</script>]]>￾"

groups = st.lists(
    st.builds(Scores, st.text(), st.lists(st.builds(Score, st.text(), st.floats(1, 4.5)), max_size=4)),
    max_size=4,
)


def drawn(title: str, made: list[Scores]) -> ElementTree.Element:
    return ElementTree.fromstring(opinions_svg(title, made))


def bars(picture: ElementTree.Element) -> list[tuple[float, float]]:
    """Where each bar begins and how long it is: a bar is a rectangle that says something."""
    return [
        (float(each.attrib["x"]), float(each.attrib["width"]))
        for each in picture.iter(f"{SVG}rect")
        if each.find(f"{SVG}title") is not None
    ]


def test_a_bar_is_as_long_as_the_score_is_above_the_worst() -> None:
    made = [Scores("nearest", [Score("up", 4.5), Score("down", 2.75)]), Scores("full", [Score("up", 1.0)])]
    (best_x, best), (_, half), (_, none) = bars(drawn("scores", made))
    assert half * 2 == pytest.approx(best, abs=0.02) and none == 0
    assert best_x + best <= WIDTH_PX


def test_the_picture_says_in_words_what_it_shows() -> None:
    picture = drawn("scores", [Scores("nearest", [Score("up", 4.384)])])
    told = picture.find(f"{SVG}desc")
    assert told is not None and told.text == "nearest, up: 4.38"
    texts = {each.text for each in picture.iter(f"{SVG}text")}
    assert {"nearest", "up", "4.38", "MOS", "not recommended"} <= texts


def test_a_label_has_one_colour_in_all_groups() -> None:
    picture = drawn("scores", [Scores(name, [Score("up", 2), Score("down", 3)]) for name in ("a", "b")])
    colours = [
        each.attrib["fill"] for each in picture.iter(f"{SVG}rect") if each.find(f"{SVG}title") is not None
    ]
    assert colours[:2] == colours[2:] and len(set(colours)) == 2


@settings(deadline=None)
@given(st.text(), groups)
def test_any_text_and_any_scores_make_a_picture(title: str, made: list[Scores]) -> None:
    assert len(bars(drawn(title, made))) == sum(len(group.scores) for group in made)


def test_nothing_in_a_text_is_code() -> None:
    picture = drawn(HOSTILE, [Scores(HOSTILE, [Score(HOSTILE, 2)])])
    assert not list(picture.iter(f"{SVG}script"))
