"""Who dials in where: far enough to see a difference, and with an office next door to compare with."""

from __future__ import annotations

import pytest

from experiments.vpn_offices import client_of, offices_of, require_effect
from topologies.errors import WorldError
from topologies.load import load_world
from topologies.places import Place
from topologies.world import Client, World

WORLD = load_world("article")
TRAVELLER, RESIDENT = WORLD.client("traveller"), WORLD.client("resident")
COPENHAGEN = Place(name="Copenhagen", latitude=55.68, longitude=12.57)
HQ, BRANCH = WORLD.office("hq"), WORLD.office("branch")


def with_clients(*clients: Client) -> World:
    return WORLD.model_copy(update={"clients": clients})


def test_the_first_client_outside_of_an_office_dials_in_unless_another_is_named() -> None:
    assert client_of(with_clients(WORLD.client("clerk"), TRAVELLER, RESIDENT), "", "").name == "traveller"
    assert client_of(WORLD, "colleague", "").name == "colleague"
    assert client_of(WORLD, "", "fabrikam").name == "traveller"


def test_it_is_the_same_client_before_and_after_it_has_another_tenant() -> None:
    other = TRAVELLER.model_copy(update={"tenant": "lotus"})
    assert client_of(with_clients(other, RESIDENT), "", "").name == "resident"
    for tenant in ("lotus", "contoso", "fabrikam"):
        world = with_clients(TRAVELLER.model_copy(update={"tenant": tenant}), RESIDENT)
        assert client_of(world, "", "fabrikam").name == "traveller"


def test_somebody_has_to_be_outside() -> None:
    with pytest.raises(WorldError, match="no client outside of an office"):
        client_of(with_clients(WORLD.client("clerk")), "", "")


def test_the_office_farthest_away_is_taken_and_the_nearest_other_one_beside_it() -> None:
    assert offices_of(WORLD, TRAVELLER, "") == (HQ, BRANCH)
    assert offices_of(WORLD, WORLD.client("colleague"), "") == (BRANCH, HQ)
    assert offices_of(WORLD, TRAVELLER, "branch") == (BRANCH, HQ)


def test_of_three_offices_the_nearest_is_next_door() -> None:
    third = BRANCH.model_copy(update={"name": "third", "place": WORLD.client("resident").place})
    world = WORLD.model_copy(update={"offices": (third, *WORLD.offices)})
    assert [each.name for each in offices_of(world, TRAVELLER, "")] == ["third", "branch"]
    assert [each.name for each in offices_of(world, TRAVELLER, "hq")] == ["hq", "branch"]


def test_an_office_near_the_same_front_door_shows_nothing() -> None:
    with pytest.raises(WorldError, match='office "branch": "dub" is nearest to it, as it is to "traveller"'):
        require_effect(WORLD, TRAVELLER, BRANCH, HQ)


def test_an_office_is_next_door_if_less_than_half_of_the_detour_is_left() -> None:
    require_effect(WORLD, TRAVELLER, HQ, BRANCH)
    # What the client's own way takes is no detour: without it less than half is left.
    require_effect(WORLD, TRAVELLER, HQ, BRANCH.model_copy(update={"place": COPENHAGEN}))
    with pytest.raises(WorldError, match='office "branch" is not next door to "resident"'):
        require_effect(WORLD, RESIDENT, HQ, BRANCH)
    with pytest.raises(WorldError, match='office "hq" is not next door to "traveller"'):
        require_effect(WORLD, TRAVELLER, HQ, HQ)
