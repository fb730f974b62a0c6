"""``clientpath world``: who is where, how long a path takes, what switches are told, before anything runs."""

from __future__ import annotations

import click

from clientpath.commands.world_flows import show_flows
from clientpath.commands.world_parts import show_parts
from clientpath.commands.world_paths import show_paths
from clientpath.commands.world_rtt import show_rtt
from clientpath.options import as_json
from topologies.load import load_world


@click.command()
@click.argument("name", metavar="NAME|FILE")
@click.option(
    "--rtt",
    nargs=2,
    metavar="CLIENT SERVER",
    help="The round trip that the world configures between two nodes, and the way there. A datacenter's name"
    " stands for its front end, an edge's for its front door.",
)
@click.option(
    "--paths",
    nargs=2,
    metavar="A B",
    help="The way over the backbone between two datacenters, and for each trunk on it what leads around it"
    " when it is cut. From a client in an office with an ExpressRoute circuit: both of its ways.",
)
@click.option(
    "--flows",
    metavar="SWITCH",
    help="The flow tables that the controller gives a WAN switch, each entry with what it means. A"
    " datacenter's name stands for its switch.",
)
@as_json
def world(
    name: str, rtt: tuple[str, str] | None, paths: tuple[str, str] | None, flows: str | None, as_json: bool
) -> None:
    """Show a world: a built-in one by its name, or a file. Checks all of it, and starts nothing.

    \b
    Examples:
      clientpath world article
      clientpath world mine.toml
      clientpath world article --rtt traveller ams
      clientpath world article --paths ams syd
      clientpath world article --paths clerk iad
      clientpath world article --flows syd
    """
    if sum(asked is not None for asked in (rtt, paths, flows)) > 1:
        raise click.UsageError("--rtt, --paths and --flows are questions of their own; right would be one")
    described = load_world(name)
    if rtt is not None:
        show_rtt(described, rtt, as_json=as_json)
    elif paths is not None:
        show_paths(described, paths, as_json=as_json)
    elif flows is not None:
        show_flows(described, flows, as_json=as_json)
    elif as_json:
        click.echo(described.model_dump_json(indent=1))
    else:
        show_parts(described)
