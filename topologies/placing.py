"""Where a fault of a world stands: in which of its files, and at which of that file's own keys."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from topologies.faults import Fault
from topologies.keypath import Location, joined
from topologies.layers import INTERNET, OWN, Layers, Place
from topologies.sources import Located, Source

# Kinds of names that several sections give.
SEVERAL = {
    "site": ("datacenter", "edge"),
    "node": ("datacenter", "edge", "resolver", "office", "client", "nameserver"),
}


class Placing:
    """Places the faults of a world that is made of several files."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._numbers_at = cache(self._numbers)

    def located(self, fault: Fault) -> Located:
        """Return a fault of the whole document with the file that it is in.

        Who names a part that a file has removed has its fault where that says so. Of two parts that do not go
        together it is with the one in the upper file: the base was right before.
        """
        removed = self._removed(fault)
        if removed is not None:
            source, location = removed
            return Located(source, Fault(location, f"{joined(location)}: is still in use: {fault.text}"))
        places = [self._place(self._numbered(each)) for each in (fault.location, fault.beside) if each]
        order = list(map(id, self._layers.sources))
        source, location = max(places or [self._place(())], key=lambda place: order.index(id(place[0])))
        return Located(source, Fault(location, fault.text, of_key=fault.of_key))

    def _removed(self, fault: Fault) -> Place | None:
        kind, name = fault.names or ("", "")
        places = (self._layers.removed.get((each, name)) for each in SEVERAL.get(kind, (kind,)))
        return next((place for place in places if place is not None), None)

    def _place(self, location: tuple[int | str, ...]) -> Place:
        """Return the last file that gives a key, and where in it; of a key that none has, the last one."""
        for length in (1, 2):
            parts = self._layers.lists.get(tuple(map(str, location[:length])), ())
            number = location[length] if len(location) > length else None
            if isinstance(number, int) and number < len(parts):
                rest, places = location[length + 1 :], parts[number].places
                having = [each for each in places if _has(each[0], (*each[1], *rest[:1]))]
                source, place = (having or places)[-1]
                return source, (*place, *rest)
        depth = 2 if location[:1] == (INTERNET,) else 1
        sources: Sequence[Source] = self._layers.sources
        own = location[:1] and location[0] in OWN
        giving = [each for each in sources if not own and _has(each, location[:depth])]
        return (giving or sources)[-1], location

    def _numbered(self, location: Location) -> tuple[int | str, ...]:
        """Return a location in which parts of lists are meant by their numbers."""
        found: tuple[int | str, ...] = ()
        for step in location:
            found += (self._numbers_at(found).get(step, step),)
        return found

    def _numbers(self, location: Location) -> dict[int | str, int]:
        """Return the numbers of the named parts of a list; of anything else nothing."""
        try:
            node = _reached(self._layers.document, location)
        except LookupError:
            return {}
        parts = enumerate(node if isinstance(node, list) else ())
        return {
            each["name"]: number
            for number, each in parts
            if isinstance(each, dict) and isinstance(each.get("name"), str)
        }


def _has(source: Source, location: Location) -> bool:
    try:
        _reached(source.document, location)
    except LookupError:
        return False
    return True


def _reached(document: Any, location: Location) -> Any:
    """Return what stands at a location; LookupError if nothing does."""
    for step in location:
        try:
            document = document[step]
        except TypeError as error:
            raise LookupError(step) from error
    return document
