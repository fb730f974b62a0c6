"""What an experiment is: how it plans a run, and what it claims of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from experiments.order import Order
from experiments.reading import Reading
from measurement.judge import Claim
from measurement.result import Figure, Result, Table
from topologies.base import Frozen
from topologies.world import World


class Options(Frozen):
    """What can be chosen of a run; each experiment with a choice has its own, a field for each option."""

    @property
    def as_given(self) -> tuple[str, ...]:
        """What is not as usual, as it stands on a command line."""
        fields = type(self).model_fields
        chosen = {name: value for name, value in self if value != fields[name].default}
        flags = {name: f"--{name.replace('_', '-')}" for name in chosen}
        given = (
            (flags[name],) if value is True else (flags[name], str(value)) for name, value in chosen.items()
        )
        return tuple(word for words in given for word in words)


def _as_it_is(world: World, options: Options) -> World:
    return world


def _none(reading: Reading) -> list[Figure]:
    return []


def _no_tables(reading: Reading) -> list[Table]:
    return []


def _no_pictures(reading: Reading) -> dict[str, str]:
    return {}


def _nothing_told(result: Result) -> list[str]:
    return []


@dataclass(frozen=True)
class Experiment:
    """``plan_order`` takes world, seed, tolerance (microseconds) and options; the others read a finished run.

    ``change_world`` gives the world that a run with some options is in. ``pictures`` has, beside the ladder
    that every run has, SVG texts by their file's name; the ladder shows the first ``drawn_requests`` of the
    first case, or all of them. ``world`` is the built-in one that it is run in unless another is asked for.
    ``file`` is where one's own experiment is from; of built-in ones there is none. With ``tables_first`` a
    report begins with the tables. ``told`` says a result in sentences, where steps do not say all of it.
    """

    name: str
    title: str
    plan_order: Callable[[World, int, float, Options], Order]
    steps: Callable[[Reading], list[Claim]]
    controls: Callable[[Reading], list[Claim]]
    figures: Callable[[Reading], list[Figure]] = _none
    tables: Callable[[Reading], list[Table]] = _no_tables
    pictures: Callable[[Reading], dict[str, str]] = _no_pictures
    options: type[Options] = Options
    change_world: Callable[[World, Options], World] = _as_it_is
    drawn_requests: int | None = None
    world: str = "article"
    file: Path | None = None
    tables_first: bool = False
    told: Callable[[Result], list[str]] = _nothing_told
