"""The world as a value: the article's cast, look-ups, and the way through a run's folder."""

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel

from topologies.base import RESERVED
from topologies.check_servers import REQUIRED_ZONES
from topologies.errors import WorldError
from topologies.load import builtin_worlds, load_world, parse_world
from topologies.places import Place
from topologies.world import Border, Line, NameServer, World

from .made_up_backbones import GIVEN, given_worlds
from .made_up_plans import ARTICLE, ARTICLE_TEXT, MODEST
from .made_up_worlds import worlds

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "worlds.md").read_text(encoding="utf-8")


def test_the_article_has_the_articles_cast() -> None:
    world = load_world("article")
    assert world.datacenter(world.tenant("contoso").datacenter).place.longitude < -100
    assert world.resolver(world.client("traveller").resolver).place.name == "Lisbon"
    assert world.office("hq").resolver == "hqdns"
    assert world.office(world.client("clerk").office or "").name == "hq"
    assert world.circuit("circuit").office == "hq"
    assert {each.name: each.relays is not None for each in world.clouds} == {
        "worldwide": True,
        "21vianet": False,
    }
    assert world.nameserver("gtld").zones == ("com", "net")
    assert {each.name for each in world.datacenters_of("21vianet")} == {"bjs", "sha"}
    assert len(world.datacenters_of("worldwide")) == 9


@pytest.mark.parametrize("name", builtin_worlds())
def test_built_in_worlds_load_and_survive_a_runs_folder(name: str) -> None:
    world = load_world(name)
    assert World.model_validate_json(world.model_dump_json()) == world
    assert world.name == name


@MODEST
@given(worlds() | given_worlds())
@example(GIVEN)
def test_any_world_survives_a_runs_folder(world: World) -> None:
    text = world.model_dump_json()
    again = World.model_validate_json(text)
    assert again == world
    assert again.model_dump_json() == text
    assert hash(again) == hash(world)


@pytest.mark.parametrize(
    "kind", ["circuit", "client", "cloud", "datacenter", "nameserver", "office", "resolver", "tenant"]
)
@MODEST
@given(name=st.text(min_size=10))
def test_an_unknown_name_is_a_world_error(kind: str, name: str) -> None:
    with pytest.raises(WorldError, match=f"unknown {kind}"):
        getattr(load_world("article"), kind)(name)


def test_a_look_up_names_the_nearest() -> None:
    with pytest.raises(WorldError, match='unknown client "traveler"; did you mean "traveller"'):
        load_world("article").client("traveler")


@pytest.mark.parametrize(
    "name, place",
    [
        ("dub", "North Europe"),
        ("bjs", "Beijing"),
        ("hq", "Chicago"),
        ("clerk", "Chicago"),
        ("ispsin", "Singapore"),
        ("traveller", "Lisbon"),
        ("root", "Ashburn"),
        ("msdns2", "North Europe"),
    ],
)
def test_a_node_of_any_kind_has_a_place_and_a_name_server_its_datacenters(name: str, place: str) -> None:
    assert ARTICLE.place_of(name).name == place


def test_the_place_of_an_unknown_node_is_a_world_error_with_a_hint() -> None:
    with pytest.raises(WorldError, match=r'^unknown node "travler"; did you mean "traveller"'):
        ARTICLE.place_of("travler")


def test_an_anycast_server_has_no_place_of_its_own() -> None:
    with pytest.raises(WorldError, match=r'^unknown node "acdc"; did you mean "acdc'):
        ARTICLE.place_of("acdc")


def test_an_unknown_cloud_is_a_world_error_with_a_hint() -> None:
    with pytest.raises(
        WorldError, match=r'^no datacenter is in a cloud "worldwid"; did you mean "worldwide"'
    ):
        ARTICLE.datacenters_of("worldwid")


def test_a_cloud_without_a_datacenter_is_a_world_error_that_names_the_others() -> None:
    world = parse_world(f'{ARTICLE_TEXT}\n[[clouds]]\nname = "empty"\n')
    with pytest.raises(WorldError, match=r'in a cloud "empty"; right would be one of: 21vianet, worldwide$'):
        world.datacenters_of("empty")


def test_a_clouds_given_links_are_those_of_the_file() -> None:
    assert GIVEN.given_links("worldwide") == GIVEN.backbone
    assert GIVEN.given_links("21vianet") == ARTICLE.given_links("worldwide") == ()


# The document


def _models(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Return a model, and all those that its keys may hold."""
    found = {model}
    waiting = [field.annotation for field in model.model_fields.values()]
    while waiting:
        kind = waiting.pop()
        waiting += get_args(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
            found.add(kind)
            waiting += [field.annotation for field in kind.model_fields.values()]
    return found


def _unexplained(document: str) -> set[str]:
    """Return the keys of world files that a document does not have between backticks."""
    keys = {key for model in _models(World) for key in model.model_fields}
    code = re.findall(r"`([^`\n]+)`", document)
    return keys - {word for each in code for word in re.findall(r"[a-z_]+", each)}


def test_every_key_of_a_world_file_is_explained() -> None:
    assert {Border, NameServer, Line, Place} <= _models(World)
    assert _unexplained(DOCUMENT) == set()


@pytest.mark.parametrize(
    "key", ["exchange", "anycast", "closed", "congestion", "around", "length_km", "peering", "relays", "pool"]
)
def test_a_key_that_is_not_explained_is_found(key: str) -> None:
    assert _unexplained(DOCUMENT.replace(f"`{key}`", key)) == {key}


def test_every_name_that_the_network_gives_itself_is_refused() -> None:
    section = DOCUMENT.partition("### Names that the network gives itself")[2].partition("\n## ")[0]
    told = {name for line in section.splitlines() for name in re.findall(r"`([a-z0-9-]+)`", line)}
    named = {name for name in told if not name.endswith("-")} - {"ams", "er1"}  # examples of a world's own
    assert {"hq-gw", "er1-m2", "wg0", "pri", "authority", "ams-rly"} <= named
    assert {name for name in named if RESERVED.fullmatch(name) is None} == set()


def test_every_zone_that_a_world_has_to_have_is_explained() -> None:
    (line,) = (line for line in DOCUMENT.splitlines() if line.startswith("Together they must have"))
    assert re.findall(r"`([^`]+)`", line) == list(REQUIRED_ZONES)
