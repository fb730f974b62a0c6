"""What every experiment has: capture points, and controls of the measuring itself."""

from __future__ import annotations

import dataclasses

import pytest

from experiments.common import BACKBONE_ECHO, at, backbone_echo, backbone_is_seen, paths_are_true
from experiments.reading import Reading
from measurement.capture import CapturePoint
from measurement.judge import judge
from measurement.result import StepResult, Verdict
from topologies.paths import configured_rtt_ms

from .changes import Change, cut, lost, minus, where
from .made_up_backbone import pairs
from .made_up_run import ORDER, ip, made_up_run


def seen(*changes: Change) -> StepResult:
    return judge(1, backbone_is_seen(changed(*changes)))


def true(*changes: Change) -> StepResult:
    return judge(1, paths_are_true(changed(*changes)))


def changed(*changes: Change) -> Reading:
    reading = made_up_run()
    for change in changes:
        reading = change(reading)
    return reading


def longer(us: float) -> Change:
    return where(BACKBONE_ECHO, "dub-efz", "icmp_echo", lambda row: {"rtt_us": row.rtt_us + us})


def test_a_capture_point_is_named_for_its_node() -> None:
    assert at("traveller") == CapturePoint(name="traveller", node="traveller", interface="eth0")
    assert at("dub-br", "wan").interface == "wan"
    assert at("dub-br", "wan", buffer_kib=9).buffer_kib == 9


def test_an_echo_over_the_backbone_says_between_whom() -> None:
    probe = backbone_echo("dub-fe", "mwh-fe")
    assert (probe.name, probe.source, probe.target) == (BACKBONE_ECHO, "dub-fe", "mwh-fe")
    assert probe.text == "an echo from dub-fe to mwh-fe"
    assert (probe.name_asked, probe.comes_back) == ("", True)


def test_the_echo_is_seen_at_its_source_and_at_both_borders() -> None:
    found = seen()
    rtt_ms = configured_rtt_ms(made_up_run().plan, "dub-efz", "mwh-mbx")
    told = f"seen at dub-br and mwh-br; round trip {rtt_ms:.3f} ms"
    assert (found.verdict, found.observed) == (Verdict.HELD, told)
    assert [ref.file.split("/")[-1] for ref in found.frames] == [
        "dub-efz.pcapng",
        "dub-br.pcapng",
        "mwh-br.pcapng",
    ]
    assert found.expected == "an echo from dub-efz to mwh-mbx is in the captures at both borders"


@pytest.mark.parametrize("node", ["dub-efz", "dub-br", "mwh-br"])
def test_an_echo_that_one_of_them_does_not_see_refutes(node: str) -> None:
    assert seen(minus(BACKBONE_ECHO, node, "icmp_echo")).verdict is Verdict.REFUTED
    other = where(BACKBONE_ECHO, node, "icmp_echo", lambda row: {"dst": ip("dub-mbx")})
    assert seen(other).verdict is Verdict.REFUTED


@pytest.mark.parametrize("node", ["dub-efz", "dub-br", "mwh-br"])
def test_without_one_of_their_captures_nothing_is_known(node: str) -> None:
    for change in (lost(BACKBONE_ECHO, node), cut(BACKBONE_ECHO, node)):
        assert seen(change).verdict is Verdict.INCONCLUSIVE


def test_an_order_without_the_echo_cannot_be_judged() -> None:
    without = dataclasses.replace(made_up_run(), order=ORDER.model_copy(update={"probes": ()}))
    with pytest.raises(KeyError, match=BACKBONE_ECHO):
        backbone_is_seen(without)


def test_every_path_that_was_used_is_compared() -> None:
    found = true()
    assert found.verdict is Verdict.HELD
    assert found.observed.startswith("12 paths; farthest off: ")
    assert found.expected == "measured and configured round trips differ by 10 us at most"


@pytest.mark.parametrize(
    "us, verdict", [(9.9, "held"), (-9.9, "held"), (10.1, "refuted"), (-10.1, "refuted")]
)
def test_a_path_may_be_off_by_the_tolerance(us: float, verdict: str) -> None:
    found = true(longer(us))
    assert found.verdict.value == verdict
    assert f"farthest off: dub-efz to mwh-mbx, by {abs(us):.3f} us" in found.observed
    assert [(ref.file, ref.frame) for ref in found.frames] == [("pcap/backbone-echo/dub-efz.pcapng", 1)]


def test_the_tolerance_is_the_orders() -> None:
    strict = dataclasses.replace(
        longer(5)(made_up_run()), order=ORDER.model_copy(update={"tolerance_us": 4.0})
    )
    assert judge(1, paths_are_true(strict)).verdict is Verdict.REFUTED


def limited(reading: Reading, interface: str) -> Reading:
    """Give a rate to the wire that begins at an interface of the nearest datacenter's border."""
    wires = []
    for wire in reading.plan.wires:
        ends = {(end.node, end.interface) for end in (wire.a, wire.b)}
        line = wire.there.model_copy(update={"rate_mbit": 1.0})
        wires.append(wire.model_copy(update={"there": line}) if ("dub-br", interface) in ends else wire)
    plan = reading.plan.model_copy(update={"wires": tuple(wires)})
    assert plan != reading.plan
    return dataclasses.replace(reading, plan=plan)


def test_a_path_that_has_a_rate_on_its_way_is_not_compared() -> None:
    """A packet's length counts there."""
    slow = where("nearest", "traveller", "tcp_connection", lambda row: {"rtt_us": row.rtt_us + 100})
    assert true(slow).verdict is Verdict.REFUTED
    assert true(slow, lambda reading: limited(reading, "to-r3-singap")).verdict is Verdict.REFUTED
    found = true(slow, lambda reading: limited(reading, "to-r2-lisbon"))
    assert found.verdict is Verdict.HELD
    assert not found.observed.startswith("12 paths")


def test_a_run_in_which_no_round_trip_was_seen_is_refuted() -> None:
    reading = made_up_run()
    only = tuple(row for row in reading.observations if row.kind == "capture")
    found = judge(1, paths_are_true(dataclasses.replace(reading, observations=only)))
    assert (found.verdict, found.observed) == (Verdict.REFUTED, "no round trip was seen")


@pytest.mark.parametrize("case", ["nearest", "anycast", BACKBONE_ECHO])
def test_any_capture_of_any_case_that_is_lost_makes_it_unknown(case: str) -> None:
    assert true(lost(case, "tyo-br")).verdict is Verdict.INCONCLUSIVE


# Exercises


def test_paths_of_exercises_that_are_not_steady_are_not_compared() -> None:
    """Around a cut an echo takes another time than the world gives its path."""
    run = pairs()
    assert judge(1, paths_are_true(run)).verdict is Verdict.HELD
    steady = tuple(each.model_copy(update={"steady": True}) for each in run.order.exercises)
    order = run.order.model_copy(update={"exercises": steady})
    found = judge(1, paths_are_true(dataclasses.replace(run, order=order)))
    assert found.verdict is Verdict.REFUTED and "ams-fe to dub-fe" in found.observed


def test_captures_of_an_exercise_that_is_not_steady_are_not_needed() -> None:
    run = pairs()
    assert judge(1, paths_are_true(lost("detour", "ams-fe")(run))).verdict is Verdict.HELD
    assert judge(1, paths_are_true(lost("pairs", "ams-fe")(run))).verdict is Verdict.INCONCLUSIVE
