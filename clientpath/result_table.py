"""A result as people read it: steps and controls with their frames, journeys, figures, tables, verdict."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clientpath.found_table import print_table, shown_by_file
from clientpath.output import output
from experiments.reporting import PAGE
from measurement.journey import PHASES
from measurement.result import Figure, FrameRef, JourneyResult, Result, StepResult, Verdict
from measurement.rtt import error_us

EXIT_CODES = {Verdict.HELD: 0, Verdict.REFUTED: 1, Verdict.INCONCLUSIVE: 3}
MOST_FILES = 20
STYLES = {Verdict.HELD: "green", Verdict.REFUTED: "bold red", Verdict.INCONCLUSIVE: "bold yellow"}


def show_result(result: Result, title: str, folder: Path, *, as_json: bool, quiet: bool = False) -> None:
    """Print a result, with ``quiet`` its verdict only; ``title`` is its experiment's."""
    if as_json:
        click.echo(result.model_dump_json(indent=1, by_alias=True))
        return
    if quiet:
        click.echo(f"{result.verdict.value} {folder}")
        return
    console = output()
    console.print(Text(f"\n{title}  (world {result.world}, seed {result.seed})", "bold"))
    console.print(_steps("step", result.steps))
    console.print(_steps("control", result.controls))
    if result.journeys:
        console.print(_journeys(result.journeys))
    if result.figures:
        console.print()
        console.print(_figures(result.figures))
    for table in result.tables:
        print_table(console, table)
    _print_end(console, result, folder)


def _steps(kind: str, steps: Sequence[StepResult]) -> Table:
    table = Table(box=None, padding=(0, 1), title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column(kind)
    table.add_column("frames", no_wrap=True)
    for step in steps:
        told = Text(step.text)
        told.append(f"\nexpected: {step.expected}\nobserved: {step.observed}\n", "dim")
        frames = Text("\n".join(_shown_some(step.frames)), "cyan")
        table.add_row(str(step.number), Text(step.verdict.value, STYLES[step.verdict]), told, frames)
    return table


def _shown_some(frames: Sequence[FrameRef]) -> list[str]:
    """Return some frames of each capture, of as many captures as can be looked at, and how many others."""
    files = list(dict.fromkeys(frame.file for frame in frames))
    shown = [shown_by_file([each for each in frames if each.file == file]) for file in files[:MOST_FILES]]
    left = sum(frame.file in files[MOST_FILES:] for frame in frames)
    return [*shown, f"and {left} more"] if left else shown


def _journeys(journeys: Sequence[JourneyResult]) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for name in ("journey", "request", "client", "resolver", "datacenter", "address"):
        table.add_column(name, no_wrap=True)
    for phase in PHASES:
        table.add_column(f"{phase.replace('_', ' ')}\nms", justify="right", no_wrap=True)
    for each in journeys:
        asked = (each.case, each.request, each.client, each.resolver)
        came = (each.datacenter or "none", each.server_ip or "none")
        phases = (f"{each.phases_ms[phase]:.3f}" for phase in PHASES)
        table.add_row(*map(Text, (*asked, *came)), *phases)
    return table


def _figures(figures: Sequence[Figure]) -> Table:
    """Return a table in which the cases of one figure stand below each other."""
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for name in ("figure", "case"):
        table.add_column(name, no_wrap=True)
    for name in ("measured", "expected"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("off by\n%", justify="right", no_wrap=True)
    table.add_column("published")
    order = list(dict.fromkeys(figure.name for figure in figures))
    together = sorted(figures, key=lambda figure: order.index(figure.name))
    for name, group in groupby(together, key=attrgetter("name")):
        for number, each in enumerate(group):
            decimals = 0 if each.unit == "packets" else 3
            expected = "" if each.expected is None else f"{each.expected:.{decimals}f}"
            numbers = (f"{each.measured:.{decimals}f}", expected, each.unit, _off_percent(each))
            words = ("" if number else name, each.case, *numbers, each.published)
            table.add_row(*map(Text, words))
    return table


def _off_percent(figure: Figure) -> str:
    """Return how far the measured figure is from the expected one, in percent."""
    if not figure.expected:
        return ""
    return f"{100 * (figure.measured / figure.expected - 1):+.3f}"


def _print_end(console: Console, result: Result, folder: Path) -> None:
    if result.paths:
        worst = max(result.paths, key=error_us)
        took = f"{worst.measured_rtt_ms:.6f} ms instead of {worst.configured_rtt_ms:.6f}"
        console.print(f"\n{len(result.paths)} paths; farthest off: {worst.source} to {worst.to}, {took}")
    console.print(Text.assemble("\nverdict: ", (result.verdict.value, STYLES[result.verdict])))
    console.print(f"folder:  {folder}", soft_wrap=True)
    console.print(f"report:  {folder / PAGE}", soft_wrap=True)
    for picture in sorted(folder.glob("*.svg")):
        console.print(f"picture: {picture}", soft_wrap=True)
    proof = next((frame for step in result.steps for frame in step.frames), None)
    if proof is not None:
        console.print(f"look:    wireshark -g {proof.frame} {folder / proof.file}", soft_wrap=True)
