"""What is to be run: written before the machine starts, read inside it, and kept in the run's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from measurement.capture import CapturePoint
from topologies.base import Frozen
from topologies.selection import Selection

FORMAT: Literal[1] = 1
Answers = Literal["by place", "same for all"]


class Case(Frozen):
    """One journey under one set of conditions: the experiment itself, or one of its controls.

    ``answers`` says how Microsoft's authority answers: by the asker's place, or the same to everybody.
    """

    name: str
    text: str
    client: str
    resolver: str
    url: str
    answers: Answers = "by place"


class Canary(Frozen):
    """An echo request over a path that an experiment expects to be unused: captures there do see."""

    name: str
    source: str
    target: str


class Order(Frozen):
    """A whole run: which experiment, over what, from which seed."""

    format: Literal[1] = FORMAT
    experiment: str
    world: str
    seed: int
    tolerance_us: float
    cloud: str
    default_datacenter: str
    selection: Selection
    cases: tuple[Case, ...]
    canaries: tuple[Canary, ...]
    captures: tuple[CapturePoint, ...]

    def case(self, name: str) -> Case:
        """Return the case of that name; KeyError if there is none."""
        for case in self.cases:
            if case.name == name:
                return case
        raise KeyError(name)


def save(order: Order, run_dir: Path) -> None:
    """Write ``order.json``."""
    (run_dir / "order.json").write_text(order.model_dump_json(indent=1) + "\n", encoding="utf-8")


def load(run_dir: Path) -> Order:
    """Read ``order.json``; FileNotFoundError or ValueError if the folder has none, or none of this format."""
    return Order.model_validate_json((run_dir / "order.json").read_text(encoding="utf-8"))
