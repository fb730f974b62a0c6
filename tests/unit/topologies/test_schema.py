"""The schema for editors: it takes every world that there is, and refuses what it can know to be wrong."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from topologies.beginning import beginning
from topologies.load import BUILTIN, builtin_worlds, load_world
from topologies.schema import world_schema
from topologies.sources import Source
from topologies.world import World

from .made_up_plans import ARTICLE_TEXT, PATIENT


def _read(text: str) -> dict[str, Any]:
    return Source("", text).document


SCHEMA = world_schema()
VALIDATOR = Draft7Validator(SCHEMA)
SMALL = Path(__file__).parents[2] / "emulation" / "small.toml"
ARTICLE: dict[str, Any] = _read(ARTICLE_TEXT)


def _wrong(document: dict[str, Any]) -> list[tuple[list[str | int], str]]:
    return [(list(error.path), error.message) for error in VALIDATOR.iter_errors(document)]


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", [*sorted(BUILTIN.glob("*.toml")), SMALL], ids=lambda path: path.stem)
def test_every_world_is_right_by_it(path: Path) -> None:
    assert _wrong(_read(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("name", builtin_worlds())
def test_a_new_world_is_right_by_it_with_all_its_examples(name: str) -> None:
    lines = beginning("mine", name, load_world(name)).splitlines()
    taken = "\n".join(
        line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in lines
    )
    document = _read(taken)
    assert {"base", "failures", "clients"} <= document.keys()
    assert _wrong(document) == []


@pytest.mark.parametrize(
    "text",
    [
        'place = "Lisbon"',
        'place = { latitude = 1.5, longitude = 2, name = "sea" }',
        'place = "lisbon"',
        "access = { delay_ms = 4 }",
        "access = { up = { rate_mbit = 1 }, down = {} }",
    ],
)
def test_short_forms_are_right(text: str) -> None:
    document = _read(f'name = "a"\nbase = "article"\n[[clients]]\nname = "b"\n{text}')
    assert _wrong(document) == []


@pytest.mark.parametrize(
    "text",
    [
        "name = 3",
        'colour = "red"',
        'congestion = "reno"',
        "base = 3",
        "[remove]\nclint = []",
        '[remove]\nbackbone = ["ams"]',
        '[[clients]]\nplace = "Lisbon"',
        '[[clients]]\nname = "b"\nplace = { latitude = 1 }',
        '[[clients]]\nname = "b"\nprefix = "100.64.0.8"',
        '[[clients]]\nname = "B"',
        '[[clients]]\nname = "b"\ncolour = 1',
        '[[clients]]\nname = "b"\naccess = { delay_ms = -4 }',
        '[[clients]]\nname = "b"\naccess = { up = {}, delay_ms = 4 }',
        '[[datacenters]]\nname = "b"\nregion = "Moon"',
        '[[backbone]]\nbetween = ["a"]\nrtt_ms = 3',
        '[[failures]]\ndatacenter = "b"',
        "[internet]\npath_stretch = 0.5",
    ],
)
def test_what_cannot_be_is_marked(text: str) -> None:
    head = "" if text.startswith(("name", "base")) else 'name = "a"\nbase = "article"\n'
    if text.startswith("base"):
        head = 'name = "a"\n'
    assert _wrong(_read(head + text))


def test_a_file_without_a_base_needs_all_of_a_part() -> None:
    document = copy.deepcopy(ARTICLE)
    del document["clients"][0]["prefix"]
    ((path, message),) = _wrong(document)
    assert path == ["clients", 0] and "'prefix' is a required property" in message
    del document["resolvers"], document["internet"]["borders"][0]["around"]
    assert len(_wrong(document)) == 3
    assert _wrong({**document, "base": "article"}) == []


@PATIENT
@given(st.data())
def test_a_key_that_is_left_out_is_missed_by_both_or_by_none(data: st.DataObject) -> None:
    """What the schema misses in a whole file, the world misses too."""
    document = copy.deepcopy(ARTICLE)
    section = data.draw(
        st.sampled_from(sorted(key for key, value in document.items() if isinstance(value, list)))
    )
    part = data.draw(st.sampled_from(document[section]))
    del part[data.draw(st.sampled_from(sorted(part)))]
    if _wrong(document):
        with pytest.raises(ValueError):
            World.model_validate(document)


def test_every_key_of_a_world_is_in_it() -> None:
    assert set(SCHEMA["properties"]) == {"base", "remove", *World.model_fields}
    assert "null" not in str(SCHEMA)
    assert "Lisbon" in SCHEMA["definitions"]["Place"]["anyOf"][0]["enum"]
    assert "West Europe" in SCHEMA["definitions"]["Datacenter"]["properties"]["region"]["enum"]
    assert (
        SCHEMA["definitions"]["Client"]["properties"]["prefix"]["description"] == 'prefix = "100.64.0.8/29"'
    )
