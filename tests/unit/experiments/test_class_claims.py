"""What is claimed of classes: held by a sound run, refuted by other shares, unknown without evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.class_claims import Classes, _within, share
from experiments.exercise import FIRST_PORT
from experiments.loads import CLASSES, EQUAL, IDLE, OFFERED
from experiments.reading import Reading
from experiments.streaming import Watched
from measurement.judge import judge
from measurement.observation import DatagramRun
from measurement.result import Verdict

from .changes import Change, all_of, cut, lost, minus, plus, where
from .made_up_backbone import IDLE_MS, WITHOUT_MS, Seen, classes, restreamed
from .saved_runs import claims

RUN = classes()
ASKED, FULL, UNDISTURBED, ELASTIC, FAIR, PLANNED, WITHOUT, ONE_PATH = (
    *(f"step {number}" for number in range(1, 7)),
    "control 1",
    "control 2",
)
MINE = (ASKED, FULL, UNDISTURBED, ELASTIC, FAIR, WITHOUT)
SOURCE, TARGET = "ams-fe", "iad-fe"
BIG, SMALL, WHOLE = range(3)  # the two background streams, and the elastic one
REST = {FULL, UNDISTURBED, ELASTIC, FAIR}  # none of them says anything where the link is not full


def verdicts(reading: Reading) -> dict[str, str]:
    """Return the claims about classes that are not held."""
    found = {claim: judge(1, each) for claim, each in claims(reading).items() if claim in MINE}
    return {claim: each.verdict.value for claim, each in found.items() if each.verdict is not Verdict.HELD}


def stream_gone(number: int, case: str = CLASSES, at: str = TARGET) -> Change:
    return minus(case, at, "datagram_run", dst_port=FIRST_PORT + number, dst=RUN.address(TARGET))


def thinned(number: int, keep: Callable[[int], bool], case: str = CLASSES) -> Change:
    """Let only some of what arrived of a stream arrive, by their places."""
    seen: list[int] = []

    def kept(one: Seen) -> list[Seen]:
        seen.append(one.number)
        return [one] if keep(len(seen)) else []

    return restreamed(case, TARGET, kept, number)


def took(case: str, ms: float) -> Change:
    """Let a request take so long."""
    (began_ns,) = (
        row.time_ns for row in RUN.observations if row.kind == "tcp_connection" and row.case == case
    )
    last = {"last_time_ns": began_ns + round(ms * 1_000_000)}
    return where(case, SOURCE, "tcp_burst", lambda row: last, only=1)


def asked(case: str, kind: str = "tcp_connection", **values: Any) -> Change:
    return where(case, SOURCE, kind, lambda row: values)


# A sound run


def test_a_sound_run_holds_every_claim_with_frames() -> None:
    found = {claim: judge(1, each) for claim, each in claims(RUN).items()}
    assert set(found) == {*MINE, PLANNED, ONE_PATH}
    for each in found.values():
        assert (each.verdict, bool(each.frames)) == (Verdict.HELD, True), each.observed


def test_what_is_observed_is_told_in_numbers() -> None:
    found = {claim: judge(1, each).observed for claim, each in claims(RUN).items()}
    assert found[ASKED] == "256.000 ms"
    assert found[UNDISTURBED] == "262.000 ms, +2.34 %"
    assert found[WITHOUT] == "303.000 ms instead of 256.000"
    assert found[ELASTIC].startswith("0 lost; 2.500 Mbit/s, and 2.4")
    assert found[FAIR].startswith("1.247 Mbit/s of 10, 1.247 Mbit/s of 5")


# Changes, and what they refute

MOVED: dict[str, tuple[Change, set[str]]] = {
    "on the idle backbone nothing is answered": (
        minus(IDLE, SOURCE, "tcp_burst"),
        {ASKED, UNDISTURBED, WITHOUT},
    ),
    "on the idle backbone half is answered": (
        where(IDLE, SOURCE, "tcp_burst", lambda row: {"bytes": 100}, only=1),
        {ASKED, UNDISTURBED, WITHOUT},
    ),
    "the answer goes to another port": (
        where(IDLE, SOURCE, "tcp_burst", lambda row: {"dst_port": 9}),
        {ASKED, UNDISTURBED, WITHOUT},
    ),
    "with classes it takes 6 percent longer": (took(CLASSES, IDLE_MS * 1.06), {UNDISTURBED}),
    "with classes it takes 4 percent longer": (took(CLASSES, IDLE_MS * 1.04), set()),
    "with classes it takes less": (took(CLASSES, IDLE_MS * 0.9), set()),
    "with classes it is not answered": (minus(CLASSES, SOURCE, "tcp_burst"), {UNDISTURBED}),
    "without classes it takes 4 percent longer": (took(EQUAL, IDLE_MS * 1.04), {WITHOUT}),
    "without classes it takes 6 percent longer": (took(EQUAL, IDLE_MS * 1.06), set()),
    "without classes it takes no time": (took(EQUAL, 1.0), {WITHOUT}),
    "without classes it is never answered": (minus(EQUAL, SOURCE, "tcp_burst"), set()),
    "the link is half empty": (
        all_of(*(thinned(number, lambda place: place % 2 == 0) for number in range(3))),
        REST,
    ),
    "more arrives than it carries": (
        restreamed(
            CLASSES,
            TARGET,
            lambda seen: [seen, dataclasses.replace(seen, time_ns=seen.time_ns + 100)],
            BIG,
        ),
        REST,
    ),
    "of what is elastic one is lost": (thinned(WHOLE, lambda place: place != 400), {ELASTIC}),
    "of what is elastic the last is lost": (thinned(WHOLE, lambda place: place != 500), {ELASTIC}),
    "of what is elastic nothing arrives": (stream_gone(WHOLE), REST),
    "one of the background has 10 percent less": (thinned(BIG, lambda place: place % 10 > 0), {FAIR}),
    "one of the background has 4 percent less": (thinned(BIG, lambda place: place % 25 > 0), set()),
    "one of the background has nothing": (stream_gone(BIG), REST),
    "both of the background have nothing": (all_of(stream_gone(BIG), stream_gone(SMALL)), REST),
    "background comes at first and then no more": (
        all_of(*(thinned(number, lambda place: place < 20) for number in (BIG, SMALL))),
        REST,
    ),
    "the elastic one was not sent whole": (
        where(
            CLASSES, SOURCE, "datagram_run", lambda row: {"last": row.last - 1}, dst_port=FIRST_PORT + WHOLE
        ),
        {ELASTIC},
    ),
}


@pytest.mark.parametrize("what", MOVED)
def test_what_is_otherwise_refutes_the_claims_that_it_is_about_and_no_other(what: str) -> None:
    change, refuted = MOVED[what]
    assert verdicts(change(RUN)) == dict.fromkeys(refuted, "refuted")


def test_of_a_control_that_is_held_because_nothing_was_answered_the_request_is_shown() -> None:
    reading = minus(EQUAL, SOURCE, "tcp_burst")(RUN)
    found = judge(1, claims(reading)[WITHOUT])
    assert (found.verdict, found.observed) == (Verdict.HELD, "the request was not answered whole")
    assert [frame.file for frame in found.frames] == [f"pcap/{EQUAL}/{SOURCE}.pcapng"]


# What nobody can tell

UNKNOWN: dict[str, tuple[Change, set[str]]] = {
    "no request on the idle backbone": (
        minus(IDLE, SOURCE, "tcp_connection"),
        {ASKED, UNDISTURBED, WITHOUT},
    ),
    "no request among others": (minus(CLASSES, SOURCE, "tcp_connection"), {UNDISTURBED}),
    "no request without classes": (minus(EQUAL, SOURCE, "tcp_connection"), {WITHOUT}),
    "a request to another port": (asked(EQUAL, server_port=80), {WITHOUT}),
    "a request to somebody else": (asked(EQUAL, server="192.0.2.1"), {WITHOUT}),
    "a request of somebody else": (asked(EQUAL, client="192.0.2.1"), {WITHOUT}),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_where_nothing_was_asked_nothing_is_known(what: str) -> None:
    change, unknown = UNKNOWN[what]
    assert verdicts(change(RUN)) == dict.fromkeys(unknown, "inconclusive")


NEEDS: dict[tuple[str, str], set[str]] = {
    (IDLE, SOURCE): {ASKED, UNDISTURBED, WITHOUT},
    (CLASSES, SOURCE): {UNDISTURBED, ELASTIC},
    (CLASSES, TARGET): {FULL, UNDISTURBED, ELASTIC, FAIR},
    (EQUAL, SOURCE): {WITHOUT},
}


@pytest.mark.parametrize("case", [IDLE, CLASSES, EQUAL])
@pytest.mark.parametrize("node", [point.name for point in RUN.order.captures])
@pytest.mark.parametrize("how", [lost, cut])
def test_without_a_capture_nothing_is_known_of_what_is_claimed_from_it(
    case: str, node: str, how: Any
) -> None:
    assert verdicts(how(case, node)(RUN)) == dict.fromkeys(NEEDS.get((case, node), set()), "inconclusive")


def test_other_requests_and_streams_change_nothing() -> None:
    (row,) = (each for each in RUN.observations if each.kind == "tcp_connection" and each.case == EQUAL)
    run = next(each for each in RUN.observations if isinstance(each, DatagramRun) and each.case == CLASSES)
    foreign = row.model_copy(update={"server_port": 443, "time_ns": 0})
    elsewhere = run.model_copy(update={"node": TARGET, "dst": "192.0.2.1"})
    assert verdicts(plus(foreign, elsewhere)(RUN)) == {}


# Shares, against a list


def run_of(first_ns: int, last_ns: int, datagrams: int) -> DatagramRun:
    row = next(each for each in RUN.observations if isinstance(each, DatagramRun))
    return row.model_copy(
        update={"time_ns": first_ns, "last_time_ns": last_ns, "first": 0, "last": datagrams - 1}
    )


@given(
    began_ns=st.integers(0, 100),
    lasted_ns=st.integers(0, 100),
    datagrams=st.integers(1, 30),
    ends=st.tuples(st.integers(0, 250), st.integers(0, 250)).map(sorted),
)
def test_those_within_a_time_are_those_whose_own_time_is_in_it(
    began_ns: int, lasted_ns: int, datagrams: int, ends: list[int]
) -> None:
    if datagrams == 1:
        lasted_ns = 0
    run = run_of(began_ns, began_ns + lasted_ns, datagrams)
    times = [began_ns + Fraction(place * lasted_ns, max(1, datagrams - 1)) for place in range(datagrams)]
    begin_ns, end_ns = ends
    assert _within(run, begin_ns, end_ns) == sum(begin_ns <= each < end_ns for each in times)


@given(
    began_ns=st.integers(0, 100),
    lasted_ns=st.integers(0, 100),
    datagrams=st.integers(2, 30),
    cuts=st.lists(st.integers(0, 300), min_size=1, max_size=5).map(sorted),
)
def test_times_one_after_the_other_count_each_datagram_once(
    began_ns: int, lasted_ns: int, datagrams: int, cuts: list[int]
) -> None:
    run = run_of(began_ns, began_ns + lasted_ns, datagrams)
    edges = [0, *cuts, 1000]
    parts = (_within(run, one, two) for one, two in pairwise(edges))
    assert sum(parts) == datagrams


def test_a_share_is_what_arrived_in_a_second() -> None:
    found = share(Watched(RUN, RUN.order.exercise(CLASSES), WHOLE), 0.0, 2000.0)
    assert (found.offered_mbit, found.carried_mbit) == (2.5, 2.5)
    assert {row.node for row in found.rows} == {TARGET}


def test_of_a_stream_of_which_nothing_arrives_its_sending_is_shown() -> None:
    reading = stream_gone(BIG)(RUN)
    found = share(Watched(reading, reading.order.exercise(CLASSES), BIG), 0.0, 2000.0)
    assert (found.offered_mbit, found.carried_mbit) == (10.0, 0.0)
    assert [row.node for row in found.rows] == [SOURCE]


# Figures and the picture


def test_figures_are_the_requests_times_and_what_was_carried() -> None:
    found = {(each.name, each.case): each for each in Classes(RUN).figures()}
    assert found["request", IDLE].measured == pytest.approx(IDLE_MS)
    assert found["request", EQUAL].measured == pytest.approx(WITHOUT_MS)
    carried = [each for (name, _), each in found.items() if name != "request"]
    assert len(carried) == 2 * len(OFFERED) and {each.unit for each in carried} == {"Mbit/s"}
    assert all(each.frames for each in found.values())


@pytest.mark.parametrize("case", [IDLE, CLASSES, EQUAL])
def test_of_what_nobody_can_tell_there_is_no_figure(case: str) -> None:
    reading = all_of(lost(case, SOURCE), lost(case, TARGET))(RUN)
    found = Classes(reading).figures()
    assert found and case not in {each.case for each in found}


def test_the_picture_has_a_line_for_each_stream_that_goes_up_and_to_the_right() -> None:
    picture = ElementTree.fromstring(Classes(RUN).picture())
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}path"))) == 2 * len(OFFERED)
    few = ElementTree.fromstring(Classes(lost(EQUAL, TARGET)(RUN)).picture())
    assert len(list(few.iter("{http://www.w3.org/2000/svg}path"))) == len(OFFERED)
