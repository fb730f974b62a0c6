"""netem as the kernel has it: delays in nanoseconds and a seed, which pyroute2's own module lacks.

Jitter keeps the order of packets: netem reorders only where it has no rate, so a jittered queue is given
one that is never the bottleneck (`netem_enqueue` in net/sched/sch_netem.c).
"""

from __future__ import annotations

from typing import Any

from pyroute2.netlink.rtnl.tcmsg import plugins, sched_netem

from topologies.access import Line

NS_PER_MS = 1_000_000
LIMIT_PACKETS = 1_000_000  # the queue holds what is under way; a line's own rate is what drops
FEWEST_PACKETS = 10
FULL_FRAME_BYTES = 1_514
QUEUE_SECONDS = 0.1  # how long a packet may wait for a line's rate before it is dropped
BYTES_PER_MBIT = 125_000
UNBOUNDED_RATE = 0xFFFFFFFF  # bytes a second: a packet of 1,500 bytes passes in 0.35 microseconds
U32_MAX = 0xFFFFFFFF

parent = sched_netem.parent


class options(sched_netem.options):  # type: ignore[misc]  # noqa: N801  (pyroute2 looks for this name)
    """The attributes of ``enum TCA_NETEM_*`` in linux/pkt_sched.h, in its order."""

    nla_map = (
        *sched_netem.options.nla_map,
        ("TCA_NETEM_ECN", "uint32"),
        ("TCA_NETEM_RATE64", "uint64"),
        ("TCA_NETEM_PAD", "none"),
        ("TCA_NETEM_LATENCY64", "int64"),
        ("TCA_NETEM_JITTER64", "int64"),
        ("TCA_NETEM_SLOT", "none"),
        ("TCA_NETEM_SLOT_DIST", "none"),
        ("TCA_NETEM_PRNG_SEED", "uint64"),
    )


def get_parameters(kwarg: dict[str, Any]) -> dict[str, Any]:
    """Return netem's options for pyroute2 from ``line`` (a `Line`) and ``seed`` (an integer)."""
    line: Line = kwarg["line"]
    attributes: list[list[Any]] = [
        ["TCA_NETEM_LATENCY64", round(line.delay_ms * NS_PER_MS)],
        ["TCA_NETEM_JITTER64", round(line.jitter_ms * NS_PER_MS)],
        ["TCA_NETEM_PRNG_SEED", kwarg["seed"]],
    ]
    if line.jitter_ms or line.rate_mbit is not None:
        rate = UNBOUNDED_RATE if line.rate_mbit is None else bytes_per_second(line.rate_mbit)
        values = {"rate": rate, "packet_overhead": 0, "cell_size": 0, "cell_overhead": 0}
        attributes.append(["TCA_NETEM_RATE", values])
    loss = round(line.loss_percent / 100 * U32_MAX)
    fields = {"delay": 0, "limit": _limit(line), "loss": loss, "gap": 0, "duplicate": 0, "jitter": 0}
    return {**fields, "attrs": attributes}


def bytes_per_second(rate_mbit: float) -> int:
    """Return a rate as the kernel counts it: at least 1, as 0 would be no limit, and in 32 bits."""
    return max(1, int(min(rate_mbit * BYTES_PER_MBIT, UNBOUNDED_RATE)))


def _limit(line: Line) -> int:
    """Return how many packets netem holds: those under way, and where there is a rate those that wait."""
    if line.rate_mbit is None:
        return LIMIT_PACKETS
    held_s = line.delay_ms / 1000 + QUEUE_SECONDS
    held = int(bytes_per_second(line.rate_mbit) * held_s / FULL_FRAME_BYTES)
    return min(FEWEST_PACKETS + held, U32_MAX)


def register() -> None:
    """Let ``IPRoute.tc("add", "netem", line=..., seed=...)`` use this module."""
    import sys

    plugins["netem"] = sys.modules[__name__]
