"""What an experiment is: how it plans a run, and what it claims of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from experiments.order import Order
from experiments.reading import Reading
from measurement.judge import Claim
from topologies.world import World


@dataclass(frozen=True)
class Experiment:
    """``plan_order`` takes world, seed and tolerance in microseconds; the others read a finished run."""

    name: str
    title: str
    plan_order: Callable[[World, int, float], Order]
    steps: Callable[[Reading], list[Claim]]
    controls: Callable[[Reading], list[Claim]]
