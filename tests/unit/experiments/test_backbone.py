"""Which datacenters an experiment on the backbone is between, and its ways, against networkx."""

from __future__ import annotations

from statistics import median

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.backbone import AMERICA, EUROPE, Ways, backbone_only, ends, largest_cloud, nearest_first
from tests.unit.controllers.ways import graph, length, shortest, switches_on
from tests.unit.topologies.made_up_backbones import GIVEN, given_worlds
from topologies.errors import WorldError
from topologies.hosts import wan_switch
from topologies.shortest import TIE_BITS
from topologies.wan_links import links_of
from topologies.world import World

from .made_up_backbone import WORLD
from .made_up_worlds_of import bridged, world_of

PATIENT = settings(deadline=None, max_examples=40)


def ways_of(world: World) -> Ways:
    return Ways.of(world, backbone_only(world.datacenters_of(largest_cloud(world))))


# Between whom


def test_without_names_it_is_from_europe_to_america() -> None:
    here, there = ends(WORLD, "", "")
    assert (here.name, there.name) == ("ams", "iad")
    assert nearest_first(WORLD, EUROPE, "worldwide")[0] == here
    assert nearest_first(WORLD, AMERICA, "worldwide")[0] == there


def test_each_end_may_be_named_by_itself() -> None:
    assert [each.name for each in ends(WORLD, "sin", "")] == ["sin", "iad"]
    assert [each.name for each in ends(WORLD, "", "sin")] == ["ams", "sin"]
    assert [each.name for each in ends(WORLD, "syd", "jnb")] == ["syd", "jnb"]


@pytest.mark.parametrize(
    "source, target, told",
    [
        ("amz", "", 'unknown datacenter "amz"; did you mean "ams"?'),
        ("", "iat", 'unknown datacenter "iat"; did you mean "iad"?'),
        ("ams", "ams", '"ams" is both ends; right would be two datacenters'),
        ("", "ams", '"ams" is both ends; right would be two datacenters'),
        (
            "ams",
            "bjs",
            '"ams" is in the cloud "worldwide" and "bjs" in "21vianet": no backbone joins two clouds;'
            " right would be two datacenters of one",
        ),
    ],
)
def test_ends_that_cannot_be_are_told_in_words(source: str, target: str, told: str) -> None:
    with pytest.raises(WorldError) as error:
        ends(WORLD, source, target)
    assert str(error.value).endswith(told)


def test_a_world_of_one_datacenter_has_no_two_ends() -> None:
    alone = WORLD.model_copy(update={"datacenters": WORLD.datacenters[:1]})
    with pytest.raises(WorldError, match='"ams" is both ends; right would be two datacenters'):
        ends(alone, "", "")


def test_the_largest_cloud_is_the_one_with_the_most_datacenters() -> None:
    assert largest_cloud(WORLD) == "worldwide"
    china = WORLD.datacenters_of("21vianet")
    assert (
        largest_cloud(WORLD.model_copy(update={"datacenters": (*china, WORLD.datacenters[0])})) == "21vianet"
    )


def test_the_nearest_is_first_and_of_equally_near_ones_the_first_by_name() -> None:
    (ams,) = (each for each in WORLD.datacenters if each.name == "ams")
    twins = tuple(ams.model_copy(update={"name": name}) for name in ("zzz", "aaa"))
    world = WORLD.model_copy(update={"datacenters": (*twins, *WORLD.datacenters)})
    assert [each.name for each in nearest_first(world, EUROPE, "worldwide")][:3] == ["aaa", "ams", "zzz"]
    assert {each.cloud for each in nearest_first(world, EUROPE, "worldwide")} == {"worldwide"}


def test_what_is_built_has_hosts_in_datacenters_and_nobody_else() -> None:
    selection = backbone_only(WORLD.datacenters_of("worldwide"))
    assert (selection.clients, selection.resolvers, selection.nameservers) == ((), (), ())
    ways = ways_of(WORLD)
    hosts = {node.name for node in ways.plan.of_kind("host")}
    assert {f"{name}-fe" for name in selection.datacenters} <= hosts
    assert len(ways.plan.of_kind("switch")) == len(selection.datacenters)


