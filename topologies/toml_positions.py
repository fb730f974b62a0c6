"""Where in a TOML text a key or a value stands, by line and column: tomllib reads a text, and does not say.

For texts that tomllib has read. The syntax tree is tree-sitter's.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from topologies.keypath import Location

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LANGUAGE = Language(tree_sitter_toml.language())
KEYS = ("bare_key", "quoted_key")
Position = tuple[int, int]  # line and column, from 1 on; a column is a character


@dataclass
class _Spot:
    """A key and its value by their first bytes, and what is inside the value: by keys, or by numbers."""

    key: int
    value: int
    inside: dict[int | str, _Spot] = field(default_factory=dict)
    is_list_of_tables: bool = False


class Positions:
    """The positions of all that a text holds."""

    def __init__(self, text: str) -> None:
        self._bytes = text.encode()
        self._ends = [number + 1 for number, byte in enumerate(self._bytes) if byte == 0x0A]
        self._top = _Spot(0, 0)
        for node in Parser(LANGUAGE).parse(self._bytes).root_node.named_children:
            self._statement(node)

    def at(self, location: Location, *, of_key: bool = False) -> Position:
        """Return where the value at a location begins; with ``of_key`` where its key does.

        Steps that the text does not have are left out: of a key that is missing it is the table's beginning.
        """
        spot, found = self._top, True
        for step in location:
            found = step in spot.inside
            spot = spot.inside.get(step, spot)
        return self._position(spot.key if of_key and found else spot.value)

    def _position(self, offset: int) -> Position:
        line = bisect_right(self._ends, offset)
        start = self._ends[line - 1] if line else 0
        return line + 1, len(self._bytes[start:offset].decode()) + 1

    def _statement(self, node: Node) -> None:
        if node.type == "pair":
            _pair(node, self._top)
        elif node.type in ("table", "table_array_element"):
            key, *pairs = (each for each in node.named_children if each.type != "comment")
            table = _opened(self._top, key, node)
            for pair in pairs:
                _pair(pair, table)


def _opened(top: _Spot, key: Node, header: Node) -> _Spot:
    """Return the table that a header opens; one of a list is a new one, and the last one is meant by name."""
    *path, last = _names(key)
    spot = top
    for step, offset in path:
        spot = _last_of(spot.inside.setdefault(step, _Spot(offset, header.start_byte)))
    step, offset = last
    if header.type == "table":
        return spot.inside.setdefault(step, _Spot(offset, header.start_byte))
    tables = spot.inside.setdefault(step, _Spot(offset, header.start_byte, is_list_of_tables=True))
    return tables.inside.setdefault(len(tables.inside), _Spot(header.start_byte, header.start_byte))


def _last_of(spot: _Spot) -> _Spot:
    return spot.inside[len(spot.inside) - 1] if spot.is_list_of_tables else spot


def _pair(node: Node, table: _Spot) -> None:
    if node.type != "pair":
        return
    key, value = (each for each in node.named_children if each.type != "comment")
    *path, (step, offset) = _names(key)
    for name, start in path:
        table = table.inside.setdefault(name, _Spot(start, start))
    table.inside[step] = spot = _Spot(offset, value.start_byte)
    _inside(value, spot)


def _inside(value: Node, spot: _Spot) -> None:
    if value.type == "inline_table":
        for pair in value.named_children:
            _pair(pair, spot)
    elif value.type == "array":
        items = (each for each in value.named_children if each.type != "comment")
        for number, item in enumerate(items):
            spot.inside[number] = found = _Spot(item.start_byte, item.start_byte)
            _inside(item, found)


def _names(key: Node) -> Iterator[tuple[str, int]]:
    """Yield each part of a key, as it is meant, and its first byte."""
    left = [key]
    while left:  # a dotted key is one inside the other, as deep as it is long
        node = left.pop()
        if node.type == "dotted_key":
            left += reversed(node.named_children)
        elif node.type in KEYS:
            text = (node.text or b"").decode()
            name = text if node.type == "bare_key" else next(iter(tomllib.loads(f"{text} = 0")))
            yield name, node.start_byte
