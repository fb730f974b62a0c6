"""What is run of a region's failure: who works where, what happens when, and what worlds cannot show it."""

from __future__ import annotations

import math
from itertools import groupby, pairwise

import pytest

from experiments.order import Order
from experiments.region_failure import EXPERIMENT, RegionOptions
from experiments.region_people import CLOUD, people
from experiments.region_spells import CALM, GEOGRAPHIC, HEALTH, LINK, ONE, REGION, SELDOM_MS, TTLS_S, ttl_name
from experiments.region_works import PORTAL, subject
from experiments.spell import Dark, Light
from topologies.errors import WorldError
from topologies.internet_parts import WanLink
from topologies.load import load_world

WORLD = load_world("continents")
MS_PER_S = 1000


@pytest.fixture(scope="module")
def order() -> Order:
    return EXPERIMENT.plan_order(WORLD, 1, 10.0, RegionOptions())


def test_clients_are_on_three_continents_and_all_need_the_region() -> None:
    cast = people(WORLD, CLOUD)
    places = [WORLD.client(name).place for name in cast.names]
    assert len(cast.names) == 3
    apart = [abs(a.longitude - b.longitude) for number, a in enumerate(places) for b in places[number + 1 :]]
    assert min(apart) > 60
    assert cast.tenant.copies[0] == cast.region.name == cast.tenant.datacenter


def test_the_failure_has_a_control_for_everything_that_it_claims(order: Order) -> None:
    names = [spell.name for spell in order.spells]
    assert sorted(names) == sorted([REGION, CALM, LINK, GEOGRAPHIC, ONE, *map(ttl_name, TTLS_S)])
    assert not order.spell(CALM).events and order.spell(CALM).steady
    assert {spell.answers.health.profile for spell in order.spells if spell.answers.health} == {
        "nested",
        "geographic",
    }
    waits = {spell.answers.health.ttl_s for spell in order.spells if spell.answers.health}
    assert waits == {0, 30, 300}


def test_it_goes_dark_after_everybody_was_probed_and_comes_back_while_no_probe_waits(order: Order) -> None:
    dark, light = order.spell(REGION).events
    assert isinstance(dark, Dark) and isinstance(light, Light)
    interval_ms = HEALTH.interval_s * MS_PER_S
    assert 0 < dark.at_ms % interval_ms < MS_PER_S  # the longest time until it is noticed
    assert not HEALTH.is_waiting(light.at_ms / MS_PER_S)
    noticed_ms = HEALTH.down_s(dark.at_ms / MS_PER_S) * MS_PER_S
    assert dark.at_ms < noticed_ms < light.at_ms < order.spell(REGION).works[0].length_ms


@pytest.mark.parametrize("ttl_s", TTLS_S)
def test_whoever_waits_for_an_answer_to_be_forgotten_works_long_enough(order: Order, ttl_s: int) -> None:
    spell = order.spell(ttl_name(ttl_s))
    (dark,) = spell.events
    latest_ms = dark.at_ms + HEALTH.slowest_s * MS_PER_S + (ttl_s + 1) * MS_PER_S
    assert spell.works[0].length_ms > latest_ms - (ttl_s + 1) * MS_PER_S
    assert math.isfinite(latest_ms)


def test_only_who_waits_for_minutes_asks_less_often(order: Order) -> None:
    paces = {spell.name: spell.work(PORTAL).interval_ms for spell in order.spells if spell.name != LINK}
    assert paces.pop(ttl_name(300)) == SELDOM_MS
    assert set(paces.values()) == {MS_PER_S}


def test_every_capture_and_every_spell_has_a_name_of_its_own(order: Order) -> None:
    names = [point.name for point in order.captures]
    assert len(names) == len(set(names))
    assert len(order.names) == len(set(order.names)) == len(order.spells)
    assert order.is_served and order.steady == [CALM]


def test_a_day_has_its_night_and_needs_no_copies() -> None:
    order = EXPERIMENT.plan_order(WORLD, 1, 10.0, RegionOptions(hours=24))
    (day,) = order.spells
    dark, light = day.events
    assert (dark.at_ms // 3_600_000, light.at_ms // 3_600_000) == (1, 7)
    assert not order.selection.copies or "exchange" not in order.selection.services


def test_of_a_day_only_those_are_built_to_whom_somebody_is_led_and_who_answer_for_names() -> None:
    selection = EXPERIMENT.plan_order(WORLD, 1, 10.0, RegionOptions(hours=24)).selection
    servers = {WORLD.nameserver(name).datacenter for name in selection.nameservers}
    assert set(selection.datacenters) == {"dub", "ams", *servers} - {None}
    assert len(selection.datacenters) < len(WORLD.datacenters_of(CLOUD))


def test_where_links_join_whole_clouds_a_day_has_all_of_one() -> None:
    links = tuple(
        WanLink(between=(a.name, b.name), rtt_ms=9.0) for a, b in pairwise(WORLD.datacenters_of(CLOUD))
    )
    given = WORLD.model_copy(update={"backbone": links})
    selection = EXPERIMENT.plan_order(given, 1, 10.0, RegionOptions(hours=24)).selection
    assert len(selection.datacenters) == len(WORLD.datacenters_of(CLOUD))


def test_nothing_runs_that_nobody_needs_and_what_somebody_needs_does(order: Order) -> None:
    for name in (ONE, GEOGRAPHIC, *map(ttl_name, TTLS_S)):
        idle = order.spell(name).idle
        assert {"dub-mbx", "iad-efz", "ams-spo", "akadns", "efz1"} <= set(idle)
        assert not {"root", "gtld", "msdns1", "edge2", "dub-fe", "dub-dir", "ispcwl"} & set(idle)
    assert "iad-efz" not in order.spell(REGION).idle and "ams-efz" in order.spell(REGION).idle


def test_those_whose_answers_are_alike_follow_each_other(order: Order) -> None:
    answers = [spell.answers for spell in order.spells]
    assert len([each for each, _ in groupby(answers)]) == len({each.model_dump_json() for each in answers})


def test_an_hour_is_too_short_a_day() -> None:
    with pytest.raises(ValueError, match="right would be 2 or more"):
        RegionOptions(hours=1)


def test_subjects_of_two_spells_differ() -> None:
    assert subject("region", "7") == "region number 7" != subject("link-cut", "7")


@pytest.mark.parametrize("world", ["article", "planet"])
def test_a_world_without_copies_is_told_what_would_be_right(world: str) -> None:
    with pytest.raises(WorldError, match=r'copies of its mailboxes .* as in the world "continents"'):
        EXPERIMENT.plan_order(load_world(world), 1, 10.0, RegionOptions())
