"""``clientpath world``: who is where, and how long a path takes, before anything runs."""

from __future__ import annotations

import json

import click
from rich.table import Table
from rich.text import Text

from clientpath.options import as_json
from clientpath.output import output
from topologies.hosts import front_end
from topologies.load import load_world
from topologies.paths import configured_rtt_ms, hops
from topologies.places import Place
from topologies.planning import plan_network
from topologies.selection import select_all
from topologies.world import World


@click.command()
@click.argument("name", metavar="NAME|FILE")
@click.option(
    "--rtt",
    nargs=2,
    metavar="CLIENT SERVER",
    help="The round trip that the world configures between two nodes, and the way there. A datacenter's name"
    " stands for its front end.",
)
@as_json
def world(name: str, rtt: tuple[str, str] | None, as_json: bool) -> None:
    """Show a world: a built-in one by its name, or a file. Checks all of it, and starts nothing.

    \b
    Examples:
      clientpath world article
      clientpath world mine.toml
      clientpath world article --rtt traveller ams
    """
    described = load_world(name)
    if rtt is not None:
        _show_rtt(described, rtt, as_json=as_json)
    elif as_json:
        click.echo(described.model_dump_json(indent=1))
    else:
        _show(described)


def _show(described: World) -> None:
    console = output()
    console.print(Text.assemble((described.name, "bold"), f"  {described.title}"))
    for title, columns, rows in _sections(described):
        table = Table(
            box=None, title=f"\n{title}", title_justify="left", title_style="bold", padding=(0, 2, 0, 0)
        )
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        console.print(table)


def _sections(described: World) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    return [
        (
            "datacenters",
            ("name", "cloud", "place", "", "label", "prefix"),
            [(d.name, d.cloud, *_where(d.place), d.label, str(d.prefix)) for d in described.datacenters],
        ),
        (
            "tenants",
            ("name", "cloud", "active in"),
            [(t.name, t.cloud, t.datacenter) for t in described.tenants],
        ),
        (
            "clients",
            ("name", "place", "", "resolver", "tenant", "prefix"),
            [(c.name, *_where(c.place), c.resolver, c.tenant, str(c.prefix)) for c in described.clients],
        ),
        (
            "resolvers",
            ("name", "place", "", "prefix"),
            [(r.name, *_where(r.place), str(r.prefix)) for r in described.resolvers],
        ),
        (
            "offices",
            ("name", "place", "", "resolver", "prefix"),
            [(o.name, *_where(o.place), o.resolver, str(o.prefix)) for o in described.offices],
        ),
        (
            "name servers",
            ("name", "host name", "stands in", "zones"),
            [
                (s.name, s.hostname, s.datacenter or (s.place.name if s.place else ""), " ".join(s.zones))
                for s in described.nameservers
            ],
        ),
    ]


def _where(place: Place) -> tuple[str, str]:
    north = f"{abs(place.latitude):.1f}{'N' if place.latitude >= 0 else 'S'}"
    east = f"{abs(place.longitude):.1f}{'E' if place.longitude >= 0 else 'W'}"
    return place.name, f"{north} {east}"


def _show_rtt(described: World, ends: tuple[str, str], *, as_json: bool) -> None:
    plan = plan_network(described, select_all(described))
    datacenters = {datacenter.name for datacenter in described.datacenters}
    a, b = (front_end(name) if name in datacenters else name for name in ends)
    there, back = hops(plan, a, b), hops(plan, b, a)
    total_ms = configured_rtt_ms(plan, a, b)
    if as_json:
        way = {"there": [hop.model_dump() for hop in there], "back": [hop.model_dump() for hop in back]}
        click.echo(json.dumps({"from": a, "to": b, "configured_rtt_ms": total_ms, **way}, indent=1))
        return
    for hop in there:
        click.echo(f"{hop.delay_ms:10.3f} ms  {hop.source} -> {hop.to}")
    one_way_ms = sum(hop.delay_ms for hop in there)
    click.echo(f"{one_way_ms:10.3f} ms  one way; {sum(hop.delay_ms for hop in back):.3f} ms back")
    click.echo(f"{total_ms:10.3f} ms  round trip")
