"""From a name or a TOML file to a `World`, or to one error that says where the file is wrong."""

import re
import sys
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from topologies.errors import WorldError
from topologies.explain import explain
from topologies.nearest import hint
from topologies.world import World

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUILTIN = Path(__file__).parent


def builtin_worlds() -> tuple[str, ...]:
    """Return the names of the worlds that come with the project."""
    return tuple(sorted(path.stem for path in BUILTIN.glob("*.toml")))


def load_world(name_or_path: str) -> World:
    """Return a built-in world by its name, or the world that a TOML file describes.

    Raises WorldError, and nothing else, whatever the file holds; its text names the file, the key and what
    would be right.
    """
    builtin = name_or_path in builtin_worlds()
    path = BUILTIN / f"{name_or_path}.toml" if builtin else Path(name_or_path)
    text = _read(path, name_or_path)
    try:
        return parse_world(text)
    except WorldError as error:
        raise WorldError(f"{name_or_path}: {error}") from None


def parse_world(text: str) -> World:
    """Return the world that a TOML text describes; raise WorldError (that names no file) when it is wrong."""
    document = _parse(text)
    try:
        return World.model_validate(document)
    except ValidationError as error:
        raise WorldError(explain(error, document, World)) from None


def _read(path: Path, name: str) -> str:
    try:
        # A byte order mark, as some editors put it before a text, is no part of TOML.
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise WorldError(
            f'{name}: no such file, and no built-in world "{name}"; {hint(name, builtin_worlds())}'
        ) from None
    except UnicodeDecodeError as error:
        raise WorldError(f"{name}: byte {error.start} is not UTF-8; right would be a TOML text") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise WorldError(f"{name}: cannot be read ({reason}); right would be a readable TOML file") from None


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
