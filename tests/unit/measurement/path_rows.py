"""Rows of tunnels, routing and paths: plausible, as those of `rows`; a test changes what it is about."""

from __future__ import annotations

from typing import Any

from measurement.observation import (
    BfdState,
    BgpMessage,
    IcmpTimeExceeded,
    IcmpUnreachable,
    WireGuardFlow,
    WireGuardHandshake,
    WireGuardStray,
)

from .captures import CLIENT, SERVER
from .rows import talk

MICROSOFT, CUSTOMER = "198.51.100.2", "198.51.100.1"


def _at(changes: dict[str, Any], frame: int) -> dict[str, Any]:
    """Return a row's place, as that of a talk with these changes would be."""
    given = {name: changes[name] for name in ("node", "case") if name in changes}
    place = talk(**given).model_dump(include={"case", "node", "file", "time_ns"})
    return {**place, "frame": frame}


def tunnel_handshake(**changes: Any) -> WireGuardHandshake:
    """Return a handshake of the client that was answered."""
    values = {"initiator": CLIENT, "initiator_port": 51_820, "responder": SERVER, "responder_port": 51_820}
    values |= {"sender": 5, "receiver": 7, "response_frame": 2, "rtt_us": 46_000.0}
    return WireGuardHandshake.model_validate({**_at(changes, 1), **values, **changes})


def flow(**changes: Any) -> WireGuardFlow:
    """Return four packets from the client, one of them a keepalive."""
    values = {"src": CLIENT, "src_port": 51_820, "dst": SERVER, "dst_port": 51_820, "receiver": 7}
    values |= {"packets": 4, "keepalives": 1, "bytes": 288, "first_counter": 0, "last_counter": 3}
    values |= {"missing": 0, "last_frame": 9, "last_time_ns": 1}
    return WireGuardFlow.model_validate({**_at(changes, 3), **values, **changes})


def stray(**changes: Any) -> WireGuardStray:
    """Return a cookie for the client."""
    values = {"type": "cookie", "src": SERVER, "src_port": 51_820, "dst": CLIENT, "dst_port": 51_820}
    return WireGuardStray.model_validate({**_at(changes, 2), **values, "receiver": 5, **changes})


def bgp_message(**changes: Any) -> BgpMessage:
    """Return an UPDATE of Microsoft's edge for the customer."""
    values: dict[str, Any] = {"type": "update", "src": MICROSOFT, "dst": CUSTOMER}
    values |= {"src_port": 179, "dst_port": 40_000}
    if changes.get("type", "update") == "update" and "withdrawn" not in changes:
        values |= {"announced": ("13.107.6.0/24",), "communities": ("12076:5010",), "as_path": (12_076,)}
    return BgpMessage.model_validate({**_at(changes, 4), **values, **changes})


def bfd_state(**changes: Any) -> BfdState:
    """Return that the client's BFD session came up."""
    values = {"src": CLIENT, "dst": SERVER, "state": "up", "diagnostic": "no diagnostic"}
    return BfdState.model_validate({**_at(changes, 5), **values, **changes})


PROBE = {
    "probe_src": CLIENT,
    "probe_dst": SERVER,
    "probe_protocol": "udp",
    "probe_ip_id": 1,
    "probe_id": None,
    "probe_seq": None,
    "probe_src_port": 40_000,
    "probe_dst_port": 33_434,
    "probe_frame": 1,
}


def exceeded(ttl: int | None, src: str, **changes: Any) -> IcmpTimeExceeded:
    """Return a router's answer to a TTL that ran out."""
    values = {"src": src, "dst": CLIENT, **PROBE, "probe_ttl": ttl, "rtt_us": 1000.0}
    return IcmpTimeExceeded.model_validate({**_at(changes, 5), **values, **changes})


def no_port(ttl: int | None, **changes: Any) -> IcmpUnreachable:
    """Return the target's answer to a datagram for a port that is not in use."""
    values = {"src": SERVER, "dst": CLIENT, **PROBE, "probe_ttl": ttl, "rtt_us": 9000.0}
    values |= {"code": 3, "reason": "port unreachable", "next_hop_mtu": None}
    return IcmpUnreachable.model_validate({**_at(changes, 6), **values, **changes})
