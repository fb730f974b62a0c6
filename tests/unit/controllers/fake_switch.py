"""Switches as OpenFlow 1.3 and Open vSwitch have them, as far as we use them, and a fabric of them.

What a switch would refuse, or what OpenFlow leaves open, raises `Refused`, so a test that passes has asked
for neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from controllers.openflow import (
    TAGGED,
    Action,
    AnyPort,
    Bucket,
    Flow,
    Group,
    Match,
    Meter,
    Output,
    Queue,
    Retag,
    State,
    Tag,
    ToGroup,
    Untag,
)
from controllers.topology import Topology, Trunk

Part = Flow | Group | Meter
Place = tuple[int, int, Match]
Key = tuple[object, ...]


class Refused(AssertionError):
    """A switch would not do this, or every switch might do something else."""


@dataclass(frozen=True)
class Packet:
    """A frame: `flow` stands for what a selection hashes, `queue` for what the switch has chosen for it."""

    mac: str
    dscp: int = 0
    tag: int | None = None
    flow: int = 0
    queue: int | None = None


@dataclass(frozen=True)
class Sent:
    """What leaves a switch by a port, and the meters that it went through."""

    port: int
    packet: Packet
    meters: tuple[int, ...] = ()


@dataclass
class FakeSwitch:
    """One switch; `live` says whether a port has a link."""

    live: Callable[[int], bool] = lambda port: True
    flows: dict[Place, Flow] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    meters: dict[int, Meter] = field(default_factory=dict)
    _index: dict[int, dict[Key, dict[Key, dict[int, Flow]]]] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """What the switch reports of itself."""
        return State(
            frozenset(self.flows.values()), frozenset(self.groups.values()), frozenset(self.meters.values())
        )

    def add(self, part: Part) -> None:
        """Carry out one message that adds; a flow replaces the one at its table, priority and match."""
        if isinstance(part, Group):
            self.groups[part.number] = part
        elif isinstance(part, Meter):
            self.meters[part.number] = part
        else:
            self._check(part)
            self.flows[part.table, part.priority, part.match] = part
            shape, key = _shape(part.match), _key(part.match)
            self._index.setdefault(part.table, {}).setdefault(shape, {}).setdefault(key, {})[
                part.priority
            ] = part

    def remove(self, part: Part) -> None:
        """Carry out one message that removes; with a group or a meter go the flows that use it."""
        if isinstance(part, Group):
            self.groups.pop(part.number, None)
            self._remove_flows([each for each in self.flows.values() if part.number in _groups(each)])
        elif isinstance(part, Meter):
            self.meters.pop(part.number, None)
            self._remove_flows([each for each in self.flows.values() if each.meter == part.number])
        elif (part.table, part.priority, part.match) in self.flows:
            self._remove_flows([part])

    def forget(self) -> None:
        """Lose everything, as a switch that starts anew."""
        for part in (self.flows, self.groups, self.meters, self._index):
            part.clear()

    def forward(self, packet: Packet, in_port: int) -> list[Sent]:
        """Return what a packet becomes that has come in by a port."""
        return _Passage(self, packet, in_port).run()

    def lookup(self, table: int, packet: Packet, in_port: int | None) -> Flow | None:
        """Return the entry that a packet meets; Refused if there are several of the same priority."""
        found: list[Flow] = []
        for shape, entries in self._index.get(table, {}).items():
            found += entries.get(_key_of(shape, packet, in_port), {}).values()
        best = max((each.priority for each in found), default=0)
        top = [each for each in found if each.priority == best]
        if len(top) > 1:
            raise Refused(f"which of these entries counts is left open: {top}")
        return top[0] if top else None

    def _check(self, flow: Flow) -> None:
        if not _groups(flow) <= self.groups.keys():
            raise Refused(f"a group that is not there: {flow}")
        if flow.meter is not None and flow.meter not in self.meters:
            raise Refused(f"a meter that is not there: {flow}")
        if flow.goto is not None and flow.goto <= flow.table:
            raise Refused(f"tables go forward only: {flow}")

    def _remove_flows(self, flows: Iterable[Flow]) -> None:
        for each in flows:
            del self.flows[each.table, each.priority, each.match]
            del self._index[each.table][_shape(each.match)][_key(each.match)][each.priority]


@dataclass
class _Passage:
    """A packet's way through one switch."""

    switch: FakeSwitch
    packet: Packet
    in_port: int | None
    sent: list[Sent] = field(default_factory=list)
    meters: tuple[int, ...] = ()

    def run(self) -> list[Sent]:
        table: int | None = 0
        while table is not None:
            flow = self.switch.lookup(table, self.packet, self.in_port)
            if flow is None:
                break
            if flow.meter is not None:
                self.meters += (flow.meter,)
            self._apply(flow.actions)
            table = flow.goto
        return self.sent

    def _apply(self, actions: Iterable[Action]) -> None:
        for each in actions:
            match each:
                case Output(port):
                    # OpenFlow never sends a packet back by the port that it came in by, unless told so.
                    if port != self.in_port and self.switch.live(port):
                        self.sent.append(Sent(port, self.packet, self.meters))
                case ToGroup(number):
                    self._group(self.switch.groups[number])
                case AnyPort():
                    self.in_port = None
                case Queue(number):
                    self.packet = replace(self.packet, queue=number)
                case _:
                    self.packet = _tagged(self.packet, each)

    def _group(self, group: Group) -> None:
        live = [each for each in group.buckets if self.switch.live(each.watch_port)]
        if group.kind == "select":
            live = [each for each in live for _ in range(each.weight)]
            chosen = live[self.packet.flow % len(live)] if live else None
        else:
            chosen = live[0] if live else None
        if chosen is not None:
            # A bucket's actions are carried out on a copy.
            before = self.packet
            self._apply(chosen.actions)
            self.packet = before


