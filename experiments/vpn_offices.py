"""Who dials in where, so that there is an effect to show, and an office next door to compare with."""

from __future__ import annotations

from experiments.people import nearest
from topologies.distance import great_circle_km
from topologies.errors import WorldError
from topologies.internet import internet_rtt_ms
from topologies.world import Client, Office, World

CLOUD = "worldwide"


def client_of(world: World, name: str, tenant: str) -> Client:
    """Return a client by name, else the first one outside of an office.

    ``tenant`` is the one that it is to have, "" for its own: who it is does not depend on whether it has it
    already. Raises WorldError for an unknown name, or a tenant of a cloud that has no published endpoints.
    """
    client = world.client(name) if name else _first_outside(world, tenant)
    own = world.tenant(tenant or client.tenant)
    if own.cloud != CLOUD:
        raise WorldError(
            f'client "{client.name}": its tenant "{own.name}" is not in the cloud "{CLOUD}", whose endpoints'
            " can be exceptions; right would be another one"
        )
    return client


def _first_outside(world: World, tenant: str) -> Client:
    for client in world.clients:
        if client.office is None and (tenant or world.tenant(client.tenant).cloud == CLOUD):
            return client
    raise WorldError(
        f'no client outside of an office has a tenant of the cloud "{CLOUD}"; right would be one'
    )


def offices_of(world: World, client: Client, wanted: str) -> tuple[Office, Office]:
    """Return the office that a client dials in to, and of the others with a concentrator the nearest.

    Without one ``wanted`` it is the office farthest away. Raises WorldError if there are not two.
    """

    def far_km(office: Office) -> float:
        return great_circle_km(client.place, office.place)

    chosen = world.office(wanted) if wanted else sorted(concentrators(world), key=far_km)[-1]
    others = [each for each in world.offices if each.tunnel is not None and each.name != chosen.name]
    if not others:
        raise WorldError(
            f'office "{chosen.name}" alone has a VPN concentrator; right would be another one with a tunnel,'
            " to compare with"
        )
    return chosen, min(others, key=far_km)


def concentrators(world: World) -> list[Office]:
    """Return the offices that one can dial in to; raise WorldError if there is none."""
    found = [office for office in world.offices if office.tunnel is not None]
    if not found:
        raise WorldError('offices: none has a VPN concentrator; right would be tunnel = "10.1.1.0/24" in one')
    return found


def require_effect(world: World, client: Client, office: Office, near: Office) -> None:
    """Raise WorldError if dialling in changes no front door, or an office next door helps too little."""
    here, there = (nearest(world, world.resolver(each.resolver), CLOUD) for each in (client, office))
    if here.name == there.name:
        raise WorldError(
            f'office "{office.name}": "{here.name}" is nearest to it, as it is to "{client.name}";'
            " right would be an office elsewhere"
        )
    if _costs_ms(world, client, near) > _costs_ms(world, client, office) / 2:
        raise WorldError(
            f'office "{near.name}" is not next door to "{client.name}": more than half of the detour by'
            f' "{office.name}" is left with it; right would be another client, or an office nearer to it'
        )


def _costs_ms(world: World, client: Client, office: Office) -> float:
    """Return how much longer the way to a front door is by an office than without: its round trips."""
    own, theirs = (nearest(world, world.resolver(each.resolver), CLOUD) for each in (client, office))
    through_ms = internet_rtt_ms(world, client.place, office.place)
    through_ms += internet_rtt_ms(world, office.place, theirs.place)
    return through_ms - internet_rtt_ms(world, client.place, own.place)
