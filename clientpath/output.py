"""Where results are printed: standard output, as wide as a terminal is, and wide enough elsewhere."""

from __future__ import annotations

from rich.console import Console

WIDTH = 140  # where the output is no terminal


class Output(Console):
    """A console that tells the command line when nobody reads on; rich itself would end with 1, "refuted"."""

    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError."""
        raise BrokenPipeError


def output() -> Console:
    """Return the console for results; colours only on a terminal."""
    console = Output(highlight=False, markup=False)
    return console if console.is_terminal else Output(highlight=False, markup=False, width=WIDTH)
