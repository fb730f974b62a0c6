"""What the controller does when something happens, without a framework and without a clock.

It is told of switches that connect and of ports that change, and says what is to be sent. New paths are made
before old ones are broken: a version's flows are put behind all edges first; when every switch has confirmed
them, each edge is told to let packets in under the new version; what is left of the old one is removed when
its last packet has gone. A successor finds the version that is in force in the switches, and goes on with it.

A version is used again only where nobody lets packets in by it, none is under way in it, and nothing is left
of what it was before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from controllers.control import Control
from controllers.effects import Add, Confirm, Drain, Effect, InForce, Remove
from controllers.openflow import State
from controllers.states import entered, obsolete, of_other_versions, of_version, versions, with_more
from controllers.tables import Told, entrances, tables
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
    """Keeps every switch of the backbone at one version of the paths.

    `without` are the trunks that `version` does not use; None if that is not known, as it was made by others.
    """

    control: Control
    phase: Phase = Phase.WAITING
    version: int | None = None
    without: frozenset[int] | None = frozenset()
    _members: dict[int, _Member] = field(default_factory=dict)
    _next: int = 0  # the version that `_told` is of: the one in force, or the one on its way there
    _next_without: frozenset[int] | None = frozenset()
    _told: dict[int, Told] = field(default_factory=dict)
    _leaving: set[int] = field(default_factory=set)  # others that an edge lets packets in by, or just has
    _draining: set[int] = field(default_factory=set)  # others that packets may be under way in

    def connected(self, switch: int, down: Collection[int], state: State) -> list[Effect]:
        """A switch has connected: ``down`` are its ports without a link, ``state`` what it has been told."""
        everybody = {each.number for each in self.control.topology.switches}
        if switch not in everybody:
            return []
        self._members[switch] = _Member(state, set(down))
        if self.phase is Phase.WAITING:
            return self._begin() if self._members.keys() == everybody else []
        self._leaving |= entered(state) - {self.version, self._next}
        return [*self._bring_up_to_date(switch), *self._clean_up(), *self._advance()]

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

    @property
    def settled(self) -> bool:
        """Whether a version is in force, and no switch has anything to do or to forget."""
        busy = self._leaving or self._draining or any(each.waiting for each in self._members.values())
        return self.phase is Phase.RESTING and self.version is not None and not busy

    def _begin(self) -> list[Effect]:
        """Take over what is in force; where nothing is, or not the same everywhere, begin a version."""
        self.phase = Phase.RESTING
        members = self._members.items()
        self._leaving = set().union(*(entered(member.state) for _, member in members))
        self._draining = set().union(*(versions(m.state) for _, m in members)) - self._leaving
        drain = [Drain(frozenset(self._draining))] if self._draining else []
        for version in self._leaving:
            told = tables(self.control, version, self.failed)
            if all(_has(member.state, told[number].whole) for number, member in members):
                self._leaving = set()
                self.version, self._next, self._told = version, version, told
                self.without = self._next_without = self.failed
                return [InForce(version, self.failed), *drain, *self._clean_up()]
        return [*drain, *self._advance()]

    def _advance(self) -> list[Effect]:
        """Go on with an update when all have confirmed; begin one when trunks have changed."""
        if self.phase is Phase.WAITING or not self._members:
            return []
        all_confirmed = not any(member.waiting for member in self._members.values())
        if self.phase is Phase.RESTING:
            drain = self._drain() if all_confirmed and self.version is not None else []
            current = self.version is not None and self.failed == self.without
            return drain if current else [*drain, *self._start()]
        if not all_confirmed:
            return []
        if self.phase is Phase.BEFORE:
            self.phase = Phase.EDGES
            return list(self._tell(self._members))
        return self._finish()

    def _start(self) -> list[Effect]:
        """Begin the update to a version that no packet is under way in; wait if there is none."""
        used = {self.version} | self._leaving | self._draining
        free = [each for each in VERSIONS if each not in used]
        if free:
            self.phase, self._next, self._next_without = Phase.BEFORE, free[0], self.failed
            self._told = tables(self.control, self._next, self._next_without)
            return list(self._tell(self._members))
        return [] if self._draining or self.version is not None else self._agree()

    def _agree(self) -> list[Effect]:
        """Let all edges let packets in by one version; where each of them is in use, others drain so.

        Behind the edges it is whole everywhere, or no edge would have it; what it was made of nobody knows.
        """
        found = [version for member in self._members.values() for version in entered(member.state)]
        self.phase, self._next, self._next_without = Phase.EDGES, max(VERSIONS, key=found.count), None
        self._told = entrances(self.control, self._next)
        return list(self._tell(self._members))

    def _finish(self) -> list[Effect]:
        """Say that the update is done, and leave what was before."""
        self._leaving |= set() if self.version is None else {self.version}
        self._leaving -= {self._next}
        self.phase, self.version, self.without = Phase.RESTING, self._next, self._next_without
        done = [] if self.without is None else [InForce(self.version, self.without)]
        return [*done, *self._drain(), *self._clean_up(), *self._advance()]

    def _drain(self) -> list[Effect]:
        """Wait for the packets of versions that no edge lets in any more."""
        left, self._leaving = frozenset(self._leaving), set()
        self._draining |= left
        return [Drain(left)] if left else []

    def _bring_up_to_date(self, switch: int) -> Iterator[Effect]:
        """Give a switch that has come back what the others have; its edge last."""
        if self._told:
            if self.phase is not Phase.BEFORE:
                yield from self._add(switch, self._told[switch].before)
                yield self._confirm(switch)
            yield from self._tell([switch])

    def _tell(self, switches: Collection[int]) -> Iterator[Effect]:
        """Give switches what they lack in this phase, and take away what would be in the way."""
        for number in switches:
            member, told = self._members[number], self._told[number]
            before = self.phase is Phase.BEFORE
            yield from self._add(number, told.before if before else told.whole)
            unwanted = member.state - told.before if before else obsolete(member.state, told.whole)
            yield from self._remove(number, of_version(unwanted, self._next) if before else unwanted)
            yield self._confirm(number)

    def _confirm(self, number: int) -> Confirm:
        self._members[number].waiting += 1
        return Confirm(number)

    def _add(self, number: int, wanted: State) -> Iterator[Effect]:
        member = self._members[number]
        if lacking := wanted - member.state:
            yield Add(number, lacking, member.state)
            member.state = with_more(member.state, lacking)

    def _remove(self, number: int, unwanted: State) -> Iterator[Effect]:
        if unwanted:
            yield Remove(number, unwanted)
            self._members[number].state -= unwanted

    def _clean_up(self) -> Iterator[Effect]:
        """Remove what belongs to no version that a packet may be under way in."""
        if self.phase is not Phase.RESTING or self.version is None:
            return
        kept = self._draining | self._leaving | ({self.version} if self.without is None else set())
        for number, member in self._members.items():
            unwanted = of_other_versions(member.state - self._told[number].whole, kept)
            if unwanted:
                yield from self._remove(number, unwanted)
                yield self._confirm(number)


def _has(state: State, wanted: State) -> bool:
    """Return whether a switch does what is wanted, whatever else it knows that no packet meets."""
    return not wanted - state and not obsolete(state, wanted)
