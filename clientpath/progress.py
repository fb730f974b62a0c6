"""How far a long work is: a bar on a terminal, a line a step elsewhere, on standard error; or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from clientpath.output import Output

Step = Callable[[str], None]


@contextmanager
def progress(steps: int, *, quiet: bool = False) -> Iterator[Step]:
    """Give a function that is told each of ``steps`` steps as it begins; with ``quiet`` it tells nobody."""
    console = Output(stderr=True, soft_wrap=True, highlight=False)
    if quiet:
        yield lambda text: None
    elif console.is_terminal:
        yield from _bar(console, steps)
    else:
        yield from _lines(console)


def _bar(console: Console, steps: int) -> Iterator[Step]:
    columns = (
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=steps)
        begun = 0

        def step(text: str) -> None:
            nonlocal begun
            bar.update(task, description=text, completed=begun)
            begun += 1

        yield step


def _lines(console: Console) -> Iterator[Step]:
    start = time.monotonic()

    def step(text: str) -> None:
        console.print(f"[{time.monotonic() - start:5.1f} s] {text}", markup=False)

    yield step
