"""A ladder and a waterfall of text: everything has its place, and no line is wider than it may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.messages import Message
from measurement.report.terminal import LEAST_TEXT, TIME_COLUMNS, ladder_lines, waterfall_lines
from measurement.result import FrameRef

from .test_comparison import journey

FRAME = FrameRef(file="pcap/nearest/traveller.pcapng", frame=1)
WALK = [
    Message("traveller", "isplis", "portal.office.com A?", 0, 4_000_000, (FRAME,)),
    Message("isplis", "root", "com A?", 4_002_000, 44_000_000),
    Message("root", "traveller", "an answer", 44_000_000, 90_000_000),
]


def test_each_message_has_its_time_its_way_and_its_words() -> None:
    assert ladder_lines(WALK, {FRAME: [1, 2]}, 80) == [
        "           traveller     isplis        root",
        "     0.000 ├────────────►┤             │  [1] [2] portal.office.com A?",
        "     4.002 │             ├────────────►┤  com A?",
        "    44.000 ├◄──────────────────────────┤  an answer",
    ]


def test_without_room_for_lanes_a_line_names_both_ends() -> None:
    assert ladder_lines(WALK, {FRAME: [1]}, 50) == [
        "     0.000 traveller -> isplis: [1] portal.office…",
        "     4.002 isplis -> root: com A?",
        "    44.000 root -> traveller: an answer",
    ]


def test_of_nothing_there_is_a_head_at_most() -> None:
    assert ladder_lines([], {}, 80) == [""]
    assert waterfall_lines([], 80) == []


names = st.sampled_from(["a", "traveller", "isplis", "dub-fe", "root", "gtld", "msdns1", "edge1"])


@given(
    pairs=st.lists(st.tuples(names, names).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=9),
    width=st.integers(40, 200),
)
def test_no_line_is_wider_than_lanes_and_words_need(pairs: list[tuple[str, str]], width: int) -> None:
    messages = [Message(*pair, "x" * 300, number, number + 1) for number, pair in enumerate(pairs)]
    lines = ladder_lines(messages, {}, width)
    assert len(lines) - len(messages) in (0, 1)
    assert all(len(line) <= max(width, TIME_COLUMNS + LEAST_TEXT) for line in lines)


def test_bars_are_on_one_scale_and_phases_end_where_they_do() -> None:
    first, second, _, told = waterfall_lines([journey("one"), journey("two", 2)], 80)
    assert first.startswith("one, page  ") and second.startswith("two, page  ")
    marks = "░▒▓█"
    counts = [[line.count(mark) for mark in marks] for line in (first, second)]
    assert sum(counts[1]) == pytest.approx(2 * sum(counts[0]), abs=1)
    assert counts[1][1] == pytest.approx(2 * counts[1][0], abs=1)  # 20 ms beside 10
    assert first.endswith(" 75.000 ms") and "░ name lookup, ▒ connect" in told


def test_a_request_without_an_answer_says_so() -> None:
    lines = waterfall_lines([journey("one"), journey("two", status=0)], 80)
    assert lines[1] == "two, page  no answer"
