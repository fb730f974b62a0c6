"""``clientpath world schema``: what an editor needs to complete and check world files."""

from __future__ import annotations

import json

import click

from topologies.schema import world_schema


@click.command()
def schema() -> None:
    """Print the JSON schema of world files, for an editor.

    Editors that use taplo (Even Better TOML and others) take it from a line at the top of a world file:
    "#:schema ./world.schema.json". What holds between parts `clientpath world check` tells.

    \b
    Examples:
      clientpath world schema > world.schema.json
    """
    click.echo(json.dumps(world_schema(), indent=1))
