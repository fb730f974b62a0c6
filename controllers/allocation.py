"""Traffic engineering: how much of each demand the backbone carries, and over which tunnels.

As SWAN does it (Hong et al., "Achieving High Utilization with Software-Driven WAN", SIGCOMM 2013, DOI
10.1145/2486001.2486012): one class of traffic after the other, each in the room that those before have left;
within a class max-min fair rates over up to k tunnels for each pair; and of all ways to carry those the one
with the least delay. Rates are enforced where traffic enters the backbone. (SWAN does not hold interactive
traffic to its rate: it reserves room for it, and lets it go first.)

Rates are given in whole kbit/s, 0.001 Mbit/s, so sums are exact and no trunk ever has more than its rate.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from controllers.demands import CLASSES, Demand, TrafficClass
from controllers.shares import Direction, Room, directions, give, whole_kbit
from controllers.topology import Topology
from controllers.tunnels import Tunnel, tunnels
from topologies.base import Frozen

NS_PER_MS = 1_000_000
TUNNELS = 15  # for each pair, as in SWAN

Stream = tuple[str, str, TrafficClass]  # source and target (names of switches), and class
Key = TypeVar("Key", bound=Hashable)


class Share(Frozen):
    """What a demand, by its place in the list, may send through one tunnel, in Mbit/s."""

    demand: int
    tunnel: Tunnel
    rate_mbit: float


class Allocation(Frozen):
    """All demands, and the shares of those that have any: by demand, then by tunnel.

    Rates are in Mbit/s, and none is below 0.001.
    """

    demands: tuple[Demand, ...]
    shares: tuple[Share, ...]

    def carried_mbit(self) -> tuple[float, ...]:
        """Return what is carried of each demand."""
        carried = _sums((each.demand, each.rate_mbit) for each in self.shares)
        return tuple(carried.get(index, 0.0) for index in range(len(self.demands)))

    def carried_by_class(self) -> dict[TrafficClass, float]:
        """Return what is carried of each class."""
        by_class = ((self.demands[each.demand].traffic_class, each.rate_mbit) for each in self.shares)
        return dict.fromkeys(CLASSES, 0.0) | _sums(by_class)

    def total_mbit(self) -> float:
        """Return what is carried in all."""
        return _sums(("all", each.rate_mbit) for each in self.shares).get("all", 0.0)

    def load_mbit(self) -> dict[Direction, float]:
        """Return the load of each trunk in each direction: by its number, and the switch that sends."""
        return _sums((end, each.rate_mbit) for each in self.shares for end in directions(each.tunnel))


def allocate(topology: Topology, demands: Sequence[Demand], k: int = TUNNELS) -> Allocation:
    """Return what the backbone carries over up to k tunnels for each pair.

    A trunk has its rate in each direction. Where there is no way, nothing is carried. Raises KeyError for a
    name that no switch has, ValueError for a k below 1 and for a demand between a switch and itself, and
    ClientpathError where the solver gives up.
    """
    numbers = {each.name: each.number for each in topology.switches}
    pairs = [(numbers[each.source], numbers[each.target]) for each in demands]
    candidates = tunnels(topology, dict.fromkeys(pairs), k)
    room: Room = {
        (each.number, end): whole_kbit(each.rate_mbit)
        for each in topology.trunks
        if each.rate_mbit is not None
        for end in (each.a, each.b)
    }
    rtt_ms = {each.number: each.rtt_ns / NS_PER_MS for each in topology.trunks}
    shares = []
    for traffic_class in CLASSES:
        mine = [n for n, each in enumerate(demands) if each.traffic_class == traffic_class]
        wanted = {n: whole_kbit(demands[n].rate_mbit) for n in mine if candidates[pairs[n]]}
        columns = [(n, tunnel) for n in wanted for tunnel in candidates[pairs[n]]]
        for (n, tunnel), kbit in zip(columns, give(wanted, columns, room, rtt_ms), strict=True):
            if kbit:
                shares.append(Share(demand=n, tunnel=tunnel, rate_mbit=kbit / 1000))
    shares.sort(key=lambda each: (each.demand, each.tunnel.number))
    return Allocation(demands=tuple(demands), shares=tuple(shares))


def single_path(topology: Topology, demands: Sequence[Demand]) -> Allocation:
    """Return what is carried with every demand on its shortest path: classes and fairness are the same."""
    return allocate(topology, demands, k=1)


def edge_rates(allocation: Allocation) -> dict[Stream, tuple[tuple[Tunnel, float], ...]]:
    """Return what each source may send through each tunnel, in Mbit/s: sorted, the first class first.

    A demand of which nothing is carried is not in it. Demands that are alike have their rates together.
    """
    streams: dict[tuple[str, str, int], Counter[Tunnel]] = defaultdict(Counter)
    for share in allocation.shares:
        demand = allocation.demands[share.demand]
        key = (demand.source, demand.target, CLASSES.index(demand.traffic_class))
        streams[key][share.tunnel] += round(share.rate_mbit * 1000)
    return {
        (source, target, CLASSES[rank]): tuple(
            (tunnel, kbit / 1000) for tunnel, kbit in sorted(rates.items(), key=lambda item: item[0].number)
        )
        for (source, target, rank), rates in sorted(streams.items())
    }


def _sums(rates_mbit: Iterable[tuple[Key, float]]) -> dict[Key, float]:
    """Return the sum for each key; it is exact, because rates are whole kbit/s."""
    kbit: Counter[Key] = Counter()
    for key, rate_mbit in rates_mbit:
        kbit[key] += round(rate_mbit * 1000)
    return {key: total / 1000 for key, total in kbit.items()}
