"""What the controller does when something happens, without a framework and without a clock.

It is told of switches that connect and of ports that change, and says what is to be sent. New paths are made
before old ones are broken: a version's flows are put behind all edges first; when every switch has confirmed
them, each edge is told to let packets in under the new version; what is left of the old one is removed when
its last packet has gone. A successor finds the version that is in force in the switches, and goes on with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from controllers.control import Control
from controllers.effects import Add, Confirm, Drain, Effect, InForce, Remove
from controllers.openflow import State
from controllers.states import entered, of_other_versions, stale_edges, versions, with_more
from controllers.tables import Told, tables
from controllers.tags import VERSIONS


class Phase(Enum):
    """Where an update is."""

    WAITING = auto()  # for switches, before the first one
    RESTING = auto()
    BEFORE = auto()  # behind the edges
    EDGES = auto()


@dataclass
class _Member:
    """A connected switch: what it has been told, which ports are down, how often it has yet to confirm."""

    state: State
    down: set[int]
    waiting: int = 0


@dataclass
class Conductor:
    """Keeps every switch of the backbone at one version of the paths."""

    control: Control
    phase: Phase = Phase.WAITING
    version: int | None = None
    without: frozenset[int] = frozenset()
    _members: dict[int, _Member] = field(default_factory=dict)
    _entered: frozenset[int] = (
        frozenset()
    )  # versions that an edge lets packets in by, before the first update
    _next: int = 0
    _next_without: frozenset[int] = frozenset()
    _told: dict[int, Told] = field(default_factory=dict)
    _draining: set[int] = field(default_factory=set)

    def connected(self, switch: int, down: Collection[int], state: State) -> list[Effect]:
        """A switch has connected: ``down`` are its ports without a link, ``state`` what it has been told."""
        self._members[switch] = _Member(state, set(down))
        if self.phase is Phase.WAITING:
            everybody = {each.number for each in self.control.topology.switches}
            return self._begin() if self._members.keys() == everybody else []
        return [*self._bring_up_to_date(switch), *self._advance()]

    def patience_ended(self) -> list[Effect]:
        """Nobody else is to be waited for: go on with the switches that are there."""
        return self._begin() if self.phase is Phase.WAITING else []

    def gone(self, switch: int) -> list[Effect]:
        """A switch has disconnected; it goes on as it is."""
        self._members.pop(switch, None)
        return self._advance()

    def port(self, switch: int, port: int, *, up: bool) -> list[Effect]:
        """A port of a switch has lost or found its link."""
        if switch not in self._members:
            return []
        ports = self._members[switch].down
        (ports.discard if up else ports.add)(port)
        return self._advance()

    def confirmed(self, switch: int) -> list[Effect]:
        """A switch has done everything that it was asked to confirm."""
        member = self._members.get(switch)
        if member is not None and member.waiting:
            member.waiting -= 1
        return self._advance()

    def drained(self, versions: Collection[int]) -> list[Effect]:
        """No packet is under way any more in these versions."""
        self._draining.difference_update(versions)
        return [*self._clean_up(), *self._advance()]

    @property
    def failed(self) -> frozenset[int]:
        """The trunks that have lost their link, as either end says."""
        topology = self.control.topology
        found = (topology.trunk_at(number, port) for number, m in self._members.items() for port in m.down)
        return frozenset(trunk.number for trunk in found if trunk is not None)

    def _begin(self) -> list[Effect]:
        """Take over what is in force; where nothing is, or not the same everywhere, begin a version."""
        self.phase = Phase.RESTING
        members = self._members.items()
        self._entered = frozenset().union(*(entered(member.state) for _, member in members))
        self._draining = set().union(*(versions(m.state) for _, m in members)) - self._entered
        drain = [Drain(frozenset(self._draining))] if self._draining else []
        for version in self._entered:
            told = tables(self.control, version, self.failed)
            if not any(told[number].whole - member.state for number, member in members):
                self.version, self.without, self._told = version, self.failed, told
                return [InForce(version, self.without), *drain, *self._clean_up()]
        return [*drain, *self._start()]

    def _advance(self) -> list[Effect]:
        """Go on with an update when all have confirmed; begin one when trunks have changed."""
        if self.phase is Phase.RESTING:
            current = self.version is not None and self.failed == self.without
            return [] if current else self._start()
        if self.phase is Phase.WAITING or any(member.waiting for member in self._members.values()):
            return []
        if self.phase is Phase.BEFORE:
            self.phase = Phase.EDGES
            return list(self._tell(self._members))
        return self._finish()

    def _start(self) -> list[Effect]:
        """Begin the update to a version that no packet is under way in; wait if there is none."""
        used = {self.version} | self._entered | self._draining
        free = [each for each in VERSIONS if each not in used]
        if not free:
            return []
        self.phase, self._next, self._next_without = Phase.BEFORE, free[0], self.failed
        self._told = tables(self.control, self._next, self._next_without)
        return list(self._tell(self._members))

    def _finish(self) -> list[Effect]:
        old = self._entered if self.version is None else frozenset({self.version})
        self._draining |= old
        self._entered = frozenset()
        self.phase, self.version, self.without = Phase.RESTING, self._next, self._next_without
        drain = [Drain(old)] if old else []
        return [InForce(self.version, self.without), *drain, *self._advance()]

    def _bring_up_to_date(self, switch: int) -> list[Effect]:
        """Give a switch that has come back what the others have; its edge last."""
        return list(self._tell([switch], before_edges=self.phase is not Phase.BEFORE))

    def _tell(self, switches: Collection[int], *, before_edges: bool = False) -> Iterator[Effect]:
        for number in switches:
            member, told = self._members[number], self._told[number]
            steps = [told.before] if self.phase is Phase.BEFORE else [told.whole]
            for wanted in [told.before, *steps] if before_edges else steps:
                lacking = wanted - member.state
                if lacking:
                    yield Add(number, lacking, member.state)
                    member.state = with_more(member.state, lacking)
                if self.phase is Phase.EDGES and (stale := stale_edges(member.state, wanted)):
                    yield Remove(number, stale)
                    member.state = member.state - stale
                member.waiting += 1
                yield Confirm(number)

    def _clean_up(self) -> list[Effect]:
        """Remove what belongs to no version that a packet may be under way in."""
        found: list[Effect] = []
        if self.phase is not Phase.RESTING or self.version is None:
            return found
        for number, member in self._members.items():
            unwanted = of_other_versions(member.state - self._told[number].whole, self._draining)
            if unwanted:
                member.state = member.state - unwanted
                found.append(Remove(number, unwanted))
        return found