def _tagged(packet: Packet, action: Action) -> Packet:
    match action:
        case Tag(number) if packet.tag is None:
            return replace(packet, tag=number)
        case Retag(number) if packet.tag is not None:
            return replace(packet, tag=number)
        case Untag() if packet.tag is not None:
            return replace(packet, tag=None)
    raise Refused(f"{action} of {packet}")


def _groups(flow: Flow) -> set[int]:
    return {each.number for each in flow.actions if isinstance(each, ToGroup)}


def _shape(match: Match) -> Key:
    """Return which fields a match looks at; -1 for any tag."""
    tag = None if match.tag is None else min(match.tag, 0)
    return match.in_port is not None, tag, match.mac is not None, match.dscp is not None


def _key(match: Match) -> Key:
    return match.in_port, match.tag, match.mac, match.dscp


def _key_of(shape: Key, packet: Packet, in_port: int | None) -> Key:
    port, tag, mac, dscp = shape
    if tag == TAGGED:
        number = None if packet.tag is None else TAGGED
    else:
        number = None if tag is None else packet.tag
    if tag is not None and number is None:
        return ("no packet without a tag has one",)
    return (
        in_port if port else None,
        number,
        packet.mac if mac else None,
        packet.dscp if dscp else None,
    )


@dataclass
class Travelling:
    """A packet that is at a switch, and where it has been: each switch with the tag that it came with."""

    switch: int
    in_port: int
    packet: Packet
    log: list[tuple[int, int | None]] = field(default_factory=list)
    trunks: list[int] = field(default_factory=list)
    queues: list[int | None] = field(default_factory=list)
    meters: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Journey:
    """What became of a packet: at which switches' uplinks it came out, over which trunks, in which queues."""

    delivered: tuple[int, ...]
    trunks: tuple[int, ...]
    log: tuple[tuple[int, int | None], ...]
    queues: tuple[int | None, ...]
    meters: tuple[int, ...]


