"""WireGuard tunnels as values: whose interface knows which peers, before anything exists."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from topologies.base import Frozen

INTERFACE = "wg0"
PORT = 51820  # WireGuard has no registered port; this one is its documentation's
OUTER_BYTES = 80  # what is around a packet, at most: IPv6 40, UDP 8, WireGuard's header 16 and tag 16
MTU = 1500 - OUTER_BYTES


class Peer(Frozen):
    """Another node with a tunnel: packets for `allowed` go to it, and it may send from there.

    Without an `endpoint` (its address outside of the tunnel) it has to speak first. Every `keepalive_s`
    seconds in which nothing else was sent, an empty packet is; 0 for never.
    """

    node: str
    allowed: tuple[IPv4Network, ...]
    endpoint: IPv4Address | None = None
    keepalive_s: int = 0


class Tunnel(Frozen):
    """A node's WireGuard interface: its own `address` inside, the UDP `port` outside, and its peers."""

    node: str
    interface: str = INTERFACE
    address: IPv4Address
    port: int = PORT
    mtu: int = MTU
    peers: tuple[Peer, ...]
