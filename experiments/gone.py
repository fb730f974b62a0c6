"""Captures that a run had, and that its folder has no longer: which, and what they were to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from experiments.order import Order
from measurement.result import Result

MOST_NAMED = 12  # captures that are gone without having shown anything


def missing_captures(run_dir: Path, order: Order) -> list[str]:
    """Return the captures that the order asks for and the folder lacks: one of each point in each part."""
    wanted = [f"pcap/{name}/{point.name}.pcapng" for name in order.names for point in order.captures]
    return [file for file in wanted if not (run_dir / file).is_file()]


def gone(result: Result, missing: Sequence[str]) -> Iterator[str]:
    """Yield in words what can be looked at no longer, capture by capture."""
    shown: dict[str, list[str]] = {file: [] for file in missing}
    for kind, each in result.claims:
        for file in dict.fromkeys(frame.file for frame in each.frames):
            if file in shown:
                shown[file].append(f"{kind} {each.number}")
    yield from (
        f"{file} is missing: the frames of {', '.join(claims)} cannot be looked at"
        for file, claims in shown.items()
        if claims
    )
    others = [file for file, claims in shown.items() if not claims]
    yield from (f"{file} is missing" for file in others[:MOST_NAMED])
    if len(others) > MOST_NAMED:
        yield f"{len(others) - MOST_NAMED} more captures are missing"
