"""Where a backbone is cut: the longest link that something leads around, and what stands on both sides."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from experiments.backbone import Ways, backbone_only, largest_cloud
from experiments.cut_place import Place, longest_with_detour
from tests.unit.controllers.ways import switches_on
from tests.unit.topologies.made_up_backbones import given_worlds
from topologies.hosts import wan_switch
from topologies.plan import other_end
from topologies.world import World

from .made_up_backbone import WORLD
from .made_up_worlds_of import CUTS, bridged

PATIENT = settings(deadline=None, max_examples=40)


def place_of(world: World, source: str, target: str) -> Place:
    ways = Ways.of(world, backbone_only(world.datacenters_of(largest_cloud(world))))
    trunk = longest_with_detour(ways, source, target)
    assert trunk is not None
    return Place(ways, source, target, trunk)


def names(place: Place, trunks: list[int], start: str) -> list[str]:
    """Return the datacenters that trunks lead by."""
    switches = switches_on(place.ways.topology, place.ways.plan.switch_numbers[wan_switch(start)], trunks)
    return [place.ways.topology.switch(each).name.removesuffix("-wan") for each in switches]


def test_a_stream_across_the_atlantic_meets_the_cut_at_its_first_switch() -> None:
    place = place_of(WORLD, "ams", "iad")
    assert {place.link.a.node, place.link.b.node} == {"ams-wan", "iad-wan"}
    assert (place.near, other_end(place.entrance, "ams-wan").node) == ("ams-wan", "ams-br")
    assert names(place, place.detour, "ams") == ["ams", "dub", "iad"]
    assert (place.rtt_ms(place.way), place.one_way_ms(place.way)) == (84.0, 42.0)


PLACES = {
    "around is back where it came from": (["ams", "dub", "ams", "iad"], ["ams", "iad"], "ams-wan"),
    "around is the new way": (["ams", "dub", "mwh", "iad"], ["ams", "dub", "mwh", "iad"], "mwh-wan"),
    "the new way is shorter": (["ams", "dub", "mwh", "iad"], ["ams", "iad"], "mwh-wan"),
    "the new way is hardly shorter": (["ams", "dub", "mwh", "iad"], ["ams", "iad"], "mwh-wan"),
}


@pytest.mark.parametrize("what", CUTS)
def test_a_stream_meets_the_cut_behind_its_first_switch(what: str) -> None:
    detour, without, leaves_to = PLACES[what]
    place = place_of(CUTS[what], "ams", "iad")
    assert place.near == "dub-wan"
    assert {place.link.a.node, place.link.b.node} == {"dub-wan", "iad-wan"}
    assert {place.entrance.a.node, place.entrance.b.node} == {"ams-wan", "dub-wan"}
    assert other_end(place.exit, "dub-wan").node == leaves_to
    assert names(place, place.detour, "ams") == detour
    assert names(place, place.without, "ams") == without


def test_the_longest_link_is_cut_that_does_not_part_the_ends() -> None:
    """Between Dublin and Singapore stands one link of 150 ms and more, which is all that joins them."""
    world = CUTS["around is the new way"]
    far = max(world.backbone, key=lambda each: each.rtt_ms or 0).between[1]
    place = place_of(world, "ams" if far != "ams" else "iad", "iad")
    assert place.link.delay_ms == 60.0
    ways = place.ways
    assert longest_with_detour(ways, "dub", far) is None


def test_where_every_cut_parts_the_ends_there_is_no_place() -> None:
    world = bridged()
    ways = Ways.of(world, backbone_only(world.datacenters_of("worldwide")))
    assert longest_with_detour(ways, "ams", "jnb") is None


def test_of_equally_long_links_it_is_the_one_with_the_smallest_number() -> None:
    world = CUTS["around is the new way"]
    links = tuple(each.model_copy(update={"rtt_ms": 50.0}) for each in world.backbone)
    place = place_of(world.model_copy(update={"backbone": links}), "ams", "iad")
    candidates = [each for each in place.way if place.ways.detour("ams", "iad", each) is not None]
    assert place.trunk == min(candidates)


@PATIENT
@given(world=given_worlds(), data=st.data())
def test_a_place_fits_together_whatever_the_backbone(world: World, data: st.DataObject) -> None:
    listed = [each.name for each in world.datacenters_of(largest_cloud(world))]
    assume(len(listed) > 1)
    source, target = data.draw(st.permutations(listed))[:2]
    ways = Ways.of(world, backbone_only(world.datacenters_of(largest_cloud(world))))
    trunk = longest_with_detour(ways, source, target)
    around = {each: ways.detour(source, target, each) for each in ways.path(source, target)}
    if trunk is None:
        assert not any(around.values())
        return
    longest_ns = ways.topology.trunk(trunk).rtt_ns
    assert all(ways.topology.trunk(each).rtt_ns <= longest_ns for each, way in around.items() if way)
    place = Place(ways, source, target, trunk)
    assert place.near in (place.link.a.node, place.link.b.node)
    assert place.near in (place.entrance.a.node, place.entrance.b.node)
    assert place.near in (place.exit.a.node, place.exit.b.node)
    assert place.link not in (place.entrance, place.exit)
    assert trunk not in place.detour and trunk not in place.without and trunk in place.way
    # What comes back meets the same cut from its other end, and has a way around as well.
    assert place.detour_back and trunk not in place.detour_back
    assert ways.path(target, source) == place.way[::-1]
    assert place.rtt_ms(place.way) <= place.rtt_ms(place.without) <= place.rtt_ms(place.detour)
