"""From pydantic's list of what is wrong with a document to sentences that its author understands."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from topologies.faults import Fault, Unsound
from topologies.keypath import Location, key_path, written
from topologies.nearest import hint
from topologies.shown import one_line, shown

UNKNOWN = "extra_forbidden"  # pydantic's error type of a key that a model does not have

# pydantic's error type -> what would be right; the names in braces are that error's own bounds.
RIGHT = {
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": 'a text in quotes, "like this"',
    "bool_type": "true or false",
    "literal_error": "{expected}",
    "tuple_type": "a list",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "greater_than_equal": "{ge:g} or more",
    "greater_than": "more than {gt:g}",
    "less_than_equal": "{le:g} or less",
    "too_short": "a list of {min_length} or more",
    "too_long": "a list of {max_length} or fewer",
}

# A missing key -> what to write.
MISSING: dict[int | str, str] = {
    "name": 'name = "..."',
    "cloud": "the name of one of the [[clouds]]",
    "datacenter": "the name of one of the [[datacenters]]",
    "resolver": "the name of one of the [[resolvers]]",
    "tenant": "the name of one of the [[tenants]]",
    "office": "the name of one of the [[offices]]",
    "peering": 'peering = "Chicago", or another place',
    "as_number": "as_number = 64501",
    "cities": 'cities = ["Denver"]',
    "pops": 'pops = [{ name = "den", site = "den" }]',
    "pool": 'pool = "203.0.113.0/28"',
    "links": 'links = "198.51.100.0/29"',
    "place": 'place = "Lisbon" or place = {latitude = 38.72, longitude = -9.14}',
    "latitude": "degrees north, -90 to 90",
    "longitude": "degrees east, -180 to 180",
    "prefix": 'prefix = "100.64.0.8/29"',
    "label": 'label = "emeawest"',
    "hostname": 'hostname = "ns1.example.net"',
    "zones": 'zones = ["example.net"]',
    "between": 'between = ["ams", "dub"]',
    "rtt_ms": "rtt_ms = 46.0",
    "at_s": "at_s = 20.5",
    "around": 'around = ["bjs", "sha"]',
    0: "two names",
    1: "two names",
    **{
        section: f"at least one [[{section}]]"
        for section in ("clouds", "datacenters", "tenants", "resolvers", "clients", "nameservers")
    },
}


def explain(error: ValidationError, document: dict[str, Any], model: type[BaseModel]) -> str:
    """Return one sentence: the first fault's key in the document, what is wrong, what would be right."""
    return faults_of(error, document, model)[0].text


def faults_of(
    error: ValidationError, document: dict[str, Any], model: type[BaseModel], more: Collection[str] = ()
) -> list[Fault]:
    """Return all faults, each with one sentence; ``more`` are keys that a document may have, too.

    An unknown key goes before anything else, because a missing key is often the same key misspelt.
    """
    found: dict[str, Fault] = {}
    for each in sorted(error.errors(include_url=False), key=lambda each: each["type"] != UNKNOWN):
        for fault in _faults(each, document, model, more):
            # A line of an access network that is written once stands for both directions.
            found.setdefault(fault.text, fault)
    return list(found.values())


def _faults(
    told: ErrorDetails, document: dict[str, Any], model: type[BaseModel], more: Collection[str]
) -> list[Fault]:
    cause = told.get("ctx", {}).get("error")
    if isinstance(cause, Unsound):
        return [replace(each, text=one_line(each.text)) for each in cause.faults]
    where, what = key_path(told["loc"], document), _what(told, model, more)
    text = one_line(f"{where}: {what}" if where else what)
    return [Fault(written(told["loc"], document), text, of_key=told["type"] == UNKNOWN)]


def _what(fault: ErrorDetails, model: type[BaseModel], more: Collection[str]) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == UNKNOWN:
        location = fault["loc"][:-1]
        known = (*_model_at(location, model).model_fields, *(() if location else more))
        return f"unknown key; {hint(str(fault['loc'][-1]), known)}"
    if kind == "missing":
        return f"is missing; right would be {MISSING.get(fault['loc'][-1], 'a text or a table')}"
    if kind == "value_error":
        return str(context["error"])
    if kind in RIGHT:
        right = RIGHT[kind].format(**context).replace("'", '"')
        return f"is {shown(fault['input'])}; right would be {right}"
    return f"is {shown(fault['input'])}; {fault['msg']}"


def _model_at(location: Location, model: type[BaseModel]) -> type[BaseModel]:
    for step in location:
        if isinstance(step, str):
            model = _models_in(model.model_fields[step].annotation)[0]
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
