"""Figures of a start of Outlook: measured from packets, beside what arithmetic expects."""

from __future__ import annotations

import dataclasses

import pytest

from experiments.exchange_figures import FIRST_ANSWER, START, agree, figures
from experiments.reading import Reading
from measurement.evidence import Missing, Refuted
from measurement.observation import Observation
from measurement.result import Figure
from tests.unit.measurement import rows

from .changes import Change, cut, lost, saying, silent, where
from .made_up_run import ip, made_up_run

WAYS = ("nearest", "direct", "far-front-end", "cold")
# Round trips in milliseconds by hand: to the front end and behind it.
NEAR = {"nearest": 32.111, "direct": 129.247, "far-front-end": 182.501, "cold": 32.111}
FAR = {"nearest": 133.892, "direct": 0.0, "far-front-end": 158.949, "cold": 133.892}


def found(*changes: Change) -> dict[tuple[str, str], Figure]:
    return {(figure.name, figure.case): figure for figure in figures(changed(*changes))}


def changed(*changes: Change) -> Reading:
    reading = made_up_run()
    for change in changes:
        reading = change(reading)
    return reading


def test_each_way_of_starting_has_five_figures_and_no_other_case_has_any() -> None:
    compared = [(figure.name, figure.case) for figure in figures(made_up_run()) if figure.unit == "ms"]
    assert compared == [
        (name, case) for case in WAYS for name in ("connect", "TLS", "first byte", FIRST_ANSWER, START)
    ]


@pytest.mark.parametrize("case", WAYS)
def test_a_phase_takes_its_round_trips(case: str) -> None:
    near, far, opening = NEAR[case], FAR[case], 2 * FAR[case] if case == "cold" else 0.0
    expected = {
        "connect": near,
        "TLS": near,
        "first byte": near + far + opening,
        FIRST_ANSWER: 3 * near + far + opening,
    }
    for name, ms in expected.items():
        figure = found()[name, case]
        assert figure.expected == pytest.approx(ms, abs=0.001)
        assert figure.measured == pytest.approx(ms, abs=0.01)


@pytest.mark.parametrize("case", WAYS)
def test_a_start_whose_answers_fit_a_window_takes_two_round_trips_and_one_for_each_request(case: str) -> None:
    opening = 2 * FAR[case] if case == "cold" else 0.0
    ms = 2 * NEAR[case] + 5 * (NEAR[case] + FAR[case] + opening)
    assert found()[START, case].expected == pytest.approx(ms, abs=0.01)
    assert found()[START, case].measured == pytest.approx(ms, abs=0.03)


# Of a run in a guest: the answers' payload at the client, in bytes, and the whole in milliseconds.
RECORDED = {
    "nearest": ((334, 344, 13_924, 75_792, 227), 1028.131),
    "direct": ((334, 344, 13_846, 75_792, 227), 1034.205),
    "far-front-end": ((334, 344, 13_787, 75_792, 227), 2254.755),
    "cold": ((334, 344, 13_723, 75_792, 227), 2634.835),
}


@pytest.mark.parametrize("case", RECORDED)
def test_larger_answers_take_the_rounds_that_they_took_in_a_guest(case: str) -> None:
    sizes, measured_ms = RECORDED[case]

    recorded = {334 + number: size for number, size in enumerate(sizes)}
    answering = where(
        case,
        "traveller",
        "tcp_burst",
        lambda row: {"bytes": recorded.get(row.bytes, row.bytes)},
        src_port=443,
    )
    assert found(answering)[START, case].expected == pytest.approx(measured_ms, rel=0.0005)


def test_a_figure_has_the_frames_of_the_first_and_the_last_request() -> None:
    for figure in found().values():
        if figure.unit == "ms":
            assert {ref.file for ref in figure.frames} == {f"pcap/{figure.case}/traveller.pcapng"}
            assert len(figure.frames) >= 4


