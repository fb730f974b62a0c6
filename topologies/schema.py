"""The JSON schema of world files, for editors: which keys there are, and what their values are like.

It is made from the world's own parts (draft 7, which TOML editors read). What holds between parts no schema
can say: `clientpath world check FILE` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topologies.azure import regions
from topologies.explain import MISSING
from topologies.layers import ALL, BETWEEN, CHANGED_BY, FAILING, INTERNET, LISTS, NAME, REMOVE
from topologies.places import gazetteer
from topologies.sources import BASE, builtin_worlds
from topologies.world import World

DRAFT = "http://json-schema.org/draft-07/schema#"
Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}


def world_schema() -> Schema:
    """Return the schema; in a file with a base a part has to say which it is, and nothing else."""
    schema = _plain(World.model_json_schema(ref_template="#/definitions/{model}"))
    parts = schema["definitions"]
    parts["Place"] = _place(parts["Place"])
    parts["Access"] = _access(parts["Access"])
    parts["Datacenter"]["properties"]["region"] = {"enum": sorted(regions())}
    listed = {path: _part(schema, path) for path in CHANGED_BY}
    required = {path: parts[name]["required"] for path, name in listed.items()}
    for path, name in listed.items():
        parts[name]["required"] = list(CHANGED_BY[path])
    return {
        "$schema": DRAFT,
        "title": "A world of clientpath",
        "description": "What there is, and where it stands: docs/worlds.md explains every key.",
        "type": "object",
        "properties": {BASE: _base(), REMOVE: _remove(), **schema["properties"]},
        "required": ["name"],
        "additionalProperties": False,
        "if": {"not": {"required": [BASE]}},
        "then": {"required": schema["required"], "properties": _whole(required)},
        "definitions": parts,
    }


def _plain(node: Any, *, named: bool = False) -> Any:
    """Return pydantic's schema as draft 7 has it, and TOML, which has no null; a key says what it wants.

    In a table of ``named`` schemas the keys are those of a world file.
    """
    if isinstance(node, list):
        return [_plain(each) for each in node if each != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    if named:
        wanted = {key: {"description": MISSING[key]} if key in MISSING else {} for key in node}
        return {key: {**_plain(value), **wanted[key]} for key, value in node.items()}
    left_out = {"title", *(["default"] if node.get("default", 0) is None else [])}
    found = {
        "definitions" if key == "$defs" else key: _plain(value, named=key in ("properties", "$defs"))
        for key, value in node.items()
        if key not in left_out and key != "prefixItems"
    }
    if "prefixItems" in node:
        found["items"] = _plain(node["prefixItems"][0])
    if len(found.get("anyOf", ())) == 1:
        (only,) = found.pop("anyOf")
        found = {**found, **only}
    return found


def _place(table: Schema) -> Schema:
    """Return a place: a city that editors can offer, any other spelling of one, or a table."""
    cities = {"enum": sorted(city.name for city in gazetteer().values())}
    return {"anyOf": [cities, TEXT, {**table, "required": ["latitude", "longitude"]}]}


def _access(both: Schema) -> Schema:
    """Return an access line: each direction by itself, or one table for both."""
    return {"description": both.pop("description"), "anyOf": [{"$ref": "#/definitions/Line"}, both]}


def _part(schema: Schema, path: tuple[str, ...]) -> str:
    """Return the name of the part that a list has."""
    table = schema if len(path) == 1 else schema["definitions"]["Internet"]
    return str(table["properties"][path[-1]]["items"]["$ref"]).rpartition("/")[2]


def _whole(required: Mapping[tuple[str, ...], list[str]]) -> Schema:
    """Return what the parts of a file without a base have to have."""
    found: dict[tuple[str, ...], Schema] = {(): {}, (INTERNET,): {}}
    for path, keys in required.items():
        found[path[:-1]][path[-1]] = {"items": {"required": keys}}
    return {**found[()], INTERNET: {"properties": found[INTERNET,]}}


def _base() -> Schema:
    told = "A built-in world, or a file beside this one: this file says what is different."
    return {"description": told, "anyOf": [{"enum": list(builtin_worlds())}, TEXT]}


def _remove() -> Schema:
    pair = {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2}
    names = {NAME: TEXT, BETWEEN: {"anyOf": [pair, {"const": ALL}]}, FAILING: {"anyOf": [TEXT, pair]}}
    known = {section: {"type": "array", "items": names[by]} for section, (_, by) in LISTS.items()}
    told = f"What is taken away from the base before this file's own parts come; {ALL} is all of a kind."
    return {"description": told, "type": "object", "properties": known, "additionalProperties": False}
