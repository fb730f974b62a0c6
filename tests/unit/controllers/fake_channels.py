"""A controller and its switches with time between them: nothing happens until a test lets it.

What the controller sends to a switch is carried out in order, one message after another, but each switch has
a pace of its own; so it is with what switches tell the controller. Packets are on their way meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import networkx

from controllers import cookies
from controllers.conductor import Conductor, Phase
from controllers.control import Control
from controllers.effects import Add, Confirm, Drain, Effect, InForce, Remove
from controllers.openflow import State
from controllers.routes import all_routes
from controllers.states import entered

from .fake_switch import Fabric, Part, Travelling, in_order
from .ways import graph

Told = Callable[[], list[Effect]]
Message = tuple[str, Part | None]


@dataclass
class Sent:
    """A packet under way: which version it has, and which trunks were down while it was."""

    at: Travelling
    target: int
    source: int
    met: set[int]
    version: int = 0


@dataclass
class Stage:
    """The fabric, the controller, and everything that is under way between them."""

    control: Control
    fabric: Fabric = field(init=False)
    conductor: Conductor = field(init=False)
    to_switch: dict[int, deque[Message]] = field(init=False)
    to_controller: dict[int, deque[Told]] = field(init=False)
    drains: deque[frozenset[int]] = field(default_factory=deque)
    packets: list[Sent] = field(default_factory=list)
    without: dict[int, frozenset[int]] = field(default_factory=dict)
    in_force: list[InForce] = field(default_factory=list)
    absent: set[int] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fabric = Fabric(self.control.topology)
        self.numbers = [each.number for each in self.control.topology.switches]
        self.to_switch = {number: deque() for number in self.numbers}
        self.begin()

    # The controller

    def begin(self) -> None:
        """Start a controller that knows nothing; what the one before it had still to say is lost."""
        self.conductor = Conductor(self.control)
        self.drains.clear()
        self.to_controller = {number: deque() for number in self.numbers}
        for number in self.numbers:
            self.to_switch[number].clear()
            if number not in self.absent:
                self.connect(number)

    def connect(self, switch: int) -> None:
        """Connect a switch: it tells what it has, and how its ports are, as they are now."""
        self.absent.discard(switch)
        down, state = self.fabric.down(switch), self.fabric.switches[switch].state
        self._say(switch, lambda: self.conductor.connected(switch, down, state))

    def disconnect(self, switch: int, *, forgetting: bool = False) -> None:
        """Take a switch's connection away, with what is under way on it; it may lose what it was told."""
        self.absent.add(switch)
        self.to_switch[switch].clear()
        self.to_controller[switch].clear()
        if forgetting:
            self.fabric.switches[switch].forget()
        self.carry_out(self.conductor.gone(switch))

    def carry_out(self, effects: Iterable[Effect]) -> None:
        """Do what the conductor wants."""
        if self.conductor.phase is not Phase.WAITING:
            self.without[self.conductor._next] = self.conductor._next_without or frozenset()
        for effect in effects:
            match effect:
                case Drain(versions):
                    self._check_left(versions)
                    self.drains.append(versions)
                case InForce():
                    self._check_in_force(effect)
                    assert effect.without == self.without[effect.version]
                    self.in_force.append(effect)
                case Add(switch, wanted, _):
                    self.to_switch[switch] += [("add", part) for part in in_order(wanted)]
                case Remove(switch, unwanted):
                    parts = in_order(unwanted)[::-1]
                    self.to_switch[switch] += [("remove", part) for part in parts]
                case Confirm(switch):
                    self.to_switch[switch].append(("confirm", None))

    def _check_left(self, versions: frozenset[int]) -> None:
        """See that no edge lets packets in by versions that are said to be left."""
        for number, switch in self.fabric.switches.items():
            if number in self.conductor._members:
                assert not versions & entered(switch.state), f"switch {number} lets in by {versions}"

    def _check_in_force(self, effect: InForce) -> None:
        """See that every switch that is there really has it."""
        for number, switch in self.fabric.switches.items():
            if number in self.conductor._members:
                assert entered(switch.state) == {effect.version}

    # One step of something

    def carry_out_next(self, switch: int, count: int = 1) -> None:
        """Let a switch carry out the next messages."""
        for _ in range(min(count, len(self.to_switch[switch]))):
            what, part = self.to_switch[switch].popleft()
            if what == "confirm":
                self._say(switch, lambda: self.conductor.confirmed(switch))
            elif part is not None:
                fake = self.fabric.switches[switch]
                (fake.add if what == "add" else fake.remove)(part)

    def hear_next(self, switch: int) -> None:
        """Let the controller hear what a switch has said."""
        if self.to_controller[switch]:
            self.carry_out(self.to_controller[switch].popleft()())

    def drain_next(self) -> None:
        """Let packets go out until those of some versions are gone, and say so."""
        if self.drains:
            versions = self.drains.popleft()
            while any(each.version in versions for each in self.packets):
                self.move(next(n for n, each in enumerate(self.packets) if each.version in versions))
            self.carry_out(self.conductor.drained(versions))

    def change(self, trunk: int, *, up: bool) -> None:
        """Cut or mend a trunk; both ends see it, and say so in their time."""
        if up == (trunk not in self.fabric.cut):
            return
        (self.fabric.cut.discard if up else self.fabric.cut.add)(trunk)
        for packet in self.packets:
            packet.met |= self.fabric.cut
        found = self.control.topology.trunk(trunk)
        for end in (found.a, found.b):
            if end not in self.absent:
                self._port(end, found.port_at(end), up=up)

    def _port(self, end: int, port: int, *, up: bool) -> None:
        self._say(end, lambda: self.conductor.port(end, port, up=up))

    def _say(self, switch: int, told: Told) -> None:
        self.to_controller[switch].append(told)

    # Packets

    def inject(self, source: int, target: int, *, dscp: int = 0) -> None:
        """Let a packet in."""
        at = self.fabric.inject(source, target, dscp=dscp)
        self.packets.append(Sent(at, target, source, set(self.fabric.cut)))

    def move(self, number: int) -> None:
        """Move a packet on by one switch."""
        packet = self.packets[number]
        at, delivered = self.fabric.step(packet.at)
        if at is not None and at.packet.tag is not None:
            version = at.packet.tag // 1000
            assert packet.version in (0, version), "a packet changed its version"
            packet.version = version
            return
        self.packets.pop(number)
        if delivered is None:
            self._dropped(packet)
        assert delivered in (None, packet.target)

    def _dropped(self, packet: Sent) -> None:
        """A packet may be lost where nothing leads on, or more has been cut than protection has room for."""
        if not self.in_force:
            return
        version = packet.version or self._version_at(packet.source)
        failed = self.without.get(version, frozenset())
        beyond = packet.met - failed
        left = graph(self.control.topology, failed | beyond)
        if len(beyond) <= 1 and networkx.has_path(left, packet.source, packet.target):
            self.lost.append(f"{packet} with {beyond} beyond {failed}")

    def _version_at(self, switch: int) -> int:
        return max(entered(self.fabric.switches[switch].state), default=0)

    def rush(self, *, draining: bool = True, moving: bool = True) -> None:
        """Let everything that is under way arrive, in order, until nothing is; packets too, if `moving`."""
        for _ in range(10_000):
            for number in self.numbers:
                self.carry_out_next(number, len(self.to_switch[number]))
                self.hear_next(number)
            while self.packets and moving:
                self.move(0)
            if not any((*self.to_switch.values(), *self.to_controller.values())):
                if not (draining and self.drains):
                    return
                self.drain_next()
        raise AssertionError("it never comes to rest")

    # What is to be true once nothing is under way

    def check_at_rest(self) -> None:
        """See that all paths are the shortest of what is up, and that nothing else is left anywhere."""
        assert self.conductor.phase is Phase.RESTING
        assert self.in_force[-1].without == self.fabric.cut
        version = self.in_force[-1].version
        for number, switch in self.fabric.switches.items():
            kept = {cookies.version_of(each.cookie) for each in switch.flows.values()} - {0}
            assert kept <= {version}, f"switch {number} has {kept}"
            assert {each // 10_000 for each in (*switch.groups, *switch.meters)} <= {version}
        for target, routes in all_routes(self.control.topology, self.fabric.cut).items():
            for source in set(self.numbers) - {target}:
                journey = self.fabric.walk(source, target)
                if source in routes.tree.weight:
                    assert journey.delivered == (target,)
                    assert list(journey.trunks) == routes.tree.way(source)
                else:
                    assert journey.delivered == ()

    def states(self) -> dict[int, State]:
        """Return what every switch has."""
        return {number: switch.state for number, switch in self.fabric.switches.items()}
