"""``clientpath world check``: everything that is wrong with world files, by line and column."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from clientpath.completing import worlds
from clientpath.options import as_json
from topologies.errors import WorldError
from topologies.load import load_world
from topologies.sources import Faulty, Located
from topologies.world import World


@click.command()
@click.argument("names", metavar="FILE...", nargs=-1, required=True, shell_complete=worlds)
@as_json
@click.pass_context
def check(ctx: click.Context, names: Sequence[str], as_json: bool) -> None:
    """Tell everything that is wrong with world files: file, line and column, and what would be right.

    What holds between parts can be told only where each part is right by itself. Exit code: 0 nothing is
    wrong, 2 something is.

    \b
    Examples:
      clientpath world check mine.toml
      clientpath world check mine.toml --json | jq '.[].line'
    """
    found: list[Located] = []
    unread: list[WorldError] = []
    for name in names:
        try:
            described = load_world(name)
        except Faulty as error:
            found += sorted(error.faults, key=_in_order)
        except WorldError as error:
            unread.append(error)
        else:
            if not as_json:
                click.echo(f"{name}: nothing is wrong: {_counted(described)}")
    if as_json:
        click.echo(json.dumps([_row(each) for each in found], indent=1))
    else:
        for each in found:
            line, column = each.position
            click.echo(f"{each.source.path}:{line}:{column}: {each.text}")
    if unread:
        raise unread[0]  # after what there is to tell of the others
    ctx.exit(2 if found else 0)


def _in_order(located: Located) -> tuple[bool, str, tuple[int, int]]:
    """Return what faults are sorted by: those of the file itself first, then base by base."""
    return located.source.of is not None, located.source.path, located.position


def _row(located: Located) -> dict[str, str | int]:
    line, column = located.position
    return {"file": located.source.path, "line": line, "column": column, "text": located.text}


def _counted(described: World) -> str:
    kinds = ("datacenters", "edges", "tenants", "offices", "circuits", "resolvers", "clients", "failures")
    counts = {kind: len(getattr(described, kind)) for kind in kinds}
    return ", ".join(
        f"{number} {kind if number != 1 else kind[:-1]}" for kind, number in counts.items() if number
    )
