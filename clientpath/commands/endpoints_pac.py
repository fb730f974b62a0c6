"""``clientpath endpoints --format pac``: a proxy file that sends the names asked for past the proxy.

A browser takes the first condition that is true. So a name comes before a wildcard that stands for it too;
if only the wildcard is asked for, the name goes to the proxy (*.officeapps.live.com is Allow, and
cdn.odc.officeapps.live.com Default).
"""

from __future__ import annotations

import click

from clientpath.commands.endpoints_asked import Asked
from topologies.wildcards import covers


def show_pac(asked: Asked, proxy: str) -> None:
    """Print the file; ``proxy`` is where all else goes, HOST:PORT."""
    rules = _rules(asked)
    click.echo(f"// {asked.title}: these go out directly, all else to the proxy.")
    click.echo("// What is published without a name, as Teams media is, is not here but in --format routes.")
    click.echo("function FindProxyForURL(url, host) {")
    click.echo(f'    var proxy = "PROXY {proxy}";')
    click.echo("    host = host.toLowerCase();")
    for name, direct in rules:
        click.echo(f"    if ({_condition(name)}) return {_way(direct)};")
    click.echo("    return proxy;")
    click.echo("}")


def _rules(asked: Asked) -> list[tuple[str, bool]]:
    """Return names in the order in which they are asked, each with whether it goes out directly.

    Of the names that are not asked for, those that a wildcard would let out. Names without a wildcard are
    first; of two wildcards, one that stands for all that the other does is the shorter.
    """
    out = asked.names()
    everything = asked.filled(asked.endpoints.domains())
    kept = [each for each in everything if each not in out and any(covers(other, each) for other in out)]
    found = [*((name, True) for name in out), *((name, False) for name in kept)]
    return sorted(found, key=lambda rule: ("*" in rule[0], -len(rule[0]) if "*" in rule[0] else 0, rule[0]))


def _condition(name: str) -> str:
    return f'shExpMatch(host, "{name}")' if "*" in name else f'host == "{name}"'


def _way(direct: bool) -> str:
    return '"DIRECT"' if direct else "proxy"
