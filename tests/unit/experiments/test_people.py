"""Who can show an effect is found in the world, by who is near what, or told to be missing."""

from __future__ import annotations

import pytest

from experiments.people import (
    colleague,
    far_resolver,
    home_of,
    nearest,
    resident,
    resolvers_apart,
    tenant_near,
    tenant_of,
    traveller,
)
from topologies.errors import WorldError
from topologies.load import load_world
from topologies.world import World

WORLD = load_world("article")
CLOUD = "worldwide"


def with_clients(*names: str, **changes: object) -> World:
    """Return the article's world with some of its clients only, all of them changed."""
    clients = tuple(WORLD.client(name).model_copy(update=changes) for name in names)
    return WORLD.model_copy(update={"clients": clients})


def with_resolvers(*names: str) -> World:
    return WORLD.model_copy(update={"resolvers": tuple(WORLD.resolver(name) for name in names)})


def test_home_is_where_the_tenant_is_active() -> None:
    assert home_of(WORLD, WORLD.client("traveller")).name == "mwh"
    assert (
        home_of(with_clients(), WORLD.client("traveller").model_copy(update={"tenant": "fabrikam"})).name
        == "dub"
    )


@pytest.mark.parametrize(
    "resolver, cloud, name",
    [
        ("isplis", "worldwide", "dub"),
        ("ispsea", "worldwide", "mwh"),
        ("ispsin", "worldwide", "sin"),
        ("isplis", "21vianet", "bjs"),
        ("ispsha", "21vianet", "sha"),
    ],
)
def test_the_nearest_datacenter_is_one_of_the_cloud(resolver: str, cloud: str, name: str) -> None:
    assert nearest(WORLD, WORLD.resolver(resolver), cloud).name == name


def test_the_first_who_is_away_travels() -> None:
    assert traveller(WORLD, CLOUD).name == "traveller"
    assert traveller(with_clients("colleague", "resident", "traveller"), CLOUD).name == "resident"


def test_who_is_away_is_told_by_the_resolver_and_not_by_the_place() -> None:
    assert traveller(with_clients("colleague", resolver="isplis"), CLOUD).name == "colleague"


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(with_clients("colleague"), id="all are at home"),
        pytest.param(with_clients("traveller", tenant="fabrikam"), id="home is where they are"),
        pytest.param(with_clients("traveller", tenant="lotus"), id="all are of another cloud"),
        pytest.param(with_clients(), id="there is nobody"),
    ],
)
def test_a_world_without_a_traveller(world: World) -> None:
    told = (
        r'^no client is away from its tenant\'s datacenter in cloud "worldwide"; right would be one that is$'
    )
    with pytest.raises(WorldError, match=told):
        traveller(world, CLOUD)


def test_a_colleague_is_near_the_datacenter() -> None:
    assert colleague(WORLD, WORLD.datacenter("mwh")).name == "colleague"
    assert colleague(WORLD, WORLD.datacenter("dub")).name == "traveller"


@pytest.mark.parametrize(
    "world, datacenter",
    [
        pytest.param(with_clients("traveller"), "mwh", id="all are elsewhere"),
        pytest.param(with_clients("colleague", tenant="lotus"), "mwh", id="it is of another cloud"),
        pytest.param(WORLD, "gru", id="nobody is there"),
    ],
)
def test_a_world_without_a_colleague(world: World, datacenter: str) -> None:
    told = f'^no client is near "{datacenter}"; right would be one whose resolver is, to compare with$'
    with pytest.raises(WorldError, match=told):
        colleague(world, WORLD.datacenter(datacenter))


def test_the_far_resolver_is_the_farthest_that_leads_neither_here_nor_home() -> None:
    assert far_resolver(WORLD, WORLD.client("traveller"), CLOUD).name == "ispsin"
    # Seattle is nearer to Shanghai than Chicago, and not to be had: it leads home.
    assert (
        far_resolver(with_resolvers("isplis", "ispsea", "hqdns"), WORLD.client("traveller"), CLOUD).name
        == "hqdns"
    )


