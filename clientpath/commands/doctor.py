"""``clientpath doctor``: what works here, what does not, and what mends it."""

from __future__ import annotations

import dataclasses
import json

import click

from clientpath.options import JSON_HELP
from machine.doctor import examine

OPTIONAL = ("native run", "confinement")


@click.command()
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit code says it.")
def doctor(as_json: bool, quiet: bool) -> int:
    """Say what works on this machine, what does not, and the command that mends it.

    Ends with 0 if a guest can be started, else with 2. A native run and confinement are not needed for that.

    \b
    Examples:
      clientpath doctor
      clientpath doctor --json
      clientpath doctor --quiet || make setup
    """
    findings = examine()
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(each) for each in findings], indent=1))
    elif not quiet:
        for each in findings:
            click.echo(f"{'ok      ' if each.works else 'missing '} {each.what:16} {each.seen}")
            if not each.works and each.mend:
                click.echo(f"{'':26}mend it: {each.mend}")
    return 0 if all(each.works for each in findings if each.what not in OPTIONAL) else 2
