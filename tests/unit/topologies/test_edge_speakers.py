"""Who speaks BGP at the edge, to whom, and what each announces."""

from __future__ import annotations

from topologies.bgp import MICROSOFT_AS, Neighbor, Speaker
from topologies.edge_speakers import edge_speakers_of
from topologies.paths import hops
from topologies.peering import Peering
from topologies.planning import plan_network
from topologies.selection import select

from .made_up_edges import CLOUD, EDGES, chosen, edges_plan

SELECTION, PLAN = chosen(), edges_plan()


def speakers(peering: Peering | None = None) -> dict[str, Speaker]:
    """Return the routers by their names."""
    found = edge_speakers_of(EDGES, SELECTION, PLAN, peering or Peering())
    return {each.node: each for each in found}


def end(peering: Peering, node: str, neighbor: str) -> Neighbor:
    """Return one end of a session."""
    return speakers(peering)[node].neighbor(neighbor)


def test_only_sites_with_a_peer_and_the_providers_of_those_who_take_part_speak() -> None:
    found = set(speakers())
    assert {"phx-br", "mtn-den", "mtn-phx", "rus-mow", "afr-lon", "afr-jnb", "afr-los"} <= found
    assert not {"den-br", "jnb-br", "pac-phx", "lat-iad"} & found
    assert {"den-br", "jnb-br"} <= set(speakers(Peering(opened=(("mtn", "den"), ("afr", "jnb")))))


def test_a_site_announces_what_all_sites_have_and_nothing_of_its_own() -> None:
    site = speakers()["phx-br"]
    assert [str(each.prefix) for each in site.originates] == ["13.107.24.0/24", "13.107.136.8/29"]
    assert (site.as_number, str(site.router_id)) == (MICROSOFT_AS, "13.107.18.33")


def test_a_router_announces_the_networks_of_those_whose_nearest_one_it_is() -> None:
    found = speakers()
    assert [str(each.prefix) for each in found["mtn-den"].originates] == [
        "100.64.0.8/29",
        "100.64.1.8/29",
        "100.64.0.0/29",
        "100.64.1.0/29",
    ]
    assert found["mtn-phx"].originates == ()


def test_all_routers_of_a_provider_have_sessions_with_each_other_as_far_as_they_are() -> None:
    found = speakers()
    inside = {each.name: each for each in found["afr-jnb"].neighbors if each.as_number == 64524}
    assert set(inside) == {"afr-los", "afr-lon"}
    (hop,) = hops(PLAN, "afr-jnb", "afr-lon")
    assert inside["afr-lon"].distance == int(2 * hop.delay_ms * 1000)
    assert inside["afr-lon"].policy == "pop-pop"


def test_what_is_lowered_is_told_with_the_providers_community_and_what_is_prepended_longer() -> None:
    plain = end(Peering(), "sto-br", "rus-sto")
    assert (plain.policy, plain.added, plain.prepended) == ("site-pop", (), 0)
    changed = Peering(lowered=(("rus", "sto"),), prepended=(("rus", "sto", 3),))
    told = end(changed, "sto-br", "rus-sto")
    assert (told.added, told.prepended) == (("64522:50",), 3)
    heard = end(changed, "rus-sto", "sto-br")
    assert (heard.policy, heard.preference, heard.passive) == ("pop-site", 110, True)


def test_a_router_for_which_nothing_changes_is_the_same() -> None:
    before, after = speakers(), speakers(Peering(opened=(("mtn", "den"),)))
    different = {node for node in after if before.get(node) != after[node]}
    assert different == {"den-br", "mtn-den"}


def test_without_providers_nobody_speaks() -> None:
    selection = select(EDGES, clients=("denver",), clouds=(CLOUD,), services=("portal",))
    assert edge_speakers_of(EDGES, selection, plan_network(EDGES, selection), Peering()) == ()
