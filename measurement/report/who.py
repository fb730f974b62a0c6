"""What the map of a run shows: who asked whom, where connections ended, where the tenant's data is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from measurement.report.world_map import Mark, Role, Way
from measurement.result import JourneyResult, Result
from topologies.errors import WorldError
from topologies.hosts import datacenter_of
from topologies.places import Place
from topologies.plan import Plan
from topologies.world import World

MOST_PATHS = 60  # that anybody tells apart
ROLES: tuple[Role, ...] = ("client", "resolver", "datacenter", "data", "other")


@dataclass(frozen=True)
class Whereabouts:
    """Where the nodes of a run stand."""

    world: World
    plan: Plan

    def place_of(self, node: str) -> Place | None:
        """Return where a node stands: its own place, its datacenter's, or that of somebody at its site."""
        own = self._own_place(node) or self._own_place(datacenter_of(node))
        if own is not None:
            return own
        try:
            site = self.plan.node(node).site
        except KeyError:
            return None
        there = (each.name for each in self.plan.nodes if each.site == site and each.name != node)
        return next((place for place in map(self._own_place, there) if place is not None), None)

    def _own_place(self, node: str) -> Place | None:
        try:
            return self.world.place_of(node)
        except WorldError:
            return None

    def datacenter_at(self, journey: JourneyResult) -> str:
        """Return the datacenter that answered a journey, by its own word or by its address."""
        owner = self.plan.node_at(journey.server_ip)
        return journey.datacenter or (datacenter_of(owner.name) if owner is not None else "")


def marks_and_ways(world: World, plan: Plan, result: Result) -> tuple[list[Mark], list[Way]]:
    """Return who is drawn, and between whom; without journeys, the paths that were measured."""
    where = Whereabouts(world, plan)
    if not result.journeys:
        return _of_paths(where, result)
    ways = [way for journey in result.journeys for way in _ways(where, journey, result.journeys[0].case)]
    marks: dict[tuple[str, Place], Mark] = {}
    for journey in result.journeys:
        for mark in _marks(where, journey):
            marks.setdefault((mark.label, mark.place), mark)
    return sorted(marks.values(), key=lambda mark: ROLES.index(mark.role)), ways


def _marks(where: Whereabouts, journey: JourneyResult) -> Iterator[Mark]:
    client = where.world.client(journey.client)
    tenant = where.world.tenant(client.tenant)
    named: tuple[tuple[str, Role], ...] = (
        (journey.client, "client"),
        (journey.resolver, "resolver"),
        (where.datacenter_at(journey), "datacenter"),
    )
    for name, role in named:
        place = where.place_of(name) if name else None
        if place is not None and not (role == "resolver" and name == journey.client):
            yield Mark(place, name, role)
    yield Mark(where.world.place_of(tenant.datacenter), f"{tenant.name}'s data", "data")


def _ways(where: Whereabouts, journey: JourneyResult, main: str) -> Iterator[Way]:
    here = where.place_of(journey.client)
    server, asked = where.datacenter_at(journey), where.place_of(journey.resolver)
    ended = where.place_of(server) if server else None
    if here is not None and asked is not None and journey.case == main:
        yield Way(here, asked, "asks", f"{journey.client} asks {journey.resolver}")
    if here is not None and ended is not None:
        kind = "connects" if journey.case == main else "control"
        told = f"{journey.client} connects to {server} ({journey.case}, {journey.request})"
        yield Way(here, ended, kind, told)  # type: ignore[arg-type]


def _of_paths(where: Whereabouts, result: Result) -> tuple[list[Mark], list[Way]]:
    """Return the ends of paths, and the paths; of too many the links that they go over."""
    marks: dict[tuple[str, Place], Mark] = {}
    ways = []
    datacenters = {each.name for each in where.world.datacenters}
    for path in result.paths:
        a, b = (where.place_of(name) for name in (path.source, path.to))
        if a is None or b is None:
            continue
        for name, place in ((path.source, a), (path.to, b)):
            label = datacenter_of(name)
            role: Role = "datacenter" if label in datacenters else "other"
            marks.setdefault((label, place), Mark(place, label, role))
        ways.append(Way(a, b, "path", f"{path.source} to {path.to}: {path.measured_rtt_ms:.3f} ms"))
    return list(marks.values()), ways if len(ways) <= MOST_PATHS else list(_links(where))


def _links(where: Whereabouts) -> Iterator[Way]:
    for wire in where.plan.trunks:
        a, b = (where.place_of(end.node) for end in (wire.a, wire.b))
        if a is not None and b is not None:
            told = f"the link from {datacenter_of(wire.a.node)} to {datacenter_of(wire.b.node)}"
            yield Way(a, b, "link", f"{told}: {wire.delay_ms:g} ms there and back")
