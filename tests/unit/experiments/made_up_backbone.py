"""Runs on the backbone that never were: what captures have of streams, echoes and requests, by arithmetic.

Only distance takes time. Each datagram is followed over its trunks, and every capture on its way sees it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

from controllers import tags
from controllers.allocation import allocate, single_path
from controllers.topology import topology_of
from experiments import backbone_classes, backbone_failover, backbone_rtt
from experiments.asking import FIRST_PORT as ASK_PORT
from experiments.backbone import Ways
from experiments.cut_place import Place
from experiments.engineered import ENGINEERED, _demand
from experiments.exercise import FIRST_PORT, Cut, Echo, Exercise, Mend, Stream
from experiments.experiment import Experiment
from experiments.failover_claims import MESSAGES
from experiments.loads import BITS
from experiments.order import Order
from experiments.reading import Reading
from measurement.observation import DatagramRun, Observation
from tests.unit.measurement import rows
from tests.unit.measurement.captures import START_NS
from tests.unit.topologies.made_up_backbones import given_world
from topologies.azure import published_rtt_ms
from topologies.hosts import front_end, wan_switch
from topologies.load import load_world
from topologies.paths import configured_rtt_ms
from topologies.plan import Plan, Wire, interface_at
from topologies.planning import plan_network
from topologies.world import World

from .changes import Change

ARTICLE = load_world("article")
NS_PER_MS, MINUTE_NS = 1_000_000, 60_000_000_000
JUMP_NS = 500_000


def published() -> World:
    """Return the article's world with a link between every two datacenters: just as long as is published."""
    links = []
    for a, b in combinations(ARTICLE.datacenters_of("worldwide"), 2):
        rtt_ms = published_rtt_ms(a.region or "", b.region or "")
        links.append(f'between = ["{a.name}", "{b.name}"]\nrtt_ms = {rtt_ms}')
    return given_world(*links)


WORLD = published()
FRAMES = 100_000  # of each stream in a capture: so far apart are their numbers


@dataclass(frozen=True)
class Seen:
    """A datagram at a place."""

    number: int
    sent_ns: int
    time_ns: int
    tag: int | None = None


def runs_of(seen: Iterable[Seen], frame: int = 0, **values: Any) -> Iterator[DatagramRun]:
    """Return the rows of what a capture has of one stream after a frame, in the order in which it came."""
    groups: list[list[Seen]] = []
    for each in seen:
        last = groups[-1][-1] if groups else None
        follows = last is not None and each.number == last.number + 1 and each.tag == last.tag
        if last is None or not follows or abs(_delay_ns(each) - _delay_ns(last)) > JUMP_NS:
            groups.append([])
        groups[-1].append(each)
    for group in groups:
        yield datagram_run(group, frame + 1, **values)
        frame += len(group)


def datagram_run(group: list[Seen], frame: int, **values: Any) -> DatagramRun:
    """Return one row."""
    delays_us = [_delay_ns(each) / 1000 for each in group]
    first, last = group[0], group[-1]
    found = {
        "frame": frame,
        "time_ns": first.time_ns,
        "tag": first.tag,
        "dscp": 0,
        "first": first.number,
        "last": last.number,
        "last_frame": frame + len(group) - 1,
        "last_time_ns": last.time_ns,
        "least_delay_us": min(delays_us),
        "most_delay_us": max(delays_us),
    }
    return DatagramRun.model_validate({**found, **values})


def _delay_ns(seen: Seen) -> int:
    return seen.time_ns - seen.sent_ns


