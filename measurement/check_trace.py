"""Checks of a path by what routers said of packets whose TTL ran out, as traceroute sends them.

Probes are echo requests or UDP datagrams to any port; the capture is the sender's, where a packet still has
the TTL that it was sent with.
"""

from __future__ import annotations

from typing import TypeAlias

from measurement.evidence import Evidence, Refuted
from measurement.observation import IcmpEcho, IcmpTimeExceeded, IcmpUnreachable

PORT_UNREACHABLE = 3

Hop: TypeAlias = IcmpTimeExceeded | IcmpEcho | IcmpUnreachable


def traced(evidence: Evidence, at: str, *, src: str, target: str) -> list[Hop]:
    """Every TTL from 1 on was answered, at last by the target; return the first answer of each, in order.

    The answers but the last are routers' `IcmpTimeExceeded`; the last is the target's `IcmpEcho`, or its
    `IcmpUnreachable` where a UDP port is not in use.
    """
    end = _end(evidence, at, src, target)
    hops: dict[int, Hop] = {}
    for row in evidence.at(at, IcmpTimeExceeded, probe_src=src, probe_dst=target):
        if row.probe_ttl is not None:
            hops.setdefault(row.probe_ttl, row)
    last = _ttl(end)
    for ttl in range(1, last):
        if ttl not in hops:
            raise Refuted(f"no router answered TTL {ttl} from {src} to {target} at {at}", end)
    return [hops[ttl] for ttl in range(1, last)] + [end]


def passed(evidence: Evidence, at: str, *, src: str, target: str, routers: tuple[str, ...]) -> list[Hop]:
    """The path to the target leads over exactly these routers (addresses, in order); return its hops."""
    hops = traced(evidence, at, src=src, target=target)
    seen = tuple(hop.src for hop in hops[:-1])
    if seen != routers:
        raise Refuted(
            f"the path from {src} to {target} is {', '.join(seen) or 'direct'},"
            f" not {', '.join(routers) or 'direct'}",
            *hops,
        )
    return hops


def _end(evidence: Evidence, at: str, src: str, target: str) -> IcmpEcho | IcmpUnreachable:
    """Return the target's answer to the smallest TTL that reached it."""
    found: list[IcmpEcho | IcmpUnreachable] = [
        row for row in evidence.at(at, IcmpEcho, src=src, dst=target) if row.reply_frame is not None
    ]
    found += [
        row
        for row in evidence.at(at, IcmpUnreachable, src=target, probe_dst=target, code=PORT_UNREACHABLE)
        if row.probe_src == src and row.probe_ttl is not None
    ]
    if not found:
        raise Refuted(f"no packet from {src} reached {target} and was answered, in the capture at {at}")
    return min(found, key=_ttl)


def _ttl(row: Hop) -> int:
    return row.ttl if isinstance(row, IcmpEcho) else row.probe_ttl or 0
