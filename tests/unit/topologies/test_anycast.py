"""Which prefixes several sites announce."""

from __future__ import annotations

from topologies.anycast import announced, sites_in
from topologies.selection import select

from .made_up_edges import CLOUD, EDGES, chosen
from .made_up_worlds import ARTICLE

DATACENTERS = tuple(each.name for each in EDGES.datacenters)
SITES = (*DATACENTERS, *(each.name for each in EDGES.edges))


def test_front_doors_and_anycast_servers_are_announced_by_every_site() -> None:
    found = {str(each.prefix): each.sites for each in announced(EDGES, chosen())}
    assert found == {"13.107.24.0/24": SITES, "13.107.136.8/29": SITES}


def test_without_edges_only_datacenters_announce_and_no_front_doors() -> None:
    without = select(EDGES, clients=("denver",), clouds=(CLOUD,), services=("portal", "exchange"))
    found = {str(each.prefix): each.sites for each in announced(EDGES, without)}
    assert found == {"13.107.24.0/24": DATACENTERS}
    assert sites_in(EDGES, without, CLOUD) == DATACENTERS


def test_media_relays_are_in_datacenters() -> None:
    selection = select(ARTICLE, clients=("clerk",), clouds=(CLOUD,), services=("portal",), relays=True)
    (found,) = announced(ARTICLE, selection)
    assert str(found.prefix) == "13.107.64.0/24"
    assert found.sites == tuple(each.name for each in ARTICLE.datacenters_of(CLOUD))