class Case(rows.CaseRows):
    """One exercise's rows."""

    def __init__(self, exercise: Exercise, plan: Plan, order: Order, start_ns: int) -> None:
        super().__init__(exercise.name, plan, order.captures)
        self.exercise, self.start_ns = exercise, start_ns

    def ns(self, at_ms: float) -> int:
        """Return the time of something in the exercise."""
        return self.start_ns + round(at_ms * NS_PER_MS)

    def sent_ns(self, stream: Stream, number: int) -> int:
        """Return when a datagram was sent."""
        return self.ns(stream.start_ms) + number * stream.interval_us * 1000

    def streamed(self, number: int, point: str, seen: Iterable[Seen]) -> None:
        """Add what a capture has of a stream."""
        stream = self.exercise.streams[number]
        place = {"case": self.case, "node": point, "file": f"pcap/{self.case}/{point}.pcapng"}
        ends = {"src": self.ip(stream.source), "dst": self.ip(stream.target), "dst_port": FIRST_PORT + number}
        came = sorted(seen, key=lambda each: each.time_ns)
        self.rows += runs_of(came, number * FRAMES, **place, **ends, kind="datagram_run")

    def echoed(self, number: int, rtt_ms: float | None) -> None:
        """Add an echo as its source sees it; None where nobody answers."""
        echo = self.exercise.echoes[number - 1]
        ends = {"src": self.ip(echo.source), "dst": self.ip(echo.target), "seq": number}
        found = {"rtt_us": None, "reply_frame": None} if rtt_ms is None else {"rtt_us": rtt_ms * 1000}
        self.add(rows.echo, echo.source, self.ns(echo.at_ms), **ends, **found)


class CutCase(Case):
    """A stream over a link that may be cut; the paths' version goes up with each update."""

    def __init__(
        self, exercise: Exercise, plan: Plan, order: Order, start_ns: int, place: Place, version: int
    ) -> None:
        super().__init__(exercise, plan, order, start_ns)
        self.place, self.version, self.order = place, version, order
        stream, at = exercise.streams[0], {type(each): each.at_ms for each in exercise.events}
        self.cut_ms, self.mended_ms = at.get(Cut), at.get(Mend)
        places: dict[str, list[Seen]] = {point.name: [] for point in order.captures}
        for number in range(stream.count):
            self._follow(stream, number, places)
        for point, seen in places.items():
            self.streamed(0, point, seen)
        for number, echo in enumerate(exercise.echoes, 1):
            self.echoed(number, self._rtt_ms(echo.at_ms))

    @property
    def wait_ms(self) -> float:
        """How long an update takes."""
        return MESSAGES * self.order.control_delay_ms

    def _phase(self, at_ms: float) -> int:
        """Return which paths are in force: 0 the first ones, 1 those without the link, 2 those with it."""
        if self.cut_ms is None or self.mended_ms is None:
            return 0
        return (at_ms >= self.cut_ms + self.wait_ms) + (at_ms >= self.mended_ms + self.wait_ms)

    def _rtt_ms(self, at_ms: float) -> float:
        place, phase = self.place, self._phase(at_ms)
        if phase == 0 and self.cut_ms is not None and at_ms > self.cut_ms:
            return (place.rtt_ms(place.detour) + place.rtt_ms(place.detour_back)) / 2
        return place.rtt_ms(place.without if phase == 1 else place.way)

    def _follow(self, stream: Stream, number: int, places: dict[str, list[Seen]]) -> None:
        sent_ns = now_ns = self.sent_ns(stream, number)
        at_ms = stream.start_ms + number * stream.interval_us / 1000
        phase = self._phase(at_ms)
        version = (self.version + phase - 1) % 3 + 1
        uplink = interface_at(self._uplink(), self._here())
        for point in (stream.source, uplink):
            if point in places:
                places[point].append(Seen(number, sent_ns, now_ns))
        for trunk, tag in self._trunks(at_ms, phase, version):
            wire = self.place.ways.wire(trunk)
            now_ns += wire.rtt_ns // 2
            if self._is_cut(trunk, phase, now_ns):
                return
            for end in (wire.a, wire.b):
                if end.interface in places:
                    places[end.interface].append(Seen(number, sent_ns, now_ns, tag))
        places[stream.target].append(Seen(number, sent_ns, now_ns))

    def _here(self) -> str:
        return wan_switch(self.place.source)

    def _uplink(self) -> Wire:
        trunks = self.plan.trunks
        return next(wire for wire in self.plan.wires_at(self._here()) if wire not in trunks)

    def _is_cut(self, trunk: int, phase: int, over_ns: int) -> bool:
        """Say whether a datagram is lost that would come off a trunk at a time."""
        return (
            trunk == self.place.trunk
            and phase == 0
            and self.cut_ms is not None
            and over_ns > self.ns(self.cut_ms)
        )

    def _trunks(self, at_ms: float, phase: int, version: int) -> list[tuple[int, int]]:
        """Return the trunks that a datagram is sent over, each with its tag there."""
        place, own = self.place, tags.on_its_way(version)
        if phase != 0 or self.cut_ms is None:
            return [(each, own) for each in (place.without if phase == 1 else place.way)]
        before = place.way[: place.way.index(place.trunk)]
        meets_ms = at_ms + place.one_way_ms(before)
        if meets_ms <= self.cut_ms or not self.exercise.rules.protection:
            return [(each, own) for each in place.way]
        routes = place.ways.routes_to(place.target)
        inner = len(routes.inner(place.ways.plan.switch_numbers[place.near])) - 1
        around, past = tags.around(version, place.trunk), tags.past(version)
        rest = place.detour[len(before) :]
        tagged = [(each, around if number < inner else past) for number, each in enumerate(rest)]
        return [*((each, own) for each in before), *tagged]


