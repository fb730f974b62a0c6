"""What is to be run: written before the machine starts, read inside it, and kept in the run's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from controllers.control import Rules
from experiments.call import Call
from experiments.exercise import Exercise
from experiments.shell import Shell
from experiments.spell import Spell
from experiments.survey import Survey
from experiments.way import Way
from measurement.capture import CapturePoint
from measurement.journey import Request
from topologies.base import Frozen
from topologies.bgp import Routing
from topologies.peering import Peering
from topologies.selection import Selection
from topologies.steering import Answers

FORMAT: Literal[1] = 1


class Case(Frozen):
    """One journey under one set of conditions: the experiment itself, or one of its controls.

    ``answers`` says how the authorities answer. With ``warm`` front doors keep their connections over the
    backbone open. ``routing`` is how a circuit is set. ``traces`` are nodes to which the client traces its
    path after its requests. ``peering`` is how providers peer with the edge, where it is built.
    """

    name: str
    text: str
    client: str
    resolver: str
    requests: Annotated[tuple[Request, ...], Field(min_length=1)]
    answers: Answers = Answers()
    warm: bool = True
    way: Way = Way()
    routing: Routing | None = None
    traces: tuple[str, ...] = ()
    peering: Peering = Peering()


class Probe(Frozen):
    """A packet or two for a control: an echo request, or a DNS question to one server.

    ``name_asked`` is the name of the question; without one it is an echo. ``comes_back`` says what is
    expected: where nothing comes back, that is no failure of the run.
    """

    name: str
    text: str
    source: str
    target: str
    name_asked: str = ""
    comes_back: bool = True


Part = Case | Exercise | Probe | Survey | Spell | Call
Named = TypeVar("Named", Case, Exercise, Probe, Survey, Spell, Call)


class Order(Frozen):
    """A whole run: which experiment, over what, from which seed.

    ``accounts`` are clients with users in tenants beside their own; ``files`` names what each site's library
    holds, with its size in bytes. A message between controller and switch takes ``control_delay_ms`` one way.
    ``options`` are those that were chosen, as on the command line. ``file`` is where an experiment of one's
    own is from, "" for a built-in one. With a ``shell`` somebody types what is done, line by line.
    """

    format: Literal[1] = FORMAT
    experiment: str
    world: str
    seed: int
    tolerance_us: float
    selection: Selection
    cases: tuple[Case, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    probes: tuple[Probe, ...] = ()
    surveys: tuple[Survey, ...] = ()
    spells: tuple[Spell, ...] = ()
    calls: tuple[Call, ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()
    files: dict[str, int] = Field(default_factory=dict)
    control_delay_ms: float = 0.0
    options: tuple[str, ...] = ()
    file: str = ""
    shell: Shell | None = None
    captures: tuple[CapturePoint, ...]

    @property
    def is_served(self) -> bool:
        """Whether services run: exercises and probes need none."""
        return bool(self.cases or self.surveys or self.spells or self.calls or self.shell)

    @property
    def parts(self) -> list[Part]:
        """Every case, exercise, probe, survey, spell and call: each has captures of its own."""
        kinds = (self.cases, self.exercises, self.probes, self.surveys, self.spells, self.calls)
        return [each for kind in kinds for each in kind]

    @property
    def names(self) -> list[str]:
        """The names of all parts."""
        return [each.name for each in self.parts]

    @property
    def learning(self) -> list[str]:
        """Names of the captures in which routers learn, wherever routing is not as it was before."""
        found: list[str] = []
        last: Routing | None = None
        parts: list[Case | Call | Exercise] = [*self.cases, *self.calls, *self.exercises]
        for each in parts:
            if each.routing is not None and each.routing != last:
                found.append(learning(each.name))
            last = each.routing
        return found

    @property
    def steady(self) -> list[str]:
        """Those of them in which every path takes the time that the world gives it."""
        changing = (self.exercises, self.spells, self.calls)
        changed = {each.name for part in changing for each in part if not each.steady}
        return [name for name in self.names if name not in changed]

    def case(self, name: str) -> Case:
        """Return the case of that name; KeyError if there is none."""
        return _named(self.cases, name)

    def exercise(self, name: str) -> Exercise:
        """Return the exercise of that name; KeyError if there is none."""
        return _named(self.exercises, name)

    def survey(self, name: str) -> Survey:
        """Return the survey of that name; KeyError if there is none."""
        return _named(self.surveys, name)

    def spell(self, name: str) -> Spell:
        """Return the spell of that name; KeyError if there is none."""
        return _named(self.spells, name)

    def call(self, name: str) -> Call:
        """Return the call of that name; KeyError if there is none."""
        return _named(self.calls, name)

    def probe(self, name: str) -> Probe:
        """Return the probe of that name; KeyError if there is none."""
        return _named(self.probes, name)


def _named(parts: tuple[Named, ...], name: str) -> Named:
    for part in parts:
        if part.name == name:
            return part
    raise KeyError(name)


def learning(case: str) -> str:
    """Return the name of the captures in which routers learn what they know in a case."""
    return f"{case}-routes"


def control_file(exercise: Exercise | None = None) -> str:
    """Return the name of the control file of an exercise's rules; of the usual ones without an exercise."""
    if exercise is None or exercise.rules == Rules():
        return "control.json"
    return f"control-{exercise.name}.json"


def save(order: Order, run_dir: Path) -> None:
    """Write ``order.json``."""
    (run_dir / "order.json").write_text(order.model_dump_json(indent=1) + "\n", encoding="utf-8")


def load(run_dir: Path) -> Order:
    """Read ``order.json``; FileNotFoundError or ValueError if the folder has none, or none of this format."""
    return Order.model_validate_json((run_dir / "order.json").read_text(encoding="utf-8"))
