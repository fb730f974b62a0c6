"""The edge as ``clientpath world`` shows it."""

from __future__ import annotations

import json

from .conftest import Clientpath


def _lines(out: str) -> list[str]:
    """Return what was printed, its columns one space apart."""
    return [" ".join(line.split()) for line in out.splitlines()]


def test_edges_providers_and_public_resolvers_are_shown(clientpath: Clientpath) -> None:
    said = clientpath("world", "show", "edges")
    assert (said.code, said.err) == (0, "")
    lines = _lines(said.out)
    assert "worldwide 13.107.136.8/29" in lines
    assert "den worldwide Denver 39.7N 105.0W edge-den 13.107.18.16/28 40.103.0.0/29" in lines
    assert "mtn 64512 Denver, Salt Lake City phx den (Denver)" in lines
    assert "rus 64522 Moscow mow, sto (preference 110)" in lines
    assert "open1 Ashburn 39.0N 77.5W 100.64.100.0/29 public" in lines
    assert "nsdenver Denver 39.7N 105.0W 100.64.0.0/29" in lines


def test_a_world_without_edges_shows_none(clientpath: Clientpath) -> None:
    lines = _lines(clientpath("world", "show", "article").out)
    assert "edges" not in lines
    assert "providers" not in lines


def test_copies_of_a_tenants_data_are_shown(clientpath: Clientpath) -> None:
    lines = _lines(clientpath("world", "show", "continents").out)
    assert "contoso worldwide dub dub ams par vie ams" in lines


def test_an_edges_name_stands_for_its_front_door(clientpath: Clientpath) -> None:
    said = clientpath("world", "show", "edges", "--rtt", "denver", "phx", "--json")
    way = json.loads(said.out)
    assert way["to"] == "phx-pop"
    assert [hop["to"] for hop in way["there"]][-4:] == ["mtn-den", "mtn-phx", "phx-br", "phx-pop"]
