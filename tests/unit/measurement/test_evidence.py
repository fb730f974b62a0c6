"""Only in a whole capture does an absence mean anything."""

from __future__ import annotations

import pytest

from measurement.evidence import Evidence, Missing, Refuted, frames
from measurement.observation import DnsQuery, Observation, Talk
from measurement.result import FrameRef

from .rows import CASE, NODE, capture, evidence, query, talk


def test_rows_are_given_by_node_kind_and_values_in_their_order() -> None:
    rows: list[Observation] = [query(), query(id=8), query(node="isplis"), talk(), query(id=7, frame=9)]
    assert list(evidence(*rows).at(NODE, DnsQuery, id=7)) == [query(), query(id=7, frame=9)]
    assert list(evidence(*rows).at("isplis", DnsQuery)) == [query(node="isplis")]


def test_rows_of_another_case_are_no_evidence() -> None:
    found = Evidence(CASE, [capture(), query(case="at-home"), capture(case="at-home")])
    assert found.rows == [capture()]
    assert list(found.at(NODE, DnsQuery)) == []


def test_the_capture_of_another_case_does_not_count() -> None:
    with pytest.raises(Missing, match=r"^there is no capture pcap/nearest/traveller\.pcapng$"):
        Evidence(CASE, [capture(case="at-home"), query()]).require(NODE)


@pytest.mark.parametrize("kind", [DnsQuery, Talk])
def test_a_node_without_a_capture_is_missing_whatever_is_asked(kind: type[DnsQuery] | type[Talk]) -> None:
    with pytest.raises(Missing, match=r"^there is no capture pcap/nearest/elsewhere\.pcapng$"):
        list(evidence(query()).at("elsewhere", kind))


def test_a_capture_that_is_not_whole_is_missing_although_it_has_the_row() -> None:
    cut = evidence(capture(complete=False, problem="has 3 packets where 4 were received"), query())
    told = r"^pcap/nearest/traveller\.pcapng is not whole: has 3 packets where 4 were received$"
    with pytest.raises(Missing, match=told):
        list(cut.at(NODE, DnsQuery))


def test_a_whole_capture_of_another_node_does_not_need_this_one() -> None:
    rows: list[Observation] = [
        capture(complete=False, problem="was cut"),
        capture(node="isplis"),
        query(node="isplis"),
    ]
    assert list(evidence(*rows).at("isplis", DnsQuery)) == [query(node="isplis")]


def test_frames_are_named_once_in_the_order_of_their_rows() -> None:
    rows = [query(frame=4), talk(frame=2), query(frame=4, id=9), query(frame=4, node="isplis")]
    assert frames(*rows) == (
        FrameRef(file="pcap/nearest/traveller.pcapng", frame=4),
        FrameRef(file="pcap/nearest/traveller.pcapng", frame=2),
        FrameRef(file="pcap/nearest/isplis.pcapng", frame=4),
    )


def test_a_file_as_a_whole_is_no_frame() -> None:
    assert frames(capture(), query()) == frames(query())


def test_what_refutes_says_what_was_observed_and_shows_it() -> None:
    refuted = Refuted("something else", query(), talk())
    assert (str(refuted), refuted.observed, refuted.rows) == (
        "something else",
        "something else",
        (query(), talk()),
    )
