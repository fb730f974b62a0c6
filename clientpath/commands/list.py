"""``clientpath list``: the experiments there are."""

from __future__ import annotations

import json

import click

from clientpath.options import as_json
from experiments.registry import EXPERIMENTS


@click.command(name="list")
@as_json
def list_experiments(as_json: bool) -> None:
    """List the experiments, in the order of Microsoft's article.

    \b
    Examples:
      clientpath list
      clientpath list --json
    """
    if as_json:
        click.echo(json.dumps([{"name": each.name, "title": each.title} for each in EXPERIMENTS.values()]))
        return
    width = max(len(name) for name in EXPERIMENTS)
    for each in EXPERIMENTS.values():
        click.echo(f"{each.name:{width}}  {each.title}")
