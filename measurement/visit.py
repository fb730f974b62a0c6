"""What a client says of its turn in a survey: whom it asked, what it was told, and what it reached."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from topologies.base import Frozen
from topologies.errors import MeasurementError


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
    path.write_text("".join(visit.model_dump_json() + "\n" for visit in visits), encoding="utf-8")


def load(path: Path) -> list[Visit]:
    """Read visits; raise MeasurementError naming the line that is none."""
    visits = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            visits.append(Visit.model_validate_json(line))
        except ValueError as error:
            raise MeasurementError(f"{path.name}, line {number}: not a visit: {error}") from None
    return visits
