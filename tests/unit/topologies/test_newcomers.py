"""Who comes to a world: in any city, with names and networks that are free, and nobody comes twice."""

from __future__ import annotations

import pytest

from topologies.access import Access
from topologies.errors import UnknownName, WorldError
from topologies.load import load_world
from topologies.newcomers import with_circuit, with_client, with_office, with_tenant
from topologies.places import find_place
from topologies.planning import plan_network
from topologies.selection import select

WORLD = load_world("article")


def test_a_client_comes_to_a_city_with_a_line_and_a_resolver_of_its_own() -> None:
    world, client = with_client(WORLD, "lagos", "contoso")
    assert (client.name, client.place, client.tenant, client.office) == (
        "lagos",
        find_place("Lagos"),
        "contoso",
        None,
    )
    assert client.access == Access.model_validate({"delay_ms": 4.0})
    assert world.resolver(client.resolver).place == client.place
    assert world.clients == (*WORLD.clients, client)
    assert world.offices == WORLD.offices and world.resolvers[:-1] == WORLD.resolvers


@pytest.mark.parametrize(
    "wanted, name", [("traveller", "traveller"), ("LISBON", "traveller"), ("clerk", "clerk")]
)
def test_who_is_there_already_is_taken_and_the_world_stays(wanted: str, name: str) -> None:
    world, client = with_client(WORLD, wanted, "fabrikam")
    assert world is WORLD
    assert (client.name, client.tenant) == (name, "contoso")


def test_nobody_inside_an_office_is_taken_for_the_city() -> None:
    _, client = with_client(WORLD, "Chicago", "contoso")
    assert (client.name, client.office) == ("chicago", None)


def test_whoever_has_come_is_there_the_next_time() -> None:
    world, client = with_client(WORLD, "Lagos", "contoso")
    world, office = with_office(world, "Frankfurt")
    world, circuit = with_circuit(world, office)
    assert with_client(world, "lagos", "contoso") == (world, client)
    assert with_client(world, "LAGOS", "contoso")[0] is world
    assert with_office(world, "frankfurt") == (world, office)
    assert with_circuit(world, office) == (world, circuit)


def test_two_cities_of_a_name_are_two_places() -> None:
    world, first = with_client(WORLD, "Lagos", "contoso")
    world, other = with_client(world, "Lagos, Portugal", "contoso")
    assert (first.name, other.name) == ("lagos", "lagos2")
    assert not first.prefix.overlaps(other.prefix)


def test_an_office_comes_with_a_concentrator_and_its_dns_server() -> None:
    world, office = with_office(WORLD, "Frankfurt")
    assert office.name == "frankfurt" and office.tunnel is not None
    assert world.resolver(office.resolver).place == office.place
    assert with_office(WORLD, "Madrid")[1].name == "branch"
    assert with_office(WORLD, "Chicago")[1].name == "hq"


def test_an_office_without_a_concentrator_does_not_stand_for_its_city() -> None:
    offices = tuple(each.model_copy(update={"tunnel": None}) for each in WORLD.offices)
    world = WORLD.model_copy(update={"offices": offices})
    _, office = with_office(world, "Madrid")
    assert office.name == "madrid" and office.tunnel is not None
    assert with_office(world, "branch")[1].tunnel is None  # whoever names it means it


def test_an_office_has_its_own_circuit_or_gets_one_to_its_own_city() -> None:
    assert with_circuit(WORLD, WORLD.office("hq")) == (WORLD, WORLD.circuit("circuit"))
    world, circuit = with_circuit(WORLD, WORLD.office("branch"))
    assert (circuit.office, circuit.peering) == ("branch", find_place("Madrid"))
    known = WORLD.circuit("circuit")
    assert not circuit.pool.overlaps(known.pool) and not circuit.links.overlaps(known.links)
    assert world.circuits == (known, circuit)


def test_a_client_gets_another_tenant() -> None:
    assert with_tenant(WORLD, "traveller", "contoso") is WORLD
    world = with_tenant(WORLD, "traveller", "fabrikam")
    assert {each.name for each in world.clients if each.tenant == "fabrikam"} == {"traveller"}


def test_all_of_it_can_be_built() -> None:
    world, client = with_client(WORLD, "Lagos", "contoso")
    world, office = with_office(world, "Frankfurt")
    world, circuit = with_circuit(world, office)
    selection = select(
        world,
        clients=(client.name,),
        clouds=("worldwide",),
        services=("exchange",),
        vpn=((client.name, office.name),),
        circuits=(circuit.name,),
    )
    names = {node.name for node in plan_network(world, selection).nodes}
    assert {"lagos", "lagos-cpe", "frankfurt-gw", "frankfurt-er", "er-frankf-m1", "frankfdns"} <= names


@pytest.mark.parametrize(
    "wanted, told",
    [
        ("travler", 'unknown client "travler", and no city is called so; did you mean "traveller"'),
        ("lagoss", 'unknown client "lagoss", and no city is called so; did you mean "Lagos"?'),
        ("Lagos, Spain", "right would be one in Nigeria or Portugal"),
        ("", "right would be a city of more than 15,000 people"),
    ],
)
def test_nobody_of_that_name_is_told_with_the_nearest_ones(wanted: str, told: str) -> None:
    with pytest.raises(UnknownName) as error:
        with_client(WORLD, wanted, "contoso")
    assert told in str(error.value)


def test_an_unknown_office_is_told_as_one() -> None:
    with pytest.raises(UnknownName, match=r'unknown office "frankfrt", .* did you mean "Frankfurt"'):
        with_office(WORLD, "frankfrt")


def test_several_cities_of_a_name_are_told_with_their_countries() -> None:
    with pytest.raises(WorldError) as error:
        with_office(WORLD, "Cordoba")
    assert str(error.value) == (
        'office "Cordoba": several cities are called so; right would be "Córdoba, Argentina" or'
        ' "Córdoba, Spain" or "Córdoba, Mexico"'
    )
    assert with_office(WORLD, "Cordoba, Spain")[1].name == "cordoba"
