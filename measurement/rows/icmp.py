"""Rows of ICMP: echoes, and what routers and hosts say of packets that they do not pass on (RFC 792)."""

from typing import Literal

from measurement.rows.base import Row


class IcmpEcho(Row):
    """An ICMP echo request and its reply; `ttl` is the request's TTL where it was captured."""

    kind: Literal["icmp_echo"] = "icmp_echo"
    src: str
    dst: str
    id: int
    seq: int
    ttl: int
    reply_frame: int | None
    rtt_us: float | None


class IcmpError(Row):
    """What `src` told `dst` of a packet that it did not pass on: the probe, as the message quotes it.

    `probe_protocol` is "icmp", "udp", "tcp" or such as "ip/47", `probe_ip_id` is IPv4's identification.
    `probe_id` and `probe_seq` are an echo's identifier and sequence number, `probe_seq` is also TCP's
    sequence number, the ports are UDP's and TCP's: None where the protocol has none. `probe_frame` and
    `probe_ttl` are those of the last packet before that has these marks, None where the capture has none;
    `rtt_us` is from that packet to this message, None where several packets have these marks, since nobody
    can tell which of them is meant.
    """

    src: str
    dst: str
    probe_src: str
    probe_dst: str
    probe_protocol: str
    probe_ip_id: int
    probe_id: int | None
    probe_seq: int | None
    probe_src_port: int | None
    probe_dst_port: int | None
    probe_frame: int | None
    probe_ttl: int | None
    rtt_us: float | None


class IcmpTimeExceeded(IcmpError):
    """A router dropped a packet whose TTL ran out on the way (type 11, code 0)."""

    kind: Literal["icmp_time_exceeded"] = "icmp_time_exceeded"


class IcmpUnreachable(IcmpError):
    """A packet could not be delivered (type 3).

    `reason` is the code in words (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1).
    `next_hop_mtu` is in bytes, with its IPv4 header (RFC 1191); None where the code is not 4.
    """

    kind: Literal["icmp_unreachable"] = "icmp_unreachable"
    code: int
    reason: str
    next_hop_mtu: int | None
