"""Where results are printed: standard output, as wide as a terminal is, and wide enough elsewhere."""

from __future__ import annotations

from rich.console import Console

WIDTH = 140  # where the output is no terminal


def output() -> Console:
    """Return the console for results; colours only on a terminal."""
    console = Console(highlight=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=WIDTH)
