"""How one direction of a line treats packets while something is the matter with it: losses in bursts, a rate
with a queue before it, and queues by class.

    netem 10:  the delay, and what is lost on the way
      tbf 2:   the rate; what waits for it waits in one row, or, with classes, in
        prio 1:  three bands, the first one first
          bfifo    a row for each band

Whoever has the priority 1:N is in the band N, as prio is 1:; everybody else is in the last one. The delay
comes first, as on a trunk (`topologies.queues`), so that what waits for the rate waits for it alone.

Losses in bursts are Gilbert's: a line is good and loses nothing, or bad and loses everything, and goes from
one to the other with some probability at each packet. Source: E. N. Gilbert, "Capacity of a Burst-Noise
Channel", 1960; net/sched/sch_netem.c (loss_gilb_ell), linux/pkt_sched.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from topologies import netem
from topologies.access import Line
from topologies.base import Frozen
from topologies.netlink_requests import attribute, queue
from topologies.queues import NETEM, PRIO, PRIO_PARAMETERS, TBF, tbf

BANDS, LAST = 3, 2
BURST_BYTES = 2 * netem.FULL_FRAME_BYTES
U32_MAX = 0xFFFFFFFF
TCA_LOSS, NETEM_LOSS_GE = 5, 2  # enum TCA_NETEM_*, enum NETEM_LOSS_*
GILBERT = struct.Struct("=IIII")  # tc_netem_gemodel: p, r, h, 1-k, as shares of 32 bits


class Shape(Frozen):
    """One direction of a line: `burst_packets` are lost one after another, on average.

    `queue_ms` is how long a packet may wait for the line's rate before it is dropped; with `classes` those of
    a lower class do not count. Where the line has no rate, nobody waits.
    """

    line: Line = Line()
    burst_packets: Annotated[float, Field(ge=1, le=1000)] = 1.0
    queue_ms: Annotated[float, Field(gt=0, le=10_000)] = 100.0
    classes: bool = False


def shape_queues(index: int, shape: Shape, seed: int) -> Iterator[bytes]:
    """Yield the requests that make an interface, by its index, treat packets so."""
    line = shape.line
    yield queue(index, "netem", _delay_and_loss(shape, seed), handle=NETEM)
    if line.rate_mbit is None:
        return
    rate = netem.bytes_per_second(line.rate_mbit)
    waiting = min(int(rate * shape.queue_ms / 1000) + BURST_BYTES, U32_MAX)
    yield queue(index, "tbf", tbf(rate, BURST_BYTES, waiting), handle=TBF, parent=NETEM + 1)
    if shape.classes:
        yield queue(index, "prio", PRIO_PARAMETERS.pack(BANDS, *[LAST] * 16), handle=PRIO, parent=TBF + 1)
        for band in range(1, BANDS + 1):
            yield queue(index, "bfifo", struct.pack("=I", waiting), handle=0, parent=PRIO + band)


def _delay_and_loss(shape: Shape, seed: int) -> bytes:
    line = shape.line.model_copy(update={"rate_mbit": None})
    if shape.burst_packets == 1 or not line.loss_percent:
        return netem.options(line, seed)
    steady = netem.options(line.model_copy(update={"loss_percent": 0.0}), seed)
    return steady + attribute(TCA_LOSS, attribute(NETEM_LOSS_GE, _gilbert(shape)))


def _gilbert(shape: Shape) -> bytes:
    """Return the model's parameters, from the length of a burst and the share of packets that are lost."""
    lost = min(shape.line.loss_percent / 100, 1 - 1e-9)
    to_good = 1 / shape.burst_packets
    to_bad = min(1.0, to_good * lost / (1 - lost))
    return GILBERT.pack(round(to_bad * U32_MAX), round(to_good * U32_MAX), 0, 0)
