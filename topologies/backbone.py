"""The backbone of the datacenters that a world has: the part of the planet's that lies between them.

The planet has few links (`topologies.fit`). Between some of its regions those links remain that no other two
or more together are as short as. The greedy spanner (Althoefer et al., "On sparse spanners of weighted
graphs", 1993) finds them: it takes the pairs from the nearest to the farthest, and adds a link only where the
links so far take longer.
"""

from collections.abc import Iterable
from itertools import combinations

import networkx

from topologies.azure import backbone_rtt_ms
from topologies.base import Frozen, Milliseconds
from topologies.distance import fibre_rtt_ms
from topologies.internet_parts import Internet
from topologies.parts import Datacenter

ROUNDING_MS = 1e-6  # sums of links are not exact; a nanosecond is no shorter way


class BackboneLink(Frozen):
    """A link between the datacenters `a` and `b`, and its round trip in milliseconds."""

    a: str
    b: str
    rtt_ms: Milliseconds


def backbone_links(
    datacenters: Iterable[Datacenter], tolerance: float = 0.0, internet: Internet | None = None
) -> tuple[BackboneLink, ...]:
    """Return the links that connect the datacenters of each cloud, from the shortest to the longest.

    A path over them takes at most 1 + `tolerance` times the pair's own round trip; it takes less where two
    others together are shorter, as overrides may be. Without a tolerance the links of some of the planet's
    regions are the planet, contracted onto them: every pair has the planet's round trip. Clouds are never
    joined.
    """
    graph: networkx.Graph[str] = networkx.Graph()
    links = []
    for link in _pairs(datacenters, internet or Internet()):
        if _path_rtt_ms(graph, link) > (1 + tolerance) * link.rtt_ms + ROUNDING_MS:
            graph.add_edge(link.a, link.b, rtt_ms=link.rtt_ms)
            links.append(link)
    return tuple(links)


def pair_rtt_ms(a: Datacenter, b: Datacenter, internet: Internet) -> float:
    """Return the round trip between two datacenters in milliseconds.

    The world's own override counts first, the planet's links next, and the length of a fibre where neither
    has the pair.
    """
    for override in internet.overrides:
        if {a.name, b.name} == set(override.between):
            return override.rtt_ms
    planet = backbone_rtt_ms(a.region, b.region) if a.region and b.region else None
    return fibre_rtt_ms(a.place, b.place, internet.path_stretch) if planet is None else planet


def _pairs(datacenters: Iterable[Datacenter], internet: Internet) -> list[BackboneLink]:
    links = [
        BackboneLink(a=a.name, b=b.name, rtt_ms=pair_rtt_ms(a, b, internet))
        for a, b in combinations(sorted(datacenters, key=lambda each: each.name), 2)
        if a.cloud == b.cloud
    ]
    return sorted(links, key=lambda link: (link.rtt_ms, link.a, link.b))


def _path_rtt_ms(graph: "networkx.Graph[str]", link: BackboneLink) -> float:
    try:
        return float(networkx.dijkstra_path_length(graph, link.a, link.b, weight="rtt_ms"))
    except (networkx.NodeNotFound, networkx.NetworkXNoPath):
        return float("inf")
