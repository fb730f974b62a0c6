"""``clientpath endpoints`` for people and for programs: a table, the web service's JSON, and what changed."""

from __future__ import annotations

import json

import click
from rich.table import Table
from rich.text import Text

from clientpath.commands.endpoints_asked import Asked
from clientpath.output import output
from topologies.endpoint import Endpoint
from topologies.endpoint_changes import Changed, differences
from topologies.endpoints import EndpointList


def show_table(asked: Asked) -> None:
    """Print a line of the table for each record."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("id", "service", "category", "ER", "ports", "names and prefixes"):
        table.add_column(column, overflow="fold")
    for each in asked.records():
        reached = (*each.urls, *map(str, each.ips))
        over_expressroute = "yes" if each.express_route else "no"
        row = (str(each.id), each.service_area, each.category, over_expressroute, _ports(each))
        table.add_row(*map(Text, (*row, " ".join(reached))))
    console = output()
    console.print(Text(asked.title, "bold"))
    console.print(table)


def show_json(asked: Asked) -> None:
    """Print the records in the form of the web service's /endpoints."""
    click.echo(json.dumps([each.record() for each in asked.records()], indent=1))


def show_changes(old: EndpointList, new: EndpointList, path: str) -> None:
    """Print on standard error what changed from the kept list to a given one: what is pasted stays whole."""
    found = differences(old, new)
    counts = f"{len(found.came)} new, {len(found.went)} gone, {len(found.changed)} changed"
    version = f" ({new.version})" if new.version else ""
    click.echo(f"{path}{version} against the kept list ({old.version}): {counts}", err=True)
    for sign, records in (("+", found.came), ("-", found.went)):
        for each in records:
            click.echo(f"{sign} id {each.id}: {_in_words(each)}", err=True)
    for change in found.changed:
        click.echo(f"~ id {change.id}: {_change(change)}", err=True)


def _in_words(each: Endpoint) -> str:
    reached = " ".join((*each.urls, *map(str, each.ips)))
    return f"{each.service_area}, {each.category}, {_ports(each) or 'no ports'}: {reached}"


def _change(change: Changed) -> str:
    return "; ".join(
        " ".join([key.key, *(f"-{value}" for value in key.went), *(f"+{value}" for value in key.came)])
        for key in change.keys
    )


def _ports(each: Endpoint) -> str:
    kinds = (("TCP", each.tcp_ports), ("UDP", each.udp_ports))
    return " ".join(f"{kind} {','.join(ports)}" for kind, ports in kinds if ports)
