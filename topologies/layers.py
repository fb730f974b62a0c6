"""A world file on top of its base: what it adds, what it changes and what it removes.

A part with a name of the base changes that part: its keys replace those of the base, the others stay. So does
a link of the backbone, or an override, between the same two. Any other part is added, after those of the
base. `[remove]` takes parts away first.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from topologies.faults import Fault
from topologies.keypath import Location, joined
from topologies.nearest import hint
from topologies.shown import shown
from topologies.sources import BASE, Located, Source

REMOVE, ALL = "remove", "*"
OWN = (BASE, REMOVE, "name", "title")  # of a file alone: nothing is taken from the base
INTERNET = "internet"
NAME, BETWEEN, FAILING = ("name",), ("between",), ("datacenter", "between")
NAMED = ("clouds", "datacenters", "edges", "isps", "tenants", "offices", "circuits", "resolvers", "clients")
# Lists of parts, by the key that `[remove]` has for each: where they are, and by which keys they are known.
LISTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    **{section: ((section,), NAME) for section in (*NAMED, "nameservers")},
    "borders": ((INTERNET, "borders"), NAME),
    "overrides": ((INTERNET, "overrides"), BETWEEN),
    "backbone": (("backbone",), BETWEEN),
    "failures": (("failures",), FAILING),
}
# What fails may do so several times: a failure that is added changes none.
CHANGED_BY = {path: known_by for path, known_by in LISTS.values() if known_by != FAILING}
Place = tuple[Source, Location]


@dataclass(frozen=True)
class Part:
    """A part of a list, and where it stands: in the file that has it first, and in those that change it."""

    value: Any
    places: tuple[Place, ...]


@dataclass
class Layers:
    """A whole world's document, from one or several files, and where its parts stand.

    ``lists`` has the parts of each list in the document; ``removed`` where a file has taken one away, by its
    kind and its name. ``faults`` are those of the files' own `[remove]`.
    """

    sources: Sequence[Source]
    document: dict[str, Any] = field(default_factory=dict)
    lists: dict[tuple[str, ...], list[Part]] = field(default_factory=dict)
    removed: dict[tuple[str, Hashable], Place] = field(default_factory=dict)
    faults: list[Located] = field(default_factory=list)

    def __post_init__(self) -> None:
        for source in self.sources:
            self._remove(source)
            for key in OWN:
                self.document.pop(key, None)
            self._lay(source)

    def _lay(self, source: Source) -> None:
        for key, value in source.document.items():
            if key == INTERNET and isinstance(value, dict):
                below = self.document.get(INTERNET)
                laid = {inner: self._laid(source, (INTERNET, inner), each) for inner, each in value.items()}
                self.document[INTERNET] = {**(below if isinstance(below, dict) else {}), **laid}
            elif key not in (BASE, REMOVE):
                self.document[key] = self._laid(source, (key,), value)

    def _laid(self, source: Source, path: tuple[str, ...], value: Any) -> Any:
        """Return what a key of the document has after a file has said its own."""
        known_by = CHANGED_BY.get(path, ())
        if not isinstance(value, list):
            self.lists = {each: parts for each, parts in self.lists.items() if each[: len(path)] != path}
            return value
        parts = self.lists.setdefault(path, [])
        below = {who: number for number, part in enumerate(parts) if (who := _who(part.value, known_by))}
        for number, own in enumerate(value):
            place: Place = (source, (*path, number))
            who = _who(own, known_by)
            if who not in below:
                parts.append(Part(own, (place,)))
                continue
            part = parts[below[who]]
            if part.places[-1][0] is source:
                text = f'changes "{_called(who)}" again; right would be all of its keys in one place'
                self._refuse(source, place[1], text)
            parts[below[who]] = Part({**part.value, **own}, (*part.places, place))
        return [part.value for part in parts]

    def _remove(self, source: Source) -> None:
        wanted = source.document.get(REMOVE, {})
        if not isinstance(wanted, dict):
            self._refuse(source, (REMOVE,), f"is {shown(wanted)}; right would be a table")
        elif wanted and BASE not in source.document:
            self._refuse(source, (REMOVE,), 'there is no base; right would be base = "article", or nothing')
        else:
            for section, names in wanted.items():
                self._take_away(source, section, names)

    def _take_away(self, source: Source, section: str, names: Any) -> None:
        if section not in LISTS:
            text = f"unknown key; {hint(section, LISTS)}"
            self._refuse(source, (REMOVE, section), text, of_key=True)
            return
        path, known_by = LISTS[section]
        if not isinstance(names, list):
            right = '[["one", "other"]]' if known_by == BETWEEN else '["one"]'
            self._refuse(source, (REMOVE, section), f"is {shown(names)}; right would be {right}")
            return
        parts = self.lists.get(path, [])
        known = {_who(part.value, known_by): part.value for part in parts}
        known.pop(None, None)
        gone: set[Hashable] = set()
        for number, name in enumerate(names):
            found = set(known) if name == ALL else {_known_as(name)} & known.keys()
            if not found:
                near = hint(_called(name), map(_called, known))
                self._refuse(source, (REMOVE, section, number), f'"{_called(name)}" is not there; {near}')
            for each in found:
                self.removed[section.removesuffix("s"), each] = (source, (REMOVE, section, number))
            gone |= found
        self.lists[path] = [part for part in parts if _who(part.value, known_by) not in gone]
        table = self.document.get(INTERNET, {}) if len(path) > 1 else self.document
        if gone:
            table[path[-1]] = [part.value for part in self.lists[path]]

    def _refuse(self, source: Source, location: Location, text: str, *, of_key: bool = False) -> None:
        fault = Fault(location, f"{joined(location)}: {text}", of_key=of_key)
        self.faults.append(Located(source, fault))


def _who(part: Any, known_by: Sequence[str]) -> Hashable:
    """Return by what a part of a list is known: a name, or two in any order; None if by nothing."""
    values = (part.get(key) for key in known_by) if isinstance(part, dict) else ()
    return next((who for who in map(_known_as, values) if who is not None), None)


def _known_as(value: Any) -> Hashable:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return frozenset(value)
    return None


def _called(name: Any) -> str:
    return " - ".join(sorted(map(str, name))) if isinstance(name, list | frozenset) else str(name)
