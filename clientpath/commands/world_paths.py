"""``clientpath world show --paths``: the way over the backbone, and what leads around each trunk of it."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

from clientpath.commands.world_ways import circuit_of, show_ways
from clientpath.output import output
from controllers.detours import BackbonePath, Crossed, backbone_path
from controllers.topology import topology_of
from topologies.errors import UnknownName, WorldError
from topologies.hosts import border, wan_switch
from topologies.nearest import hint
from topologies.plan import Plan
from topologies.planning import plan_network
from topologies.selection import select_all
from topologies.world import World


def show_paths(described: World, ends: tuple[str, str], *, as_json: bool) -> None:
    """Print the way over the backbone between two datacenters; raise WorldError if there is none.

    From a client in an office with a circuit, print both of its ways to a datacenter.
    """
    circuit = circuit_of(described, ends[0])
    if circuit is not None:
        show_ways(described, *ends, circuit, as_json=as_json)
        return
    plan = plan_network(described, select_all(described))
    a, b = (_datacenter(described, plan, name) for name in ends)
    if a == b:
        raise WorldError(
            f'"{ends[0]}" and "{ends[1]}" are both in {a}, and no trunk is between them;'
            " right would be two datacenters"
        )
    path = backbone_path(topology_of(plan), wan_switch(a), wan_switch(b))
    if as_json:
        click.echo(path.model_dump_json(indent=1))
    else:
        output().print(_table(path))


def _datacenter(described: World, plan: Plan, name: str) -> str:
    """Return the datacenter of that name, or the one that a node is in."""
    datacenters = {border(each.name): each.name for each in described.datacenters}
    if name in datacenters.values():
        return name
    sites = {node.name: datacenters.get(node.site) for node in plan.nodes}
    if name not in sites:
        raise UnknownName(f'unknown datacenter "{name}"; {hint(name, datacenters.values())}')
    found = sites[name]
    if found is None:
        raise WorldError(
            f'"{name}" is in no datacenter, and so has no path over the backbone; right would be one of:'
            f" {', '.join(datacenters.values())} (--rtt has the way that it goes)"
        )
    return found


def _table(path: BackbonePath) -> Table:
    title = f"{path.source} to {path.to}"
    table = Table(box=None, title=title, title_justify="left", title_style="bold", padding=(0, 2, 0, 0))
    for column in ("trunk", "from", "to", "RTT ms", "if it is cut", "RTT ms", "longer by"):
        text = column in ("from", "to", "if it is cut")
        table.add_column(column, justify="left" if text else "right", overflow="fold")
    for each in path.trunks:
        row = (str(each.number), each.source, each.to, f"{each.rtt_ms:.3f}", *_around(each))
        table.add_row(*map(Text, row))
    table.add_row("", "", "in all", f"{path.rtt_ms:.3f}")
    return table


def _around(trunk: Crossed) -> tuple[str, str, str]:
    if trunk.if_cut is None:
        return "parts them: nothing leads around", "", ""
    detour = trunk.if_cut
    return " ".join(detour.switches), f"{detour.rtt_ms:.3f}", f"{detour.longer_ms:.3f}"
