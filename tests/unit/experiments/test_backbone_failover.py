"""The failover's order: what is sent, what is cut, where is captured, and what is told where it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.backbone_failover import ALONE, CUT, EXPERIMENT, FAST, NO_CUT, SUCCESSOR, FailoverOptions
from experiments.exercise import Cut, Die, Exercise, Mend, Succeed
from experiments.failover_claims import AFTER_CUT, BEFORE_CUT, MENDED, MESSAGES, RECOMPUTED
from experiments.order import Order
from experiments.pipeline import plan
from experiments.reading import Reading
from measurement.result import Verdict
from topologies.errors import WorldError
from topologies.world import World

from .changes import all_of, lost
from .made_up_backbone import WORLD, failover
from .made_up_worlds_of import CUTS, bridged
from .saved_runs import claims, judged

RUN = failover()
ORDER = RUN.order
EXERCISES = {each.name: each for each in ORDER.exercises}


def order_of(world: World, **chosen: Any) -> Order:
    return EXPERIMENT.plan_order(world, 7, 10.0, FailoverOptions(**chosen))


# What is done


def test_there_are_two_streams_under_a_cut_and_three_controls() -> None:
    assert list(EXERCISES) == [CUT, FAST, NO_CUT, SUCCESSOR, ALONE]
    assert (ORDER.experiment, ORDER.cases, ORDER.probes) == ("backbone_failover", (), ())
    streams = {name: each.streams[0] for name, each in EXERCISES.items()}
    assert {(each.source, each.target) for each in streams.values()} == {("ams-fe", "iad-fe")}
    assert {name: each.interval_us for name, each in streams.items() if each.interval_us != 1000} == {
        FAST: 100
    }


def test_only_the_exercises_without_a_cut_are_steady() -> None:
    assert ORDER.steady == [NO_CUT, SUCCESSOR]
    for each in ORDER.exercises:
        assert each.steady == (not any(isinstance(event, Cut) for event in each.events))


def test_the_control_without_groups_differs_from_the_experiment_in_that_alone() -> None:
    assert not EXERCISES[ALONE].rules.protection
    assert all(each.rules.protection for name, each in EXERCISES.items() if name != ALONE)
    assert (EXERCISES[ALONE].streams, EXERCISES[ALONE].events) == (
        EXERCISES[CUT].streams,
        EXERCISES[CUT].events,
    )
    assert EXERCISES[NO_CUT].streams == EXERCISES[SUCCESSOR].streams == EXERCISES[CUT].streams
    assert EXERCISES[NO_CUT].events == ()


def times_of(exercise: Exercise, kind: type) -> list[float]:
    return [each.at_ms for each in exercise.events if isinstance(each, kind)]


@pytest.mark.parametrize("name", [CUT, FAST, ALONE])
def test_it_is_cut_between_two_packets_and_mended_before_the_last_one(name: str) -> None:
    exercise = EXERCISES[name]
    (stream,), (cut_ms,), (mended_ms,) = exercise.streams, times_of(exercise, Cut), times_of(exercise, Mend)
    assert (cut_ms * 1000) % stream.interval_us == pytest.approx(stream.interval_us / 2)
    assert 0 < cut_ms < mended_ms <= stream.count * stream.interval_us / 1000


@pytest.mark.parametrize("name", [CUT, ALONE])
def test_the_controller_has_the_time_to_act_before_and_after_it_is_mended(name: str) -> None:
    exercise = EXERCISES[name]
    (cut_ms,), (mended_ms,) = times_of(exercise, Cut), times_of(exercise, Mend)
    wait_ms = MESSAGES * ORDER.control_delay_ms
    assert cut_ms + 2 * wait_ms < mended_ms
    stream = exercise.streams[0]
    assert mended_ms + 2 * wait_ms < stream.count * stream.interval_us / 1000


def test_the_controller_dies_and_another_succeeds() -> None:
    (died_ms,), (succeeded_ms,) = (times_of(EXERCISES[SUCCESSOR], kind) for kind in (Die, Succeed))
    assert 0 < died_ms < succeeded_ms


def test_in_each_phase_there_is_an_echo_after_one_that_pays_for_caches() -> None:
    echoes = EXERCISES[CUT].echoes
    assert [each.at_ms for each in echoes] == sorted(each.at_ms for each in echoes)
    assert EXERCISES[NO_CUT].echoes == echoes and len(echoes) == 8
    at = {number: echoes[number - 1].at_ms for number in (BEFORE_CUT, AFTER_CUT, RECOMPUTED, MENDED)}
    (cut_ms,), (mended_ms,) = times_of(EXERCISES[CUT], Cut), times_of(EXERCISES[CUT], Mend)
    wait_ms = MESSAGES * ORDER.control_delay_ms
    # Before the cut it is back; after it, it meets the cut both ways, before the controller's new paths.
    assert at[BEFORE_CUT] + 84.0 < cut_ms < at[AFTER_CUT] and at[AFTER_CUT] + 90.0 < cut_ms + wait_ms
    assert cut_ms + wait_ms < at[RECOMPUTED] and at[RECOMPUTED] + 90.0 < mended_ms
    assert mended_ms + wait_ms < at[MENDED]
    for number in at:
        assert at[number] - echoes[number - 2].at_ms == 5.0


# Where it is cut, and where is captured


def test_the_link_is_named_by_its_ends() -> None:
    for exercise in (EXERCISES[name] for name in (CUT, FAST, ALONE)):
        for event in exercise.events:
            assert isinstance(event, Cut | Mend) and (event.a, event.b) == ("ams-wan", "iad-wan")


def ports(run: Reading) -> dict[str, tuple[str, str]]:
    return {point.name: (point.node, point.interface) for point in run.order.captures}


def test_captures_are_at_both_hosts_and_at_the_ports_where_the_stream_may_pass() -> None:
    assert ports(RUN) == {
        "ams-fe": ("ams-fe", "eth0"),
        "iad-fe": ("iad-fe", "eth0"),
        "ams-br": ("ams-wan", "ams-br"),
        "ams-iad": ("ams-wan", "ams-iad"),
        "iad-ams": ("iad-wan", "iad-ams"),
        "ams-dub": ("ams-wan", "ams-dub"),
    }


@pytest.mark.parametrize("what", CUTS)
def test_no_place_is_captured_twice_and_every_one_is_there(what: str) -> None:
    run = failover(CUTS[what], source="ams", target="iad")
    assert len(ports(run)) == len(run.order.captures)
    ends = {(end.node, end.interface) for wire in run.plan.wires for end in (wire.a, wire.b)}
    assert set(ports(run).values()) <= ends
    back = what == "around is back where it came from"
    assert len(run.order.captures) == (5 if back else 6)
    assert {"dub-ams", "dub-iad", "iad-dub"} <= set(ports(run))


def test_the_controller_is_as_far_as_the_backbone_has_it() -> None:
    assert ORDER.control_delay_ms == 59.0
    assert plan(EXPERIMENT, WORLD, 1, 10.0).network.control_delay_ms == 59.0


def test_only_the_datacenters_of_the_cloud_are_built() -> None:
    assert set(ORDER.selection.datacenters) == {each.name for each in WORLD.datacenters_of("worldwide")}
    assert ORDER.selection.clients == ORDER.selection.nameservers == ()


def test_who_sends_and_who_receives_can_be_chosen() -> None:
    order = order_of(WORLD, source="syd", target="jnb")
    assert (order.exercises[0].streams[0].source, order.exercises[0].streams[0].target) == (
        "syd-fe",
        "jnb-fe",
    )
    assert order.seed == 7 and order != order_of(WORLD)


# What cannot be


@pytest.mark.parametrize(
    "chosen, told",
    [
        ({"source": "amz"}, 'unknown datacenter "amz"; did you mean "ams"?'),
        ({"target": "iat"}, 'unknown datacenter "iat"; did you mean "iad"?'),
        ({"source": "iad"}, '"iad" is both ends; right would be two datacenters'),
        ({"source": "sin", "target": "sin"}, '"sin" is both ends; right would be two datacenters'),
        ({"target": "sha"}, '"ams" is in the cloud "worldwide" and "sha" in "21vianet"'),
    ],
    ids=str,
)
def test_ends_that_cannot_be_are_told_in_words(chosen: dict[str, str], told: str) -> None:
    with pytest.raises(WorldError) as error:
        order_of(WORLD, **chosen)
    assert told in str(error.value)


def test_two_that_every_cut_parts_are_told_with_what_would_be_right() -> None:
    with pytest.raises(WorldError) as error:
        order_of(bridged())
    assert str(error.value) == (
        'every cut on the way from "ams" to "iad" parts them;'
        " right would be two datacenters with another way between them"
    )


def test_a_cloud_of_two_has_no_other_way() -> None:
    with pytest.raises(WorldError, match='every cut on the way from "bjs" to "sha" parts them'):
        order_of(WORLD, source="bjs", target="sha")


# Figures and the picture


def test_figures_are_what_a_cut_costs_with_groups_and_without() -> None:
    found = {(each.name, each.case): each for each in EXPERIMENT.figures(RUN)}
    assert {case for _, case in found} == {CUT, FAST, ALONE}
    assert (found["lost", CUT].measured, found["lost", CUT].unit) == (42, "packets")
    assert (found["lost", FAST].measured, found["lost", ALONE].measured) == (420, 278)
    for (name, _), each in found.items():
        assert each.frames
        if name == "nothing arrived for":
            assert each.measured == pytest.approx(each.expected)


@pytest.mark.parametrize("what", CUTS)
def test_what_is_expected_of_a_gap_comes_from_the_world_and_not_from_the_run(what: str) -> None:
    run = failover(CUTS[what], source="ams", target="iad")
    gaps = [each for each in EXPERIMENT.figures(run) if each.name == "nothing arrived for"]
    assert len(gaps) == 3
    for each in gaps:
        assert each.measured == pytest.approx(each.expected)


@pytest.mark.parametrize("node", ["ams-fe", "iad-fe"])
def test_of_what_nobody_can_tell_there_is_no_figure_and_no_line(node: str) -> None:
    reading = lost(CUT, node)(RUN)
    assert {each.case for each in EXPERIMENT.figures(reading)} == {FAST, ALONE}
    (whole,) = EXPERIMENT.pictures(RUN).values()
    (less,) = EXPERIMENT.pictures(lost(CUT, "iad-fe")(RUN)).values()
    assert (whole.count("<path"), less.count("<path")) == (2, 1)


def test_a_run_of_which_everything_is_gone_says_so_and_draws_an_empty_picture() -> None:
    nothing = all_of(*(lost(each.name, point.name) for each in ORDER.exercises for point in ORDER.captures))
    reading = nothing(RUN)
    assert {judged(reading, claim).verdict for claim in claims(reading)} == {Verdict.INCONCLUSIVE}
    assert EXPERIMENT.figures(reading) == []
    assert "<path" not in EXPERIMENT.pictures(reading)["failover.svg"]


def test_the_order_is_the_same_each_time() -> None:
    assert order_of(WORLD) == order_of(WORLD)
