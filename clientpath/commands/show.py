"""``clientpath show``: a finished run's ladder and waterfall, in the terminal."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from clientpath.output import output
from clientpath.result_table import STYLES
from experiments.reading import read_run
from experiments.registry import find
from experiments.reporting import read_result
from experiments.telling import numbers_of, title_of, told_messages
from measurement.report.terminal import ladder_lines, waterfall_lines


@click.command()
@click.argument("directory", metavar="RUN_DIR", type=click.Path(path_type=Path))
def show(directory: Path) -> int:
    """Show a finished run in the terminal: its ladder, and where the time of each request went.

    A message that shows a step of the experiment has the step's number before it, in brackets. Needs only the
    files of RUN_DIR.

    \b
    Examples:
      clientpath show runs/2026-11-30-120000-nearest_datacenter
      clientpath show runs/2026-11-30-120000-vpn | less
    """
    result, reading = read_result(directory), read_run(directory)
    experiment, console = find(result.experiment), output()
    if reading.order.cases:
        console.print(Text(title_of(reading, experiment), "bold"))
        told = told_messages(reading, experiment)
        _print(ladder_lines(told, numbers_of(result.steps), console.width))
    if result.journeys:
        console.print(Text("\nWhere the time went, in ms", "bold"))
        _print(waterfall_lines(result.journeys, console.width))
    if not result.journeys:
        console.print("nobody asked for anything in this run; 'clientpath report' has its pictures")
    console.print(Text.assemble("\nverdict: ", (result.verdict.value, STYLES[result.verdict])))
    return 0


def _print(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)
