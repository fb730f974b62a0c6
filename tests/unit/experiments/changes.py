"""Changes of a run as it is read: rows come, go and change, captures are lost, clients say other things."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from experiments.reading import Reading
from measurement.journey import Fetch
from measurement.observation import Observation

Change = Callable[[Reading], Reading]


def plus(*added: Observation) -> Change:
    """Return a change that adds rows."""
    return lambda reading: dataclasses.replace(reading, observations=(*reading.observations, *added))


def minus(case: str, node: str, kind: str, **values: object) -> Change:
    """Return a change that takes rows away."""
    wanted = {"case": case, "node": node, "kind": kind, **values}

    def change(reading: Reading) -> Reading:
        kept = tuple(row for row in reading.observations if not _has(row, wanted))
        assert len(kept) < len(reading.observations), "nothing to take away"
        return dataclasses.replace(reading, observations=kept)

    return change


def where(
    case: str,
    node: str,
    kind: str,
    instead: Callable[[Any], dict[str, Any]],
    *,
    only: int | None = None,
    **values: object,
) -> Change:
    """Return a change of rows: of all, or of ``only`` one of them, by its place."""
    wanted = {"case": case, "node": node, "kind": kind, **values}

    def change(reading: Reading) -> Reading:
        changed = list(reading.observations)
        places = [number for number, row in enumerate(changed) if _has(row, wanted)]
        for number in places if only is None else [places[only]]:
            changed[number] = changed[number].model_copy(update=instead(changed[number]))
        assert tuple(changed) != reading.observations, "nothing to change"
        return dataclasses.replace(reading, observations=tuple(changed))

    return change


def lost(case: str, node: str) -> Change:
    """Return a change that takes a capture away, with all of its rows."""

    def change(reading: Reading) -> Reading:
        kept = tuple(row for row in reading.observations if (row.case, row.node) != (case, node))
        assert len(kept) < len(reading.observations), "no such capture"
        return dataclasses.replace(reading, observations=kept)

    return change


def cut(case: str, node: str) -> Change:
    """Return a change that makes a capture one that is not whole."""
    return where(case, node, "capture", lambda row: {"complete": False, "problem": "was cut"})


def saying(case: str, number: int, **values: Any) -> Change:
    """Return a change of what the client says of one of its requests; headers are added."""

    def told(fetch: Fetch) -> Fetch:
        headers = {**fetch.headers, **values.get("headers", {})}
        return fetch.model_copy(update={**values, "headers": headers})

    def change(reading: Reading) -> Reading:
        journeys = list(reading.journeys)
        (place,) = (n for n, journey in enumerate(journeys) if journey.case == case)
        fetches = list(journeys[place].fetches)
        fetches[number] = told(fetches[number])
        journeys[place] = journeys[place].model_copy(update={"fetches": tuple(fetches)})
        return dataclasses.replace(reading, journeys=tuple(journeys))

    return change


def silent(case: str) -> Change:
    """Return a change by which the client says nothing of a case."""

    def change(reading: Reading) -> Reading:
        kept = tuple(journey for journey in reading.journeys if journey.case != case)
        assert len(kept) < len(reading.journeys), "no such case"
        return dataclasses.replace(reading, journeys=kept)

    return change


def all_of(*changes: Change) -> Change:
    """Return several changes as one."""

    def change(reading: Reading) -> Reading:
        for each in changes:
            reading = each(reading)
        return reading

    return change


def _has(row: Observation, values: dict[str, object]) -> bool:
    return all(getattr(row, name, None) == value for name, value in values.items())
