"""Sees what routers and hosts say of packets that they do not pass on, which is how a path is traced."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from measurement.icmp_errors import TIME_EXCEEDED, UNREACHABLE, Probe, marks, quoted
from measurement.observation import IcmpTimeExceeded, IcmpUnreachable
from measurement.observers.source import Source, frame_of, microseconds
from measurement.packets import IcmpPacket, Packet, UnreadableError

IN_TRANSIT = 0
TOO_LONG = 4
REASONS = (
    "network unreachable",
    "host unreachable",
    "protocol unreachable",
    "port unreachable",
    "fragmentation needed",
    "source route failed",
    "network unknown",
    "host unknown",
    "source host isolated",
    "network prohibited",
    "host prohibited",
    "network unreachable for type of service",
    "host unreachable for type of service",
    "communication prohibited",
    "host precedence violation",
    "precedence cutoff",
)


def icmp_time_exceeded(source: Source) -> Iterator[IcmpTimeExceeded]:
    """Yield every message that a packet's TTL ran out in transit."""
    for error, probe, sent in _errors(source, TIME_EXCEEDED):
        if error.code == IN_TRANSIT:
            yield IcmpTimeExceeded(**source.at(error), **_told(error, probe, sent))


def icmp_unreachable(source: Source) -> Iterator[IcmpUnreachable]:
    """Yield every message that a packet could not be delivered."""
    for error, probe, sent in _errors(source, UNREACHABLE):
        code = error.code
        yield IcmpUnreachable(
            **source.at(error),
            **_told(error, probe, sent),
            code=code,
            reason=REASONS[code] if code < len(REASONS) else f"code {code}",
            next_hop_mtu=error.mtu if code == TOO_LONG else None,
        )


def _errors(source: Source, kind: int) -> list[tuple[IcmpPacket, Probe, list[Packet]]]:
    """Return the errors, with their probe and the packets before them that have its marks."""
    errors: dict[int, tuple[IcmpPacket, Probe]] = {}
    for packet in source.packets:
        if isinstance(packet, IcmpPacket) and packet.type == kind:
            try:
                errors[packet.number] = packet, quoted(packet)
            except UnreadableError:
                continue  # It has a row of its own.
    if not errors:
        return []
    return _with_probes(source, errors)


def _with_probes(
    source: Source, errors: dict[int, tuple[IcmpPacket, Probe]]
) -> list[tuple[IcmpPacket, Probe, list[Packet]]]:
    wanted = {probe for _, probe in errors.values()}
    sent: dict[Probe, list[Packet]] = defaultdict(list)
    found = []
    for packet in source.packets:
        if packet.number in errors:
            error, probe = errors[packet.number]
            found.append((error, probe, list(sent[probe])))
        else:
            own = marks(packet)
            if own in wanted:
                sent[own].append(packet)
    return found


def _told(error: IcmpPacket, probe: Probe, sent: list[Packet]) -> dict[str, Any]:
    last = sent[-1] if sent else None
    return {
        "src": error.src,
        "dst": error.dst,
        **{f"probe_{name}": value for name, value in vars(probe).items()},
        "probe_frame": frame_of(last),
        "probe_ttl": last.ttl if last else None,
        "rtt_us": microseconds(last, error) if last and len(sent) == 1 else None,
    }
