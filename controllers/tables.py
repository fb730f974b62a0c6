"""From routes to what every switch is told, for one version of the paths.

    table 0  edge    from the border router: tagged with the version; from a trunk: as it is
    table 1  class   by DSCP, the queue
    table 2  path    by tag and destination: out, or to a group that knows another way

A packet's destination is the MAC address of the border router that it is for. `inner` is what can be told to
all switches beforehand; `edge` is the one flow that lets a version's packets in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from controllers import tags
from controllers.control import Control, EdgeRule
from controllers.cookies import cookie
from controllers.engineering import entrance, inside, numbered_tunnels
from controllers.layout import (
    CLASS,
    EDGE,
    FIRST_OF_TUNNELS,
    NUMBERS_A_VERSION,
    OTHERWISE,
    PATH,
    PREFERRED,
    USUAL,
)
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
from controllers.routes import Routes, all_routes
from controllers.topology import Switch, Topology
from topologies.errors import WorldError


@dataclass
class Told:
    """What one switch is told; `always` belongs to no version. It is complete once it has been asked for."""

    always: list[Flow] = field(default_factory=list)
    inner: list[Flow] = field(default_factory=list)
    edge: list[Flow] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    meters: list[Meter] = field(default_factory=list)

    @cached_property
    def before(self) -> State:
        """What can be there before the first packet of this version."""
        flows = frozenset((*self.always, *self.inner))
        return State(flows, frozenset(self.groups), frozenset(self.meters))

    @cached_property
    def whole(self) -> State:
        """Everything."""
        return self.before | State(frozenset(self.edge))


def check_size(topology: Topology, edges: Collection[EdgeRule] = ()) -> None:
    """Raise WorldError if there is more than there are numbers for: in tags, in cookies, of groups."""
    tunnels = sum(len(rule.tunnels) for rule in edges)
    switches = max((each.number for each in topology.switches), default=0)
    trunks = max((each.number for each in topology.trunks), default=0)
    for highest, most, what, why in (
        (switches, FIRST_OF_TUNNELS - 1, "switches", "a group's number has room for those"),
        (trunks, tags.MOST_TRUNKS, "trunks", "each has a VLAN tag of its own"),
        (tunnels, tags.MOST_TUNNELS, "tunnels", "each has a VLAN tag of its own"),
    ):
        if highest > most:
            raise WorldError(f"the backbone has {highest} {what}; right would be {most} or fewer, as {why}")


def tables(control: Control, version: int, failed: Collection[int] = ()) -> dict[int, Told]:
    """Return what each switch is told, by its number; trunks in ``failed`` are not used."""
    topology = control.topology
    check_size(topology, control.edges)
    told = entrances(control, version)
    for target, routes in all_routes(topology, failed).items():
        _Paths(control, told, version, topology.switch(target), routes).tell()
    for place, numbered in enumerate(numbered_tunnels(control, failed)):
        flow, group, meter = entrance(control, version, place, numbered)
        source = told[numbered[0].source]
        source.edge.append(flow)
        source.groups.append(group)
        source.meters.append(meter)
        for number, inner in inside(topology, version, numbered):
            told[number].inner.append(inner)
    return told


def entrances(control: Control, version: int) -> dict[int, Told]:
    """Return what lets packets in by a version, and none of its paths."""
    topology, told = control.topology, {}
    for switch in topology.switches:
        always = [*_arrivals(topology, switch), *_classes(control)]
        told[switch.number] = Told(always=always, edge=[_entrance(switch, version)])
    return told


def _entrance(switch: Switch, version: int) -> Flow:
    actions = (Tag(tags.on_its_way(version)),)
    return Flow(EDGE, USUAL, cookie(version), Match(in_port=switch.uplink), actions, goto=CLASS)


def _arrivals(topology: Topology, switch: Switch) -> list[Flow]:
    """Let in what comes from trunks, and out what is for this site."""
    ports = [t.port_at(switch.number) for t in topology.trunks if switch.number in (t.a, t.b)]
    own = Match(tag=TAGGED, mac=switch.mac)
    return [
        *(Flow(EDGE, OTHERWISE, cookie(0), Match(in_port=port), goto=CLASS) for port in ports),
        Flow(PATH, PREFERRED, cookie(0, switch.number), own, (Untag(), Output(switch.uplink))),
    ]


def _classes(control: Control) -> list[Flow]:
    """Choose queues by DSCP; what has none of those is left to the port."""
    chosen = [
        Flow(CLASS, USUAL, cookie(0), Match(dscp=dscp), (Queue(queue),), goto=PATH)
        for dscp, queue in control.queues
    ]
    return [*chosen, Flow(CLASS, OTHERWISE, cookie(0), Match(), goto=PATH)]


@dataclass
class _Paths:
    """Tells every switch the ways to one target."""

    control: Control
    told: dict[int, Told]
    version: int
    target: Switch
    routes: Routes

    def tell(self) -> None:
        """Tell them all."""
        for number in self.routes.tree.settled[1:]:
            port = self._port(self.routes.tree.trunk[number], number)
            if not self.control.protection:
                self._flow(number, tags.on_its_way(self.version), Output(port))
                continue
            self._flow(number, tags.past(self.version), Output(port))
            if number in self.routes.swaps:
                self._protect(number, port)
            else:
                self._flow(number, tags.on_its_way(self.version), Output(port))

    def _protect(self, number: int, port: int) -> None:
        """Give a switch a group whose second choice leaves the part below the cut, and the way for it."""
        trunk, swap = self.routes.tree.trunk[number], self.routes.swaps[number]
        way = self.routes.inner(number)
        ports = [self._port(self.routes.tree.trunk[below], above) for above, below in pairwise(way)]
        ports.append(self._port(swap.trunk, swap.inside))
        tagged = [tags.around(self.version, trunk)] * (len(way) - 1) + [tags.past(self.version)]
        group = self.version * NUMBERS_A_VERSION + self.target.number
        first = Bucket((Output(port),), watch_port=port)
        second = Bucket((Retag(tagged[0]), Output(ports[0])), watch_port=ports[0])
        self.told[number].groups.append(Group(group, "failover", (first, second)))
        self._flow(number, tags.on_its_way(self.version), AnyPort(), ToGroup(group))
        for place in range(1, len(way)):
            changed = () if tagged[place] == tagged[0] else (Retag(tagged[place]),)
            self._flow(way[place], tagged[0], *changed, Output(ports[place]), around=trunk)

    def _flow(self, number: int, tag: int, *actions: Action, around: int = 0) -> None:
        own = cookie(self.version, self.target.number, around=around)
        self.told[number].inner.append(Flow(PATH, USUAL, own, Match(tag=tag, mac=self.target.mac), actions))

    def _port(self, trunk: int, switch: int) -> int:
        return self.control.topology.trunk(trunk).port_at(switch)