def planned(experiment: Experiment, world: World = WORLD, **chosen: Any) -> tuple[World, Order, Plan]:
    """Return a run's world, order and plan."""
    options = experiment.options(**chosen)
    changed = experiment.change_world(world, options)
    order = experiment.plan_order(changed, 1, 10.0, options)
    return changed, order, plan_network(changed, order.selection, 1)


@cache
def failover(world: World = WORLD, **chosen: Any) -> Reading:
    """Return a run of the failover."""
    changed, order, plan = planned(backbone_failover.EXPERIMENT, world, **chosen)
    found = Reading(order, changed, plan, (), ())
    place = backbone_failover._failover(found, backbone_failover.CUT).place
    observations: list[Observation] = []
    for number, exercise in enumerate(order.exercises):
        case = CutCase(exercise, plan, order, START_NS + number * MINUTE_NS, place, number % 3 + 1)
        observations += case.rows
    return dataclasses.replace(found, observations=tuple(observations))


@cache
def pairs(world: World = WORLD) -> Reading:
    """Return a run of the round trips."""
    changed, order, plan = planned(backbone_rtt.EXPERIMENT, world)
    found = Reading(order, changed, plan, (), ())
    observations: list[Observation] = []
    for number, exercise in enumerate(order.exercises):
        case = Case(exercise, plan, order, START_NS + number * MINUTE_NS)
        place = _cut_place(found, exercise)
        for each, echo in enumerate(exercise.echoes, 1):
            rtt_ms = configured_rtt_ms(plan, echo.source, echo.target)
            case.echoed(each, _rtt_ms(place, exercise, echo, rtt_ms))
        observations += case.rows
    return dataclasses.replace(found, observations=tuple(observations))


def _rtt_ms(place: Place | None, exercise: Exercise, echo: Echo, usual_ms: float) -> float | None:
    """Return what an echo takes; None where a cut is all that joins its ends."""
    mended_ms = next((each.at_ms for each in exercise.events if isinstance(each, Mend)), 0.0)
    if place is None or echo.at_ms > mended_ms:
        return usual_ms
    source, target = (each.removesuffix(front_end("")) for each in (echo.source, echo.target))
    if place.trunk not in place.ways.path(source, target):
        return usual_ms
    around = place.ways.detour(source, target, place.trunk)
    return None if around is None else place.rtt_ms(place.ways.without(source, target, place.trunk))


def _cut_place(reading: Reading, exercise: Exercise) -> Place | None:
    cut = next((each for each in exercise.events if isinstance(each, Cut)), None)
    if cut is None:
        return None
    (wire,) = reading.plan.wires_between(cut.a, cut.b)
    echo = exercise.echoes[0]
    source, target = (each.removesuffix(front_end("")) for each in (echo.source, echo.target))
    return Place(Ways(reading.plan), source, target, reading.plan.trunks.index(wire) + 1)


