"""``clientpath report``: make a finished run's page again, or one that compares several, and show it."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from experiments.reporting import write_comparison, write_report


@click.command()
@click.argument("directories", metavar="RUN_DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="comparison.html",
    show_default=True,
    help="The page that compares several runs.",
)
@click.option("--open", "shown", is_flag=True, help="Show the page in a browser.")
def report(directories: tuple[Path, ...], out: Path, shown: bool) -> int:
    """Make the page of a finished run again; of several, a page that compares them.

    Writes report.html, which stands by itself, map.svg, and story.pcapng: all captures as one, with a comment
    at each frame that shows something. Needs only the files of RUN_DIR. Several runs get one page, and
    changes are those against the first.

    \b
    Examples:
      clientpath report runs/2026-11-30-120000-nearest_datacenter --open
      clientpath report runs/*-vpn --out vpn.html
    """
    if len(directories) == 1:
        page = write_report(directories[0]).resolve()
    else:
        write_comparison(directories, out)
        page = out.resolve()
    click.echo(f"page:    {page}")
    if shown and not webbrowser.open(page.as_uri()):
        raise click.ClickException(f"no browser could be started; right would be to open {page}")
    return 0
