"""What names lead to where edges are built: from the root, as resolvers find it."""

from __future__ import annotations

import pytest

from services.zones import Naming
from topologies import names
from topologies.errors import WorldError
from topologies.planning import anycast_node
from topologies.selection import Selection, select
from topologies.steering import Answers, Steering, nearest_site, steer

from ..topologies.made_up_edges import CITIES, CLOUD, EDGES, chosen, edges_plan
from ..topologies.made_up_worlds import ARTICLE
from .walking import Internet, internet_of, resolve

SELECTION = chosen()
AT_EDGES = Answers(edges=True, site_edge=True)
ACDC = Answers(how="anycast", client_subnet=True, edges=True, site_edge=True)
VIP, CONTENT = "13.107.136.9", "13.107.136.10"


def internet(answers: Answers, selection: Selection = SELECTION) -> Internet:
    """Return every name server with its zones; who asks an anycast address comes to the first of many."""
    walked = internet_of(EDGES, edges_plan(), selection, answers)
    return Internet(plan=walked.plan, servers=walked.servers, roots=walked.roots)


def told(name: str, client: str, answers: Answers) -> list[str]:
    """Return what the resolver of a client is told of a name."""
    return resolve(internet(answers), name, str(EDGES.resolver(EDGES.client(client).resolver).prefix[2]))


@pytest.mark.parametrize("client", CITIES)
def test_the_portal_is_at_the_nearest_site_of_all(client: str) -> None:
    place = EDGES.resolver(EDGES.client(client).resolver).place
    site = EDGES.site(nearest_site(EDGES, place, CLOUD, AT_EDGES))
    *_, name, address = told("portal.office.com", client, AT_EDGES)
    assert name == f"portal-office365-com.{site.label}.b-msedge.net"
    assert address == str(site.prefix[2])


def test_without_edges_the_nearest_datacenter_answers_although_edges_are_built() -> None:
    assert told("portal.office.com", "denver", Answers())[-2:] == [
        "portal-office365-com.namnorthwest.b-msedge.net",
        "13.107.6.34",
    ]


@pytest.mark.parametrize("site", ["den", "hkg"])
def test_each_anycast_server_tells_its_own_front_door(site: str) -> None:
    naming = Naming(EDGES, edges_plan(), SELECTION, ACDC)
    server = EDGES.nameserver("acdc")
    assert (anycast_node(server, site), site) in naming.instances(server)
    (zone,) = naming.zones_of(server, site)
    (steered,) = zone.steered  # type: ignore[union-attr]
    assert (steered.default, steered.targets) == (f"{site}-efz.ms-acdc.office.com", ())


def test_while_exchange_is_by_anycast_the_portal_goes_by_place() -> None:
    assert told("portal.office.com", "denver", ACDC)[-1] == "13.107.18.18"
    assert told("outlook.office365.com", "denver", ACDC)[-5] == "iad-efz.ms-acdc.office.com"  # of the first


def test_an_edges_front_door_for_exchange_has_four_addresses() -> None:
    naming = Naming(EDGES, edges_plan(), SELECTION, ACDC)
    zones = {zone.name: zone for zone in naming.zones_of(EDGES.nameserver("edge1"))}
    own = [each.data for each in zones["den-efz.ms-acdc.office.com"].records if each.type == "A"]
    assert [each for each in own if each.startswith("40.")] == [f"40.103.0.{n}" for n in range(1, 5)]


def test_sharepoints_edge_is_at_the_end_of_the_captured_chain() -> None:
    chain = told("contoso.sharepoint.com", "denver", AT_EDGES)
    assert chain[-4:] == [
        "187170-ipv4e.farm.dprodmgd108.sharepointonline.com.akadns.net",
        "187170-ipv4.farm.dprodmgd108.aa-rt.sharepoint.com.spo-0004.spo-msedge.net",
        "spo-0004.spo-msedge.net",
        VIP,
    ]


def test_without_it_the_chain_ends_in_the_tenants_datacenter() -> None:
    *_, name, address = told("contoso.sharepoint.com", "denver", Answers(edges=True))
    assert name.endswith(".sharepointonline.com.akadns.net")
    assert address == str(edges_plan().node("hkg-spo").address)


def test_content_is_at_every_site() -> None:
    assert told(names.content_host(CLOUD), "denver", Answers()) == [CONTENT]


def test_a_cloud_without_a_content_delivery_network_is_told_so() -> None:
    with pytest.raises(WorldError, match=r'^no content delivery network is known of a cloud "21vianet"; '):
        names.content_host("21vianet")


def test_an_edges_server_among_many_knows_its_own_and_another_looks_at_who_asks() -> None:
    assert steer(EDGES, CLOUD, ACDC, own="den") == Steering(nearest=(), default="den")
    without = Answers(how="anycast")
    assert steer(EDGES, CLOUD, without, own="den") == steer(EDGES, CLOUD, Answers())


@pytest.mark.parametrize(
    "answers, label", [(AT_EDGES, "by-place-edges-site-edge"), (ACDC, "anycast-ecs-edges-site-edge")]
)
def test_each_way_to_answer_has_a_folder_of_its_own(answers: Answers, label: str) -> None:
    assert answers.label == label


# What is built for it


def test_edges_bring_their_providers_and_the_servers_of_their_names() -> None:
    assert SELECTION.edges == tuple(each.name for each in EDGES.edges)
    assert SELECTION.isps == ("mtn", "nwe", "mte", "rus", "afr", "oce")  # Milan asks in London
    assert set(SELECTION.nameservers) == {each.name for each in EDGES.nameservers}


def test_without_edges_nobody_needs_them() -> None:
    found = select(EDGES, clients=("denver",), clouds=(CLOUD,), services=("portal",))
    assert (found.edges, found.isps, found.meets) == ((), (), None)
    assert "acdc" not in found.nameservers


def test_a_world_without_a_server_for_the_edges_names_is_told_so() -> None:
    servers = tuple(
        each.model_copy(update={"zones": tuple(z for z in each.zones if z != "sharepointonline.com")})
        for each in EDGES.nameservers
    )
    world = EDGES.model_copy(update={"nameservers": servers})
    with pytest.raises(WorldError, match=r'"publiccdn\.sharepointonline\.com"'):
        select(world, clients=("denver",), clouds=(CLOUD,), services=("portal",), edges=True)


def test_a_cloud_without_edges_has_none_built() -> None:
    found = select(ARTICLE, clients=("traveller",), clouds=(CLOUD,), services=("portal",), edges=True)
    assert (found.edges, found.isps) == ((), ())
