"""``clientpath world show --paths`` from an office with a circuit: over the Internet, and over it."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

from clientpath.output import output
from topologies.base import Frozen
from topologies.hosts import border, customer_edge, gateway
from topologies.offices import expressroute_datacenters
from topologies.paths import Hop, hops
from topologies.planning import plan_network
from topologies.selection import select_all
from topologies.ways import over_circuit, over_internet, round_trip_ms
from topologies.world import Circuit, World


class WayOut(Frozen):
    """A way from a client to a datacenter's border, by the line that it leaves the office by."""

    line: str
    hops: tuple[Hop, ...]
    rtt_ms: float


def circuit_of(described: World, client: str) -> Circuit | None:
    """Return the circuit of the office that a client is in; None if it is in none, or there is no circuit."""
    for each in described.clients:
        if each.name == client and each.office is not None:
            return next((circuit for circuit in described.circuits if circuit.office == each.office), None)
    return None


def show_ways(described: World, client: str, datacenter: str, circuit: Circuit, *, as_json: bool) -> None:
    """Print both ways of a client to a datacenter; to one without ExpressRoute there is only the Internet."""
    found = ways(described, client, datacenter, circuit)
    if as_json:
        click.echo("[" + ",\n ".join(each.model_dump_json() for each in found) + "]")
        return
    for way in found:
        output().print(_table(client, datacenter, way))


def ways(described: World, client: str, datacenter: str, circuit: Circuit) -> list[WayOut]:
    """Return a client's ways to a datacenter's border; raise WorldError for an unknown datacenter."""
    far = border(described.datacenter(datacenter).name)
    selection = select_all(described).model_copy(update={"circuits": (circuit.name,)})
    plan = plan_network(described, selection)
    near, edge = gateway(circuit.office), customer_edge(circuit.office)
    found = [("internet", (*hops(plan, client, near), *over_internet(plan, near, far)))]
    if expressroute_datacenters([described.datacenter(datacenter)]):
        over = over_circuit(described, selection, plan, circuit, far)
        found.append((circuit.name, (*hops(plan, client, near), *hops(plan, near, edge), *over)))
    return [WayOut(line=line, hops=way, rtt_ms=round_trip_ms(plan, way)) for line, way in found]


def _table(client: str, datacenter: str, way: WayOut) -> Table:
    title = (
        f"{client} to {datacenter}, {'over the Internet' if way.line == 'internet' else f'over {way.line}'}"
    )
    table = Table(box=None, title=title, title_justify="left", title_style="bold", padding=(0, 2, 0, 0))
    for column in ("from", "to", "one way ms"):
        table.add_column(column, justify="right" if column.endswith("ms") else "left", overflow="fold")
    for hop in way.hops:
        table.add_row(*map(Text, (hop.source, hop.to, f"{hop.delay_ms:.3f}")))
    table.add_row("", "there and back", f"{way.rtt_ms:.3f}")
    return table
