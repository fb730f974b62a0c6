"""The ways of a client with a VPN: the five models that Microsoft describes, and who is asked for names.

    forced      everything goes through the tunnel
    few         but for what is in the category Optimize
    broad       but for every prefix of the service
    selective   only the office's own networks go through the tunnel
    none        there is no tunnel

Exceptions are prefixes of the published endpoint list, more specific than the tunnel's default route.
Source: Microsoft, "Common VPN split tunneling scenarios for Microsoft 365".
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Literal

from experiments.way import Way
from topologies import names
from topologies.domains import zone_of
from topologies.endpoint import Category
from topologies.endpoints import load_list
from topologies.world import Office, World

Model = Literal["forced", "few", "broad", "selective", "none"]
EVERYTHING = IPv4Network("0.0.0.0/0")
CALLED: dict[Model, str] = {
    "forced": "forced tunnel",
    "few": "forced tunnel, few exceptions",
    "broad": "forced tunnel, broad exceptions",
    "selective": "selective tunnel",
    "none": "no VPN",
}


def way(world: World, model: Model, office: Office, *, split_dns: bool = False) -> Way:
    """Return a model's way; with ``split_dns`` the client's own resolver is asked for the service's names."""
    if model == "none":
        return Way()
    domains = service_domains(world) if split_dns else ()
    if model == "selective":
        own = [office.prefix, world.resolver(office.resolver).prefix]
        own += [] if office.tunnel is None else [office.tunnel]
        return Way(office=office.name, tunnelled=tuple(own), split_dns=domains)
    direct = exceptions(model)
    return Way(office=office.name, tunnelled=(EVERYTHING,), direct=direct, split_dns=domains)


def exceptions(model: Model) -> tuple[IPv4Network, ...]:
    """Return the prefixes that do not go through a model's tunnel, from the published list."""
    categories: dict[Model, tuple[Category, ...]] = {
        "few": ("Optimize",),
        "broad": ("Optimize", "Allow", "Default"),
    }
    if model not in categories:
        return ()
    return load_list("worldwide").prefixes(version=4, categories=categories[model])


def service_domains(world: World) -> tuple[str, ...]:
    """Return the zones of every name on the way to Exchange and SharePoint.

    A resolver on the client follows an alias by a question of its own: where one zone of a chain is left out,
    the office's resolver answers for it, and decides.
    """
    zones = [zone for server in world.nameservers for zone in server.zones if "." in zone.strip(".")]
    found: dict[str, None] = {}
    for service in names.services():
        if service.name in ("exchange", "sharepoint") and service.cloud == "worldwide":
            chain = [*service.hosts, *(alias.name for alias in service.aliases), service.regional.name]
            chain += [alias.target for alias in service.aliases]
            found |= dict.fromkeys(filter(None, (zone_of(_shown(name), zones) for name in chain)))
    return tuple(sorted(found))


def _shown(name: str) -> str:
    """Return a name whose places are filled with something: only its end matters."""
    return name.replace("{", "x").replace("}", "x")