# Ways


@PATIENT
@given(world=given_worlds(), data=st.data())
def test_ways_are_those_of_networkx(world: World, data: st.DataObject) -> None:
    ways = ways_of(world)
    names = [each.name for each in world.datacenters_of(largest_cloud(world))]
    source, target = (data.draw(st.sampled_from(names)) for _ in range(2))
    made, here, there = ways.topology, ways.number(source), ways.number(target)
    way = ways.path(source, target)
    assert length(made, way) == shortest(made, here, there)
    assert switches_on(made, here, way)[-1] == there
    assert ways.rtt_ms(way) == pytest.approx(sum(made.trunk(each).rtt_ns for each in way) / 1e6)
    for trunk in way:
        _is_as_networkx_has_it(ways, source, target, trunk)


def _is_as_networkx_has_it(ways: Ways, source: str, target: str, trunk: int) -> None:
    made, here, there = ways.topology, ways.number(source), ways.number(target)
    without, detour = shortest(made, here, there, {trunk}), ways.detour(source, target, trunk)
    if without is None:
        assert detour is None
        with pytest.raises(WorldError, match=f'^without trunk {trunk} no backbone leads from "{source}"'):
            ways.without(source, target, trunk)
        return
    found = ways.without(source, target, trunk)
    assert (length(made, found), trunk in found) == (without, False)
    assert switches_on(made, here, found)[-1] == there
    # Up to the cut as usual, and from there the shortest way that avoids it.
    assert detour is not None and trunk not in detour
    way = ways.path(source, target)
    before = way[: way.index(trunk)]
    near = switches_on(made, here, before)[-1]
    assert detour[: len(before)] == before
    assert switches_on(made, here, detour)[-1] == there
    assert length(made, detour[len(before) :]) == shortest(made, near, there, {trunk})


@PATIENT
@given(given_worlds())
def test_the_controller_stands_where_ways_are_shortest_and_is_as_far_as_the_median(world: World) -> None:
    ways = ways_of(world)
    theirs = graph(ways.topology)
    far = dict(networkx.all_pairs_dijkstra_path_length(theirs))
    centre = min(far, key=lambda each: (-len(far[each]), sum(far[each].values()), each))
    one_way_ns = [(int(total) >> TIE_BITS) // 2 for total in far[centre].values()]
    assert ways.control_delay_ms() == round(median(one_way_ns) / 1e6, 3)


def test_in_a_world_of_published_round_trips_the_controller_is_59_ms_away() -> None:
    assert ways_of(WORLD).control_delay_ms() == 59.0


def test_a_trunk_is_found_by_its_number() -> None:
    ways = ways_of(WORLD)
    for number, wire in enumerate(ways.plan.trunks, 1):
        assert ways.wire(number) == wire
        trunk = ways.topology.trunk(number)
        assert {trunk.a, trunk.b} == {ways.plan.switch_numbers[end.node] for end in (wire.a, wire.b)}
    assert ways.number("ams") == ways.plan.switch_numbers[wan_switch("ams")]


def test_where_no_backbone_leads_there_is_no_way() -> None:
    both = Ways.of(WORLD, backbone_only(WORLD.datacenters))
    with pytest.raises(WorldError, match=r'^no backbone leads from "ams" to "bjs"$'):
        both.path("ams", "bjs")


def test_a_line_has_no_way_around() -> None:
    ways = ways_of(bridged())
    for trunk in ways.path("ams", "jnb"):
        assert ways.detour("ams", "jnb", trunk) is None


def test_a_world_with_links_of_its_own_has_those() -> None:
    assert len(ways_of(GIVEN).plan.trunks) == len(links_of(GIVEN, GIVEN.datacenters_of("worldwide")))
    assert ways_of(world_of(("ams", "dub", 10.0), ("dub", "iad", 60.0))).rtt_ms([1]) == 10.0
