"""Tunnels and rates as entries: their numbers, and what is left when trunks have failed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers import tags
from controllers.control import Control, EdgeRule, TunnelPath
from controllers.cookies import cookie
from controllers.engineering import MOST_WEIGHT, entrance, inside, numbered_tunnels
from controllers.layout import EDGE, FIRST_OF_TUNNELS, NUMBERS_A_VERSION, PATH, PREFERRED, USUAL
from controllers.openflow import Bucket, Flow, Group, Match, Meter, Output, Queue, Tag, ToGroup

from .made_up_topologies import ring

SQUARE = ring(4)  # trunks 1: 1-2, 2: 2-3, 3: 3-4, 4: 4-1
BULK, VOICE = 8, 46


def _rule(dscp: int, *ways: tuple[int, ...], rate_kbps: int = 2000, weight: int = 1) -> EdgeRule:
    tunnels = tuple(TunnelPath(trunks=way, weight=weight) for way in ways)
    return EdgeRule(source=1, target=3, dscp=dscp, rate_kbps=rate_kbps, tunnels=tunnels)


CONTROL = Control(
    topology=SQUARE, queues=((VOICE, 1), (BULK, 2)), edges=(_rule(VOICE, (1, 2)), _rule(BULK, (1, 2), (4, 3)))
)


def test_tunnels_are_numbered_through_all_rules_whatever_has_failed() -> None:
    def numbers(failed: set[int]) -> list[tuple[int, list[int]]]:
        return [(rule.dscp, [n for n, _ in found]) for rule, found in numbered_tunnels(CONTROL, failed)]

    assert numbers(set()) == [(VOICE, [1]), (BULK, [2, 3])]
    assert numbers({2}) == [(BULK, [3])]
    assert numbers({4}) == [(VOICE, [1]), (BULK, [2])]
    assert numbers({2, 3}) == []


def test_a_rules_entrance_meters_chooses_the_queue_and_then_a_tunnel() -> None:
    flow, group, meter = entrance(CONTROL, 2, 1, numbered_tunnels(CONTROL)[1])
    number = 2 * NUMBERS_A_VERSION + FIRST_OF_TUNNELS + 1
    uplink, mac = SQUARE.switch(1).uplink, SQUARE.switch(3).mac
    assert flow == Flow(
        EDGE,
        PREFERRED,
        cookie(2, 3),
        Match(in_port=uplink, mac=mac, dscp=BULK),
        (Queue(2), ToGroup(number)),
        meter=number,
    )
    first = Bucket((Tag(tags.tunnel(2, 2)), Output(SQUARE.trunk(1).a_port)), SQUARE.trunk(1).a_port, 1)
    second = Bucket((Tag(tags.tunnel(2, 3)), Output(SQUARE.trunk(4).b_port)), SQUARE.trunk(4).b_port, 1)
    assert group == Group(number, "select", (first, second))
    assert meter == Meter(number, 2000, 40)


def test_behind_the_source_a_tunnel_is_its_tag_alone_and_the_target_needs_nothing() -> None:
    found = [*inside(SQUARE, 1, numbered_tunnels(CONTROL)[1])]
    assert found == [
        (2, Flow(PATH, USUAL, cookie(1, 3), Match(tag=tags.tunnel(1, 2)), (Output(SQUARE.trunk(2).a_port),))),
        (4, Flow(PATH, USUAL, cookie(1, 3), Match(tag=tags.tunnel(1, 3)), (Output(SQUARE.trunk(3).b_port),))),
    ]


@pytest.mark.parametrize("rate_kbps, burst_kbit", [(1, 1), (49, 1), (100, 2), (1_000_000, 20_000)])
def test_a_burst_is_what_twenty_milliseconds_let_through_and_never_nothing(
    rate_kbps: int, burst_kbit: int
) -> None:
    control = Control(topology=SQUARE, edges=(_rule(BULK, (1, 2), rate_kbps=rate_kbps),))
    _, _, meter = entrance(control, 1, 0, numbered_tunnels(control)[0])
    assert meter.burst_kbit == burst_kbit


def test_a_class_without_a_queue_is_left_to_the_port() -> None:
    control = Control(topology=SQUARE, queues=((VOICE, 1),), edges=(_rule(BULK, (1, 2)),))
    flow, group, _ = entrance(control, 1, 0, numbered_tunnels(control)[0])
    assert flow.actions == (ToGroup(group.number),)


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=6))
def test_weights_fit_into_sixteen_bits_keep_their_order_and_are_kept_where_they_fit(
    weights: list[int],
) -> None:
    tunnels = tuple(TunnelPath(trunks=(1, 2), weight=weight) for weight in weights)
    rule = EdgeRule(source=1, target=3, dscp=BULK, rate_kbps=1, tunnels=tunnels)
    control = Control(topology=SQUARE, edges=(rule,))
    _, group, _ = entrance(control, 1, 0, numbered_tunnels(control)[0])
    told = [each.weight for each in group.buckets]
    assert all(1 <= each <= MOST_WEIGHT for each in told)
    assert [each for _, each in sorted(zip(weights, told, strict=True))] == sorted(told)
    if max(weights) <= MOST_WEIGHT:
        assert told == [max(1, each) for each in weights]
    else:
        assert max(told) == MOST_WEIGHT
