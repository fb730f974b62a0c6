"""``clientpath world show``: who and what is in a world, as tables."""

from __future__ import annotations

from collections import Counter

from rich.table import Table
from rich.text import Text

from clientpath.output import output
from topologies.edge_parts import USUAL_PREFERENCE, Isp
from topologies.internet_parts import Border
from topologies.parts import Circuit, NameServer
from topologies.places import Place
from topologies.wan_links import links_of
from topologies.world import World

MOST_ROWS = 200  # of a kind; nobody reads more, and tables of thousands take half a minute
Row = tuple[str, ...]
Section = tuple[str, Row, list[Row]]  # title, columns, rows


def show_parts(described: World) -> None:
    """Print a world's parts by kind; a kind of which there is none is left out."""
    console = output()
    console.print(Text(f"congestion control: {described.congestion}"))
    sections = (*_places(described), *_people(described), *_offices(described), *_network(described))
    for title, columns, rows in sections:
        if not rows:
            continue
        table = Table(
            box=None, title=f"\n{title}", title_justify="left", title_style="bold", padding=(0, 2, 0, 0)
        )
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows[:MOST_ROWS]:
            table.add_row(*map(Text, row))
        console.print(table)
        if len(rows) > MOST_ROWS:
            console.print(f"... and {len(rows) - MOST_ROWS:,} more; --json has all of them")


def _places(described: World) -> list[Section]:
    return [
        (
            "clouds",
            ("name", "media relays", "front doors"),
            [(each.name, str(each.relays or ""), str(each.front_doors or "")) for each in described.clouds],
        ),
        (
            "datacenters",
            ("name", "cloud", "place", "", "label", "prefix", "exchange", "sharepoint"),
            [
                (
                    *(d.name, d.cloud, *_where(d.place), d.label),
                    *(str(prefix or "") for prefix in (d.prefix, d.exchange, d.sharepoint)),
                )
                for d in described.datacenters
            ],
        ),
        (
            "edges",
            ("name", "cloud", "place", "", "label", "prefix", "exchange"),
            [
                (e.name, e.cloud, *_where(e.place), e.label, str(e.prefix), str(e.exchange or ""))
                for e in described.edges
            ],
        ),
        (
            "tenants",
            ("name", "cloud", "active in", "copies", "sites also in"),
            [
                (t.name, t.cloud, t.datacenter, " ".join(t.copies), t.secondary or "")
                for t in described.tenants
            ],
        ),
    ]


def _people(described: World) -> list[Section]:
    return [
        (
            "clients",
            ("name", "place", "", "resolver", "tenant", "prefix", "office"),
            [
                (c.name, *_where(c.place), c.resolver, c.tenant, str(c.prefix), c.office or "")
                for c in described.clients
            ],
        ),
        (
            "resolvers",
            ("name", "place", "", "prefix", ""),
            [
                (r.name, *_where(r.place), str(r.prefix), "public" if r.public else "")
                for r in described.resolvers
            ],
        ),
        (
            "name servers",
            ("name", "host name", "stands in", "zones"),
            [(s.name, s.hostname, _stands_in(s), " ".join(s.zones)) for s in described.nameservers],
        ),
    ]


def _offices(described: World) -> list[Section]:
    return [
        (
            "offices",
            ("name", "place", "", "resolver", "prefix", "tunnel"),
            [
                (o.name, *_where(o.place), o.resolver, str(o.prefix), str(o.tunnel or ""))
                for o in described.offices
            ],
        ),
        (
            "circuits",
            ("name", "office", "peering", "", "delay", "pool", "links", "announced"),
            [_circuit(each) for each in described.circuits],
        ),
    ]


def _circuit(circuit: Circuit) -> Row:
    announced = " ".join(map(str, circuit.announce))
    lines = (f"{circuit.delay_ms:g} ms", str(circuit.pool), str(circuit.links))
    return (circuit.name, circuit.office, *_where(circuit.peering), *lines, announced)


def _network(described: World) -> list[Section]:
    return [
        ("borders", ("name", "around", ""), [_border(each) for each in described.internet.borders]),
        (
            "providers",
            ("name", "AS", "behind it", "peers with", "other routers"),
            [_provider(each) for each in described.isps],
        ),
        ("backbone", ("cloud", "links", ""), _clouds(described)),
        (
            "links of the file",
            ("between", "RTT", "length", "rate"),
            [
                (
                    " ".join(link.between),
                    f"{link.round_trip_ms:.3f} ms",
                    "" if link.length_km is None else f"{link.length_km:g} km",
                    "" if link.rate_mbit is None else f"{link.rate_mbit:g} Mbit/s",
                )
                for link in described.backbone
            ],
        ),
    ]


def _clouds(described: World) -> list[Row]:
    links = Counter(
        described.datacenter(link.between[0]).cloud for link in links_of(described, described.datacenters)
    )
    origin = {each.name: bool(described.given_links(each.name)) for each in described.clouds}
    return [
        (cloud, str(number), "given by the file" if origin[cloud] else "derived from round trips")
        for cloud, number in links.items()
    ]


def _provider(isp: Isp) -> Row:
    peers = [
        pop.site if pop.preference == USUAL_PREFERENCE else f"{pop.site} (preference {pop.preference})"
        for pop in isp.pops
        if pop.site is not None
    ]
    hubs = [f"{pop.name} ({pop.place.name})" for pop in isp.pops if pop.place is not None]
    behind = ", ".join(city.name for city in isp.cities)
    return isp.name, str(isp.as_number), behind, ", ".join(peers), ", ".join(hubs)


def _border(border: Border) -> Row:
    does = [f"{border.loss_percent:g} % lost"] if border.loss_percent else []
    does += [f"{border.rate_mbit:g} Mbit/s"] if border.rate_mbit is not None else []
    state = "closed" if border.closed else "open"
    return border.name, " ".join(border.around), ", ".join([state, *does])


def _stands_in(server: NameServer) -> str:
    if server.anycast is not None:
        return f"all of {server.anycast}"
    return server.datacenter or (server.place.name if server.place else "")


def _where(place: Place) -> tuple[str, str]:
    north = f"{abs(place.latitude):.1f}{'N' if place.latitude >= 0 else 'S'}"
    east = f"{abs(place.longitude):.1f}{'E' if place.longitude >= 0 else 'W'}"
    return place.name, f"{north} {east}"
