"""The tables in an experiment's page of the documentation, made from a run's result.

Steps, controls and figures stand between BEGIN and END. What the experiment found side by side stands where
the page's author wants it: each table between its own ``begin_of(title)`` and END.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from clientpath.found_table import shown_by_file
from measurement.result import Figure, Result, StepResult, Table

BEGIN = "<!-- made from a run by 'make golden': begin -->"
END = "<!-- made from a run by 'make golden': end -->"
ANY_BEGIN = ": begin -->"
PLACE = re.compile(r"<!-- made from a run by 'make golden', table \"(?P<title>[^\"\n]*)\": begin -->")


def page_of(docs: Path, experiment: str) -> Path:
    """Return an experiment's page."""
    return docs / f"{experiment.replace('_', '-')}.md"


def rewrite(page: Path, result: Result) -> None:
    """Put a result's tables into a page, in place of those that are there.

    Raises ValueError if the page has no place for one of them, or one for a table that the result has not.
    """
    text = _put(page, page.read_text(encoding="utf-8"), BEGIN, tables(result))
    for table in result.tables:
        text = _put(page, text, begin_of(table.title), side_by_side(table))
    unknown = titles(text) - {table.title for table in result.tables}
    if unknown:
        raise ValueError(f"{page} has a place for a table that the run has not: {', '.join(sorted(unknown))}")
    page.write_text(text, encoding="utf-8")


def begin_of(title: str) -> str:
    """Return what stands before the table of this title."""
    return f"<!-- made from a run by 'make golden', table \"{title}\": begin -->"


def titles(text: str) -> set[str]:
    """Return the titles of the tables that a page has places for."""
    return {place["title"] for place in PLACE.finditer(text)}


def _put(page: Path, text: str, mark: str, made: str) -> str:
    before, begin, rest = text.partition(mark)
    inside, end, after = rest.partition(END)
    if not begin or not end or ANY_BEGIN in inside:
        raise ValueError(f"{page} has no place for tables; right would be {mark} and {END}")
    return f"{before}{mark}\n{made}{END}{after}"


def shown_in(page: Path) -> str:
    """Return the steps, controls and figures that a page has."""
    return page.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].removeprefix("\n")


def tables(result: Result) -> str:
    """Return steps, controls and figures as Markdown."""
    parts = [_claims("step", result.steps), _claims("control", result.controls)]
    if result.figures:
        parts.append(_figures(result.figures))
    return "\n".join(parts) + "\n"


def side_by_side(table: Table) -> str:
    """Return a table as Markdown: a group's name in its first row only, the frames in the last column."""
    grouped = any(row.group for row in table.rows)
    headings = [*[""] * grouped, *(column.title for column in table.columns), "frames"]
    sides = [*["---"] * grouped, *("---:" if column.unit else "---" for column in table.columns), "---"]
    lines = [_line(headings), _line(sides)]
    for group, rows in groupby(table.rows, key=lambda row: row.group):
        for number, row in enumerate(rows):
            name = ["" if number else group] * grouped
            cells = [column.shown(cell) for column, cell in zip(table.columns, row.cells, strict=True)]
            lines.append(_line([*name, *cells, shown_by_file(row.frames)]))
    return "\n".join([*lines, ""]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_inside, cells))} |"


def _claims(kind: str, claims: Sequence[StepResult]) -> str:
    lines = [f"| | {kind} | what was observed | verdict |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {each.number} | {_inside(each.text)} | {_inside(each.observed)} | {each.verdict.value} |"
        for each in claims
    ]
    return "\n".join(lines) + "\n"


def _figures(figures: Sequence[Figure]) -> str:
    """Return a row for each name, a column for each case: measured, and in brackets what was expected."""
    cases = list(dict.fromkeys(figure.case for figure in figures))
    names = list(dict.fromkeys((figure.name, figure.unit) for figure in figures))
    found = {(figure.name, figure.unit, figure.case): figure for figure in figures}
    lines = [f"| | {' | '.join(cases)} |", f"| --- |{' ---: |' * len(cases)}"]
    for name, unit in names:
        cells = [_cell(found.get((name, unit, case))) for case in cases]
        lines.append(f"| {name}, {unit} | {' | '.join(cells)} |")
    told = dict.fromkeys(f"{each.name}: published {each.published}." for each in figures if each.published)
    note = "Measured, and in brackets what round trips and windows allow by arithmetic."
    return "\n".join([*lines, "", " ".join([note, *told])]) + "\n"


def _inside(text: str) -> str:
    """Return a text as it can stand in a cell of a table."""
    return " ".join(text.replace("|", "\\|").split())


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return ""
    decimals = 0 if figure.unit == "packets" else 3
    expected = "" if figure.expected is None else f" ({figure.expected:.{decimals}f})"
    return f"{figure.measured:.{decimals}f}{expected}"