class CrowdCase(Case):
    """Streams that get a share of what they offer, and a request that takes its time."""

    def shared(self, number: int, carried_mbit: float) -> None:
        """Add a stream of which so much arrives, evenly apart."""
        stream = self.exercise.streams[number]
        sent = [Seen(each, at, at) for each in range(stream.count) for at in [self.sent_ns(stream, each)]]
        self.streamed(number, stream.source, sent)
        apart_ns = round(stream.frame_bytes * BITS / carried_mbit * 1000)
        step = max(1.0, apart_ns / (stream.interval_us * 1000))
        far_ns = self.way_ns(stream.source, stream.target)
        came = (int(place * step) for place in range(int(stream.count / step)))
        seen = (
            Seen(each, sent[each].sent_ns, self.ns(0) + far_ns + place * apart_ns)
            for place, each in enumerate(came)
        )
        if step == 1.0:
            seen = (Seen(each.number, each.sent_ns, each.time_ns + far_ns) for each in sent)
        self.streamed(number, stream.target, seen)

    def asked(self, took_ms: float) -> None:
        """Add the request, and its answer in two bursts of which the last ends when it is there."""
        ask = self.exercise.asks[0]
        client, server, began_ns = self.ip(ask.source), self.ip(ask.target), self.ns(ask.at_ms)
        ends = {"client": client, "client_port": 40_000, "server": server, "server_port": ASK_PORT}
        self.add(rows.connection, ask.source, began_ns, **ends)
        back = rows.ends((server, ASK_PORT), (client, 40_000))
        for part, size in ((0.6, 14_000), (1.0, ask.answer_bytes - 14_000 + 60)):
            at_ns = began_ns + round(took_ms * part * NS_PER_MS)
            self.add(rows.burst, ask.source, at_ns, **back, bytes=size, last_time_ns=at_ns)


IDLE_MS, WITH_CLASSES_MS, WITHOUT_MS = 256.0, 262.0, 303.0


@cache
def classes(world: World = WORLD, **chosen: Any) -> Reading:
    """Return a run of the classes."""
    changed, order, plan = planned(backbone_classes.EXPERIMENT, world, **chosen)
    topology = topology_of(plan)
    observations: list[Observation] = []
    for number, exercise in enumerate(order.exercises):
        case = CrowdCase(exercise, plan, order, START_NS + number * MINUTE_NS)
        rate_mbit = 5.0
        shares = [0.25, 0.25, 0.5, 0.25, 0.25, 0.5] if exercise.name == "classes" else [1 / 3] * 6
        carried = [share * rate_mbit for share in shares]
        if not exercise.asks:
            demands = [_demand(each) for each in exercise.streams]
            program = allocate if exercise.name == ENGINEERED else single_path
            carried = list(program(topology, demands).carried_mbit())
        for each in range(len(exercise.streams)):
            case.shared(each, carried[each])
        if exercise.asks:
            case.asked({"idle": IDLE_MS, "classes": WITH_CLASSES_MS}.get(exercise.name, WITHOUT_MS))
        observations += case.rows
    return Reading(order, changed, plan, (), tuple(observations))


def restreamed(
    case: str, point: str, keep: Callable[[Seen], list[Seen]], number: int = 0, more: Sequence[Seen] = ()
) -> Change:
    """Return a change of a capture's datagrams: ``keep`` takes each and returns what stands instead."""

    def change(reading: Reading) -> Reading:
        port = FIRST_PORT + number
        mine = [
            row
            for row in reading.observations
            if isinstance(row, DatagramRun) and (row.case, row.node, row.dst_port) == (case, point, port)
        ]
        seen = [each for row in mine for each in _spread(row)]
        kept = [new for each in seen for new in keep(each)]
        changed = sorted([*kept, *more], key=lambda each: each.time_ns)
        values: dict[str, Any] = {"case": case, "node": point, "file": f"pcap/{case}/{point}.pcapng"}
        stream = reading.order.exercise(case).streams[number]
        ends = {"src": reading.address(stream.source), "dst": reading.address(stream.target)}
        values |= {**ends, "dst_port": port, "kind": "datagram_run"}
        own = set(map(id, mine))
        others = [row for row in reading.observations if id(row) not in own]
        assert changed != seen, "nothing to change"
        return dataclasses.replace(
            reading, observations=(*others, *runs_of(changed, number * FRAMES, **values))
        )

    return change


def _spread(row: DatagramRun) -> Iterator[Seen]:
    """Return a run's datagrams, evenly apart."""
    for place in range(row.datagrams):
        time_ns = row.time_ns + round(place * (row.last_time_ns - row.time_ns) / max(1, row.datagrams - 1))
        yield Seen(row.first + place, time_ns - round(row.least_delay_us * 1000), time_ns, row.tag)
