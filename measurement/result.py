"""The result of a run: what was expected, what was observed, the verdict, and the frames that show it.

`docs/result-format.md` explains the file; its JSON schema is `measurement/result.schema.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictInt, StrictStr, model_validator
from typing_extensions import Self

from topologies.base import Frozen

FORMAT = 1
DECIMALS = 3  # of what is no whole number
Cell = StrictStr | StrictInt | Annotated[float, Field(strict=True, allow_inf_nan=False)] | None


class Verdict(str, Enum):
    """What can be said of a claim.

    Held: frames show it. Refuted: frames, or their absence in whole captures, show otherwise. Inconclusive:
    the evidence is missing or damaged, so nothing is known.
    """

    HELD = "held"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"


class FrameRef(Frozen):
    """A frame: the capture file, relative to the run's folder, and the number as Wireshark shows it."""

    file: str
    frame: int


class StepResult(Frozen):
    """One numbered step, or one control."""

    number: int
    text: str
    expected: str
    observed: str
    verdict: Verdict
    frames: tuple[FrameRef, ...]


class JourneyResult(Frozen):
    """One request of a client: phases in milliseconds, each by itself, by the client's own clock."""

    case: str
    client: str
    request: str
    url: str
    resolver: str
    cname_chain: tuple[str, ...]
    server_ip: str
    datacenter: str
    phases_ms: dict[str, float]
    protocol: str
    status: int
    body_bytes: int


class PathResult(Frozen):
    """A path that was used, and its round trip: configured in the world, and measured from packets."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    source: str = Field(alias="from")
    to: str
    configured_rtt_ms: float
    measured_rtt_ms: float
    frames: tuple[FrameRef, ...]


class Figure(Frozen):
    """A number that was measured, beside what arithmetic expects of the world's round trips.

    ``expected`` is None where nothing was to be expected; ``published`` is what others measured, in words
    with the source.
    """

    name: str
    case: str
    unit: Literal["ms", "Mbit/s", "%", "packets", "MOS"]
    measured: float
    expected: float | None = None
    published: str = ""
    frames: tuple[FrameRef, ...] = ()


class Column(Frozen):
    """A column of a table. Words have no unit, and neither have numbers that only name something."""

    heading: str
    unit: Literal["", "ms", "bytes", "packets", "Mbit/s", "%", "MOS", "km"] = ""

    @property
    def title(self) -> str:
        """Return the heading, and the unit after a comma."""
        return f"{self.heading}, {self.unit}" if self.unit else self.heading

    def shown(self, cell: Cell) -> str:
        """Return a cell as people read it: "-" for None, thousands apart where a number counts something."""
        if cell is None:
            return "-"
        if isinstance(cell, float):
            return f"{cell:,.{DECIMALS}f}"
        return f"{cell:,}" if self.unit and isinstance(cell, int) else str(cell)


class TableRow(Frozen):
    """A cell for each column, None where there was nothing; and the frames that show them.

    Rows of one ``group`` follow each other, and its name is shown once. What no frame shows is no row.
    """

    cells: tuple[Cell, ...]
    frames: tuple[FrameRef, ...] = Field(min_length=1)
    group: str = ""


class Table(Frozen):
    """What was found, side by side; raises ValueError for rows that are not made as the columns say."""

    title: str
    columns: tuple[Column, ...] = Field(min_length=1)
    rows: tuple[TableRow, ...]

    @model_validator(mode="after")
    def _rows_fit(self) -> Self:
        for number, row in enumerate(self.rows, 1):
            where = f'table "{self.title}", row {number}'
            if len(row.cells) != len(self.columns):
                right = f"right would be {len(self.columns)}, one for each column"
                raise ValueError(f"{where} has {len(row.cells)} cells; {right}")
            for column, cell in zip(self.columns, row.cells, strict=True):
                if column.unit and isinstance(cell, str):
                    raise ValueError(
                        f'{where}: {column.heading} is "{cell}"; right would be {column.unit}, or None'
                    )
        return self


class Result(Frozen):
    """Everything that a run has shown."""

    format: Literal[1] = 1
    experiment: str
    world: str
    verdict: Verdict
    seed: int
    steps: tuple[StepResult, ...]
    controls: tuple[StepResult, ...]
    journeys: tuple[JourneyResult, ...]
    figures: tuple[Figure, ...]
    paths: tuple[PathResult, ...]
    tables: tuple[Table, ...] = ()

    @property
    def claims(self) -> list[tuple[str, StepResult]]:
        """Every claim beside its kind: steps first, then controls."""
        return [*(("step", each) for each in self.steps), *(("control", each) for each in self.controls)]


def overall(results: Iterable[StepResult]) -> Verdict:
    """Return the verdict of a whole: refuted if any part is, else inconclusive if any part is, else held.

    Nothing at all is inconclusive.
    """
    verdicts = {result.verdict for result in results}
    for verdict in (Verdict.REFUTED, Verdict.INCONCLUSIVE, Verdict.HELD):
        if verdict in verdicts:
            return verdict
    return Verdict.INCONCLUSIVE


def schema() -> str:
    """Return the JSON schema of a result as text, as `measurement/result.schema.json` has it."""
    return (
        json.dumps(Result.model_json_schema(by_alias=True, mode="serialization"), indent=1, sort_keys=True)
        + "\n"
    )


def save(result: Result, path: Path) -> None:
    """Write a result as JSON."""
    path.write_text(result.model_dump_json(indent=1, by_alias=True) + "\n", encoding="utf-8")
