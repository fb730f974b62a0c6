"""The article's first four steps, which every way of connecting by name begins with: from name to address."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.landing import Landing
from measurement.judge import Claim


@dataclass(frozen=True)
class Tellers:
    """Whose DNS servers tell the way, in the words of the claims."""

    servers: str = "Microsoft's DNS servers"
    one_of: str = "one of Microsoft's servers"
    they_name: str = "Microsoft answers with a regional server name, by the DNS server's place"
    they_give: str = "Microsoft gives"
    by_place: bool = True  # among their datacenters the nearest is expected, and said so


MICROSOFT = Tellers()


def lookup_claims(landing: Landing, tellers: Tellers = MICROSOFT) -> list[Claim]:
    """Return steps 1 to 4 of a landing: who asks whom, what the answer is, and what the client is told."""
    client, resolver = landing.client, landing.reading.world.resolver(landing.resolver)
    nearest = f", nearest to {resolver.place.name}" if tellers.by_place else ""
    if landing.steered == landing.name:
        questions = f"a question from {resolver.name} to {tellers.one_of}"
    else:
        questions = f"questions from {resolver.name} to Microsoft's servers, the last for {landing.steered}"
    addresses = "address" if len(landing.server_ips) == 1 else "addresses"
    return [
        Claim(
            f"{client} asks its local DNS server for {landing.name}",
            f"a question from {client} to {resolver.name} in {resolver.place.name}, and to nobody else",
            landing.client_asks_its_resolver,
        ),
        Claim(f"the local DNS server asks {tellers.servers}", questions, landing.resolver_asks_microsoft),
        Claim(
            tellers.they_name,
            f"{landing.steered} is an alias of {landing.regional}{nearest}",
            landing.microsoft_names_the_region,
        ),
        Claim(
            f"asked for the regional name, {tellers.they_give} the regional datacenter's {addresses}",
            f"{landing.regional} is {', '.join(landing.server_ips)}, and the client is told so",
            landing.resolver_learns_the_address,
        ),
    ]
