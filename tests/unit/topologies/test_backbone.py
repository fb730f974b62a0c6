"""The backbone: its shortest paths reproduce the round trips, without the links that nobody needs."""

import time
from itertools import combinations
from random import Random

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies import azure
from topologies.azure import backbone_rtt_ms
from topologies.backbone import ROUNDING_MS, BackboneLink, backbone_links, pair_rtt_ms
from topologies.load import load_world
from topologies.world import Datacenter, Internet, PathOverride

from .made_up_plans import PATIENT
from .made_up_worlds import datacenters


def _graph(links: tuple[BackboneLink, ...]) -> "networkx.Graph[str]":
    graph: networkx.Graph[str] = networkx.Graph()
    graph.add_weighted_edges_from(((link.a, link.b, link.rtt_ms) for link in links), weight="rtt_ms")
    return graph


def _path_ms(graph: "networkx.Graph[str]", a: Datacenter, b: Datacenter) -> float:
    return float(networkx.dijkstra_path_length(graph, a.name, b.name, weight="rtt_ms"))


@PATIENT
@given(datacenters(), st.floats(0, 2))
def test_paths_keep_the_tolerance_and_no_path_beats_the_full_mesh(
    sites: list[Datacenter], tolerance: float
) -> None:
    internet = Internet()
    graph = _graph(backbone_links(sites, tolerance))
    pairs = [(a, b) for a, b in combinations(sites, 2) if a.cloud == b.cloud]
    mesh = _graph(
        tuple(BackboneLink(a=a.name, b=b.name, rtt_ms=pair_rtt_ms(a, b, internet)) for a, b in pairs)
    )
    for a, b in pairs:
        path_ms = _path_ms(graph, a, b)
        most_ms = (1 + tolerance) * pair_rtt_ms(a, b, internet) + ROUNDING_MS
        assert path_ms <= most_ms * (1 + 1e-9)
        assert path_ms >= _path_ms(mesh, a, b) * (1 - 1e-9)


@PATIENT
@given(datacenters())
def test_clouds_are_never_joined(sites: list[Datacenter]) -> None:
    cloud = {site.name: site.cloud for site in sites}
    assert all(cloud[link.a] == cloud[link.b] for link in backbone_links(sites))


@PATIENT
@given(datacenters(), st.randoms(use_true_random=False))
def test_the_order_of_a_file_does_not_matter(sites: list[Datacenter], random: Random) -> None:
    shuffled = random.sample(sites, len(sites))
    assert backbone_links(shuffled) == backbone_links(sites)


def test_the_articles_nine_have_the_planets_round_trips() -> None:
    world = load_world("article")
    nine = world.datacenters_of("worldwide")
    graph = _graph(backbone_links(world.datacenters))
    assert len(nine) == 9
    for a, b in combinations(nine, 2):
        assert _path_ms(graph, a, b) == pytest.approx(
            backbone_rtt_ms(a.region or "", b.region or ""), abs=1e-9
        )


def test_fifty_regions_have_exactly_the_planets_links() -> None:
    world = load_world("planet")
    region = {each.name: each.region for each in world.datacenters}
    began = time.monotonic()
    links = backbone_links(world.datacenters_of("worldwide"))
    assert time.monotonic() - began < 10  # a fraction of a second, on an idle machine
    found = {(*sorted((region[each.a] or "", region[each.b] or "")), each.rtt_ms) for each in links}
    assert found == set(azure.backbone_links())
    assert len(links) == len(azure.backbone_links())


def test_a_tolerance_saves_links() -> None:
    sites = load_world("article").datacenters_of("worldwide")
    assert len(backbone_links(sites, 0.1)) < len(backbone_links(sites))


def test_an_override_goes_before_the_planets_links() -> None:
    world = load_world("article")
    internet = Internet(overrides=(PathOverride(between=("dub", "ams"), rtt_ms=1),))
    assert pair_rtt_ms(world.datacenter("ams"), world.datacenter("dub"), internet) == 1
    assert backbone_links(world.datacenters, internet=internet)[0].rtt_ms == 1


def test_where_the_planet_has_no_region_light_needs_its_time() -> None:
    world = load_world("article")
    beijing, shanghai = world.datacenters_of("21vianet")
    # 1,067 km, there and back, at two thirds of the speed of light, on a path half as long again.
    assert pair_rtt_ms(beijing, shanghai, world.internet) == pytest.approx(15.7, abs=0.1)
