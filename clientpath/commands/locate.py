"""``clientpath locate``: where a city is, for a world file of one's own."""

from __future__ import annotations

import json

import click
from rich.table import Table

from clientpath.options import as_json
from clientpath.output import output


@click.command()
@click.argument("name")
@as_json
def locate(name: str, as_json: bool) -> int:
    """Say where a city is, in the words of a world file.

    34,000 cities are known without a network. Where several have the name all are listed, the largest first;
    a country after a comma chooses.

    \b
    Examples:
      clientpath locate Lagos
      clientpath locate "San Jose, Costa Rica"
    """
    from topologies.cities import locate as find  # reading 34,000 cities takes a second: only who asks waits

    found = find(name)
    if as_json:
        click.echo(json.dumps([each.model_dump() for each in found], indent=1))
        return 0
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in ("city", "country", "people", "in a world file"):
        table.add_column(heading, no_wrap=True, justify="right" if heading == "people" else "left")
    for city in found:
        table.add_row(city.place.name, city.country, f"{city.people:,}", city.as_toml)
    output().print(table)
    return 0
