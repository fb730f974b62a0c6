"""``clientpath world show``: the map of a world, in the terminal or as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from clientpath.output import output
from measurement.report.terminal_map import map_lines
from measurement.report.world_map import Mark, Way, map_svg
from topologies.wan_links import links_of
from topologies.world import World

MOST_COLUMNS = 110  # of a map; wider than this it would be higher than a screen
COAST = r"[\u2801-\u28ff]+"


def show_map(described: World) -> None:
    """Print a world's title, and where its people and machines are, among coastlines."""
    console = output()
    console.print(Text.assemble((described.name, "bold"), f"  {described.title}"))
    for line in map_lines(marks(described), min(console.width, MOST_COLUMNS)):
        text = Text(line)
        text.highlight_regex(COAST, "dim")
        console.print(text, no_wrap=True, overflow="crop")


def draw_map(described: World, path: Path) -> None:
    """Write the map as SVG, with links of the backbone and with whom clients ask; OSError if it cannot."""
    title = f"{described.name}: {described.title}" if described.title else described.name
    path.write_text(map_svg(title, marks(described), list(ways(described))) + "\n", encoding="utf-8")


def marks(described: World) -> list[Mark]:
    """Return who is where, those who matter most first; a DNS server only where nobody else is."""
    data = {tenant.datacenter for tenant in described.tenants}
    people = [Mark(each.place, each.name, "client") for each in described.clients]
    for each in described.datacenters:
        people.append(Mark(each.place, each.name, "data" if each.name in data else "datacenter"))
    people += [Mark(each.place, each.name, "office") for each in described.offices]
    people += [Mark(each.place, each.name, "other") for each in described.edges]
    taken = {mark.place for mark in people}
    alone = [each for each in described.resolvers if each.place not in taken]
    return [*people, *(Mark(each.place, each.name, "resolver") for each in alone)]


def ways(described: World) -> Iterator[Way]:
    """Yield the links of the backbone, and from each client to the DNS server that it asks."""
    for link in links_of(described, described.datacenters):
        a, b = (described.place_of(name) for name in link.between)
        told = f"the link from {' to '.join(link.between)}: {link.round_trip_ms:.3f} ms there and back"
        yield Way(a, b, "link", told)
    for client in described.clients:
        asked = described.resolver(client.resolver)
        yield Way(client.place, asked.place, "asks", f"{client.name} asks {asked.name}")