class Looped(AssertionError):
    """A packet was at the same switch with the same tag twice."""


@dataclass
class Fabric:
    """The switches of a backbone, and its trunks, each of which can be cut."""

    topology: Topology
    cut: set[int] = field(default_factory=set)
    switches: dict[int, FakeSwitch] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.topology.switches:
            self.switches[each.number] = FakeSwitch(live=self._liveness(each.number))

    def _liveness(self, switch: int) -> Callable[[int], bool]:
        def live(port: int) -> bool:
            trunk = self.topology.trunk_at(switch, port)
            return trunk is None or trunk.number not in self.cut

        return live

    def tell(self, states: dict[int, State]) -> None:
        """Give every switch what it is told."""
        for number, state in states.items():
            for part in in_order(state):
                self.switches[number].add(part)

    def down(self, switch: int) -> set[int]:
        """Return the ports of a switch that have no link."""
        cut = (self.topology.trunk(each) for each in self.cut)
        return {trunk.port_at(switch) for trunk in cut if switch in (trunk.a, trunk.b)}

    def inject(self, source: int, target: int, *, dscp: int = 0, flow: int = 0) -> Travelling:
        """Return a packet for the site of one switch that comes from the site of another."""
        mac, uplink = self.topology.switch(target).mac, self.topology.switch(source).uplink
        return Travelling(source, uplink, Packet(mac, dscp, flow=flow))

    def step(self, at: Travelling) -> tuple[Travelling | None, int | None]:
        """Move a packet on by a switch: the packet at the next one, or the switch whose uplink it left by.

        Neither if it was dropped; raises Looped, and Refused if it has become two.
        """
        state = (at.switch, at.packet.tag)
        if state in at.log:
            raise Looped(f"{state} again, after {at.log}")
        at.log.append(state)
        sent = self.switches[at.switch].forward(at.packet, at.in_port)
        if len(sent) > 1:
            raise Refused(f"{len(sent)} copies, after {at.log}")
        return self._arrive(at, sent[0]) if sent else (None, None)

    def _arrive(self, at: Travelling, sent: Sent) -> tuple[Travelling | None, int | None]:
        at.meters += sent.meters
        trunk: Trunk | None = self.topology.trunk_at(at.switch, sent.port)
        if trunk is None:
            if sent.port != self.topology.switch(at.switch).uplink or sent.packet.tag is not None:
                raise Refused(f"{sent} is no untagged packet at the uplink of {at.switch}")
            return None, at.switch
        there = trunk.other(at.switch)
        at.trunks.append(trunk.number)
        at.queues.append(sent.packet.queue)
        at.packet = replace(sent.packet, queue=None)  # a queue is no part of what is on the wire
        at.switch, at.in_port = there, trunk.port_at(there)
        return at, None

    def walk(self, source: int, target: int, *, dscp: int = 0, flow: int = 0) -> Journey:
        """Follow a packet from site to site until it is delivered or dropped."""
        at: Travelling | None = self.inject(source, target, dscp=dscp, flow=flow)
        assert at is not None
        first, delivered = at, None
        while at is not None:
            at, delivered = self.step(at)
        return Journey(
            () if delivered is None else (delivered,),
            tuple(first.trunks),
            tuple(first.log),
            tuple(first.queues),
            tuple(first.meters),
        )


def in_order(state: State) -> list[Part]:
    """Return the parts of a state in an order in which each can be added."""
    meters = sorted(state.meters, key=lambda each: each.number)
    groups = sorted(state.groups, key=lambda each: each.number)
    flows = sorted(state.flows, key=lambda each: (each.table, each.cookie, each.priority))
    return [*meters, *groups, *flows]


def usable(buckets: Iterable[Bucket]) -> bool:
    """Return whether every bucket of a selection can be chosen, and its weight be said in 16 bits."""
    return all(1 <= each.weight <= 0xFFFF for each in buckets)
