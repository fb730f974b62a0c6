"""The round trips' order: an echo for each published pair, one around a cut, and where captures are."""

from __future__ import annotations

from itertools import pairwise

import pytest

from experiments.backbone_rtt import EXPERIMENT, published_pairs
from experiments.exercise import Cut, Mend
from experiments.experiment import Options
from experiments.order import Order
from experiments.parting import PARTED
from experiments.reading import Reading
from experiments.rtt_claims import ALL, DETOUR
from topologies.azure import published_rtt_ms
from topologies.errors import WorldError
from topologies.paths import configured_rtt_ms
from topologies.world import World

from .made_up_backbone import WORLD, pairs
from .made_up_worlds_of import bridged
from .saved_runs import claims

RUN = pairs()
ORDER = RUN.order


def order_of(world: World) -> Order:
    return EXPERIMENT.plan_order(world, 7, 10.0, Options())


def without_regions(*kept: str) -> World:
    """Return the world in which only some datacenters have a region."""
    changed = tuple(
        each if each.name in kept else each.model_copy(update={"region": None}) for each in WORLD.datacenters
    )
    return WORLD.model_copy(update={"datacenters": changed})


def test_every_two_datacenters_whose_regions_have_a_published_round_trip_are_a_pair() -> None:
    datacenters = WORLD.datacenters_of("worldwide")
    found = published_pairs(datacenters)
    assert len(found) == 36
    for a, b in found:
        assert published_rtt_ms(a.region or "", b.region or "") is not None
    assert len({frozenset((a.name, b.name)) for a, b in found}) == len(found)


def test_there_is_one_echo_for_each_pair_and_no_two_are_under_way_together() -> None:
    echoes = ORDER.exercise(ALL).echoes
    ends = [(each.source.removesuffix("-fe"), each.target.removesuffix("-fe")) for each in echoes]
    assert ends == [(a.name, b.name) for a, b in published_pairs(WORLD.datacenters_of("worldwide"))]
    for one, two in pairwise(echoes):
        assert two.at_ms >= one.at_ms + configured_rtt_ms(RUN.plan, one.source, one.target)


def test_captures_are_at_every_host_that_asks_or_is_asked() -> None:
    points = {point.name for point in ORDER.captures}
    assert points == {f"{name}-fe" for name in ORDER.selection.datacenters}
    assert {end for each in ORDER.exercise(ALL).echoes for end in (each.source, each.target)} <= points


def test_only_the_echoes_of_the_pairs_are_in_a_network_that_is_steady() -> None:
    assert ORDER.names == [ALL, DETOUR]
    assert ORDER.steady == [ALL]


def test_around_the_cut_is_asked_after_one_echo_that_pays_for_caches() -> None:
    exercise = ORDER.exercise(DETOUR)
    cut, mend = exercise.events
    assert isinstance(cut, Cut) and isinstance(mend, Mend)
    assert (cut.a, cut.b) == (mend.a, mend.b) == ("ams-wan", "dub-wan")
    one, two = exercise.echoes
    assert cut.at_ms < one.at_ms < two.at_ms < mend.at_ms
    assert (one.source, one.target) == (two.source, two.target) == ("ams-fe", "dub-fe")


def test_a_world_of_which_nothing_is_published_is_told_what_it_lacks() -> None:
    for kept in ((), ("ams",)):
        with pytest.raises(WorldError) as error:
            order_of(without_regions(*kept))
        assert str(error.value) == (
            "no two datacenters of a cloud have a published round trip; right would be two with a region"
        )


def test_two_regions_are_enough() -> None:
    order = order_of(without_regions("sin", "syd"))
    assert [(each.source, each.target) for each in order.exercise(ALL).echoes] == [("sin-fe", "syd-fe")]
    assert len(order.captures) == 9


def names(reading: Reading) -> list[str]:
    return [claim.text for claim in EXPERIMENT.controls(reading)]


def test_where_nothing_leads_around_any_cut_there_is_no_control_of_that() -> None:
    order = order_of(bridged())
    assert DETOUR not in order.names and PARTED in order.names
    run = pairs(bridged())
    assert [each.partition(":")[0] for each in names(run)] == [
        "a cut that parts the network",
    ]
    assert len(claims(run)) == 4


def test_where_something_leads_around_every_cut_none_parts_the_network() -> None:
    assert PARTED not in ORDER.names
