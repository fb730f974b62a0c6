"""What tab completion offers for worlds, runs' folders, and who is in a world: names as they stand in files.

Nothing here checks a world or reads a run: a shell asks at each press of a key.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from topologies.errors import WorldError
from topologies.layers import Layers
from topologies.sources import builtin_worlds, read, with_bases

Items = list[CompletionItem]
Complete = Callable[[click.Context, click.Parameter, str], Items]

# An option of this name takes the name of one of these.
KINDS = {
    "client": "clients",
    "office": "offices",
    "tenant": "tenants",
    "source": "datacenters",
    "target": "datacenters",
}


def worlds(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Return the built-in worlds and the world files that begin so; else the shell looks for files."""
    files = [str(path) for path in _beginning(incomplete) if path.suffix == ".toml"]
    return _starting([*builtin_worlds(), *files], incomplete) or [CompletionItem(incomplete, type="file")]


def run_folders(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Return the folders of runs that begin so, here or in ``runs``, the newest first; else any folders."""
    places = [*_beginning(incomplete), *([] if incomplete else _beginning("runs/"))]
    found = [path for path in places if (path / "order.json").is_file()]
    newest = sorted(found, key=lambda path: (-path.stat().st_mtime_ns, str(path)))
    return [CompletionItem(str(path)) for path in newest] or [CompletionItem(incomplete, type="dir")]


def names_of(kind: str) -> Complete:
    """Return what completes a name of one ``kind`` ("clients") of the world that the command line has."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
        world = ctx.params.get("world_name")
        return _starting(_names(str(world), kind), incomplete) if world else []

    return complete


def _starting(names: list[str], incomplete: str) -> Items:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _names(world: str, kind: str) -> list[str]:
    """Return the names that a world gives its parts of a kind; none if it cannot be read as far as that."""
    try:
        parts = Layers(with_bases(read(world))).document.get(kind)
    except WorldError:
        return []  # the command itself says what is wrong with it
    tables = [each for each in parts if isinstance(each, dict)] if isinstance(parts, list) else []
    return [each["name"] for each in tables if isinstance(each.get("name"), str)]


def _beginning(incomplete: str) -> list[Path]:
    """Return the files and folders whose paths begin so, without hidden ones."""
    parent, slash, start = incomplete.rpartition("/")
    try:
        there = sorted(Path(parent + slash).iterdir())
    except OSError:
        return []
    return [path for path in there if path.name.startswith(start) and not path.name.startswith(".")]
