"""What the map of a run shows: who asked whom, where connections ended, where the tenant's data is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from measurement.report.world_map import ROLES, Kind, Mark, Role, Way
from measurement.result import JourneyResult, Result
from topologies.errors import WorldError
from topologies.hosts import datacenter_of
from topologies.places import Place
from topologies.plan import Plan
from topologies.world import World

MOST_PATHS = 60  # that anybody tells apart


@dataclass(frozen=True)
class Stop:
    """Where packets come by on their way, and what for: an office at a tunnel's end, a circuit's far end."""

    label: str
    place: Place


Stops = Mapping[tuple[str, str], Sequence[Stop]]  # by case and address


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

    def address_of(self, node: str) -> str:
        """Return a node's address; nothing if it has none."""
        try:
            return str(self.plan.node(node).address)
        except KeyError:
            return ""

    def datacenter_at(self, journey: JourneyResult) -> str:
        """Return the datacenter that answered a journey, by its own word or by its address."""
        owner = self.plan.node_at(journey.server_ip)
        return journey.datacenter or (datacenter_of(owner.name) if owner is not None else "")


def marks_and_ways(world: World, plan: Plan, result: Result, stops: Stops) -> tuple[list[Mark], list[Way]]:
    """Return who is drawn, and between whom; without journeys, the paths that were measured.

    ``stops`` are those on the ways to what clients asked and where they connected; without any, a way is
    the shortest one.
    """
    where = Whereabouts(world, plan)
    if not result.journeys:
        return _of_paths(where, result)
    main = result.journeys[0].case
    ways = [way for journey in result.journeys for way in _ways(where, journey, stops, main)]
    marks: dict[tuple[str, Place], Mark] = {}
    for journey in result.journeys:
        for mark in (*_marks(where, journey), *_stops(journey, stops)):
            marks.setdefault((mark.label, mark.place), mark)
    order = list(ROLES)
    return sorted(marks.values(), key=lambda mark: order.index(mark.role)), ways


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


def _stops(journey: JourneyResult, stops: Stops) -> Iterator[Mark]:
    for stop in stops.get((journey.case, journey.server_ip), ()):
        yield Mark(stop.place, stop.label, "office")


def _ways(where: Whereabouts, journey: JourneyResult, stops: Stops, main: str) -> Iterator[Way]:
    here = where.place_of(journey.client)
    server, asked = where.datacenter_at(journey), where.place_of(journey.resolver)
    ended = where.place_of(server) if server else None
    if here is not None and asked is not None and journey.case == main:
        via = stops.get((journey.case, where.address_of(journey.resolver)), ())
        yield from _legs(here, via, asked, "asks", f"{journey.client} asks {journey.resolver}")
    if here is not None and ended is not None:
        via = stops.get((journey.case, journey.server_ip), ())
        told = f"{journey.client} connects to {server} ({journey.case}, {journey.request})"
        yield from _legs(here, via, ended, "connects" if journey.case == main else "control", told)


def _legs(here: Place, via: Sequence[Stop], there: Place, kind: Kind, told: str) -> Iterator[Way]:
    """Yield a way from stop to stop; of those that matter, all but the last leg are the tunnel's."""
    by = "".join(f", by {stop.label} in {stop.place.name}" for stop in via)
    places = [here, *(stop.place for stop in via), there]
    legs = list(itertools.pairwise(places))
    for number, (a, b) in enumerate(legs, 1):
        inside = kind == "connects" and number < len(legs)
        yield Way(a, b, "tunnel" if inside else kind, f"{told}{by}")


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
