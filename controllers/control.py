"""What a controller is given before traffic: the backbone, and how it is to be run."""

from __future__ import annotations

from controllers.topology import Topology
from topologies.base import Frozen


class TunnelPath(Frozen):
    """A way that traffic engineering chose, as the trunks' numbers from one switch to another.

    `weight` is its part of the traffic between the two, relative to the others.
    """

    trunks: tuple[int, ...]
    weight: int


class EdgeRule(Frozen):
    """What traffic of one class gets between two switches: a rate at the edge, and its tunnels."""

    source: int
    target: int
    dscp: int
    rate_kbps: int
    tunnels: tuple[TunnelPath, ...]


class Rules(Frozen):
    """How a backbone is run.

    With `protection` switches have groups that leave a cut trunk by themselves; without it they wait for the
    controller. `queues` gives the queue of each DSCP, lower first; without any, all packets are equal.
    """

    protection: bool = True
    queues: tuple[tuple[int, int], ...] = ()
    edges: tuple[EdgeRule, ...] = ()


class Control(Rules):
    """Everything that a controller is given."""

    topology: Topology
