"""When a region fails: as the world announces it, where that leaves the time to show what happens."""

from __future__ import annotations

import pytest

from experiments.region_day import DAY
from experiments.region_failure import EXPERIMENT, RegionOptions
from experiments.region_people import CLOUD, people
from experiments.region_spells import GEOGRAPHIC, HEALTH, LINK, ONE, REGION, TTLS_S, ttl_name
from experiments.region_times import region_times
from experiments.spell import Spell
from topologies.errors import WorldError
from topologies.load import load_world, parse_world
from topologies.world import World

ON_TOP = 'name = "mine"\nbase = "continents"\n'
SECOND = """
[[tenants]]
name = "fabrikam"
cloud = "worldwide"
datacenter = "iad"
copies = ["iad", "dsm", "mwh"]
secondary = "dsm"
"""


def _world(*failures: str, more: str = "") -> World:
    return parse_world(ON_TOP + more + "".join(f"[[failures]]\n{each}\n" for each in failures))


def _spells(world: World, hours: int = 0) -> dict[str, Spell]:
    order = EXPERIMENT.plan_order(world, 1, 10.0, RegionOptions(hours=hours))
    return {spell.name: spell for spell in order.spells}


def test_a_failure_is_where_and_when_the_world_announces_it() -> None:
    spells = _spells(_world('datacenter = "dub"\nat_s = 30.5\nuntil_s = 146'))
    dark, light = spells[REGION].events
    assert (dark.at_ms, light.at_ms) == (30_500, 146_000)
    assert spells[GEOGRAPHIC].events == spells[REGION].events
    for name in (ONE, *map(ttl_name, TTLS_S)):
        (event,) = spells[name].events
        assert event.at_ms == 30_500
    usual = _spells(load_world("continents"))
    more_ms = light.at_ms - usual[REGION].events[1].at_ms
    assert spells[REGION].works[0].length_ms == usual[REGION].works[0].length_ms + more_ms
    assert spells[LINK] == usual[LINK]


def test_a_link_is_cut_when_the_world_announces_it() -> None:
    spells = _spells(_world('between = ["ams", "iad"]\nat_s = 4\nuntil_s = 9.5'))
    cut, mend = spells[LINK].events
    assert (cut.at_ms, mend.at_ms, spells[LINK].works[0].length_ms) == (4_000, 9_500, 17_000)
    assert spells[LINK].text == "the backbone's link ams-wan - iad-wan is cut, and mended"
    assert spells[REGION] == _spells(load_world("continents"))[REGION]


def test_the_tenant_whose_data_is_active_there_is_the_one() -> None:
    failure = 'datacenter = "iad"\nat_s = 30.5\nuntil_s = 146'
    client = '[[clients]]\nname = "{}"\ntenant = "fabrikam"\n'
    world = _world(failure, more=SECOND + client.format("boston") + client.format("osaka"))
    cast = people(world, CLOUD)
    assert (cast.tenant.name, cast.region.name, cast.neighbour.name) == ("fabrikam", "iad", "boston")
    assert people(_world(more=SECOND), CLOUD).region.name == "dub"


@pytest.mark.parametrize(
    "failure, told",
    [
        (
            'datacenter = "sin"\nat_s = 20.5\nuntil_s = 109',
            '"sin" is to fail, and the mailboxes that have copies are active elsewhere; right would be'
            ' one of: "dub" (contoso)',
        ),
        (
            'datacenter = "dub"\nat_s = 20.5',
            "failures[0]: has no end, and what comes after it is shown, too; right would be until_s",
        ),
        (
            'datacenter = "dub"\nat_s = 5.5\nuntil_s = 109',
            "failures[0].at_s: 5.5 s are over before everybody was served; right would be 10.5 or later",
        ),
        (
            'datacenter = "dub"\nat_s = 45\nuntil_s = 209',
            "failures[0].at_s: 45 s are not just after everybody was probed, each 10 s, from when it takes"
            " longest to notice; right would be 40.5",
        ),
        (
            'datacenter = "dub"\nat_s = 20.5\nuntil_s = 80',
            "failures[0].until_s: 80 s are before everybody was led elsewhere; right would be 106",
        ),
        (
            'datacenter = "dub"\nat_s = 20.5\nuntil_s = 76',
            "failures[0].until_s: 76 s are before everybody was led elsewhere; right would be 106",
        ),
        (
            'datacenter = "dub"\nat_s = 20.5\nuntil_s = 121',
            "failures[0].until_s: 121 s are while a probe waits for an answer; right would be 125.5",
        ),
        (
            'between = ["ams", "iad"]\nat_s = 0.5\nuntil_s = 4',
            "failures[0].at_s: 0.5 s are too early to compare with what was before; right would be 1 or"
            " later",
        ),
        (
            'between = ["ams", "iad"]\nat_s = 5',
            "failures[0]: has no end, and what comes after it is shown, too; right would be until_s",
        ),
    ],
)
def test_a_failure_that_leaves_too_little_time_is_refused(failure: str, told: str) -> None:
    with pytest.raises(WorldError) as error:
        _spells(_world(failure))
    assert str(error.value) == told


@pytest.mark.parametrize("failed_s", [10.5, 20.75, 31.0, 40.5])
def test_what_a_message_says_would_be_right_is(failed_s: float) -> None:
    with pytest.raises(WorldError) as error:
        region_times(_world(f'datacenter = "dub"\nat_s = {failed_s}\nuntil_s = {failed_s + 1}'), HEALTH)
    right_s = str(error.value).rpartition(" ")[2]
    times = region_times(_world(f'datacenter = "dub"\nat_s = {failed_s}\nuntil_s = {right_s}'), HEALTH)
    assert times.back_ms == float(right_s) * 1000


def test_a_day_has_its_night_when_the_world_announces_it() -> None:
    (day,) = _spells(_world('datacenter = "dub"\nat_s = 7200.5\nuntil_s = 14400'), hours=8).values()
    assert day.name == DAY
    assert [event.at_ms for event in day.events] == [7_200_500, 14_400_000]
    with pytest.raises(WorldError) as error:
        _spells(_world('datacenter = "dub"\nat_s = 20.5\nuntil_s = 109'), hours=2)
    assert str(error.value) == (
        "failures[0]: is not within the day, with some time before and after; right would be"
        " at_s after 1800 and until_s up to 3600"
    )
