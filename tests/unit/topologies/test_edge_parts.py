"""Edges and providers by themselves."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from topologies.edge_parts import USUAL_PREFERENCE, Edge, Isp, Pop


def test_a_router_stands_at_a_place_or_where_its_peer_is() -> None:
    assert Pop.model_validate({"name": "phx", "site": "phx"}).preference == USUAL_PREFERENCE
    hub = Pop.model_validate({"name": "den", "place": "Denver"})
    assert hub.place is not None
    assert hub.place.name == "Denver"


@pytest.mark.parametrize(
    "wrong, why",
    [
        ({}, "stands nowhere"),
        ({"site": "phx", "place": "Phoenix"}, "stands twice"),
        ({"place": "Denver", "preference": 90}, "has a preference and no peer"),
    ],
)
def test_a_router_that_stands_nowhere_or_prefers_nobody_is_none(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=f'"den" {why}'):
        Pop.model_validate({"name": "den", **wrong})


@pytest.mark.parametrize("name", ["", "Mtn", "1st", "moutn1", "a-b", "a b"])
def test_the_names_of_a_provider_and_of_its_router_fit_an_interface(name: str) -> None:
    with pytest.raises(ValidationError, match="cannot name a provider or a router of one"):
        Pop.model_validate({"name": name, "place": "Denver"})


def test_the_longest_names_of_all_fit() -> None:
    assert len("to-" + "-".join(("x" * 5, "y" * 5))) <= 15
    isp = Isp.model_validate(
        {"name": "mount", "as_number": 1, "cities": ["Denver"], "pops": [{"name": "denve", "site": "den"}]}
    )
    assert isp.pops[0].name == "denve"


def test_an_edge_has_a_place_and_room_for_what_stands_there() -> None:
    edge = {"name": "den", "cloud": "worldwide", "place": "Denver", "label": "edge-den"}
    assert Edge.model_validate({**edge, "prefix": "13.107.18.16/28"}).exchange is None
    with pytest.raises(ValidationError, match="is too small"):
        Edge.model_validate({**edge, "prefix": "13.107.18.16/29"})
