"""Who meets whom, and how few wires that needs."""

from __future__ import annotations

import pytest

from topologies.errors import WorldError
from topologies.meetings import lands, meetings, nearest_sites, public_resolver
from topologies.paths import has_way
from topologies.places import find_place

from .made_up_edges import CLOUD, EDGES, chosen, edges_plan
from .made_up_worlds import ARTICLE

SELECTION = chosen()


def test_a_client_meets_its_resolver_the_nearest_sites_and_where_it_may_be_sent() -> None:
    found = meetings(EDGES, SELECTION, CLOUD, [("milan", "nslondon")])
    met = [there for here, there in found if here == "milan"]
    # London is nearest to its resolver, and its tenant's data is in Hong Kong.
    assert met == ["nslondon", "fra", "ams", "lon", "hkg"]


def test_a_resolver_meets_the_name_servers_that_are_at_one_place() -> None:
    found = meetings(EDGES, SELECTION, CLOUD, [("milan", "nslondon")])
    assert [there for here, there in found if here == "nslondon"] == [
        "root",
        "akadns",
        "msdns1",
        "msdns2",
        "edge1",
        "edge2",
    ]


def test_where_a_resolvers_questions_land_is_met_although_it_is_far() -> None:
    found = meetings(EDGES, SELECTION, CLOUD, [("denver", "nsjoburg")])
    assert lands(EDGES, SELECTION, CLOUD, EDGES.resolver("nsjoburg")) == "lon"
    assert ("denver", "lon") in found


def test_everybody_who_meets_has_a_way_and_the_plan_few_wires() -> None:
    plan = edges_plan()
    nodes = {node.name for node in plan.nodes}
    for here, there in SELECTION.meets or ():
        assert has_way(plan, here, there if there in nodes else f"{there}-br")
    joined = [wire for wire in plan.wires if wire.a.interface.startswith("to-r")]
    assert len(joined) < 60


def test_the_nearest_site_of_the_public_resolver_is_asked() -> None:
    assert public_resolver(EDGES, EDGES.client("denver")).place.name == "Portland"
    assert public_resolver(EDGES, EDGES.client("milan")).place.name == "Brussels"
    with pytest.raises(WorldError, match=r"^resolvers: none is public; right would be public = true"):
        public_resolver(ARTICLE, ARTICLE.client("traveller"))


def test_sites_are_told_from_the_nearest_to_the_farthest() -> None:
    assert nearest_sites(EDGES, SELECTION, CLOUD, find_place("Denver"))[:3] == ["den", "phx", "mwh"]
    assert len(nearest_sites(EDGES, SELECTION, CLOUD, find_place("Denver"))) == 18
