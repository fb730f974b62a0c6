"""Positions of keys and values: of every key that tomllib finds, where a reader of the text would point."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies.layers import LISTS
from topologies.sources import Source
from topologies.toml_positions import Positions

from .made_up_plans import ARTICLE_TEXT, PATIENT

SMALL = """\
# a comment
name = "é" # one
"a b".c = [1, # one
  { d = 2 }, [ "x", "y" ]]
[[part]]
name = "first"
[part.inner]
key = 1
[[part]]
name = "second"
line = { up = { ms = 1 }, "down" = 2 }
[one.two]
three.four = '''
long'''
"""


@pytest.mark.parametrize(
    "location, value, key",
    [
        (("name",), (2, 8), (2, 1)),
        (("a b",), (3, 1), (3, 1)),
        (("a b", "c"), (3, 11), (3, 7)),
        (("a b", "c", 1), (4, 3), (4, 3)),
        (("a b", "c", 1, "d"), (4, 9), (4, 5)),
        (("a b", "c", 2, 1), (4, 21), (4, 21)),
        (("part", 0, "inner", "key"), (8, 7), (8, 1)),
        (("part", 1), (9, 1), (9, 1)),
        (("part", 1, "name"), (10, 8), (10, 1)),
        (("part", 1, "line", "up", "ms"), (11, 22), (11, 17)),
        (("part", 1, "line", "down"), (11, 36), (11, 27)),
        (("one", "two", "three", "four"), (13, 14), (13, 7)),
    ],
)
def test_where_something_stands(
    location: tuple[int | str, ...], value: tuple[int, int], key: tuple[int, int]
) -> None:
    positions = Positions(SMALL)
    assert positions.at(location) == value
    assert positions.at(location, of_key=True) == key


def test_columns_are_characters() -> None:
    assert Positions('x = { "é☕" = "ü", y = 1 }').at(("x", "y")) == (1, 23)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_lines_end_as_they_do_in_a_file(ends: str) -> None:
    positions = Positions(SMALL.replace("\n", ends))
    assert positions.at(("part", 1, "line", "down")) == (11, 36)


def test_a_key_may_have_more_parts_than_python_calls_inside_each_other() -> None:
    parts = ["a", "b c"] * 1_000
    text = ".".join(f'"{each}"' for each in parts)
    assert Positions(f"{text} = 1").at(tuple(parts)) == (1, len(text) + 4)


def test_of_a_key_that_is_missing_it_is_the_table() -> None:
    positions = Positions(SMALL)
    assert positions.at(("part", 1, "prefix")) == (9, 1)
    assert positions.at(("part", 1, "prefix"), of_key=True) == (9, 1)
    assert positions.at(("part", 1, "line", "nothing"), of_key=True) == (11, 8)
    assert positions.at(("nowhere",)) == (1, 1)
    assert positions.at(()) == (1, 1)


def test_steps_that_the_text_does_not_have_are_left_out() -> None:
    assert Positions(SMALL).at(("part", 1, "line", "other", "up")) == (11, 15)


# Against tomllib: what stands at a value's position is the value, and at a key's the key.

KEYS = st.text("abcé☕ -_.\"'\\\t", min_size=1, max_size=6)


def _read(text: str) -> dict[str, Any]:
    return Source("", text).document


LEAVES = st.one_of(
    st.integers(-99, 99), st.booleans(), st.text("ab\"'\\#[]{}=,.☕\n\t", max_size=8), st.floats(-9, 9)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=4)


def _written(value: Any) -> str:
    """Return a value as TOML, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return f"[ {', '.join(map(_written, value))} ]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_quoted(key)} = {_written(each)}' for key, each in value.items())} }}"
    return repr(value)


def _quoted(text: str) -> str:
    return '"' + "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in text) + '"'


def _leaves(value: Any, location: tuple[int | str, ...] = ()) -> list[tuple[tuple[int | str, ...], Any]]:
    inner = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    return [(location, value)] + [leaf for key, each in inner for leaf in _leaves(each, (*location, key))]


@PATIENT
@given(TABLES, st.dictionaries(KEYS, st.lists(TABLES, min_size=1, max_size=3), max_size=2))
def test_every_value_stands_where_it_is_said_to(top: dict[str, Any], lists: dict[str, Any]) -> None:
    lists = {key: tables for key, tables in lists.items() if key not in top}
    lines = [f"{_quoted(key)} = {_written(value)}" for key, value in top.items()]
    for name, tables in lists.items():
        for table in tables:
            lines.append(f"[[{_quoted(name)}]]  # ☕")
            lines += [f"  {_quoted(inner)} = {_written(value)}" for inner, value in table.items()]
    text = "\n".join(lines)
    document = _read(text)
    assert document == {**top, **lists}
    positions = Positions(text)
    for location, value in _leaves(document)[1:]:
        line, column = positions.at(location)
        there = lines[line - 1][column - 1 :]
        if len(location) <= 2 and location[0] in lists:
            assert there.startswith("[[")
        else:
            assert there.startswith(_written(value))
            line, column = positions.at(location, of_key=True)
            step = location[-1]
            key = _quoted(step) if isinstance(step, str) else _written(value)
            assert lines[line - 1][column - 1 :].startswith(key)


def test_every_part_of_the_articles_world_is_found() -> None:
    positions, document = Positions(ARTICLE_TEXT), _read(ARTICLE_TEXT)
    lines = ARTICLE_TEXT.split("\n")
    for section in LISTS:
        for number, part in enumerate(document.get(section, ())):
            for key, value in part.items():
                line, column = positions.at((section, number, key))
                assert _read(f"x = {lines[line - 1][column - 1 :]}") == {"x": value}
                assert positions.at((section, number, key), of_key=True) == (line, 1)
