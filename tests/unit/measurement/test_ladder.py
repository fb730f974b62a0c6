"""The sequence ladder, read back as XML."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from measurement.ladder import LABEL_PX, LONGEST_LABEL, PX_PER_MS, TOP_PX, ladder_svg
from measurement.messages import Message

from ..topologies.made_up_plans import MODEST

SVG = "{http://www.w3.org/2000/svg}"
PRINTED_PX = 0.1  # heights are printed in tenths
MS = 1_000_000
START_NS = 1_700_000_000_000_000_000

# What XML can hold (XML 1.0, production 2), without the spaces that a parser makes alike.
texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")))


@st.composite
def told(draw: st.DrawFn) -> list[Message]:
    """Return messages of a run, by the time they left, between nodes of any name."""
    names = st.sampled_from(draw(st.lists(texts, min_size=2, max_size=6, unique=True)))
    pairs = st.tuples(names, names).filter(lambda pair: pair[0] != pair[1])
    times_ns = st.integers(0, 500 * MS)
    messages = [
        Message(*pair, text, START_NS + sent_ns, START_NS + sent_ns + took_ns)
        for pair, text, sent_ns, took_ns in draw(
            st.lists(st.tuples(pairs, texts, times_ns, times_ns), max_size=20)
        )
    ]
    return sorted(messages, key=lambda message: (message.sent_ns, message.received_ns))


ASKED = Message("traveller", "isplis", "portal.office.com A?", START_NS, START_NS + 4 * MS)
PASSED_ON = Message("isplis", "root", ". NS?", START_NS + 4 * MS, START_NS + 44 * MS)
TOLD = Message("root", "isplis", "NS a.root-servers.net", START_NS + 44 * MS, START_NS + 84 * MS)
WALK = [ASKED, PASSED_ON, TOLD]


class Picture:
    """What a ladder shows, in the order in which it is drawn."""

    def __init__(self, svg: str) -> None:
        self.root = ElementTree.fromstring(svg)
        lines, words = self.root.findall(f"{SVG}line"), self.root.findall(f"{SVG}text")
        self.title, *rest = words
        self.labels = [word for word in rest if word.get("paint-order")]
        self.names = [word for word in rest if word not in self.labels]
        self.arrows = [line for line in lines if line.get("marker-end")]
        self.lanes = [line for line in lines if line not in self.arrows]

    @property
    def size(self) -> tuple[float, float]:
        return _number(self.root, "width"), _number(self.root, "height")

    def lane_of(self, name: str) -> float:
        (lane,) = (word for word in self.names if word.text == name)
        return _number(lane, "x")


def _number(element: ElementTree.Element, key: str) -> float:
    return float(element.attrib[key])


def _drawn(messages: list[Message], title: str = "a run") -> Picture:
    return Picture(ladder_svg(title, messages))


@MODEST
@given(texts, told())
@example("<&\"'>]]>", [Message("<a>", "&b;", "</text><script>", 0, 1)])
def test_any_text_comes_back_from_the_picture_as_it_was(title: str, messages: list[Message]) -> None:
    picture = _drawn(messages, title)
    assert picture.root.tag == f"{SVG}svg"
    named = picture.root.find(f"{SVG}title")
    assert named is not None
    assert (named.text or "") == (picture.title.text or "") == title
    assert picture.root.get("aria-label") == title
    for label, message in zip(picture.labels, messages, strict=True):
        if len(message.text) <= LONGEST_LABEL:
            assert (label.text or "").endswith(f" ms  {message.text}")


@MODEST
@given(told())
@example(WALK)
def test_every_node_has_one_lane_in_the_order_in_which_it_appears(messages: list[Message]) -> None:
    picture = _drawn(messages)
    appearing = dict.fromkeys(name for message in messages for name in (message.source, message.to))
    assert [name.text or "" for name in picture.names] == list(appearing)
    xs = [_number(lane, "x1") for lane in picture.lanes]
    assert xs == sorted(set(xs)) == [_number(name, "x") for name in picture.names]
    assert xs == [_number(lane, "x2") for lane in picture.lanes]


@MODEST
@given(told())
@example([ASKED] * 3)
def test_labels_are_never_closer_than_their_height_and_stay_in_order(messages: list[Message]) -> None:
    heights = [_number(label, "y") for label in _drawn(messages).labels]
    assert len(heights) == len(messages)
    assert all(below - above >= LABEL_PX - PRINTED_PX * 1.001 for above, below in pairwise(heights))


@MODEST
@given(told())
@example(WALK)
def test_everything_is_inside_of_the_picture(messages: list[Message]) -> None:
    picture = _drawn(messages)
    width, height = picture.size
    assert picture.root.get("viewBox") == f"0 0 {width:g} {height:g}"
    for line in [*picture.lanes, *picture.arrows]:
        assert all(0 < _number(line, key) < width for key in ("x1", "x2"))
        assert all(0 < _number(line, key) < height for key in ("y1", "y2"))
    for word in [*picture.labels, *picture.names]:
        assert 0 < _number(word, "x") < width and 0 < _number(word, "y") < height


def test_an_arrow_leads_from_lane_to_lane_and_falls_as_time_goes_by() -> None:
    picture = _drawn(WALK)
    for arrow, message in zip(picture.arrows, WALK, strict=True):
        ends = [_number(arrow, key) for key in ("x1", "x2")]
        assert ends == [picture.lane_of(message.source), picture.lane_of(message.to)]
        for key, time_ns in (("y1", message.sent_ns), ("y2", message.received_ns)):
            after_ms = (time_ns - START_NS) / MS
            assert _number(arrow, key) == pytest.approx(TOP_PX + after_ms * PX_PER_MS, abs=PRINTED_PX)


def test_the_clock_starts_with_the_first_message_and_every_label_tells_it() -> None:
    assert [label.text for label in _drawn(WALK).labels] == [
        "0.0 ms  portal.office.com A?",
        "4.0 ms  . NS?",
        "44.0 ms  NS a.root-servers.net",
    ]


def test_a_label_stands_at_the_middle_of_its_arrow() -> None:
    picture = _drawn(WALK)
    for label, arrow in zip(picture.labels, picture.arrows, strict=True):
        assert _number(label, "x") == (_number(arrow, "x1") + _number(arrow, "x2")) / 2
        assert _number(arrow, "y1") - LABEL_PX < _number(label, "y") < _number(arrow, "y2") + LABEL_PX


@pytest.mark.parametrize(
    "text, shown",
    [
        ("x" * LONGEST_LABEL, "x" * LONGEST_LABEL),
        ("x" * (LONGEST_LABEL + 1), "x" * (LONGEST_LABEL - 1) + "…"),
    ],
)
def test_a_text_that_is_too_long_is_cut_and_shown_to_be(text: str, shown: str) -> None:
    (label,) = _drawn([Message("a", "b", text, 0, 1)]).labels
    assert label.text == f"0.0 ms  {shown}"


def test_a_run_without_messages_is_a_picture_with_its_title_alone() -> None:
    picture = _drawn([], "nothing was seen")
    assert picture.title.text == "nothing was seen"
    assert picture.lanes == picture.names == picture.arrows == picture.labels == []
    assert all(length > 0 for length in picture.size)


def test_the_same_messages_give_the_same_text() -> None:
    assert ladder_svg("a run", WALK) == ladder_svg("a run", list(WALK))
    assert ladder_svg("a run", WALK) != ladder_svg("a run", WALK[:-1])
