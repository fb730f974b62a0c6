"""Backbone links that a world gives: which ones are refused, with which message, and which are not."""

from __future__ import annotations

from itertools import combinations, pairwise

import networkx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from topologies.errors import WorldError
from topologies.world import World

from .made_up_backbones import given_world
from .made_up_plans import ARTICLE, PATIENT

WORLDWIDE = [each.name for each in ARTICLE.datacenters_of("worldwide")]
PAIRS = [*combinations(WORLDWIDE, 2)]


def joined(*pairs: tuple[str, str]) -> World:
    """Return the article's world with links of 10 ms between these datacenters."""
    return given_world(*(f'between = ["{a}", "{b}"]\nrtt_ms = 10.0' for a, b in pairs))


AMS_DUB = 'between = ["ams", "dub"]\n'

# the tables of the file, the whole message
WRONG = [
    (
        ['between = ["ams", "dbu"]\nrtt_ms = 1.0'],
        'backbone[0]: between: unknown datacenter "dbu"; did you mean "dub"?',
    ),
    (  # no datacenter, though a node
        [f"{AMS_DUB}rtt_ms = 1.0", 'between = ["traveller", "dub"]\nrtt_ms = 1.0'],
        'backbone[1]: between: unknown datacenter "traveller";'
        " right would be one of: ams, bjs, dub, gru, iad, jnb, mwh, sha, ...",
    ),
    (
        ['between = ["ams", "ams"]\nrtt_ms = 1.0'],
        'backbone[0].between: both ends are "ams"; right would be two different datacenters',
    ),
    (
        ['between = ["ams", "bjs"]\nrtt_ms = 1.0'],
        'backbone[0].between: "ams" is in the cloud "worldwide" and "bjs" in "21vianet", and clouds are not'
        " joined; right would be two datacenters of one cloud",
    ),
    (
        [f"{AMS_DUB}rtt_ms = 1.0", 'between = ["dub", "ams"]\nrtt_ms = 2.0'],
        "backbone[1].between: dub and ams are joined twice; right would be once",
    ),
    (
        [AMS_DUB],
        'backbone[0]: the link from "ams" to "dub" has neither length nor delay;'
        " right would be rtt_ms = 17.3, or length_km = 900.0",
    ),
    (
        [f"{AMS_DUB}rtt_ms = 1.0\nlength_km = 1.0"],
        'backbone[0]: the link from "ams" to "dub" has both length and delay;'
        " right would be rtt_ms = 17.3, or length_km = 900.0",
    ),
    (
        ["rtt_ms = 1.0"],
        'backbone[0].between: is missing; right would be between = ["ams", "dub"]',
    ),
    (
        ['between = ["ams"]\nrtt_ms = 1.0'],
        "backbone[0].between[1]: is missing; right would be two names",
    ),
    ([f"{AMS_DUB}rtt_ms = -1.0"], "backbone[0].rtt_ms: is -1.0; right would be 0 or more"),
    ([f"{AMS_DUB}rtt_ms = nan"], "backbone[0].rtt_ms: is nan; right would be a finite number"),
    ([f'{AMS_DUB}rtt_ms = "17.3"'], 'backbone[0].rtt_ms: is "17.3"; right would be a number'),
    ([f"{AMS_DUB}length_km = -900.0"], "backbone[0].length_km: is -900.0; right would be 0 or more"),
    (
        [f"{AMS_DUB}rtt_ms = 1.0\nrate_mbit = 0.0"],
        "backbone[0].rate_mbit: is 0.0; right would be more than 0",
    ),
    (
        [f"{AMS_DUB}length = 900.0"],
        'backbone[0].length: unknown key; did you mean "length_km"?',
    ),
    (
        ['between = ["bjs", "sha"]\nrtt_ms = 1.0', f"{AMS_DUB}rtt_ms = 1.0"],
        'backbone: "mwh", "iad", "gru", "sin", "tyo", "syd" and "jnb" are not reached from "ams";'
        " right would be a link between one of them and one of: ams, dub",
    ),
]


@pytest.mark.parametrize("links, message", WRONG, ids=[message for _, message in WRONG])
def test_a_wrong_link_has_one_clear_message(links: list[str], message: str) -> None:
    with pytest.raises(WorldError) as error:
        given_world(*links)
    assert str(error.value) == message


def test_a_backbone_in_two_parts_names_them() -> None:
    ring = [*pairwise(WORLDWIDE)]
    without = [pair for pair in ring if not {"tyo", "syd"} & set(pair)]
    with pytest.raises(WorldError) as error:
        joined(*without, ("tyo", "syd"), ("sin", "jnb"))
    assert str(error.value) == (
        'backbone: "tyo" and "syd" are not reached from "ams";'
        " right would be a link between one of them and one of: ams, dub, mwh, iad, gru, sin, jnb"
    )
    with pytest.raises(WorldError) as error:
        joined(*(pair for pair in ring if "jnb" not in pair))
    assert str(error.value) == (
        'backbone: "jnb" is not reached from "ams";'
        " right would be a link between it and one of: ams, dub, mwh, iad, gru, sin, tyo, syd"
    )


@PATIENT
@given(st.lists(st.sampled_from(PAIRS), unique=True))
@example([])
@example(PAIRS[:8])
@example(PAIRS[1:8])
def test_links_are_taken_if_and_only_if_they_lead_everywhere(pairs: list[tuple[str, str]]) -> None:
    graph: networkx.Graph[str] = networkx.Graph(pairs)
    graph.add_nodes_from(WORLDWIDE)
    if pairs and not networkx.is_connected(graph):
        with pytest.raises(WorldError, match=r"^backbone: .* not reached from"):
            joined(*pairs)
    else:
        assert [link.between for link in joined(*pairs).backbone] == pairs


def test_one_cloud_may_have_links_of_its_own_and_the_other_none() -> None:
    world = joined(("sha", "bjs"))
    assert [link.between for link in world.given_links("21vianet")] == [("sha", "bjs")]
    assert world.given_links("worldwide") == ()
