"""``clientpath show``: a finished run's ladder and waterfall, in the terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clientpath.completing import run_folders
from clientpath.options import as_json

if TYPE_CHECKING:
    from experiments.telling import Numbers
    from measurement.messages import Message
    from measurement.result import Result


@click.command()
@click.argument("directory", metavar="RUN_DIR", type=click.Path(path_type=Path), shell_complete=run_folders)
@as_json
def show(directory: Path, as_json: bool) -> int:
    """Show a finished run in the terminal: its ladder, and where the time of each request went.

    A message that shows a step of the experiment has the step's number before it, in brackets. Needs only the
    files of RUN_DIR.

    \b
    Examples:
      clientpath show runs/2026-11-30-120000-nearest_datacenter
      clientpath show runs/2026-11-30-120000-vpn | less
      clientpath show runs/2026-11-30-120000-vpn --json | jq '.ladder[].text'
    """
    # What a ladder needs takes half a second to load, and completing a folder's name does not need it.
    from experiments.own import experiment_of
    from experiments.reading import read_run
    from experiments.reporting import read_result
    from experiments.telling import numbers_of, title_of, told_messages

    result, reading = read_result(directory), read_run(directory)
    experiment = experiment_of(reading.order)
    travelled = bool(reading.order.cases)
    title = title_of(reading, experiment) if travelled else experiment.title
    told = told_messages(reading, experiment) if travelled else []
    numbers = numbers_of(result.steps)
    if as_json:
        click.echo(json.dumps(_as_json(title, told, numbers, result), indent=1))
    else:
        _print(title, told, numbers, result)
    return 0


def _print(title: str, told: Sequence[Message], numbers: Numbers, result: Result) -> None:
    from rich.text import Text

    from clientpath.output import output
    from clientpath.result_table import STYLES
    from measurement.report.terminal import ladder_lines, waterfall_lines

    console = output()
    if told:
        console.print(Text(title, "bold"))
        click.echo("\n".join(ladder_lines(told, numbers, console.width)))
    if result.journeys:
        console.print(Text("\nWhere the time went, in ms", "bold"))
        click.echo("\n".join(waterfall_lines(result.journeys, console.width)))
    else:
        console.print("nobody asked for anything in this run; 'clientpath report' has its pictures")
    console.print(Text.assemble("\nverdict: ", (result.verdict.value, STYLES[result.verdict])))


def _as_json(title: str, told: Sequence[Message], numbers: Numbers, result: Result) -> dict[str, Any]:
    """Return the ladder's messages with their times in nanoseconds, and the requests as a result has them."""
    return {
        "title": title,
        "verdict": result.verdict.value,
        "ladder": [
            {
                "from": each.source,
                "to": each.to,
                "text": each.text,
                "sent_ns": each.sent_ns,
                "received_ns": each.received_ns,
                "steps": sorted({step for frame in each.frames for step in numbers.get(frame, ())}),
                "frames": [frame.model_dump() for frame in each.frames],
            }
            for each in told
        ],
        "requests": [each.model_dump() for each in result.journeys],
    }
