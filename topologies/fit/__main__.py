"""Choose the planet's links anew and write them: `python -m topologies.fit [--check]`.

Writes `topologies/data/backbone-links.csv`, `docs/backbone-fit.csv` (the curve) and `docs/backbone-fit.svg`;
with `--check` it writes nothing, and ends with 1 if something would change. With `--pairs` it lists every
pair that the checked-in links leave more than 5 % off, and every one published slower than a way round.
Choosing takes some minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from topologies.azure import DATA, LINKS
from topologies.fit.choose import CHOSEN, as_csv, backbones, checked_in
from topologies.fit.curve import curve_svg
from topologies.fit.errors import TOLERANCE, Real, Score, deviations_us, excess, relative, score
from topologies.fit.table import US_PER_MS, Links, Table, published

DOCS = Path(__file__).resolve().parents[2] / "docs"


def curve_csv(scores: Sequence[Score]) -> str:
    """Return the curve as a table."""
    rows = [f"{each.links},{each.median:.2f},{each.p95:.2f},{each.within_5:.2f}" for each in scores]
    return "\n".join(["links,median_percent,p95_percent,within_5_percent", *rows, ""])


def rows(table: Table, links: Links, worst: Real, least: float) -> list[str]:
    """Return a row of a Markdown table for every pair of which `worst` is above `least`, the worst first.

    Its last column says by how much a way round is published shorter: what cannot be met beside the pair.
    """
    over_us, around = deviations_us(table, links), excess(table)
    found = []
    for pair in np.argsort(-worst, kind="stable").tolist():
        if worst[pair] > least:
            a, b = (table.names[end] for end in table.pairs[pair])
            rtt_ms, path_ms = ((table.rtt_us[pair] + more) / US_PER_MS for more in (0, over_us[pair]))
            off = 100 * over_us[pair] / table.rtt_us[pair]
            found.append(
                f"| {a} | {b} | {rtt_ms:.1f} | {path_ms:.3f} | {off:+.1f} | {100 * around[pair]:.1f} |"
            )
    return found


def _made(table: Table) -> dict[Path, str]:
    """Return what the files would be."""
    found = backbones(lambda text: print(text, file=sys.stderr, flush=True))
    scores = sorted((score(table, links) for links in found.values()), key=lambda each: each.links)
    for each in scores:
        print(
            f"{each.links} links: median {each.median:.2f} %, 95th percentile {each.p95:.2f} %,"
            f" {each.within_5:.2f} % of the pairs within 5 %"
        )
    return {
        DATA / LINKS: as_csv(table, found[CHOSEN]),
        DOCS / "backbone-fit.csv": curve_csv(scores),
        DOCS / "backbone-fit.svg": curve_svg(scores, len(found[CHOSEN])),
    }


def main() -> int:
    """Choose, and write or compare; or list pairs."""
    parser = argparse.ArgumentParser(prog="python -m topologies.fit", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if something differs")
    parser.add_argument("--pairs", action="store_true", help="list what is not met, and what cannot be")
    options = parser.parse_args()
    table = published()
    if options.pairs:
        links = checked_in(table)
        print("\n".join(rows(table, links, relative(table, links), TOLERANCE)), end="\n\n")
        print("\n".join(rows(table, links, excess(table), 0.0)))
        return 0
    made = _made(table)
    changed = [path for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in changed:
        print(f"{'differs' if options.check else 'written'}: {path}")
        if not options.check:
            path.write_text(made[path], encoding="utf-8")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
