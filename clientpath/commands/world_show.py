"""``clientpath world show``: who is where, how long a path takes, what switches are told."""

from __future__ import annotations

from pathlib import Path

import click

from clientpath.commands.world_flows import show_flows
from clientpath.commands.world_map import draw_map, show_map
from clientpath.commands.world_parts import show_parts
from clientpath.commands.world_paths import show_paths
from clientpath.commands.world_rtt import show_rtt
from clientpath.completing import worlds
from clientpath.options import as_json
from topologies.load import load_world


@click.command()
@click.argument("name", metavar="NAME|FILE", shell_complete=worlds)
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
@click.option(
    "--svg",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the map to a file, as a picture, and show nothing.",
)
@as_json
def show(
    name: str,
    rtt: tuple[str, str] | None,
    paths: tuple[str, str] | None,
    flows: str | None,
    svg: Path | None,
    as_json: bool,
) -> None:
    """Show a world: a built-in one by its name, or a file. Checks all of it, and starts nothing.

    \b
    Examples:
      clientpath world show article
      clientpath world show mine.toml --svg mine.svg
      clientpath world show article --rtt traveller ams
      clientpath world show article --paths ams syd
      clientpath world show article --paths clerk iad
      clientpath world show article --flows syd
    """
    if sum(asked is not None for asked in (rtt, paths, flows, svg)) > 1:
        raise click.UsageError(
            "--rtt, --paths, --flows and --svg are questions of their own; right would be one"
        )
    described = load_world(name)
    if rtt is not None:
        show_rtt(described, rtt, as_json=as_json)
    elif paths is not None:
        show_paths(described, paths, as_json=as_json)
    elif flows is not None:
        show_flows(described, flows, as_json=as_json)
    elif svg is not None:
        draw_map(described, svg)
    elif as_json:
        click.echo(described.model_dump_json(indent=1))
    else:
        show_map(described)
        show_parts(described)
