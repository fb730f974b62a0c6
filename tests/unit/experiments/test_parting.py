"""A cut that parts the network: just the pairs that it parts are not answered, and that is told of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings

from experiments.backbone import Ways, backbone_only, largest_cloud
from experiments.backbone_rtt import EXPERIMENT, published_pairs
from experiments.exercise import Cut, Mend
from experiments.parting import PARTED, parting
from experiments.reading import Reading
from measurement.judge import judge
from measurement.result import StepResult, Verdict
from tests.unit.controllers.ways import shortest
from tests.unit.topologies.made_up_backbones import given_worlds
from topologies.world import World

from .changes import Change, cut, lost, minus, where
from .made_up_backbone import pairs
from .made_up_worlds_of import NAMES, bridged, world_of

PATIENT = settings(deadline=None, max_examples=30)
LINE = bridged()  # Amsterdam is at its end: the first link parts it from eight others


def sound(world: World = LINE) -> Reading:
    return pairs(world)


RUN = sound()
EXERCISE = RUN.order.exercise(PARTED)


def parted(*changes: Change, reading: Reading = RUN) -> StepResult:
    for change in changes:
        reading = change(reading)
    (claim,) = (each for each in EXPERIMENT.controls(reading) if each.text.startswith("a cut that parts"))
    return judge(1, claim)


def echo(number: int, **values: Any) -> Change:
    node = EXERCISE.echoes[number - 1].source
    return where(PARTED, node, "icmp_echo", lambda row: values, seq=number)


def test_the_pairs_that_are_parted_are_asked_then_another_one_and_then_again() -> None:
    cut_event, mend = EXERCISE.events
    assert isinstance(cut_event, Cut) and isinstance(mend, Mend)
    assert (cut_event.a, cut_event.b) == (mend.a, mend.b) == ("ams-wan", "dub-wan")
    before = [(each.source, each.target) for each in EXERCISE.echoes if each.at_ms < mend.at_ms]
    after = [(each.source, each.target) for each in EXERCISE.echoes if each.at_ms > mend.at_ms]
    across = [pair for pair in before if "ams-fe" in pair]
    assert len(across) == 8 and before[8:] == [before[8]] * 2 and "ams-fe" not in before[8]
    assert after == [across[0]] * 2
    assert not EXERCISE.steady and EXERCISE.text == "ams-wan - dub-wan is cut, which parts 8 pairs"


def test_a_sound_run_names_those_that_are_parted_and_goes_on() -> None:
    found = parted()
    assert (found.verdict, len(found.frames)) == (Verdict.HELD, 10), found.observed
    assert found.observed == "8 were not answered, 2 were"
    assert found.expected.startswith("none of them is answered: ams-fe-dub-fe, ")
    assert found.expected.endswith("; others are answered; when it is mended they are again")
    assert found.text == "a cut that parts the network: ams-wan - dub-wan is cut, which parts 8 pairs"


MOVED: dict[str, tuple[Change, str]] = {
    "one that is parted was answered": (echo(3, rtt_us=40_000.0, reply_frame=9), "refuted"),
    "the last that is parted was answered": (echo(8, rtt_us=1.0, reply_frame=9), "refuted"),
    "one that is not parted was not answered": (echo(10, rtt_us=None, reply_frame=None), "refuted"),
    "one that is not parted took longer": (echo(10, rtt_us=20_020.0), "refuted"),
    "the one that pays for caches took longer": (echo(9, rtt_us=20_020.0), "held"),
    "when it was mended it was not answered": (echo(12, rtt_us=None, reply_frame=None), "refuted"),
    "when it was mended it took longer": (echo(12, rtt_us=20_020.0), "refuted"),
    "one that is parted never asked": (minus(PARTED, "ams-fe", "icmp_echo", seq=3), "inconclusive"),
    "one that is parted asked somebody else": (echo(3, dst="192.0.2.1"), "inconclusive"),
    "nobody asked when it was mended": (minus(PARTED, "ams-fe", "icmp_echo", seq=12), "inconclusive"),
}


@pytest.mark.parametrize("what", MOVED)
def test_what_is_otherwise_is_told(what: str) -> None:
    change, verdict = MOVED[what]
    assert parted(change).verdict.value == verdict


@pytest.mark.parametrize("how", [lost, cut])
def test_without_the_captures_of_who_asks_nothing_is_known(how: Callable[[str, str], Change]) -> None:
    askers = {each.source for each in EXERCISE.echoes}
    for point in RUN.order.captures:
        expected = Verdict.INCONCLUSIVE if point.name in askers else Verdict.HELD
        assert parted(how(PARTED, point.name)).verdict is expected


def test_where_everybody_is_parted_nobody_goes_on() -> None:
    two = tuple(each for each in LINE.datacenters if each.name in ("ams", "dub"))
    links = tuple(each for each in LINE.backbone if set(each.between) == {"ams", "dub"})
    run = sound(LINE.model_copy(update={"datacenters": two, "backbone": links}))
    found = parted(reading=run)
    assert (found.verdict, found.observed) == (Verdict.HELD, "1 were not answered, 1 were")
    assert "others" not in found.expected


def test_of_many_that_are_parted_only_some_are_named() -> None:
    """The first three are a ring: the link behind it parts them from six others."""
    links = [(a, b, 20.0) for a, b in pairwise(NAMES)]
    found = parted(reading=sound(world_of(*links, (NAMES[0], NAMES[2], 30.0))))
    assert (found.verdict, found.observed) == (Verdict.HELD, "18 were not answered, 2 were")
    assert found.expected.count("-fe-") == 10 and "-fe and 8 more; others are answered" in found.expected


@PATIENT
@given(given_worlds())
def test_just_those_are_asked_across_that_have_no_way_without_the_link(world: World) -> None:
    datacenters = world.datacenters_of(largest_cloud(world))
    listed = published_pairs(datacenters) or [*combinations(datacenters, 2)]
    assume(listed)
    ways = Ways.of(world, backbone_only(datacenters))
    found = parting(ways, listed)
    bridges = [
        trunk.number
        for trunk in ways.topology.trunks
        if shortest(ways.topology, trunk.a, trunk.b, {trunk.number}) is None
    ]
    used = {trunk for a, b in listed for trunk in ways.path(a.name, b.name)}
    if not used & set(bridges):
        assert found == ()
        return
    (exercise,) = found
    (event,) = (each for each in exercise.events if isinstance(each, Cut))
    (wire,) = ways.plan.wires_between(event.a, event.b)
    number = ways.plan.trunks.index(wire) + 1
    across = [
        (f"{a.name}-fe", f"{b.name}-fe")
        for a, b in listed
        if shortest(ways.topology, ways.number(a.name), ways.number(b.name), {number}) is None
    ]
    asked = [(each.source, each.target) for each in exercise.echoes]
    assert asked[: len(across)] == across and asked[-1] == across[0]
