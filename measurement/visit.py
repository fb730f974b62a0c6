"""What a client says of its turn in a survey: whom it asked, what it was told, and what it reached."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from measurement import json_lines
from topologies.base import Frozen


class Reached(Frozen):
    """A connection that was tried: whereto, from which port; ``error`` is empty if it was opened."""

    address: str
    local_port: int
    error: str


class Visit(Frozen):
    """What a client says of its turn in a survey: whom it asked for what, what it was told, what it reached.

    ``reached`` has the first address that it was told, if it asked, and then the others in their order.
    ``error`` is empty if the question was answered, or if there was none.
    """

    survey: str
    client: str
    resolver: str
    resolver_ip: str
    name: str
    addresses: tuple[str, ...]
    reached: tuple[Reached, ...]
    error: str


def save(visits: Sequence[Visit], path: Path) -> None:
    """Write visits, one JSON object a line."""
    json_lines.save(visits, path)


def load(path: Path) -> list[Visit]:
    """Read visits; raise MeasurementError naming the line that is none."""
    return json_lines.load(path, Visit, "a visit")
