"""The classes' order: a request alone and in a crowd, a matrix of demands, and links that have a rate."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from controllers.classes import DSCP, QUEUES
from controllers.control import Rules
from experiments import loads
from experiments.backbone_classes import EXPERIMENT, ClassesOptions, change_world
from experiments.engineered import ENGINEERED, ONE_PATH
from experiments.loads import CLASSES, EQUAL, FRAME_BYTES, IDLE, OFFERED, OFFERED_MS
from experiments.order import Order
from topologies.errors import WorldError
from topologies.wan_links import links_of
from topologies.world import World

from .made_up_backbone import ARTICLE, WORLD, classes, planned
from .made_up_worlds_of import bridged

RUN = classes()
ORDER = RUN.order


def order_of(world: World, **chosen: Any) -> Order:
    options = ClassesOptions(**chosen)
    return EXPERIMENT.plan_order(change_world(world, options), 7, 10.0, options)


# What is done


def test_there_is_a_request_alone_and_in_a_crowd_and_a_matrix_of_demands() -> None:
    assert ORDER.names == [IDLE, CLASSES, EQUAL, ENGINEERED, ONE_PATH]
    assert ORDER.steady == []
    rules = {each.name: each.rules for each in ORDER.exercises}
    queues = Rules(queues=QUEUES)
    assert (rules[IDLE], rules[CLASSES], rules[EQUAL], rules[ONE_PATH]) == (queues, queues, Rules(), queues)
    assert rules[ENGINEERED].queues == QUEUES and rules[ENGINEERED].edges


def test_the_request_is_the_same_alone_among_others_and_without_classes() -> None:
    asks = {ORDER.exercise(name).asks for name in (IDLE, CLASSES, EQUAL)}
    ((ask,),) = asks
    assert (ask.source, ask.target, ask.dscp) == ("ams-fe", "iad-fe", DSCP["interactive"])
    assert ORDER.exercise(IDLE).streams == ()
    assert ORDER.exercise(CLASSES).streams == ORDER.exercise(EQUAL).streams
    assert 500 < ask.at_ms < OFFERED_MS


def test_others_offer_what_is_said_in_both_directions_of_the_requests_way() -> None:
    streams = ORDER.exercise(CLASSES).streams
    assert [(each.source, each.target) for each in streams] == [("ams-fe", "iad-fe")] * 3 + [
        ("iad-fe", "ams-fe")
    ] * 3
    for half in (streams[:3], streams[3:]):
        for each, (traffic_class, share) in zip(half, OFFERED, strict=True):
            rate_mbit = each.frame_bytes * 8 / each.interval_us
            assert rate_mbit == pytest.approx(share * 5.0)
            assert each.dscp == DSCP[traffic_class]
            assert each.count * each.interval_us == pytest.approx(OFFERED_MS * 1000, rel=0.001)
    background = sum(share for name, share in OFFERED if name == "background")
    assert background == 3.0


@pytest.mark.parametrize("rate_mbit", [1.0, 5.0, 7.3, 50.0])
def test_what_is_offered_grows_with_the_rate(rate_mbit: float) -> None:
    order = order_of(WORLD, rate_mbit=rate_mbit)
    first = order.exercise(CLASSES).streams[0]
    assert FRAME_BYTES * 8 / first.interval_us == pytest.approx(2 * rate_mbit, rel=0.01)


def test_a_rate_too_high_for_a_microsecond_is_a_frame_each_microsecond() -> None:
    assert loads.interval_us(1e6) == 1
    assert loads.stream("a", "b", "elastic", 1e-3, 1.0).count == 1


# The world


def test_every_link_of_the_largest_cloud_has_the_rate_and_the_others_theirs() -> None:
    for world in (WORLD, ARTICLE, bridged()):
        changed = change_world(world, ClassesOptions(rate_mbit=7.0))
        links = links_of(changed, changed.datacenters_of("worldwide"))
        before = links_of(world, world.datacenters_of("worldwide"))
        assert {each.rate_mbit for each in links} == {7.0}
        assert [each.model_copy(update={"rate_mbit": None}) for each in links] == [*before]
        china = changed.datacenters_of("21vianet")
        assert links_of(changed, china) == links_of(world, china)


def test_where_the_ends_are_in_another_cloud_that_ones_links_have_the_rate() -> None:
    world, order, plan = planned(EXPERIMENT, WORLD, source="bjs", target="sha")
    assert {wire.there.rate_mbit for wire in plan.trunks} == {5.0} and len(plan.trunks) == 1
    assert {each.rate_mbit for each in links_of(world, world.datacenters_of("worldwide"))} == {None}
    (only,) = order.exercise(ENGINEERED).streams
    assert (only.source, only.target) == ("bjs-fe", "sha-fe")


def test_the_network_that_is_built_has_the_rate() -> None:
    for wire in RUN.plan.trunks:
        assert (wire.there.rate_mbit, wire.back.rate_mbit) == (5.0, 5.0)


# Captures


def test_captures_are_at_every_host_that_sends_or_receives_and_at_the_first_port() -> None:
    points = {point.name: (point.node, point.interface) for point in ORDER.captures}
    assert len(points) == len(ORDER.captures)
    ends: set[str] = set()
    for each in ORDER.exercises:
        ends |= {end for one in each.streams for end in (one.source, one.target)}
        ends |= {end for one in each.asks for end in (one.source, one.target)}
    assert {name for name, (_, interface) in points.items() if interface == "eth0"} == ends
    (port,) = (name for name in points if name not in ends)
    assert points[port] == ("ams-wan", port) and port == "ams-iad"
    there = {(end.node, end.interface) for wire in RUN.plan.wires for end in (wire.a, wire.b)}
    assert set(points.values()) <= there


# What can be chosen, and what cannot


def test_who_sends_and_who_receives_can_be_chosen() -> None:
    order = order_of(WORLD, source="syd", target="jnb")
    (ask,) = order.exercise(IDLE).asks
    assert (ask.source, ask.target) == ("syd-fe", "jnb-fe")


@pytest.mark.parametrize(
    "chosen, told",
    [
        ({"source": "amz"}, 'unknown datacenter "amz"; did you mean "ams"?'),
        ({"target": "ams"}, '"ams" is both ends; right would be two datacenters'),
        ({"target": "bjs"}, "no backbone joins two clouds; right would be two datacenters of one"),
        ({"demands": "/none.toml"}, "/none.toml: cannot be read (No such file or directory)"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told_in_words(chosen: dict[str, str], told: str) -> None:
    with pytest.raises(WorldError) as error:
        order_of(WORLD, **chosen)
    assert told in str(error.value)


@pytest.mark.parametrize("rate_mbit", [0.9, 51.0, -5.0])
def test_a_rate_has_limits(rate_mbit: float) -> None:
    with pytest.raises(ValidationError, match="rate_mbit"):
        ClassesOptions(rate_mbit=rate_mbit)


def test_a_line_has_one_path_for_each_and_can_be_run_all_the_same() -> None:
    _, order, _ = planned(EXPERIMENT, bridged())
    for rule in order.exercise(ENGINEERED).rules.edges:
        assert len(rule.tunnels) == 1


def test_the_order_is_the_same_each_time() -> None:
    assert order_of(WORLD) == order_of(WORLD)
