"""``clientpath world``: what there is to do with world files, before anything runs."""

from __future__ import annotations

from pathlib import Path

import click

from clientpath.lazy import Lazy
from topologies.sources import BUILTIN

TOLD = {
    "check": "Tell everything that is wrong with world files, by line and column.",
    "new": "Write a world file to go on from, on top of another world.",
    "schema": "Print the JSON schema of world files, for an editor.",
    "show": "Show a world: a map, who is where, how long a path takes.",
}


class Worlds(Lazy):
    """The commands about worlds; the name of a world is none of them, and is told so."""

    told = TOLD
    modules = "clientpath.commands.world_"

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; of a world's name or file say how to show it."""
        name = args[0]
        if name not in self.told and not ctx.resilient_parsing and _is_a_world(name):
            ctx.fail(f'"{name}" is a world, and no command; right would be: clientpath world show {name}')
        return super().resolve_command(ctx, args)


def _is_a_world(name: str) -> bool:
    return (BUILTIN / f"{name}.toml").is_file() or name.endswith(".toml") or Path(name).is_file()


@click.group(cls=Worlds)
def world() -> None:
    """Show, check and write world files. Starts nothing.

    \b
    Examples:
      clientpath world show article
      clientpath world show article --rtt traveller ams
      clientpath world new mine.toml --from article
      clientpath world check mine.toml
    """
