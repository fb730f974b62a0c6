"""From the text of an endpoint list to its records, or to one sentence that says which record is wrong.

The text is JSON: what the web service's /endpoints gives, a list of records, or such a list with its version:
`{"instance": "Worldwide", "version": "2023073100", "endpoints": [...]}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from topologies.endpoint import CATEGORIES, SERVICE_AREAS, Endpoint
from topologies.errors import EndpointsError
from topologies.nearest import hint
from topologies.shown import shown

WRAPPER = ("instance", "version", "source", "endpoints")
KEYS = [field.alias or name for name, field in Endpoint.model_fields.items()]
VERSION = re.compile(r"[0-9]{10}")
# A record's key -> what would be right.
RIGHT = {
    "id": "a whole number of 1 or more",
    "serviceArea": " or ".join(f'"{area}"' for area in SERVICE_AREAS),
    "category": " or ".join(f'"{category}"' for category in CATEGORIES),
    "urls": 'a list of host names such as ["*.sharepoint.com"]',
    "ips": 'a list of prefixes such as ["13.107.6.152/31"]',
    "expressRoute": "true or false",
    "required": "true or false",
}
TEXT = 'a text in quotes, "like this"'


def parse_file(text: str) -> tuple[str | None, str | None, tuple[Endpoint, ...]]:
    """Return a list's version and instance, None where it has none, and its records in order.

    Raises EndpointsError (that names no file) when anything is wrong with it.
    """
    document = _parse(text)
    version = instance = None
    if isinstance(document, dict):
        version, instance = _checked_wrapper(document)
        document = document["endpoints"]
    if not isinstance(document, list):
        raise EndpointsError(
            f"is {shown(document)}; right would be a list of records, as /endpoints of the web service gives"
        )
    if not document:
        raise EndpointsError("has no records; right would be one or more")
    endpoints = tuple(_endpoint(record, number) for number, record in enumerate(document, start=1))
    _check_ids(endpoints)
    return version, instance, endpoints


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise EndpointsError("is nested too deeply; right would be a list of records") from None
    except ValueError as error:
        raise EndpointsError(f"is not JSON: {error}; right would be a list of records") from None


def _checked_wrapper(document: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the version and the instance of a list that has more than its records."""
    for key in (key for key in document if key not in WRAPPER):
        raise EndpointsError(f'unknown key "{key}"; {hint(key, WRAPPER)}')
    if "endpoints" not in document:
        raise EndpointsError("endpoints: is missing; right would be a list of records")
    version, instance = document.get("version"), document.get("instance")
    if version is not None and not (isinstance(version, str) and VERSION.fullmatch(version)):
        raise EndpointsError(f'version: is {shown(version)}; right would be ten digits such as "2023073100"')
    if instance is not None and not isinstance(instance, str):
        raise EndpointsError(f'instance: is {shown(instance)}; right would be "Worldwide" or "China"')
    return version, instance


def _endpoint(record: Any, number: int) -> Endpoint:
    if not isinstance(record, dict):
        raise EndpointsError(
            f"record number {number}: is {shown(record)}; right would be an object with id, category, ..."
        )
    try:
        return Endpoint.model_validate(record)
    except ValidationError as error:
        raise EndpointsError(f"{_name(record, number)}: {_explained(error)}") from None


def _name(record: dict[str, Any], number: int) -> str:
    known = record.get("id")
    return f"id {known}" if type(known) is int else f"record number {number}"


def _explained(error: ValidationError) -> str:
    """Return what is wrong in words; an unknown key first, as a missing one is often the same misspelt."""
    faults = error.errors(include_url=False)
    fault = min(faults, key=lambda each: each["type"] != "extra_forbidden")
    key = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        return f'unknown key "{key}"; {hint(key, KEYS)}'
    if fault["type"] == "value_error":
        return f"{key}: {fault['ctx']['error']}"
    what = "is missing" if fault["type"] == "missing" else f"is {shown(fault['input'])}"
    return f"{key}: {what}; right would be {RIGHT.get(key, TEXT)}"


def _check_ids(endpoints: Sequence[Endpoint]) -> None:
    first: dict[int, int] = {}
    for number, endpoint in enumerate(endpoints, start=1):
        if endpoint.id in first:
            raise EndpointsError(
                f"id {endpoint.id}: is that of records number {first[endpoint.id]} and {number};"
                " right would be an id of its own for each"
            )
        first[endpoint.id] = number
