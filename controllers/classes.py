"""The classes of traffic as packets carry them, and what an allocation tells the edges.

DSCPs are those of RFC 4594: expedited forwarding for what somebody waits for, AF11 for high-throughput data,
CS1 for what may wait. SWAN's hosts mark their packets so as well (Hong et al., SIGCOMM 2013).
"""

from __future__ import annotations

from controllers.allocation import Allocation, edge_rates
from controllers.control import EdgeRule, Rules, TunnelPath
from controllers.demands import TrafficClass
from controllers.topology import Topology

DSCP: dict[TrafficClass, int] = {"interactive": 46, "elastic": 10, "background": 8}
QUEUE: dict[TrafficClass, int] = {"interactive": 0, "elastic": 1, "background": 2}
QUEUES = tuple(sorted((DSCP[each], QUEUE[each]) for each in DSCP))
KBIT_PER_MBIT = 1000


def rules(topology: Topology, allocation: Allocation) -> Rules:
    """Return the rules that carry an allocation out: classes, tunnels, and a rate at each edge."""
    numbers = {each.name: each.number for each in topology.switches}
    edges = [
        EdgeRule(
            source=numbers[source],
            target=numbers[target],
            dscp=DSCP[traffic_class],
            rate_kbps=round(sum(rate for _, rate in rates) * KBIT_PER_MBIT),
            tunnels=tuple(
                TunnelPath(trunks=tunnel.trunks, weight=round(rate * KBIT_PER_MBIT)) for tunnel, rate in rates
            ),
        )
        for (source, target, traffic_class), rates in edge_rates(allocation).items()
    ]
    return Rules(queues=QUEUES, edges=tuple(edges))
