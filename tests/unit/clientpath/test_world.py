"""Who is where, and how long a path takes, before anything runs."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from topologies.load import BUILTIN, load_world
from topologies.world import World

from .conftest import Clientpath

ARTICLE = (BUILTIN / "article.toml").read_text(encoding="utf-8")
# By hand: Lisbon to West Europe along the great circle (1,863.5 km), there and back, times 1.5, in fibre of
# index 1.468; and 4 ms twice.
LISBON_AMSTERDAM_MS = 2 * 1863.53 * 1.5 * 1.468 / 299.792458 + 2 * 4


def test_everybody_and_everything_is_shown(clientpath: Clientpath) -> None:
    said = clientpath("world", "article")
    assert (said.code, said.err) == (0, "")
    world = load_world("article")
    assert world.title in said.out
    kinds = (
        world.datacenters,
        world.tenants,
        world.clients,
        world.resolvers,
        world.offices,
        world.nameservers,
    )
    for name in (part.name for kind in kinds for part in kind):
        assert f"\n{name} " in said.out
    for prefix in ("100.64.0.8/29", "13.107.6.16/28"):
        assert prefix in said.out
    assert "38.7N 9.1W" in said.out


def test_as_json_it_is_the_world_itself(clientpath: Clientpath) -> None:
    said = clientpath("world", "article", "--json")
    assert (said.code, said.err) == (0, "")
    assert World.model_validate_json(said.out) == load_world("article")


def test_a_file_is_a_world_too(clientpath: Clientpath, here: Path) -> None:
    (here / "mine.toml").write_text(ARTICLE.replace('name = "article"', 'name = "mine"'))
    said = clientpath("world", "mine.toml")
    assert (said.code, said.out.split()[0]) == (0, "mine")


def test_a_round_trip_is_shown_wire_by_wire(clientpath: Clientpath) -> None:
    said = clientpath("world", "article", "--rtt", "traveller", "ams")
    assert (said.code, said.err) == (0, "")
    *wires, one_way, total = said.out.splitlines()
    assert float(total.split(" ms  ")[0]) == pytest.approx(LISBON_AMSTERDAM_MS, abs=0.001)
    assert total.endswith("ms  round trip")
    assert sum(float(wire.split(" ms  ")[0]) for wire in wires) == pytest.approx(
        float(one_way.split(" ms  ")[0]), abs=0.01
    )
    ends = [wire.split(" ms  ")[1].split(" -> ") for wire in wires]
    assert (ends[0][0], ends[-1][1]) == ("traveller", "ams-fe")
    assert all(a[1] == b[0] for a, b in pairwise(ends))


def test_a_round_trip_as_json(clientpath: Clientpath) -> None:
    said = clientpath("world", "article", "--rtt", "traveller", "ams", "--json")
    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)
    assert (told["from"], told["to"]) == ("traveller", "ams-fe")
    assert told["configured_rtt_ms"] == pytest.approx(LISBON_AMSTERDAM_MS, abs=0.001)
    hops = [*told["there"], *told["back"]]
    assert sum(hop["delay_ms"] for hop in hops) == pytest.approx(told["configured_rtt_ms"])
    assert (told["there"][0]["source"], told["back"][0]["source"]) == ("traveller", "ams-fe")


def test_two_datacenters_are_joined_by_the_backbone(clientpath: Clientpath) -> None:
    """Published: 137 ms between North Europe and West US 2."""
    said = clientpath("world", "article", "--rtt", "dub", "mwh", "--json")
    told = json.loads(said.out)
    assert told["configured_rtt_ms"] == pytest.approx(137.0)
    assert "dub-wan" in {hop["to"] for hop in told["there"]}


def test_the_inside_of_a_node_takes_no_time(clientpath: Clientpath) -> None:
    said = clientpath("world", "article", "--rtt", "traveller", "traveller")
    assert said.code == 0
    assert said.out.splitlines()[-1].split() == ["0.000", "ms", "round", "trip"]


@pytest.mark.parametrize(
    "ends, told",
    [
        (("travellr", "ams"), 'unknown node "travellr"; did you mean "traveller"'),
        (("traveller", "amsterdam"), 'unknown node "amsterdam"; right would be one of: acdc-ams'),
        (("ams", "bjs"), 'no way from "ams-fe" to "bjs-fe"'),
    ],
)
def test_a_round_trip_that_there_is_not(clientpath: Clientpath, ends: tuple[str, str], told: str) -> None:
    assert clientpath("world", "article", "--rtt", *ends).complaint.startswith(told)


@pytest.mark.parametrize("name", ["artcile", "/nowhere/mine.toml", "/"])
def test_a_world_that_cannot_be_read(clientpath: Clientpath, name: str) -> None:
    assert clientpath("world", name).complaint.startswith(f"{name}: ")


@pytest.mark.parametrize(
    "right, instead, told",
    [
        pytest.param('name = "article"', "name = article", "is not TOML", id="malformed TOML"),
        pytest.param("delay_ms = 4", "delya_ms = 4", 'did you mean "delay_ms"?', id="an unknown key"),
        pytest.param(
            'resolver = "isplis"', 'resolver = "ipslis"', 'did you mean "isplis"?', id="an unknown resolver"
        ),
        pytest.param("delay_ms = 4", "delay_ms = -4", "right would be 0 or more", id="an impossible number"),
    ],
)
@pytest.mark.parametrize("command", [["world"], ["run", "nearest_datacenter", "--world"]], ids=" ".join)
def test_a_wrong_file_is_named_with_what_is_wrong(
    clientpath: Clientpath, here: Path, command: list[str], right: str, instead: str, told: str
) -> None:
    (here / "mine.toml").write_text(ARTICLE.replace(right, instead, 1))
    complaint = clientpath(*command, "mine.toml").complaint
    assert complaint.startswith("mine.toml: ") and told in complaint
    assert [path.name for path in here.iterdir()] == ["mine.toml"]
