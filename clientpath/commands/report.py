"""``clientpath report``: make a finished run's page again, or one that compares several, and show it."""

from __future__ import annotations

import json
import webbrowser
from pathlib import Path

import click

from clientpath.completing import run_folders
from clientpath.options import JSON_HELP
from topologies.errors import ClientpathError


class NoBrowser(ClientpathError):
    """No browser could be started to show a page that is there."""

    code = "CP107"


@click.command()
@click.argument(
    "directories",
    metavar="RUN_DIR...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    shell_complete=run_folders,
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="comparison.html",
    show_default=True,
    help="The page that compares several runs.",
)
@click.option("--open", "shown", is_flag=True, help="Show the page in a browser.")
@click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; a page is made all the same.")
def report(directories: tuple[Path, ...], out: Path, shown: bool, as_json: bool, quiet: bool) -> int:
    """Make the page of a finished run again; of several, a page that compares them.

    Writes report.html, which stands by itself, map.svg, and story.pcapng: all captures as one, with a comment
    at each frame that shows something. Needs only the files of RUN_DIR. Several runs get one page, and
    changes are those against the first. What could not be shown is on the page, and printed, with the reason.

    \b
    Examples:
      clientpath report runs/2026-11-30-120000-nearest_datacenter --open
      clientpath report runs/*-vpn --out vpn.html
      clientpath report runs/2026-11-30-120000-vpn --json | jq -r '.not_shown[]'
    """
    # What a page needs takes half a second to load, and completing a folder's name does not need it.
    from experiments.reporting import write_comparison, write_report

    problems: tuple[str, ...] = ()
    if len(directories) == 1:
        page, problems = write_report(directories[0])
    else:
        write_comparison(directories, out)
        page = out
    page = page.resolve()
    if as_json:
        click.echo(json.dumps({"page": str(page), "not_shown": problems}, indent=1))
    elif not quiet:
        click.echo("\n".join([f"page:    {page}", *(f"not shown: {each}" for each in problems)]))
    if shown and not webbrowser.open(page.as_uri()):
        raise NoBrowser(f"no browser could be started; right would be to open {page}")
    return 0
