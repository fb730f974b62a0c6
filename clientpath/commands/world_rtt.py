"""``clientpath world show --rtt``: the round trip that a world configures between two nodes, wire by wire."""

from __future__ import annotations

import json

import click

from topologies.hosts import front_end, host
from topologies.paths import configured_rtt_ms, hops
from topologies.planning import plan_network
from topologies.selection import select_all
from topologies.world import World


def show_rtt(described: World, ends: tuple[str, str], *, as_json: bool) -> None:
    """Print the way from one node to another, and how long it takes; raise WorldError if there is none."""
    plan = plan_network(described, select_all(described))
    doors = {each.name: front_end(each.name) for each in described.datacenters}
    doors |= {each.name: host(each.name, "edge") for each in described.edges}
    a, b = (doors.get(name, name) for name in ends)
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
