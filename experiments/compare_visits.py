"""What a client does with each service once: it opens the portal, reads a message, and opens a document.

Nothing is changed by that, so that it is the same each time. The sizes are far from where a window more is
needed: an answer that just fits into one would take a round trip more in a tunnel, with its smaller segments.
"""

from __future__ import annotations

from experiments.compare_ways import WEB
from experiments.four_services import request_of
from experiments.outlook import start_of_outlook
from experiments.transfers import LIBRARY
from experiments.vpn_use import EXCHANGE, SHAREPOINT
from measurement.journey import Request
from topologies import names
from topologies.world import Client, World

DOCUMENT, DOCUMENT_BYTES = "plan.docx", 300_000
READING = ("folders", "message")  # what comes after signing in; the message has 75 kB


def requests_to(world: World, client: Client, service: str) -> tuple[Request, ...]:
    """Return a client's requests to a service, of which the first one has the service's name."""
    first = request_of(world, client, service)
    tenant = world.tenant(client.tenant)
    if service == EXCHANGE:
        host = names.service("exchange", tenant.cloud).hosts[0]
        opening = start_of_outlook(host, names.user(client.name, tenant))
        return (first, *(each for each in opening if each.name in READING))
    if service == SHAREPOINT:
        document = f"{first.url.rstrip('/')}{LIBRARY}/{DOCUMENT}"
        return (first, Request(name="document", url=document, headers=first.headers))
    return (first,)


def by_service(requests: tuple[Request, ...]) -> dict[str, tuple[str, ...]]:
    """Return the names of a journey's requests by the service that they are of."""
    found: dict[str, tuple[str, ...]] = {}
    service = ""
    for request in requests:
        service = request.name if request.name in WEB else service
        found[service] = (*found.get(service, ()), request.name)
    return found
