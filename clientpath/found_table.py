"""A table of a result as people read it; in a terminal that is too narrow each cell has a line of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from measurement.result import FrameRef, Table

MOST_FRAMES = 3  # of a row, for each capture
GAP = 2  # between columns


@dataclass(frozen=True)
class _Column:
    """A column as it is printed: its heading, its cells, and whether they are words or numbers."""

    heading: str
    cells: tuple[str, ...]
    has_words: bool

    @property
    def narrowest(self) -> int:
        """The width below which a word or a number would be broken."""
        return max(
            (cell_len(word) for text in (self.heading, *self.cells) for word in text.split()), default=0
        )

    @property
    def widest(self) -> int:
        """The width at which nothing is wrapped."""
        return max(map(cell_len, (*self.heading.split("\n"), *self.cells)))


def print_table(console: Console, table: Table, *, with_frames: bool = True) -> None:
    """Print a table, each group below its name; then the frames that show the rows, by the rows' numbers."""
    console.print(Text(f"\n{table.title}", "bold"))
    columns = [
        _Column("", tuple(str(number) for number in range(1, len(table.rows) + 1)), has_words=False),
        *(_column(table, place) for place in range(len(table.columns))),
    ]
    widths = _widths(columns, console.width)
    if widths:
        console.print(_grid(widths, columns, [[column.heading for column in columns]], "bottom"))
    rows = zip(*(column.cells for column in columns), strict=True)
    for group, together in groupby(zip(table.rows, rows, strict=True), key=lambda pair: pair[0].group):
        if group:
            console.print(Text(group, "italic"))
        cells = [cells for _, cells in together]
        console.print(_grid(widths, columns, cells, "top") if widths else _lines(columns, cells))
    if table.rows and with_frames:
        console.print(_frames(table))


def shown_by_file(frames: Sequence[FrameRef]) -> str:
    """Return some frames of each capture, on one line."""
    files: dict[str, list[int]] = {}
    for frame in frames:
        files.setdefault(frame.file.removeprefix("pcap/"), []).append(frame.frame)
    words = []
    for file, numbers in files.items():
        more = f" and {len(numbers) - MOST_FRAMES} more" if len(numbers) > MOST_FRAMES else ""
        words.append(f"{file} {', '.join(map(str, numbers[:MOST_FRAMES]))}{more}")
    return "; ".join(words)


def _column(table: Table, place: int) -> _Column:
    column = table.columns[place]
    heading = f"{column.heading}\n{column.unit}" if column.unit else column.heading
    return _Column(heading, tuple(column.shown(row.cells[place]) for row in table.rows), not column.unit)


def _widths(columns: Sequence[_Column], room: int) -> list[int]:
    """Return how wide each column is, the first ones as wide as they like; none where a row has no room."""
    spare = room - GAP * (len(columns) - 1) - sum(column.narrowest for column in columns)
    if spare < 0:
        return []
    widths = []
    for column in columns:
        more = min(spare, column.widest - column.narrowest)
        widths.append(column.narrowest + more)
        spare -= more
    return widths


def _grid(
    widths: Sequence[int],
    columns: Sequence[_Column],
    rows: Sequence[Sequence[str]],
    vertical: Literal["top", "bottom"],
) -> Grid:
    """Return a line for each row, numbers to the right; cells with fewer lines stand ``vertical``."""
    grid = Grid(box=None, padding=(0, GAP, 0, 0), pad_edge=False, show_header=False)
    for column, width in zip(columns, widths, strict=True):
        grid.add_column(justify="left" if column.has_words else "right", width=width, vertical=vertical)
    for cells in rows:
        grid.add_row(*map(Text, cells))
    return grid


def _lines(columns: Sequence[_Column], rows: Sequence[Sequence[str]]) -> Grid:
    """Return a line for each cell, for where a row does not fit between the edges."""
    grid = Grid(box=None, padding=(0, GAP, 0, 0), pad_edge=False, show_header=False)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for number, *cells in rows:
        for column, cell in zip(columns[1:], cells, strict=True):
            grid.add_row(number, Text(column.heading.replace("\n", ", ")), Text(cell))
            number = ""
    return grid


def _frames(table: Table) -> Grid:
    grid = Grid(box=None, padding=(0, GAP, 0, 0), pad_edge=False)
    grid.add_column("", justify="right", no_wrap=True)
    grid.add_column("frames", overflow="fold")
    for number, row in enumerate(table.rows, 1):
        grid.add_row(str(number), Text(shown_by_file(row.frames), "cyan"))
    return grid
