"""Sessions between sites and providers, as a world has them and as a run changes them."""

from __future__ import annotations

import pytest

from topologies.errors import WorldError
from topologies.peering import (
    LAST_CHOICE,
    Peering,
    home_pop,
    isp_at,
    last_choice,
    pop_node,
    provider_of,
    sessions,
)
from topologies.places import find_place

from .made_up_edges import EDGES, chosen

SELECTION = chosen()


def of(isp: str, peering: Peering | None = None) -> list[tuple[str, str]]:
    """Return the routers and sites of a provider's sessions."""
    found = sessions(EDGES, SELECTION, peering or Peering())
    return [(each.pop, each.site) for each in found if each.isp == isp]


def test_a_provider_peers_where_its_routers_have_a_site() -> None:
    assert of("mtn") == [("phx", "phx")]
    assert of("rus") == [("mow", "mow"), ("sto", "sto")]
    assert of("pac") == []  # nobody of this run is behind it


def test_a_router_at_a_sites_place_can_be_made_to_peer() -> None:
    assert of("mtn", Peering(opened=(("mtn", "den"),))) == [("den", "den"), ("phx", "phx")]
    assert of("afr", Peering(opened=(("afr", "jnb"),))) == [("jnb", "jnb"), ("lon", "lon")]


def test_a_session_has_the_worlds_preference_unless_it_is_lowered() -> None:
    worth = {each.site: each.worth for each in sessions(EDGES, SELECTION, Peering()) if each.isp == "rus"}
    assert worth == {"mow": 100, "sto": 110}
    lowered = sessions(EDGES, SELECTION, Peering(lowered=(("rus", "sto"),), prepended=(("rus", "mow", 2),)))
    told = {each.site: (each.worth, each.prepended) for each in lowered if each.isp == "rus"}
    assert told == {"mow": (100, 2), "sto": (LAST_CHOICE, 0)}
    assert last_choice(64522) == "64522:50"


WRONG = [
    (
        Peering(opened=(("mtm", "den"),)),
        'unknown isp "mtm"; did you mean "mtn" or "mte"?',
    ),
    (
        Peering(opened=(("mtn", "slc"),)),
        'opened: isp "mtn" has no router "slc"; right would be one of: den, phx',
    ),
    (
        Peering(opened=(("afr", "los"),)),
        'opened: no site is in Lagos, where the router "afr-los" is; right would be a router at the place of'
        " an edge or of a datacenter",
    ),
    (
        Peering(lowered=(("mtn", "den"),)),
        'lowered: "mtn" and "den" do not peer; right would be one of: afr and lon, mte and fra, mtn and phx,'
        " nwe and ams, nwe and lon, oce and syd, rus and mow, rus and sto",
    ),
]


@pytest.mark.parametrize("peering, message", WRONG)
def test_what_is_not_there_cannot_be_changed(peering: Peering, message: str) -> None:
    with pytest.raises(WorldError) as error:
        sessions(EDGES, SELECTION, peering)
    assert str(error.value) == message


def test_prepending_to_nobody_is_refused() -> None:
    with pytest.raises(WorldError, match=r'^prepended: "mtn" and "den" do not peer; right would be one of: '):
        sessions(EDGES, SELECTION, Peering(prepended=(("mtn", "den", 1),)))


def test_a_city_is_behind_the_nearest_router_of_its_provider() -> None:
    isp = isp_at(EDGES, find_place("Salt Lake City"))
    assert isp is not None
    assert pop_node(isp, home_pop(EDGES, SELECTION, isp, find_place("Salt Lake City"))) == "mtn-den"
    assert isp_at(EDGES, find_place("Perth")) is None


def test_who_is_behind_no_provider_is_told_so() -> None:
    client = EDGES.client("denver").model_copy(update={"place": find_place("Perth")})
    with pytest.raises(WorldError) as error:
        provider_of(EDGES, client)
    assert str(error.value) == (
        '"denver" is in Perth, which is behind no provider; right would be that place among the cities of'
        " one of the [[isps]]"
    )


def test_a_provider_of_which_nothing_is_built_serves_nobody() -> None:
    selection = SELECTION.model_copy(update={"edges": ()})
    isp = EDGES.isp("mte")
    with pytest.raises(
        WorldError, match=r'^isp "mte": pops: all are at sites that are not built; right would'
    ):
        home_pop(EDGES, selection, isp, find_place("Milan"))
