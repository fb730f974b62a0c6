"""What a client asks of each service once, so that ways can be compared: one request each."""

from __future__ import annotations

from experiments.outlook import sign_in
from experiments.vpn_use import EXCHANGE, MEDIA, PORTAL, SHAREPOINT
from measurement.journey import Request
from services.probe import STUN_PORT
from topologies import names
from topologies.errors import WorldError
from topologies.world import Client, World

CLOUD = "worldwide"


def requests_of(world: World, client: Client) -> tuple[Request, ...]:
    """Return a client's requests: signing in to Exchange, its site, the portal, and media's relay.

    Raises WorldError if the cloud has no media relays.
    """
    tenant = world.tenant(client.tenant)
    user = names.user(client.name, tenant)
    exchange, portal = (names.service(each, CLOUD).hosts[0] for each in ("exchange", "portal"))
    relays = world.cloud(CLOUD).relays
    if relays is None:
        raise WorldError(
            f'cloud "{CLOUD}": relays: is missing, and media is one of the services;'
            ' right would be relays = "13.107.64.0/24"'
        )
    return (
        sign_in(exchange, user).model_copy(update={"name": EXCHANGE}),
        Request(name=SHAREPOINT, url=f"https://{names.site_of(tenant)}/", headers={"X-AnchorMailbox": user}),
        Request(name=PORTAL, url=f"https://{portal}/"),
        Request(name=MEDIA, url=f"stun:{relays[1]}:{STUN_PORT}"),
    )
