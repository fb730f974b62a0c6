"""What was lost over hours, in figures and pictures."""

from __future__ import annotations

import pytest

from experiments.hours import KEEPALIVE, REKEY, RESTART, ROAM, SILENCE
from experiments.hours_figures import figures, pictures
from experiments.vpn_hours import EXPERIMENT
from measurement.result import Figure

from .changes import all_of, lost, minus
from .made_up_hours import made_up_hours

RUN = made_up_hours()
UP, DOWN = "traveller to hqdns", "hqdns to traveller"


def found(*names: str) -> dict[tuple[str, str], Figure]:
    return {(each.name, each.case): each for each in figures(RUN) if each.name in names}


def test_the_experiment_has_them() -> None:
    assert (EXPERIMENT.figures, EXPERIMENT.pictures) == (figures, pictures)


def test_what_was_lost_is_counted_in_each_direction() -> None:
    told = {case: (each.measured, each.unit) for (_, case), each in found("datagrams lost").items()}
    assert told == {
        f"{REKEY}: {UP}": (0, "packets"),
        f"{SILENCE}: {UP}": (0, "packets"),
        f"{KEEPALIVE}: {UP}": (0, "packets"),
        f"{RESTART}: {UP}": (160, "packets"),
        f"{RESTART}: {DOWN}": (159, "packets"),
        f"{ROAM}: {UP}": (0, "packets"),
        f"{ROAM}: {DOWN}": (2, "packets"),
    }
    assert all(each.frames for each in figures(RUN))
    assert len(figures(RUN)) == len({(each.name, each.case) for each in figures(RUN)})


def test_streams_of_the_same_way_are_one() -> None:
    gone = minus(SILENCE, "hqdns", "datagram_run", dst_port=9001)(RUN)
    (lost_ones,) = (
        each for each in figures(gone) if each.case.startswith(SILENCE) and each.unit == "packets"
    )
    assert lost_ones.measured == 1
    assert len(lost_ones.frames) == 3


def test_a_loss_is_worth_a_time_of_sending_beside_the_clients_patience() -> None:
    told = {case: (each.measured, each.expected) for (_, case), each in found("worth of sending").items()}
    assert told == {
        f"{RESTART}: {UP}": (16_000.0, 15_000.0),
        f"{RESTART}: {DOWN}": (15_900.0, 15_000.0),
        f"{ROAM}: {DOWN}": (200.0, None),
    }


@pytest.mark.parametrize("node", ["traveller-wg0", "hqdns"])
def test_what_captures_do_not_show_has_no_figure(node: str) -> None:
    told = {each.case.partition(":")[0] for each in figures(lost(RESTART, node)(RUN))}
    assert told == {REKEY, SILENCE, KEEPALIVE, ROAM}


def test_what_was_not_all_sent_has_no_figure() -> None:
    unsent = minus(ROAM, "traveller-wg0", "datagram_run", dst_port=9000)
    told = {each.case.partition(":")[0] for each in figures(unsent(RUN))}
    assert ROAM not in told


def test_pictures_show_sessions_over_time_and_what_arrived_around_an_event() -> None:
    told = pictures(RUN)
    assert set(told) == {"sessions.svg", "events.svg"}
    for word in ("Sessions begun", "a datagram a second", "kept alive", "silence"):
        assert word in told["sessions.svg"]
    for word in ("While something happens", "a restart", "another address"):
        assert word in told["events.svg"]


def test_pictures_leave_out_what_captures_do_not_show() -> None:
    run = all_of(lost(SILENCE, "traveller"), minus(KEEPALIVE, "traveller-wg0", "datagram_run"))(RUN)
    told = pictures(lost(ROAM, "hqdns")(run))
    assert "silence" not in told["sessions.svg"] and "kept alive" not in told["sessions.svg"]
    assert "a datagram a second" in told["sessions.svg"]
    assert "another address" not in told["events.svg"] and "a restart" in told["events.svg"]


def test_pictures_of_nothing_are_pictures() -> None:
    run = all_of(*(lost(each.name, "traveller-wg0") for each in RUN.order.exercises))(RUN)
    run = all_of(*(lost(each.name, "hqdns") for each in RUN.order.exercises))(run)
    assert all("<svg" in text for text in pictures(run).values())
