"""The tables in an experiment's page of the documentation, made from a run's result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from measurement.result import Figure, Result, StepResult

BEGIN = "<!-- made from a run by 'make golden': begin -->"
END = "<!-- made from a run by 'make golden': end -->"


def page_of(docs: Path, experiment: str) -> Path:
    """Return an experiment's page."""
    return docs / f"{experiment.replace('_', '-')}.md"


def rewrite(page: Path, result: Result) -> None:
    """Put a result's tables into a page, in place of those that are there."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no place for tables; right would be {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{tables(result)}{END}{after}", encoding="utf-8")


def shown_in(page: Path) -> str:
    """Return the tables that a page has."""
    return page.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].removeprefix("\n")


def tables(result: Result) -> str:
    """Return steps, controls and figures as Markdown."""
    parts = [_claims("step", result.steps), _claims("control", result.controls)]
    if result.figures:
        parts.append(_figures(result.figures))
    return "\n".join(parts) + "\n"


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
