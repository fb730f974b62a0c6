"""A comparison as people read it: its table, whether packets show all of it, and where the evidence is."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from clientpath.found_table import print_table
from clientpath.output import output
from clientpath.result_table import STYLES, show_result
from experiments.compare_told import told
from experiments.reporting import PAGE
from measurement.result import Result, Verdict


def show_comparison(result: Result, title: str, folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print the table of a comparison, and of its claims those that are not held; else as any result."""
    if as_json or quiet:
        show_result(result, title, folder, as_json=as_json, quiet=quiet)
        return
    console = output()
    console.print(Text(f"\n{title}  (world {result.world}, seed {result.seed})", "bold"))
    for table in result.tables[:1]:
        print_table(console, table, with_frames=False)
    console.print()
    for sentence in told(result):
        console.print(sentence, soft_wrap=True)
    _print_claims(console, result)
    console.print(f"folder:  {folder}", soft_wrap=True)
    console.print(f"report:  {folder / PAGE}", soft_wrap=True)
    console.print(f"all:     clientpath judge {folder}", soft_wrap=True)


def _print_claims(console: Console, result: Result) -> None:
    """Print the verdict, how many claims it is of, and every claim that is not held."""
    number = f"{len(result.steps)} steps and {len(result.controls)} controls"
    console.print(Text.assemble("\nverdict: ", (result.verdict.value, STYLES[result.verdict]), f", {number}"))
    for kind, each in result.claims:
        if each.verdict is not Verdict.HELD:
            told = f" {kind} {each.number}, {each.text}: {each.observed}"
            console.print(Text.assemble((each.verdict.value, STYLES[each.verdict]), told))