def test_what_the_nearest_front_end_gains_is_told_in_percent_of_each_other_way() -> None:
    gains = [figure for figure in figures(made_up_run()) if figure.unit == "%"]
    assert [(figure.name, figure.case) for figure in gains] == [
        (f"{name}: less than {case}", "nearest") for name in (FIRST_ANSWER, START) for case in WAYS[1:]
    ]
    for name, gain in ((FIRST_ANSWER, gains[0]), (START, gains[3])):
        nearest, direct = (found()[name, case].measured for case in ("nearest", "direct"))
        assert gain.measured == pytest.approx(100 * (1 - nearest / direct), abs=0.001)
    assert {figure.expected for figure in gains} == {None}


def test_what_others_published_stands_beside_the_way_that_they_compared_with() -> None:
    published = {figure.name: figure.published for figure in figures(made_up_run()) if figure.published}
    assert list(published) == ["first answer: less than direct"]
    assert "Pathak et al., PAM 2010" in published["first answer: less than direct"]


@pytest.mark.parametrize(
    "change",
    [
        lost("direct", "traveller"),
        cut("direct", "traveller"),
        silent("direct"),
        saying("direct", 0, server_ip="192.0.2.1"),
    ],
    ids=["a lost capture", "a cut capture", "no journey", "an address of nobody"],
)
def test_a_way_that_cannot_be_measured_has_no_figures_and_the_others_have_theirs(change: Change) -> None:
    left = found(change)
    assert {case for _, case in left} == {"nearest", "far-front-end", "cold"}
    assert (f"{START}: less than direct", "nearest") not in left
    assert (f"{START}: less than cold", "nearest") in left
    with pytest.raises((Missing, Refuted)):
        agree(changed(change))


def test_without_the_nearest_way_nothing_is_gained_by_any_other() -> None:
    left = found(lost("nearest", "traveller"))
    assert {case for _, case in left} == {"direct", "far-front-end", "cold"}
    assert all(figure.unit == "ms" for figure in left.values())


def test_where_nothing_can_be_measured_there_are_no_figures() -> None:
    assert found(*(lost(case, "traveller") for case in WAYS)) == {}


def slower(percent: float) -> Change:
    """Let the last answer come later, by a part of the whole."""
    more_ns = round(found()[START, "nearest"].measured * percent / 100 * 1_000_000)
    return where(
        "nearest",
        "traveller",
        "tcp_burst",
        lambda row: {"last_time_ns": row.last_time_ns + more_ns},
        only=-1,
        src=ip("dub-efz"),
    )


@pytest.mark.parametrize("percent", [0.5, 0.99])
def test_figures_agree_up_to_one_percent(percent: float) -> None:
    finding = agree(changed(slower(percent)))
    assert finding.observed.startswith(f"4 ways; farthest off: {START} (nearest), by {percent:.2f}")
    assert len({row.case for row in finding.rows}) == 4


@pytest.mark.parametrize("percent", [1.01, 2, -1.01, -2])
def test_a_figure_that_is_farther_off_is_told_with_its_frames(percent: float) -> None:
    with pytest.raises(Refuted) as refuted:
        agree(changed(slower(percent)))
    assert refuted.value.observed.startswith(f"{START} (nearest): ")
    assert refuted.value.observed.endswith(" ms instead of 894.239")
    assert {row.case for row in refuted.value.rows} == {"nearest"}


def test_a_client_that_connected_to_nobody_is_told() -> None:
    changes = (
        saying("nearest", 0, server_ip="192.0.2.1"),
        *(
            where("nearest", "traveller", kind, lambda row: {"server": "192.0.2.1"})
            for kind in ("tcp_connection", "tls_handshake")
        ),
    )
    with pytest.raises(Refuted, match=r"^the client connected to 192\.0\.2\.1, which nobody has$"):
        agree(changed(*changes))


def test_a_row_of_another_client_changes_no_figure() -> None:
    stranger: Observation = rows.burst(case="nearest", src=ip("mwh-efz"), dst=ip("traveller"), dst_port=9)
    reading = made_up_run()
    more = dataclasses.replace(reading, observations=(stranger, *reading.observations))
    assert figures(more) == figures(reading)
