"""``clientpath world new``: a world file to go on from."""

from __future__ import annotations

import os
from pathlib import Path

import click

from clientpath.completing import worlds
from topologies.beginning import beginning
from topologies.load import builtin_worlds, load_world

SUFFIX = ".toml"


@click.command()
@click.argument("path", metavar="NAME.toml", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "base",
    metavar="NAME|FILE",
    default="article",
    show_default=True,
    shell_complete=worlds,
    help="The world that it is based on.",
)
def new(path: Path, base: str) -> None:
    """Write a world file to go on from: all of another world, and commented examples of what can be changed.

    It never writes over a file.

    \b
    Examples:
      clientpath world new mine.toml
      clientpath world new mine.toml --from planet
    """
    if path.suffix != SUFFIX:
        raise click.UsageError(f'"{path}" is no name of a world file; right would be {path}{SUFFIX}')
    below = load_world(base)
    named = base if base in builtin_worlds() else os.path.relpath(base, path.parent)
    text = beginning(path.stem, named, below)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        error.strerror = "is there already; right would be a new file"
        raise
    click.echo(f"{path}: on top of {base}; clientpath world show {path} shows it")
