"""Who of a world can show an effect: clients that are away from home, and others to compare them with."""

from __future__ import annotations

from topologies.distance import great_circle_km
from topologies.errors import WorldError
from topologies.internet import internet_rtt_ms
from topologies.steering import nearest_datacenter
from topologies.world import Client, Datacenter, Resolver, Tenant, World


def home_of(world: World, client: Client) -> Datacenter:
    """Return the datacenter where the client's tenant is active."""
    return world.datacenter(world.tenant(client.tenant).datacenter)


def nearest(world: World, resolver: Resolver, cloud: str) -> Datacenter:
    """Return the cloud's datacenter nearest to a resolver."""
    return nearest_datacenter(world, resolver.place, cloud)


def traveller(world: World, cloud: str) -> Client:
    """Return the first client that is away: its nearest datacenter is not its tenant's.

    Nobody inside an office is: there one is at work. Raises WorldError if there is none.
    """
    outside = [client for client in world.clients if client.office is None]
    for client in (each for each in outside if world.tenant(each.tenant).cloud == cloud):
        if nearest(world, world.resolver(client.resolver), cloud).name != home_of(world, client).name:
            return client
    raise WorldError(
        f'no client is away from its tenant\'s datacenter in cloud "{cloud}"; right would be one that is'
    )


def colleague(world: World, home: Datacenter) -> Client:
    """Return the first client whose resolver is near a datacenter; raise WorldError if there is none."""
    for client in (each for each in world.clients if each.office is None):
        own = world.tenant(client.tenant)
        resolver = world.resolver(client.resolver)
        if own.cloud == home.cloud and nearest(world, resolver, home.cloud).name == home.name:
            return client
    raise WorldError(
        f'no client is near "{home.name}"; right would be one whose resolver is, to compare with'
    )


def far_resolver(world: World, client: Client, cloud: str) -> Resolver:
    """Return the resolver farthest from the client, of those that land it neither here nor at home.

    Raises WorldError if there is none.
    """
    here = nearest(world, world.resolver(client.resolver), cloud).name
    home = world.tenant(client.tenant).datacenter
    others = [each for each in world.resolvers if nearest(world, each, cloud).name not in (here, home)]
    if not others:
        raise WorldError(
            f'no resolver is near another datacenter than "{here}" and "{home}"; right would be one that is'
        )
    return max(others, key=lambda each: great_circle_km(client.place, each.place))


def tenant_of(world: World, cloud: str) -> Tenant:
    """Return the first tenant of a cloud; raise WorldError if there is none."""
    for tenant in world.tenants:
        if tenant.cloud == cloud:
            return tenant
    raise WorldError(f'no tenant is in the cloud "{cloud}"; right would be one')


def resident(world: World, inside: str, cloud: str) -> Client:
    """Return the first client with a tenant of ``cloud`` to whom a datacenter of ``inside`` is nearer.

    Raises WorldError if there is none.
    """
    for client in world.clients:
        place = world.resolver(client.resolver).place
        near, other = (
            internet_rtt_ms(world, place, nearest_datacenter(world, place, each).place)
            for each in (inside, cloud)
        )
        if world.tenant(client.tenant).cloud == cloud and near < other:
            return client
    raise WorldError(
        f'no client with a tenant of "{cloud}" is nearer to a datacenter of "{inside}";'
        " right would be one that lives there"
    )


def resolvers_apart(world: World, own: Resolver, cloud: str, count: int = 2) -> list[Resolver]:
    """Return other resolvers, far from each other and each near a datacenter of its own.

    Raises WorldError if there are too few.
    """
    found = [own]
    while len(found) <= count:
        taken = {nearest(world, each, cloud).name for each in found}
        others = [each for each in world.resolvers if nearest(world, each, cloud).name not in taken]
        if not others:
            raise WorldError(
                f"resolvers: all are near {', '.join(sorted(taken))}; right would be {count + 1}, of which"
                " each is near another datacenter"
            )
        found.append(max(others, key=lambda each: _least_km(each, found)))
    return found[1:]


def _least_km(resolver: Resolver, others: list[Resolver]) -> float:
    return min(great_circle_km(resolver.place, other.place) for other in others)


def tenant_near(world: World, client: Client, cloud: str) -> Tenant:
    """Return the tenant in the client's nearest datacenter; raise WorldError if there is none."""
    here = nearest_datacenter(world, client.place, cloud).name
    for tenant in world.tenants:
        if tenant.datacenter == here:
            return tenant
    raise WorldError(
        f'no tenant is in "{here}", the datacenter nearest to "{client.name}"; right would be one,'
        " to compare with"
    )
