"""netem as the kernel has it: delays in nanoseconds, and a seed of its own for every queue.

Jitter keeps the order of packets: netem reorders only where it has no rate, so a jittered queue is given
one that is never the bottleneck (`netem_enqueue` in net/sched/sch_netem.c).
"""

from __future__ import annotations

import struct

from topologies.access import Line
from topologies.netlink_requests import attribute

NS_PER_MS = 1_000_000
LIMIT_PACKETS = 1_000_000  # the queue holds what is under way; a line's own rate is what drops
FEWEST_PACKETS = 10
FULL_FRAME_BYTES = 1_514
QUEUE_SECONDS = 0.1  # how long a packet may wait for a line's rate before it is dropped
BYTES_PER_MBIT = 125_000
UNBOUNDED_RATE = 0xFFFFFFFF  # bytes a second: a packet of 1,500 bytes passes in 0.35 microseconds
U32_MAX = 0xFFFFFFFF

FIELDS = struct.Struct("=IIIIII")  # tc_netem_qopt: latency, limit, loss, gap, duplicate, jitter
RATE = struct.Struct("=IiIi")  # tc_netem_rate: rate, packet overhead, cell size, cell overhead
# enum TCA_NETEM_* in linux/pkt_sched.h
TCA_RATE, TCA_LATENCY64, TCA_JITTER64, TCA_PRNG_SEED = 6, 10, 11, 14


def options(line: Line, seed: int) -> bytes:
    """Return netem's options for a line; ``seed``, below 2**64, is that of its random numbers."""
    loss = round(line.loss_percent / 100 * U32_MAX)
    found = FIELDS.pack(0, _limit(line), loss, 0, 0, 0)
    found += attribute(TCA_LATENCY64, struct.pack("=q", round(line.delay_ms * NS_PER_MS)))
    found += attribute(TCA_JITTER64, struct.pack("=q", round(line.jitter_ms * NS_PER_MS)))
    found += attribute(TCA_PRNG_SEED, struct.pack("=Q", seed))
    if line.jitter_ms or line.rate_mbit is not None:
        rate = UNBOUNDED_RATE if line.rate_mbit is None else bytes_per_second(line.rate_mbit)
        found += attribute(TCA_RATE, RATE.pack(rate, 0, 0, 0))
    return found


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
