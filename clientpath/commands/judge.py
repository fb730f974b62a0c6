"""``clientpath judge``: observe and judge a finished run again."""

from __future__ import annotations

from pathlib import Path

import click

from clientpath.completing import run_folders
from clientpath.options import as_json, quiet


@click.command()
@click.argument("directory", metavar="RUN_DIR", type=click.Path(path_type=Path), shell_complete=run_folders)
@as_json
@quiet
def judge(directory: Path, as_json: bool, quiet: bool) -> int:
    """Judge a finished run again, from its folder alone.

    Needs no root, no network and no guest: only the files of RUN_DIR are read. Writes observations.json,
    result.json and the report there anew, and ends with the same exit code as the run did.

    \b
    Examples:
      clientpath judge runs/2026-11-30-120000-nearest_datacenter
      clientpath judge --json downloaded-run | jq .verdict
    """
    # What judging needs takes half a second to load, and completing a folder's name does not need it.
    from clientpath.result_table import EXIT_CODES, show_result
    from experiments import pipeline
    from experiments.reporting import title_of, write_report

    result = pipeline.judge(directory)
    write_report(directory)
    show_result(result, title_of(directory), directory, as_json=as_json, quiet=quiet)
    return EXIT_CODES[result.verdict]
