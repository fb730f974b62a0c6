"""Who comes to a world that is there already: a client in a city, an office, an office's circuit.

Whoever is at the place already is taken as it is, so that a world to which all have come stays as it is.
"""

from __future__ import annotations

import contextlib
from ipaddress import IPv4Network
from typing import Any

from topologies.access import Access
from topologies.base import OFFICE_SPACE
from topologies.check import named_nodes, owned_networks
from topologies.errors import UnknownName, WorldError
from topologies.free import network, node_name
from topologies.nearest import hint
from topologies.places import Place, find_place, gazetteer
from topologies.world import Circuit, Client, Office, Resolver, World

ACCESS_SPACE = IPv4Network("100.64.0.0/10")  # of access networks (RFC 6598)
# Set aside for documentation (RFC 5737): what a circuit announces, and what its lines have.
POOLS, LINKS = IPv4Network("203.0.113.0/24"), IPv4Network("198.51.100.0/24")
ACCESS_MS, CIRCUIT_MS = 4.0, 0.5  # one way, as those of the world "article"


def with_client(world: World, wanted: str, tenant: str) -> tuple[World, Client]:
    """Return a world with a client: one by that name, or outside of any office in that city.

    Who is new has ``tenant``. Raises WorldError with the nearest names if there is neither.
    """
    for client in world.clients:
        if client.name == wanted:
            return world, client
    place = _place_of(wanted, "client", [client.name for client in world.clients])
    for client in world.clients:
        if client.office is None and client.place.point == place.point:
            return world, client
    names, taken = _names(world), _networks(world)
    name = node_name(place.name, names)
    resolver = node_name(place.name, [*names, name], before="isp")
    block = network(ACCESS_SPACE, 24, taken)
    theirs, own = list(block.subnets(new_prefix=29))[:2]
    client = Client(
        name=name,
        place=place,
        resolver=resolver,
        tenant=tenant,
        access=Access.model_validate({"delay_ms": ACCESS_MS}),
        prefix=own,
    )
    asked = Resolver(name=resolver, place=place, prefix=theirs)
    changed = _changed(world, resolvers=(*world.resolvers, asked), clients=(*world.clients, client))
    return changed, client


def with_tenant(world: World, client: str, tenant: str) -> World:
    """Return a world in which a client belongs to a tenant."""
    if world.client(client).tenant == tenant:
        return world
    changed = (
        each.model_copy(update={"tenant": tenant}) if each.name == client else each for each in world.clients
    )
    return _changed(world, clients=tuple(changed))


def with_office(world: World, wanted: str) -> tuple[World, Office]:
    """Return a world with an office, by its name, or one that has a VPN concentrator in a city.

    Raises WorldError with the nearest names if there is neither.
    """
    for office in world.offices:
        if office.name == wanted:
            return world, office
    place = _place_of(wanted, "office", [office.name for office in world.offices])
    for office in world.offices:
        if office.tunnel is not None and office.place.point == place.point:
            return world, office
    names, taken = _names(world), _networks(world)
    name = node_name(place.name, names)
    resolver = node_name(place.name, [*names, name], after="dns")
    inside, tunnel = network(OFFICE_SPACE, 23, taken).subnets(new_prefix=24)
    office = Office(name=name, place=place, resolver=resolver, prefix=inside, tunnel=tunnel)
    asked = Resolver(name=resolver, place=place, prefix=network(ACCESS_SPACE, 24, taken))
    changed = _changed(world, resolvers=(*world.resolvers, asked), offices=(*world.offices, office))
    return changed, office


def with_circuit(world: World, office: Office) -> tuple[World, Circuit]:
    """Return a world in which an office has a circuit: its own one, or one to a peering location there."""
    for circuit in world.circuits:
        if circuit.office == office.name:
            return world, circuit
    taken = _networks(world)
    circuit = Circuit(
        name=node_name(office.name, _names(world), before="er-"),
        office=office.name,
        peering=office.place,
        pool=network(POOLS, 28, taken),
        links=network(LINKS, 29, taken),
        delay_ms=CIRCUIT_MS,
    )
    return _changed(world, circuits=(*world.circuits, circuit)), circuit


def _place_of(wanted: str, kind: str, known: list[str]) -> Place:
    """Return where a city is: one of the gazetteer, else one of 34,000; after a comma a country may stand."""
    with contextlib.suppress(WorldError):
        return find_place(wanted)
    from topologies.cities import UnknownCity, locate  # reading 34,000 cities takes a second

    try:
        found = locate(wanted)
    except UnknownCity as error:
        near = hint(wanted, [*known, *(place.name for place in gazetteer().values())])
        told = f"no city is called so; {near}" if near.startswith("did you mean") else str(error)
        raise UnknownName(f'unknown {kind} "{wanted}", and {told}') from None
    if len(found) > 1:
        called = " or ".join(dict.fromkeys(f'"{city.place.name}, {city.country}"' for city in found))
        raise WorldError(f'{kind} "{wanted}": several cities are called so; right would be {called}')
    return found[0].place


def _names(world: World) -> list[str]:
    return [name for _, name in named_nodes(world)]


def _networks(world: World) -> list[IPv4Network]:
    return [prefix for prefix, _, _ in owned_networks(world)]


def _changed(world: World, **parts: Any) -> World:
    return World.model_validate({**dict(world), **parts})
