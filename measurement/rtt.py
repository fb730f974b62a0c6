"""Round trips of the paths that were used, from packets, beside what the world configures.

A DNS exchange counts with what the server took subtracted: the same exchange is in captures at both of its
ends, which have one clock. A TCP connection counts from SYN to SYN/ACK, an echo from request to reply.
"""

from __future__ import annotations

from collections.abc import Iterator

from measurement.evidence import Evidence, frames
from measurement.observation import DnsAnswer, IcmpEcho, Row, TcpConnection
from measurement.result import PathResult
from topologies.paths import configured_rtt_ms, has_way
from topologies.plan import Plan

US_PER_MS = 1000


def used_paths(cases: list[Evidence], plan: Plan) -> tuple[PathResult, ...]:
    """Return each pair of nodes between which a round trip was seen, with the one that is farthest off.

    Pairs between which the plan has no way are left out: routers have learned it, and nobody else knows it.
    """
    worst: dict[tuple[str, str], PathResult] = {}
    configured: dict[tuple[str, str], float | None] = {}
    for evidence in cases:
        for source, target, rtt_us, row in _round_trips(evidence, plan):
            if (source, target) not in configured:
                has_one = has_way(plan, source, target)
                configured[source, target] = configured_rtt_ms(plan, source, target) if has_one else None
            expected_ms = configured[source, target]
            if expected_ms is None:
                continue
            path = PathResult(
                source=source,
                to=target,
                configured_rtt_ms=round(expected_ms, 6),
                measured_rtt_ms=round(rtt_us / US_PER_MS, 6),
                frames=frames(row),
            )
            known = worst.get((source, target))
            if known is None or error_us(path) > error_us(known):
                worst[source, target] = path
    return tuple(worst[pair] for pair in sorted(worst))


def error_us(path: PathResult) -> float:
    """Return how far the measured round trip is from the configured one, in microseconds."""
    return abs(path.measured_rtt_ms - path.configured_rtt_ms) * US_PER_MS


def _round_trips(evidence: Evidence, plan: Plan) -> Iterator[tuple[str, str, float, Row]]:
    at_server = {
        _exchange(row): row for row in evidence.rows if isinstance(row, DnsAnswer) and _sent_here(row, plan)
    }
    for row in evidence.rows:
        if isinstance(row, DnsAnswer) and row.rtt_us is not None and _is(plan, row.node, row.dst):
            other = at_server.get(_exchange(row))
            if other is not None and other.rtt_us is not None:
                yield row.node, other.node, row.rtt_us - other.rtt_us, row
        elif isinstance(row, TcpConnection) and row.rtt_us is not None and _is(plan, row.node, row.client):
            server = plan.node_at(row.server)
            if server is not None:
                yield row.node, server.name, row.rtt_us, row
        elif isinstance(row, IcmpEcho) and row.rtt_us is not None and _is(plan, row.node, row.src):
            target = plan.node_at(row.dst)
            if target is not None:
                yield row.node, target.name, row.rtt_us, row


def _exchange(answer: DnsAnswer) -> tuple[str, str, int, str, str]:
    return answer.src, answer.dst, answer.id, answer.name, answer.type


def _sent_here(answer: DnsAnswer, plan: Plan) -> bool:
    return _is(plan, answer.node, answer.src)


def _is(plan: Plan, node: str, address: str) -> bool:
    found = plan.node_at(address)
    return found is not None and found.name == node
