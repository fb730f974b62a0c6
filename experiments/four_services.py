"""What a client asks of each service once, so that ways can be compared: one request each."""

from __future__ import annotations

from ipaddress import IPv4Address

from experiments.outlook import sign_in
from experiments.vpn_use import EXCHANGE, MEDIA, PORTAL, SERVICES, SHAREPOINT
from measurement.journey import Request
from services.probe import STUN_PORT
from topologies import names
from topologies.errors import WorldError
from topologies.nearest import hint
from topologies.world import Client, World


def requests_of(world: World, client: Client) -> tuple[Request, ...]:
    """Return a client's requests: signing in to Exchange, its site, the portal, and media's relay.

    Raises WorldError if the cloud has no media relays.
    """
    return tuple(request_of(world, client, service) for service in SERVICES)


def request_of(world: World, client: Client, service: str) -> Request:
    """Return a client's request of a service, which has the service's name.

    Raises WorldError for an unknown service, or if the cloud of the client's tenant has no media relays.
    """
    tenant = world.tenant(client.tenant)
    user = names.user(client.name, tenant)
    if service == EXCHANGE:
        exchange = names.service("exchange", tenant.cloud).hosts[0]
        return sign_in(exchange, user).model_copy(update={"name": EXCHANGE})
    if service == SHAREPOINT:
        routed = {"X-AnchorMailbox": user}
        return Request(name=SHAREPOINT, url=f"https://{names.site_of(tenant)}/", headers=routed)
    if service == PORTAL:
        return Request(name=PORTAL, url=f"https://{names.service('portal', tenant.cloud).hosts[0]}/")
    if service == MEDIA:
        return Request(name=MEDIA, url=f"stun:{relay_of(world, tenant.cloud)}:{STUN_PORT}")
    raise WorldError(f'there is no service "{service}"; {hint(service, SERVICES)}')


def relay_of(world: World, cloud: str) -> IPv4Address:
    """Return the address that all of a cloud's media relays have; raise WorldError if it has none."""
    relays = world.cloud(cloud).relays
    if relays is None:
        raise WorldError(
            f'cloud "{cloud}": relays: is missing, and media is one of the services;'
            ' right would be relays = "13.107.64.0/24"'
        )
    return relays[1]
