"""What must hold for offices: those who work inside, those who dial in, and circuits to Microsoft's edge."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from topologies.access import Access
from topologies.bgp import MOST_PREFIXES
from topologies.faults import Fault, of_part

if TYPE_CHECKING:
    from topologies.parts import Circuit, Client, Office
    from topologies.world import World

SMALLEST = 29  # with addresses for an office's gateway and its resolver


def check_offices(world: World) -> Iterator[Fault]:
    """Yield what is wrong with offices, with those who work inside, and with circuits."""
    offices = {office.name: office for office in world.offices}
    for client in world.clients:
        if client.office is not None:
            yield from _works_inside(client, offices[client.office])
    yield from _have_networks_of_their_own(world)
    for office in _connected(world):
        yield from _has_its_resolver(world, office)
    taken: dict[str, str] = {}
    for circuit in world.circuits:
        if circuit.office in taken:
            text = (
                f'"{circuit.office}" has the circuit "{taken[circuit.office]}"; right would be one circuit'
                " for an office"
            )
            yield of_part("circuits", circuit.name, "office", text)
        taken.setdefault(circuit.office, circuit.name)
        yield from _announces_too_much(circuit)


def _works_inside(client: Client, office: Office) -> Iterator[Fault]:
    if not client.prefix.subnet_of(office.prefix):
        text = (
            f'"{client.prefix}" is not inside the office "{office.name}";'
            f" right would be a part of {office.prefix}"
        )
        yield of_part("clients", client.name, "prefix", text)
    if client.resolver != office.resolver:
        text = (
            f'"{client.resolver}" is not that of the office "{office.name}"; right would be'
            f' "{office.resolver}"'
        )
        yield of_part("clients", client.name, "resolver", text)
    if client.place.point != office.place.point:
        text = f'is not that of the office "{office.name}"; right would be {office.place.name}'
        yield of_part("clients", client.name, "place", text)
    if client.access != Access():
        text = f'is that of the office "{office.name}"; right would be none'
        yield of_part("clients", client.name, "access", text)


def _have_networks_of_their_own(world: World) -> Iterator[Fault]:
    inside = sorted((each.prefix, each.name) for each in world.clients if each.office is not None)
    for (prefix, name), (other, other_name) in pairwise(inside):
        if prefix.overlaps(other):
            text = f'"{other}" overlaps "{prefix}" of client "{name}"'
            yield of_part(
                "clients", other_name, "prefix", f"{text}; right would be prefixes that share no address"
            )


def _connected(world: World) -> Iterator[Office]:
    """Yield the offices that have a gateway of their own: for a tunnel, a circuit, or people inside."""
    wanted = {circuit.office for circuit in world.circuits} | {client.office for client in world.clients}
    for office in world.offices:
        if office.tunnel is not None or office.name in wanted:
            yield office


def _has_its_resolver(world: World, office: Office) -> Iterator[Fault]:
    """A gateway has its public address in the network of the office's resolver."""
    resolver = world.resolver(office.resolver)
    texts = []
    if resolver.place.point != office.place.point:
        texts.append(f"is not at its place; right would be one in {office.place.name}")
    if resolver.prefix.prefixlen > SMALLEST:
        texts.append(
            f'has a network without room for the office\'s gateway, "{resolver.prefix}";'
            f" right would be a /{SMALLEST} or larger"
        )
    others = [each.name for each in world.offices if each.resolver == office.resolver]
    if others != [office.name]:
        texts.append(f"is that of {' and '.join(others)}; right would be a resolver for each office")
    for text in texts:
        yield of_part("offices", office.name, "resolver", f'"{resolver.name}" {text}')


def _announces_too_much(circuit: Circuit) -> Iterator[Fault]:
    number = 1 + len(circuit.announce)
    if number > MOST_PREFIXES:
        text = (
            f"with the pool these are {number} prefixes, and Microsoft's edge drops a"
            f" session that brings more than {MOST_PREFIXES}; right would be {MOST_PREFIXES} at most"
        )
        yield of_part("circuits", circuit.name, "announce", text)
