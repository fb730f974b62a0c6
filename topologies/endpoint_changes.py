"""What changed from one version of an endpoint list to another: records that came, went, or differ, by id."""

from __future__ import annotations

from topologies.base import Frozen
from topologies.endpoint import Endpoint
from topologies.endpoints import EndpointList
from topologies.shown import shown

# What traffic is routed and filtered by; a record's words (its notes, what it is called) are not compared.
LISTS = ("urls", "ips", "tcpPorts", "udpPorts")
COMPARED = ("serviceArea", "category", *LISTS, "expressRoute", "required")


class KeyChange(Frozen):
    """What a record has at a key no more, and what it has there now, as texts."""

    key: str
    went: tuple[str, ...]
    came: tuple[str, ...]


class Changed(Frozen):
    """A record whose id both lists have, and that is not the same."""

    id: int
    keys: tuple[KeyChange, ...]


class Differences(Frozen):
    """All that changed, in the order of ids."""

    came: tuple[Endpoint, ...]
    went: tuple[Endpoint, ...]
    changed: tuple[Changed, ...]


def differences(old: EndpointList, new: EndpointList) -> Differences:
    """Return what changed from ``old`` to ``new``; the order of names, prefixes and ports does not count."""
    before = {endpoint.id: endpoint for endpoint in old.endpoints}
    after = {endpoint.id: endpoint for endpoint in new.endpoints}
    both = sorted(before.keys() & after.keys())
    pairs = [Changed(id=each, keys=_changes(before[each], after[each])) for each in both]
    return Differences(
        came=tuple(after[each] for each in sorted(after.keys() - before.keys())),
        went=tuple(before[each] for each in sorted(before.keys() - after.keys())),
        changed=tuple(pair for pair in pairs if pair.keys),
    )


def _changes(old: Endpoint, new: Endpoint) -> tuple[KeyChange, ...]:
    before, after = _values(old), _values(new)
    return tuple(
        KeyChange(
            key=key,
            went=tuple(value for value in before[key] if value not in after[key]),
            came=tuple(value for value in after[key] if value not in before[key]),
        )
        for key in COMPARED
        if set(before[key]) != set(after[key])
    )


def _values(endpoint: Endpoint) -> dict[str, tuple[str, ...]]:
    whole = endpoint.model_dump(mode="json", by_alias=True)
    return {key: tuple(whole[key]) if key in LISTS else (shown(whole[key]),) for key in COMPARED}
