"""A comparison in a sentence for each way: what it changes against the direct one, read from its table."""

from __future__ import annotations

from measurement.result import Cell, Result, Table

TOTAL, MOS, CHANGE = "total", "MOS", "change"
SAME_MS, SAME_MOS = 1, 0.005  # what nobody would say


def told(result: Result) -> list[str]:
    """Return a sentence for each way but the direct one; none where nothing is compared."""
    changes: dict[str, list[str]] = {}
    for table in result.tables[:1]:
        for row in table.rows:
            words = [word for kind in (TOTAL, MOS) if (word := _word(kind, _change(table, row.cells, kind)))]
            for word in words:
                changes.setdefault(str(row.cells[0]), []).append(f"{row.group} {word}")
    return [f"{way}: {', '.join(words)}." for way, words in changes.items()]


def _change(table: Table, cells: tuple[Cell, ...], of: str) -> float | None:
    """Return what stands in the column of changes that follows a column."""
    headings = [column.heading for column in table.columns]
    at = headings.index(of) + 1 if of in headings else len(headings)
    if headings[at : at + 1] != [CHANGE]:
        return None
    cell = cells[at]
    return cell if isinstance(cell, float) else None


def _word(kind: str, change: float | None) -> str:
    """Return a change in words; nothing if there is none to tell of."""
    if change is None:
        return ""
    if kind == MOS:
        return "sounds as it does direct" if abs(change) < SAME_MOS else f"{change:+.2f} MOS"
    if abs(change) < SAME_MS:
        return "takes as long as direct"
    return f"takes {abs(change):,.0f} ms {'more' if change > 0 else 'less'}"
