"""``clientpath endpoints`` for a split tunnel: routes past it, or what WireGuard is to take into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import click

from clientpath.commands.endpoints_asked import Asked
from topologies.complement import EVERYWHERE_4, EVERYWHERE_6, outside

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class WayOut:
    """The line that routes lead to; words in capitals stand for what is not known."""

    gateway: str = "GATEWAY"
    gateway6: str = "GATEWAY6"
    device: str = "DEVICE"


def show_routes(asked: Asked, way: WayOut) -> None:
    """Print a command for each prefix that leads it out by the local line, past a tunnel's default route."""
    click.echo(f"# {asked.title}")
    routes = list(_routes(asked, way))
    wanted = [word for word in ("GATEWAY", "GATEWAY6", "DEVICE") if any(word in r.split() for r in routes)]
    if wanted:
        click.echo(f"# To be filled in with the local line's, not the tunnel's: {', '.join(wanted)}.")
    if not routes:
        click.echo("# No prefix is published for these: they are known by their names only.")
    for route in routes:
        click.echo(route)


def show_wireguard(asked: Asked, concentrator: Address | None) -> None:
    """Print the AllowedIPs of a tunnel that takes everything but the prefixes, and but its own packets."""
    click.echo(f"# {asked.title}: these stay out of the tunnel, all else goes in.")
    if concentrator is None:
        click.echo("# The tunnel's own Endpoint has to stay out too: give its address with --concentrator.")
    click.echo(f"AllowedIPs = {', '.join(map(str, _inside(asked, concentrator)))}")


def _routes(asked: Asked, way: WayOut) -> Iterator[str]:
    for prefix in asked.prefixes():
        command, gateway = ("ip", way.gateway) if prefix.version == 4 else ("ip -6", way.gateway6)
        yield f"{command} route replace {prefix} via {gateway} dev {way.device}"


def _inside(asked: Asked, concentrator: Address | None) -> list[IPv4Network | IPv6Network]:
    """Return the fewest prefixes with everything that the tunnel takes."""
    out = [each for each in asked.prefixes() if isinstance(each, IPv4Network)]
    out6 = [each for each in asked.prefixes() if isinstance(each, IPv6Network)]
    if isinstance(concentrator, IPv4Address):
        out.append(IPv4Network(concentrator))
    if isinstance(concentrator, IPv6Address):
        out6.append(IPv6Network(concentrator))
    into6 = outside(EVERYWHERE_6, out6) if asked.ipv6 else []
    return [*outside(EVERYWHERE_4, out), *into6]
