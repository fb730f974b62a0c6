"""``clientpath endpoints``: the published endpoint list, in the form in which an administrator pastes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address
from typing import Any

import click

from clientpath.commands.endpoints_asked import Asked
from clientpath.commands.endpoints_options import ADDRESS, DEVICE, PROXY
from clientpath.commands.endpoints_pac import show_pac
from clientpath.commands.endpoints_routed import Address, WayOut, show_routes, show_wireguard
from clientpath.commands.endpoints_shown import show_changes, show_json, show_table
from topologies.endpoint import CATEGORIES, SERVICE_AREAS
from topologies.endpoints import INSTANCES, EndpointList, Instance, load_list, read_list

FORMATS = ("table", "routes", "wireguard", "pac", "json")


@click.command()
@click.option(
    "--category",
    "categories",
    multiple=True,
    type=click.Choice([each.lower() for each in CATEGORIES], case_sensitive=False),
    default=["optimize"],
    show_default=True,
    help="Exactly this one: what a higher category (Optimize, Allow, Default) has too is left out. Can be"
    " given again.",
)
@click.option(
    "--service",
    "services",
    multiple=True,
    type=click.Choice([each.lower() for each in SERVICE_AREAS], case_sensitive=False),
    help="Exactly this service area (the web service adds common to any); all if none is given. Can be"
    " given again.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="table, json: the records as published. routes: commands that lead the prefixes past a tunnel."
    " wireguard: AllowedIPs of a tunnel that takes all but them. pac: a file that leads names past a proxy.",
)
@click.option(
    "--instance",
    type=click.Choice(INSTANCES, case_sensitive=False),
    help="Which Office 365; worldwide if neither this nor the file says.",
)
@click.option(
    "--file",
    "path",
    metavar="NEWER.json",
    help="Take this list, as /endpoints of the web service gives it. It is checked; what changed against the"
    " kept one is on standard error.",
)
@click.option(
    "--tenant", metavar="NAME", help='In the places of names that are a tenant\'s; "*" if not given.'
)
@click.option("--no-ipv6", is_flag=True, help="Leave IPv6 out; a tunnel then takes none of it.")
@click.option(
    "--gateway",
    "gateways",
    multiple=True,
    type=ADDRESS,
    help="Of the local line, for routes; given again, one for IPv4 and one for IPv6.",
)
@click.option("--device", type=DEVICE, help="The local line's interface, for routes.")
@click.option(
    "--concentrator",
    type=ADDRESS,
    help="The VPN's public address, for wireguard: the tunnel's own packets stay out of it.",
)
@click.option(
    "--proxy",
    type=PROXY,
    help=f"HOST:PORT, for pac; {PROXY.example} if not given.",
)
def endpoints(
    *,
    categories: tuple[str, ...],
    services: tuple[str, ...],
    form: str,
    instance: Instance | None,
    path: str | None,
    tenant: str | None,
    no_ipv6: bool,
    **ways: Any,
) -> None:
    """Print what Office 365 is reached at, from the list that Microsoft publishes, ready to be pasted.

    \b
    Examples:
      clientpath endpoints
      clientpath endpoints --format routes --gateway 192.0.2.1 --device eth0 --no-ipv6
      clientpath endpoints --format wireguard --concentrator 198.51.100.1
      clientpath endpoints --category optimize --category allow --tenant contoso --format pac
      clientpath endpoints --file newer.json --format json
    """
    show = _show(form, **ways)
    asked = Asked(
        endpoints=_list(path, instance),
        categories=tuple(each for each in CATEGORIES if each.lower() in categories),
        services=tuple(each for each in SERVICE_AREAS if not services or each.lower() in services),
        ipv6=not no_ipv6,
        tenant=tenant,
    )
    show(asked)


def _list(path: str | None, instance: Instance | None) -> EndpointList:
    """Return the list asked for; of a given one, say what changed."""
    if path is None:
        return load_list(instance or "worldwide")
    given = read_list(path, instance)
    show_changes(load_list(given.instance), given, path)
    return given


def _show(
    form: str,
    *,
    gateways: tuple[Address, ...],
    device: str | None,
    concentrator: Address | None,
    proxy: str | None,
) -> Callable[[Asked], None]:
    """Return what prints a form; an option that it does not have is an error."""
    for option, given, right in (
        ("--gateway", gateways, "routes"),
        ("--device", device, "routes"),
        ("--concentrator", concentrator, "wireguard"),
        ("--proxy", proxy, "pac"),
    ):
        if given and form != right:
            raise click.UsageError(
                f"{option} means nothing to --format {form}; right would be --format {right}"
            )
    shows: dict[str, Callable[[Asked], None]] = {
        "table": show_table,
        "json": show_json,
        "routes": partial(show_routes, way=_way_out(gateways, device)),
        "wireguard": partial(show_wireguard, concentrator=concentrator),
        "pac": partial(show_pac, proxy=proxy or PROXY.example),
    }
    return shows[form]


def _way_out(gateways: tuple[Address, ...], device: str | None) -> WayOut:
    versions = [each.version for each in gateways]
    if len(versions) > len(set(versions)):
        raise click.UsageError("two gateways of one kind; right would be one for IPv4 and one for IPv6")
    known = {"gateway" if isinstance(each, IPv4Address) else "gateway6": str(each) for each in gateways}
    return WayOut(**known, **({"device": device} if device else {}))
