"""Chooses the planet's links anew and writes them: ``python -m topologies.fit [--check]``.

Writes `topologies/data/backbone-links.csv`, `docs/backbone-fit.csv` (the curve) and `docs/backbone-fit.svg`. With
``--check`` it writes nothing, and ends with 1 if something would change. Takes about ten minutes.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import time
from pathlib import Path

from topologies.azure import DATA, LINKS
from topologies.fit.choose import Choice, dropped_to, everything, exchanged
from topologies.fit.curve import curve_svg
from topologies.fit.errors import Summary, summary
from topologies.fit.metric import nearest_metric
from topologies.fit.table import Table, published

CHOSEN = 190
# How many exchanges are tried at each point of the curve: most of them where the choice is made.
EXCHANGES = {260: 30, 220: 30, CHOSEN: 240, 170: 60, 150: 60, 120: 30}
SEED = 1
DOCS = Path(__file__).resolve().parents[2] / "docs"
DECIMALS = 3  # of a round trip in milliseconds
STARTED = time.monotonic()


def choose(table: Table) -> tuple[Choice, list[Summary]]:
    """Return the chosen links, and the errors at every point of the curve."""
    metric_ms = nearest_metric(table)
    current = everything(table, metric_ms)
    _say(f"{len(current.links)} links meet the nearest metric")
    chosen, points = current, []
    for count, times in EXCHANGES.items():
        for current in dropped_to(table, current, count):
            _say(_words(table, current))
        best = exchanged(table, metric_ms, current, times, SEED, lambda turn, each: _say(_words(table, each)))
        points.append(summary(table, best.links, best.rtts_ms))
        if count == CHOSEN:
            chosen = best
    return chosen, points


def links_csv(table: Table, choice: Choice) -> str:
    """Return the links as the project keeps them."""
    rows = sorted(
        (*sorted((table.names[a], table.names[b])), f"{rtt_ms:.{DECIMALS}f}")
        for (a, b), rtt_ms in zip(choice.links, choice.rtts_ms, strict=True)
    )
    return _csv([("a", "b", "rtt_ms"), *rows])


def curve_csv(points: list[Summary]) -> str:
    """Return the curve as a table."""
    head = ("links", "median_percent", "percentile_95_percent", "within_5_percent")
    rows = [
        (str(each.links), f"{each.median:.2f}", f"{each.most_of_them:.2f}", f"{each.within:.1f}")
        for each in sorted(points, key=lambda each: each.links)
    ]
    return _csv([head, *rows])


def _csv(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _words(table: Table, choice: Choice) -> str:
    found = summary(table, choice.links, choice.rtts_ms)
    return (
        f"{found.links} links: median {found.median:.2f} %, 95th percentile {found.most_of_them:.2f} %,"
        f" {found.within:.1f} % within 5 %"
    )


def _say(text: str) -> None:
    print(f"[{time.monotonic() - STARTED:6.1f} s] {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Choose, and write or compare."""
    parser = argparse.ArgumentParser(prog="python -m topologies.fit", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; end with 1 if something would change"
    )
    check: bool = parser.parse_args().check
    table = published()
    chosen, points = choose(table)
    made = {
        DATA / LINKS: links_csv(table, chosen),
        DOCS / "backbone-fit.csv": curve_csv(points),
        DOCS / "backbone-fit.svg": curve_svg(points, CHOSEN),
    }
    changed = [
        path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in changed:
        print(f"{'differs' if check else 'written'}: {path}")
        if not check:
            path.write_text(made[path], encoding="utf-8")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
