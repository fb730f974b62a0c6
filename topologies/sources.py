"""World files as they are read: a text, and below it the worlds that it is based on."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topologies.errors import UnknownWorld, UnreadableWorld, WorldError
from topologies.faults import Fault
from topologies.nearest import hint
from topologies.shown import one_line, shown

if TYPE_CHECKING:
    from topologies.toml_positions import Position, Positions

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUILTIN = Path(__file__).parent
BASE = "base"
MOST_BASES = 8  # one below the other: more are a mistake
SYNTAX = re.compile(r" \(at line (\d+), column (\d+)(?:, the end)?\)$")


@dataclass(frozen=True)
class Source:
    """One file: what messages call it ("" for a text alone), and its text.

    ``of`` is the file that has it as its base; None if none has.
    """

    name: str
    text: str
    of: str | None = None

    @property
    def path(self) -> str:
        """Where it is, for an editor."""
        return str(BUILTIN / f"{self.name}.toml") if self.name in builtin_worlds() else self.name

    @cached_property
    def document(self) -> dict[str, Any]:
        """What the text holds; raises Faulty if it is not TOML."""
        try:
            return _parse(self.text)
        except WorldError as error:
            found = SYNTAX.search(str(error))
            position = (int(found[1]), int(found[2])) if found else (1, 1)
            raise NotToml([Located(self, Fault((), str(error)), position)]) from None

    @cached_property
    def positions(self) -> Positions:
        """Where in the text everything stands."""
        from topologies.toml_positions import Positions  # a parser that only those need who are told where

        return Positions(self.text)


@dataclass(frozen=True)
class Located:
    """A fault, and the file that it is in; its location is one of that file's own."""

    source: Source
    fault: Fault
    syntax: Position | None = None

    @property
    def position(self) -> Position:
        """Its line and column, from 1 on."""
        return self.syntax or self.source.positions.at(self.fault.location, of_key=self.fault.of_key)

    @property
    def text(self) -> str:
        """What is wrong, on one line, with whose base the file is."""
        of = self.source.of
        base = "" if of is None else f" (a base of {of or 'this world'})"
        return one_line(f"{self.fault.text}{base}")


class Faulty(WorldError):
    """A world that is wrong; its text is that of the first fault, with the file's name.

    Of several faults in the world of a file ``top`` it says how to see the others.
    """

    def __init__(self, faults: Sequence[Located], top: str = "") -> None:
        self.faults = tuple(faults)
        name, text = self.faults[0].source.name, self.faults[0].text
        others = len(self.faults) - 1
        more = f" ({others} more: clientpath world check {top})" if top and others else ""
        super().__init__(f"{name}: {text}{more}" if name else text + more)


class NotToml(UnreadableWorld, Faulty):
    """A file that holds no TOML; its fault has the place where that ends."""


@cache
def builtin_worlds() -> tuple[str, ...]:
    """Return the names of the worlds that come with the project."""
    return tuple(sorted(path.stem for path in BUILTIN.glob("*.toml")))


def read(name_or_path: str) -> Source:
    """Return a built-in world's file by its name, or another by its path; WorldError if it cannot be read."""
    return Source(name_or_path, _text_of(name_or_path, name_or_path))


def with_bases(source: Source) -> list[Source]:
    """Return a world's file after all that it is based on; the first one has no base.

    Raises Faulty for a base that cannot be read, that leads back, or that is no TOML.
    """
    found, seen = [source], [_place_of(source.name)]
    while BASE in found[0].document:
        upper = found[0]
        try:
            name = _base_name(upper)
            text = _text_of(name, upper.document[BASE])
            if _place_of(name) in seen:
                raise WorldError(f"{name}: leads back to itself; right would be a base that does not")
            if len(found) > MOST_BASES:
                raise WorldError(f"{name}: is the {len(found)}th below; right would be {MOST_BASES} at most")
        except WorldError as error:
            raise Faulty([Located(upper, Fault((BASE,), f"{BASE}: {error}"))]) from None
        seen.append(_place_of(name))
        found.insert(0, Source(name, text, of=source.name))
    return found


def _base_name(source: Source) -> str:
    """Return a base as messages call it: a built-in world, or a file, beside the one that names it."""
    name = source.document[BASE]
    if not isinstance(name, str):
        right = 'right would be a built-in world such as "article", or a file such as "other.toml"'
        raise WorldError(f"is {shown(name)}; {right}")
    return name if name in builtin_worlds() else str(Path(source.name).parent / name)


def _place_of(name: str) -> str:
    return name if name in builtin_worlds() else str(Path(name).resolve())


def _text_of(name: str, word: str) -> str:
    """Return the text of a world; ``word`` is how whoever wants it calls it."""
    path = BUILTIN / f"{name}.toml" if name in builtin_worlds() else Path(name)
    try:
        # A byte order mark, as some editors put it before a text, is no part of TOML.
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        known = hint(word, builtin_worlds())
        raise UnknownWorld(f'{name}: no such file, and no built-in world "{word}"; {known}') from None
    except UnicodeDecodeError as error:
        text = f"byte {error.start} is not UTF-8; right would be a TOML text"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        text = f"cannot be read ({reason}); right would be a readable TOML file"
    raise UnreadableWorld(f"{name}: {text}")


def _parse(text: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except RecursionError:
        raise WorldError(
            "is nested too deeply; right would be the tables that docs/worlds.md lists"
        ) from None
    except ValueError as error:
        # The parser says "(at end of document)" where an editor would want a line.
        lines = text.split("\n")
        end = f"(at line {len(lines)}, column {len(lines[-1]) + 1}, the end)"
        reason = re.sub(r"\(at end of document\)$", end, str(error))
        raise WorldError(f"is not TOML: {reason}") from None
    return document
