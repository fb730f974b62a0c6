"""The queues of a line: what an interface does with packets before they leave by it.

An access line has one of them, as rate and delay stand on different wires (see `topologies.planning`). A
trunk with a rate has classes:

    netem 10:  the delay, and what is lost on the way
      tbf 2:   the rate
        prio 1:   three bands, the first one first
          fq_codel  for each band: what may wait for the rate, the same for every flow

Open vSwitch's ``set_queue:N`` sets a packet's priority to 1:N+1, and prio, being 1:, takes that as the band.
A packet that nobody has given a queue goes to the middle one. The delay comes first: netem hands a packet on
to the queue below it when its time has come, so what waits there waits for the rate alone.
Source: linux/pkt_sched.h; net/sched/sch_netem.c, sch_tbf.c, sch_prio.c, sch_fq_codel.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from topologies import netem
from topologies.access import Line
from topologies.netlink_requests import attribute, queue

ACCESS_BURST_BYTES = 15_140  # ten full frames
TRUNK_BURST_FRAMES, TRUNK_BURST_S = 2, 100e-6  # small, and above what a clock of the real time can wait for
BANDS, MIDDLE = 3, 1
NETEM, TBF, PRIO = 0x10 << 16, 2 << 16, 1 << 16  # handles
U32_MAX = 0xFFFFFFFF

TBF_PARAMETERS = struct.Struct("=BBHhHIBBHhHIIII")  # tc_tbf_qopt: rate, peak rate, limit, buffer, mtu
LINK_ETHERNET = 1  # the kernel then needs no table of times
TCA_PARAMETERS, TCA_BURST = 1, 6  # enum TCA_TBF_*
TCA_TARGET, TCA_LIMIT, TCA_INTERVAL, TCA_DROP_BATCH = 1, 2, 3, 8  # enum TCA_FQ_CODEL_*
NEVER_US = 10_000_000
PRIO_PARAMETERS = struct.Struct("=i16B")  # tc_prio_qopt: bands, and the band of each of 16 priorities


def access_queues(index: int, line: Line, seed: int) -> Iterator[bytes]:
    """Yield the requests that make an interface, by its index, send as a line does."""
    if line.delay_ms or line.loss_percent:
        yield queue(index, "netem", netem.options(line, seed), handle=PRIO)
    elif line.rate_mbit is not None:
        rate = netem.bytes_per_second(line.rate_mbit)
        limit = int(rate * netem.QUEUE_SECONDS) + ACCESS_BURST_BYTES
        yield queue(index, "tbf", tbf(rate, ACCESS_BURST_BYTES, limit), handle=TBF)


def trunk_queues(index: int, line: Line, seed: int) -> Iterator[bytes]:
    """Yield the same for a trunk between two switches: with classes, where it has a rate."""
    if line.rate_mbit is None:
        yield from access_queues(index, line, seed)
        return
    rate = netem.bytes_per_second(line.rate_mbit)
    burst = max(TRUNK_BURST_FRAMES * netem.FULL_FRAME_BYTES, int(rate * TRUNK_BURST_S))
    waiting = max(int(rate * netem.QUEUE_SECONDS), netem.FEWEST_PACKETS * netem.FULL_FRAME_BYTES)
    wait = min(waiting, U32_MAX)
    delay = netem.options(line.model_copy(update={"rate_mbit": None}), seed)
    yield queue(index, "netem", delay, handle=NETEM)
    yield queue(index, "tbf", tbf(rate, burst, wait), handle=TBF, parent=NETEM + 1)
    yield queue(index, "prio", PRIO_PARAMETERS.pack(BANDS, *[MIDDLE] * 16), handle=PRIO, parent=TBF + 1)
    for band in range(1, BANDS + 1):
        yield queue(index, "fq_codel", _fair(wait), handle=0, parent=PRIO + band)


def _fair(waiting_bytes: int) -> bytes:
    """Return fq_codel's options: each flow in turn, and where they are too many, the longest loses one.

    CoDel itself, which keeps queues short, is put off: the queue is as long as that of any other line.
    """
    packets = max(netem.FEWEST_PACKETS, waiting_bytes // netem.FULL_FRAME_BYTES)
    values = {TCA_TARGET: NEVER_US, TCA_LIMIT: packets, TCA_INTERVAL: NEVER_US, TCA_DROP_BATCH: 1}
    return b"".join(attribute(kind, struct.pack("=I", value)) for kind, value in values.items())


def tbf(rate: int, burst: int, limit: int) -> bytes:
    """Return tbf's options: bytes a second, bytes at once, bytes that wait."""
    parameters = TBF_PARAMETERS.pack(0, LINK_ETHERNET, 0, 0, 0, rate, *[0] * 6, min(limit, U32_MAX), 0, 0)
    return attribute(TCA_PARAMETERS, parameters) + attribute(TCA_BURST, struct.pack("=I", burst))
