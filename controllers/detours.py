"""The way between two switches as a person reads it, and what leads around each trunk of it."""

from __future__ import annotations

from controllers.routes import Routes, all_routes
from controllers.topology import Topology
from topologies.base import Frozen
from topologies.errors import WorldError
from topologies.plan import NS_PER_MS


class Detour(Frozen):
    """The way to the target from where a packet meets a cut, and how much longer that is."""

    switches: tuple[str, ...]
    rtt_ms: float
    longer_ms: float


class Crossed(Frozen):
    """A trunk on the way; `if_cut` is None where nothing leads around it."""

    number: int
    source: str
    to: str
    rtt_ms: float
    if_cut: Detour | None


class BackbonePath(Frozen):
    """The way between two WAN switches."""

    source: str
    to: str
    rtt_ms: float
    trunks: tuple[Crossed, ...]


def backbone_path(topology: Topology, source: str, target: str) -> BackbonePath:
    """Return the shortest way between two switches, by name; raise WorldError if there is none."""
    routes = all_routes(topology)[topology.named(target).number]
    here, crossed = topology.named(source).number, []
    if here not in routes.tree.weight:
        raise WorldError(
            f'no backbone joins "{source}" and "{target}", as they belong to different clouds;'
            " right would be two datacenters of one cloud"
        )
    for trunk in map(topology.trunk, routes.tree.way(here)):
        there = trunk.other(here)
        crossed.append(
            Crossed(
                number=trunk.number,
                source=topology.switch(here).name,
                to=topology.switch(there).name,
                rtt_ms=trunk.rtt_ns / NS_PER_MS,
                if_cut=_detour(topology, routes, here),
            )
        )
        here = there
    rtt_ms = _rtt_ms(topology, [each.number for each in crossed])
    return BackbonePath(source=source, to=target, rtt_ms=rtt_ms, trunks=tuple(crossed))


def _detour(topology: Topology, routes: Routes, switch: int) -> Detour | None:
    trunks = routes.detour(switch)
    if trunks is None:
        return None
    usual_ms, rtt_ms = (_rtt_ms(topology, way) for way in (routes.tree.way(switch), trunks))
    passed = [switch]
    for number in trunks:
        passed.append(topology.trunk(number).other(passed[-1]))
    names = tuple(topology.switch(number).name for number in passed)
    return Detour(switches=names, rtt_ms=rtt_ms, longer_ms=rtt_ms - usual_ms)


def _rtt_ms(topology: Topology, trunks: list[int]) -> float:
    return sum(topology.trunk(number).rtt_ns for number in trunks) / NS_PER_MS
