"""Where one part of a world names another, the other exists."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from topologies.errors import WorldError
from topologies.nearest import hint

if TYPE_CHECKING:
    from topologies.parts import Client, NameServer, Office
    from topologies.world import World


def check_references(world: "World") -> None:
    """Raise WorldError, with the nearest names, for the first name that nothing in the world has."""
    known = _known(world)
    for owner, key, kind, name in _references(world):
        if name not in known[kind]:
            raise WorldError(f'{owner}: {key}: unknown {kind} "{name}"; {hint(name, known[kind])}')


def _known(world: "World") -> dict[str, set[str]]:
    known = {
        "cloud": {cloud.name for cloud in world.clouds},
        "tenant": {tenant.name for tenant in world.tenants},
        "datacenter": {datacenter.name for datacenter in world.datacenters},
        "site": {each.name for each in world.datacenters} | {each.name for each in world.edges},
        "resolver": {resolver.name for resolver in world.resolvers},
        "office": {office.name for office in world.offices},
    }
    placed = (each for each in world.nameservers if each.anycast is None)
    parts: tuple[Office | Client | NameServer, ...] = (*world.offices, *world.clients, *placed)
    others = {part.name for part in parts}
    return {**known, "node": known["site"] | known["resolver"] | others}


def _references(world: "World") -> Iterator[tuple[str, str, str, str]]:
    for datacenter in world.datacenters:
        yield f'datacenter "{datacenter.name}"', "cloud", "cloud", datacenter.cloud
    for office in world.offices:
        yield f'office "{office.name}"', "resolver", "resolver", office.resolver
    for client in world.clients:
        yield f'client "{client.name}"', "resolver", "resolver", client.resolver
        yield f'client "{client.name}"', "tenant", "tenant", client.tenant
        if client.office is not None:
            yield f'client "{client.name}"', "office", "office", client.office
    for circuit in world.circuits:
        yield f'circuit "{circuit.name}"', "office", "office", circuit.office
    yield from _references_of_tenants(world)
    yield from _references_of_edges(world)
    yield from _references_of_servers(world)
    yield from _references_of_paths(world)


def _references_of_tenants(world: "World") -> Iterator[tuple[str, str, str, str]]:
    for tenant in world.tenants:
        yield f'tenant "{tenant.name}"', "cloud", "cloud", tenant.cloud
        yield f'tenant "{tenant.name}"', "datacenter", "datacenter", tenant.datacenter
        for name in tenant.copies:
            yield f'tenant "{tenant.name}"', "copies", "datacenter", name
        if tenant.secondary is not None:
            yield f'tenant "{tenant.name}"', "secondary", "datacenter", tenant.secondary


def _references_of_edges(world: "World") -> Iterator[tuple[str, str, str, str]]:
    for edge in world.edges:
        yield f'edge "{edge.name}"', "cloud", "cloud", edge.cloud
    for isp in world.isps:
        for pop in isp.pops:
            if pop.site is not None:
                yield f'isp "{isp.name}": pop "{pop.name}"', "site", "site", pop.site


def _references_of_servers(world: "World") -> Iterator[tuple[str, str, str, str]]:
    for server in world.nameservers:
        owner = f'nameserver "{server.name}"'
        if server.datacenter is not None:
            yield owner, "datacenter", "datacenter", server.datacenter
        if server.anycast is not None:
            yield owner, "anycast", "cloud", server.anycast


def _references_of_paths(world: "World") -> Iterator[tuple[str, str, str, str]]:
    for number, link in enumerate(world.backbone):
        for name in link.between:
            yield f"backbone[{number}]", "between", "datacenter", name
    for number, override in enumerate(world.internet.overrides):
        for name in override.between:
            yield f"internet.overrides[{number}]", "between", "node", name
    for border in world.internet.borders:
        for name in border.around:
            yield f'border "{border.name}"', "around", "node", name
