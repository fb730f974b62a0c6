"""A matrix of demands over the backbone: as a linear program allocates it, and on one path each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from controllers.allocation import Allocation, allocate, single_path
from controllers.classes import DSCP, QUEUES, rules
from controllers.control import Rules
from controllers.demands import Demand, TrafficClass, load_demands
from controllers.topology import topology_of
from experiments.backbone import Ways, nearest_first
from experiments.class_claims import Share, share
from experiments.exercise import Exercise, Stream
from experiments.loads import BITS, stream
from experiments.reading import Reading
from experiments.streaming import Watched
from measurement.evidence import Missing, Refuted, frames
from measurement.judge import Claim, Finding
from measurement.observation import Row
from measurement.result import Figure
from topologies.hosts import datacenter_of, front_end, wan_switch
from topologies.world import Datacenter, World

ENGINEERED, ONE_PATH = "engineered", "one-path"
SITES = 3  # at each end
OFFERED = 2  # times what a link carries
LASTS_MS, SETTLED_MS = 1000.0, 400.0
FLOWS = 64  # of each demand: what a switch spreads over paths are flows
# A switch spreads flows, and not bits, over paths, and flows over queues: with so few of them a site is off
# by so much, and all together by less.
ALIKE, SITE_ALIKE = 0.15, 0.40
PUBLISHED = "60 % more than MPLS traffic engineering (Hong et al., SIGCOMM 2013)"


def exercises(
    world: World, ways: Ways, ends: tuple[Datacenter, Datacenter], rate_mbit: float, file: str
) -> tuple[Exercise, ...]:
    """Return the demands as they are allocated, and the same on shortest paths.

    Raises WorldError for a file that is wrong.
    """
    demands = _from_file(world, file) if file else _across(world, ends, rate_mbit)
    switched = [_at_switches(each) for each in demands]
    engineered = rules(ways.topology, allocate(ways.topology, switched))
    streams = tuple(
        stream(
            front_end(each.source),
            front_end(each.target),
            each.traffic_class,
            each.rate_mbit,
            LASTS_MS,
            FLOWS,
        )
        for each in demands
    )
    total = sum(each.rate_mbit for each in demands)
    text = f"{len(demands)} demands, {total:g} Mbit/s in all"
    return (
        Exercise(
            name=ENGINEERED, text=f"{text}, engineered", rules=engineered, streams=streams, steady=False
        ),
        Exercise(
            name=ONE_PATH,
            text=f"{text}, on one path each",
            rules=Rules(queues=QUEUES),
            streams=streams,
            steady=False,
        ),
    )


def _from_file(world: World, file: str) -> tuple[Demand, ...]:
    return load_demands(file, [each.name for each in world.datacenters])


def _across(world: World, ends: tuple[Datacenter, Datacenter], rate_mbit: float) -> tuple[Demand, ...]:
    """Return background from each of the sites near one end to each of those near the other."""
    here, there = ends
    count = min(SITES, len(world.datacenters_of(here.cloud)) // 2)
    near = nearest_first(world, here.place, here.cloud)[:count]
    far = [each for each in nearest_first(world, there.place, there.cloud) if each not in near][:count]
    return tuple(
        Demand(source=a.name, target=b.name, traffic_class="background", rate_mbit=OFFERED * rate_mbit)
        for a in near
        for b in far
    )


def _at_switches(demand: Demand) -> Demand:
    ends = {"source": wan_switch(demand.source), "target": wan_switch(demand.target)}
    return demand.model_copy(update=ends)


@dataclass(frozen=True)
class Engineered:
    """The two exercises about the demands."""

    reading: Reading

    def as_allocated(self) -> Claim:
        """Return the claim that each demand has what the program gives it."""
        allocation = self._allocation(one_path=False)
        return Claim(
            "over several paths each site sends what the program gives it",
            f"{allocation.total_mbit():.3f} Mbit/s in all, to {100 * ALIKE:g} %, and of each site what it may"
            f" send, to {100 * SITE_ALIKE:.0f} %",
            lambda: self._carried(ENGINEERED, allocation),
        )

    def on_one_path(self) -> Claim:
        """Return the control: on shortest paths alone less is carried."""
        allocation = self._allocation(one_path=True)
        return Claim(
            "the same demands, each on its shortest path",
            f"{allocation.total_mbit():.3f} Mbit/s in all, to {100 * ALIKE:g} %, and less than over several",
            lambda: self._less(allocation),
        )

    def figures(self) -> list[Figure]:
        """Return what was carried in all, in both ways, and the gain."""
        found, totals = [], []
        for name, one_path in ((ENGINEERED, False), (ONE_PATH, True)):
            try:
                total, rows = self._total(name)
            except (Missing, Refuted):
                return []
            totals.append(total)
            expected = self._allocation(one_path=one_path).total_mbit()
            found.append(
                Figure(
                    name="demands carried",
                    case=name,
                    unit="Mbit/s",
                    measured=total,
                    expected=expected,
                    frames=frames(*rows),
                )
            )
        if not totals[1]:
            return found
        gain = 100 * (totals[0] / totals[1] - 1)
        return [
            *found,
            Figure(name="gain", case=ENGINEERED, unit="%", measured=gain, published=PUBLISHED),
        ]

    def _allocation(self, *, one_path: bool) -> Allocation:
        topology = topology_of(self.reading.plan)
        demands = [_demand(each) for each in self.reading.order.exercise(ENGINEERED).streams]
        return single_path(topology, demands) if one_path else allocate(topology, demands)

    def _shares(self, name: str) -> list[Share]:
        """Return what of each demand arrived."""
        exercise = self.reading.order.exercise(name)
        watched = (Watched(self.reading, exercise, number) for number in range(len(exercise.streams)))
        return [share(each, SETTLED_MS, LASTS_MS) for each in watched]

    def _total(self, name: str) -> tuple[float, tuple[Row, ...]]:
        """Return what of all demands arrived, in Mbit/s, with the runs that show it."""
        shares = self._shares(name)
        return sum(each.carried_mbit for each in shares), tuple(row for each in shares for row in each.rows)

    def _carried(self, name: str, allocation: Allocation) -> Finding:
        given = allocation.total_mbit()
        if not given:
            raise Missing("the program carries nothing of these demands")
        total, rows = self._total(name)
        text = f"{total:.3f} Mbit/s, {100 * (total / given - 1):+.1f} %"
        if abs(total / given - 1) > ALIKE:
            raise Refuted(text, *rows)
        site, off = self._worst_site(name, allocation)
        text = f"{text}; farthest off: {site}, {100 * off:+.1f} %"
        if abs(off) > SITE_ALIKE:
            raise Refuted(text, *rows)
        return Finding(text, rows)

    def _worst_site(self, name: str, allocation: Allocation) -> tuple[str, float]:
        """Return the site whose traffic is farthest off what it may send, and by which part of that."""
        given, had = defaultdict[str, float](float), defaultdict[str, float](float)
        streams = self.reading.order.exercise(name).streams
        for sent, may, each in zip(streams, allocation.carried_mbit(), self._shares(name), strict=True):
            given[sent.source] += may
            had[sent.source] += each.carried_mbit
        off = {site: had[site] / given[site] - 1 for site in given if given[site]}
        worst = max(off, key=lambda site: abs(off[site]))
        return worst, off[worst]

    def _less(self, allocation: Allocation) -> Finding:
        found = self._carried(ONE_PATH, allocation)
        several, _ = self._total(ENGINEERED)
        one, rows = self._total(ONE_PATH)
        if one >= several:
            raise Refuted(f"{found.observed}, and {several:.3f} over several", *rows)
        return found


def _demand(stream: Stream) -> Demand:
    """Return the demand that a stream stands for."""
    classes: dict[int, TrafficClass] = {dscp: name for name, dscp in DSCP.items()}
    source, target = (wan_switch(datacenter_of(each)) for each in (stream.source, stream.target))
    rate_mbit = round(stream.frame_bytes * BITS / stream.interval_us, 3)
    return Demand(source=source, target=target, traffic_class=classes[stream.dscp], rate_mbit=rate_mbit)
