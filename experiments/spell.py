"""Clients at work for minutes, and what happens meanwhile: a region goes dark, and comes back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from experiments.exercise import Cut, Mend
from measurement.work import Work
from topologies.base import Frozen
from topologies.bgp import Routing
from topologies.steering import Answers


class Dark(Frozen):
    """A place loses its power: a datacenter with all its hosts, or a single host of one."""

    do: Literal["dark"] = "dark"
    at_ms: float
    place: str


class Light(Frozen):
    """A place that is dark has power again, and everything in it starts."""

    do: Literal["light"] = "light"
    at_ms: float
    place: str


Happening = Annotated[Dark | Light | Cut | Mend, Field(discriminator="do")]


class Spell(Frozen):
    """Some clients' work under one set of conditions, on one clock with what happens; it has captures of its
    own.

    ``answers``, ``warm`` and ``routing`` are those of a `Case`. Where it is ``steady`` every path takes the
    time that the world gives it, all the while. On ``idle`` nodes nothing runs, as nobody needs it. What is
    dark at its end has its power again in the next one.
    """

    name: str
    text: str
    works: Annotated[tuple[Work, ...], Field(min_length=1)]
    events: tuple[Happening, ...] = ()
    answers: Answers = Answers()
    warm: bool = True
    routing: Routing | None = None
    steady: bool = False
    idle: tuple[str, ...] = ()

    def work(self, name: str) -> Work:
        """Return the work of that name; KeyError if there is none."""
        for work in self.works:
            if work.name == name:
                return work
        raise KeyError(name)
