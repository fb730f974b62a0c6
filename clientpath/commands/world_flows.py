"""``clientpath world show --flows``: what the controller tells one WAN switch, and what each entry means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

import click

from controllers.control import Control
from controllers.layout import CLASS, EDGE, PATH
from controllers.shown import flow_text, group_text, in_order
from controllers.tables import check_size, tables
from controllers.topology import Switch, Topology, topology_of
from controllers.words import Words
from topologies.errors import UnknownName
from topologies.hosts import wan_switch
from topologies.nearest import hint
from topologies.planning import plan_network
from topologies.selection import select_all
from topologies.world import World

VERSION = 1  # what a controller begins with
TABLES = {EDGE: "edge", CLASS: "class", PATH: "path"}


def show_flows(described: World, name: str, *, as_json: bool) -> None:
    """Print the flows and groups of a switch; raise UnknownName if there is no switch of that name."""
    topology = topology_of(plan_network(described, select_all(described)))
    check_size(topology)
    switch = _switch(described, topology, name)
    told = tables(Control(topology=topology), VERSION)[switch.number]
    words = Words(topology, switch)
    flows = in_order(told.whole.flows)
    groups = sorted(told.groups, key=lambda each: each.number)
    if as_json:
        entries = {
            "flows": [{"entry": flow_text(each), "means": words.flow(each)} for each in flows],
            "groups": [{"entry": group_text(each), "means": words.group(each)} for each in groups],
        }
        click.echo(json.dumps({"switch": switch.name, "version": VERSION, **entries}, indent=1))
        return
    for table, entries_there in groupby(flows, key=lambda each: each.table):
        title = f"{switch.name}, table {table}: {TABLES[table]}"
        _section(title, [(flow_text(each), words.flow(each)) for each in entries_there])
    _section(f"{switch.name}, groups", [(group_text(each), words.group(each)) for each in groups])


def _section(title: str, entries: Sequence[tuple[str, str]]) -> None:
    """Print entries as ovs-ofctl has them, each with a comment in words; nothing where there are none."""
    if not entries:
        return
    click.echo(f"# {title}")
    width = max(len(entry) for entry, _ in entries)
    for entry, means in entries:
        click.echo(f"{entry:{width}}  # {means}")


def _switch(described: World, topology: Topology, name: str) -> Switch:
    known = {each.name: each for each in topology.switches}
    known |= {each.name: known[wan_switch(each.name)] for each in described.datacenters}
    if name not in known:
        raise UnknownName(f'unknown WAN switch "{name}"; {hint(name, known)}')
    return known[name]
