"""Files of values, one JSON object a line: what the inside writes of clients, and judging reads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from topologies.base import Frozen
from topologies.errors import MeasurementError

Value = TypeVar("Value", bound=Frozen)


def save(values: Iterable[Frozen], path: Path) -> None:
    """Write values, one a line."""
    path.write_text("".join(each.model_dump_json() + "\n" for each in values), encoding="utf-8")


def load(path: Path, kind: type[Value], what: str) -> list[Value]:
    """Read values of a kind; raise MeasurementError naming the line that is not ``what`` it is to be.

    Raises OSError if there is no such file.
    """
    values = []
    # Not splitlines: a text may hold characters that end a line elsewhere, and JSON keeps them as they are.
    lines = path.read_bytes().removesuffix(b"\n").split(b"\n")
    for number, line in enumerate(lines if lines != [b""] else [], start=1):
        try:
            values.append(kind.model_validate_json(line))
        except ValueError as error:
            raise MeasurementError(f"{path.name}, line {number}: not {what}: {error}") from None
    return values
