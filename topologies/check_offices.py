"""What must hold for offices: those who work inside, those who dial in, and circuits to Microsoft's edge."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from topologies.access import Access
from topologies.bgp import MOST_PREFIXES
from topologies.errors import WorldError

if TYPE_CHECKING:
    from topologies.parts import Circuit, Client, Office
    from topologies.places import Place
    from topologies.world import World

SMALLEST = 29  # with addresses for an office's gateway and its resolver


def check_offices(world: World) -> None:
    """Raise WorldError for the first rule about offices and circuits that the world breaks."""
    for client in world.clients:
        if client.office is not None:
            _works_inside(world, client, world.office(client.office))
    _have_networks_of_their_own(world)
    for office in _connected(world):
        _has_its_resolver(world, office)
    taken: dict[str, str] = {}
    for circuit in world.circuits:
        if circuit.office in taken:
            raise WorldError(
                f'circuit "{circuit.name}": office: "{circuit.office}" has the circuit'
                f' "{taken[circuit.office]}"; right would be one circuit for an office'
            )
        taken[circuit.office] = circuit.name
        _announces_no_more_than_is_accepted(circuit)


def _works_inside(world: World, client: Client, office: Office) -> None:
    owner = f'client "{client.name}"'
    if not client.prefix.subnet_of(office.prefix):
        raise WorldError(
            f'{owner}: prefix: "{client.prefix}" is not inside the office "{office.name}";'
            f" right would be a part of {office.prefix}"
        )
    if client.resolver != office.resolver:
        raise WorldError(
            f'{owner}: resolver: "{client.resolver}" is not that of the office "{office.name}";'
            f' right would be "{office.resolver}"'
        )
    if _point(client.place) != _point(office.place):
        raise WorldError(
            f'{owner}: place: is not that of the office "{office.name}"; right would be {office.place.name}'
        )
    if client.access != Access():
        raise WorldError(f'{owner}: access: is that of the office "{office.name}"; right would be none')


def _have_networks_of_their_own(world: World) -> None:
    inside = sorted((each.prefix, each.name) for each in world.clients if each.office is not None)
    for (prefix, name), (other, other_name) in pairwise(inside):
        if prefix.overlaps(other):
            raise WorldError(
                f'client "{other_name}": prefix: "{other}" overlaps "{prefix}" of client "{name}";'
                " right would be prefixes that share no address"
            )


def _connected(world: World) -> Iterator[Office]:
    """Yield the offices that have a gateway of their own: for a tunnel, a circuit, or people inside."""
    wanted = {circuit.office for circuit in world.circuits} | {client.office for client in world.clients}
    for office in world.offices:
        if office.tunnel is not None or office.name in wanted:
            yield office


def _has_its_resolver(world: World, office: Office) -> None:
    """A gateway has its public address in the network of the office's resolver."""
    resolver = world.resolver(office.resolver)
    owner = f'office "{office.name}": resolver: "{resolver.name}"'
    if _point(resolver.place) != _point(office.place):
        raise WorldError(f"{owner} is not at its place; right would be one in {office.place.name}")
    if resolver.prefix.prefixlen > SMALLEST:
        raise WorldError(
            f'{owner} has a network without room for the office\'s gateway, "{resolver.prefix}";'
            f" right would be a /{SMALLEST} or larger"
        )
    others = [each.name for each in world.offices if each.resolver == office.resolver]
    if others != [office.name]:
        raise WorldError(
            f"{owner} is that of {' and '.join(others)}; right would be a resolver for each office"
        )


def _announces_no_more_than_is_accepted(circuit: Circuit) -> None:
    owner = f'circuit "{circuit.name}"'
    number = 1 + len(circuit.announce)
    if number > MOST_PREFIXES:
        raise WorldError(
            f"{owner}: announce: with the pool these are {number} prefixes, and Microsoft's edge drops a"
            f" session that brings more than {MOST_PREFIXES}; right would be {MOST_PREFIXES} at most"
        )


def _point(place: Place) -> tuple[float, float]:
    return place.latitude, place.longitude