@pytest.mark.parametrize("names", [("isplis",), ("isplis", "ispsea")], ids=["one", "one that leads home"])
def test_a_world_without_a_far_resolver(names: tuple[str, ...]) -> None:
    told = r'^no resolver is near another datacenter than "dub" and "mwh"; right would be one that is$'
    with pytest.raises(WorldError, match=told):
        far_resolver(with_resolvers(*names), WORLD.client("traveller"), CLOUD)


def test_a_clouds_first_tenant() -> None:
    assert [tenant_of(WORLD, cloud).name for cloud in ("worldwide", "21vianet")] == ["contoso", "lotus"]


def test_a_cloud_without_a_tenant() -> None:
    world = WORLD.model_copy(update={"tenants": (WORLD.tenant("contoso"),)})
    with pytest.raises(WorldError, match=r'^no tenant is in the cloud "21vianet"; right would be one$'):
        tenant_of(world, "21vianet")


def test_a_resident_lives_near_one_cloud_and_has_a_tenant_of_the_other() -> None:
    assert resident(WORLD, "21vianet", "worldwide").name == "resident"


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(with_clients("traveller", "colleague"), id="nobody lives there"),
        pytest.param(with_clients("resident", tenant="lotus"), id="the tenant is of the cloud there"),
        pytest.param(with_clients("resident", resolver="isplis"), id="the resolver is elsewhere"),
    ],
)
def test_a_world_without_a_resident(world: World) -> None:
    told = (
        r'^no client with a tenant of "worldwide" is nearer to a datacenter of "21vianet"; right would be one'
        " that lives there$"
    )
    with pytest.raises(WorldError, match=told):
        resident(world, "21vianet", "worldwide")


def test_resolvers_apart_each_lead_to_another_datacenter() -> None:
    found = resolvers_apart(WORLD, WORLD.resolver("isplis"), CLOUD)
    assert len(found) == 2
    lands = [nearest(WORLD, each, CLOUD).name for each in (WORLD.resolver("isplis"), *found)]
    assert len(set(lands)) == 3


def test_of_resolvers_that_lead_to_the_same_datacenter_one_is_taken() -> None:
    twins = tuple(WORLD.resolver("ispsea").model_copy(update={"name": name}) for name in ("twin1", "twin2"))
    world = WORLD.model_copy(
        update={"resolvers": (*twins, WORLD.resolver("hqdns"), WORLD.resolver("isplis"))}
    )
    found = {each.name for each in resolvers_apart(world, WORLD.resolver("isplis"), CLOUD)}
    assert "hqdns" in found and len(found & {"twin1", "twin2"}) == 1


def test_as_many_resolvers_as_are_wanted() -> None:
    assert resolvers_apart(WORLD, WORLD.resolver("isplis"), CLOUD, 0) == []
    assert len(resolvers_apart(WORLD, WORLD.resolver("isplis"), CLOUD, 3)) == 3


def test_a_world_with_too_few_resolvers_apart() -> None:
    told = r"^resolvers: all are near dub, mwh; right would be 3, of which each is near another datacenter$"
    with pytest.raises(WorldError, match=told):
        resolvers_apart(with_resolvers("isplis", "ispsea"), WORLD.resolver("isplis"), CLOUD)


def test_a_tenant_near_a_client_is_in_its_nearest_datacenter() -> None:
    assert tenant_near(WORLD, WORLD.client("traveller"), CLOUD).name == "fabrikam"
    assert tenant_near(WORLD, WORLD.client("colleague"), CLOUD).name == "contoso"


def test_a_world_without_a_tenant_near_a_client() -> None:
    world = WORLD.model_copy(update={"tenants": (WORLD.tenant("contoso"),)})
    with pytest.raises(
        WorldError, match=r'^no tenant is in "dub", the datacenter nearest to "traveller"; right'
    ):
        tenant_near(world, WORLD.client("traveller"), CLOUD)
