"""A plan's tunnels in the kernel: WireGuard interfaces with their keys, peers and routes.

Interfaces are made as all others are; keys and peers are WireGuard's own business, which pyroute2 speaks.
Private keys come from the run's seed, so that the same run has the same keys: for an emulation only.
Source: drivers/net/wireguard in Linux; the keys' form is that of RFC 7748, section 5.
"""

from __future__ import annotations

import hashlib
import socket
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topologies.errors import BuildError
from topologies.namespaces import entered
from topologies.netlink_batch import send
from topologies.netlink_requests import address, device, link_state, no_link, route
from topologies.tunnel import INTERFACE, Peer, Tunnel

IPV6_SETTINGS = Path("/proc/sys/net/ipv6/conf")


@dataclass(frozen=True)
class Identity:
    """A node's keys for as long as the run lasts, 32 bytes each."""

    private: bytes
    public: bytes


class Tunnels:
    """Makes tunnels; ``pids`` gives a process in each of their nodes' namespaces, where they also end."""

    def __init__(self, tunnels: Sequence[Tunnel], pids: Mapping[str, int], seed: int) -> None:
        self.identities: dict[str, Identity] = {}
        self._tunnels = {(tunnel.node, tunnel.interface): tunnel for tunnel in tunnels}
        self._pids = pids
        self._seed = seed

    def make(self) -> None:
        """Make every tunnel, up, with its routes; raises BuildError with the kernel's own words."""
        for tunnel in self._tunnels.values():
            self._begin(tunnel)
        for tunnel in self._tunnels.values():
            self._join(tunnel)

    def restart(self, node: str, interface: str = INTERFACE) -> None:
        """Remove a node's tunnel and make it again, with the same keys and peers, and without any session.

        The others know nothing of it. Routes that were not the plan's are gone, and captures in the tunnel
        end. Raises BuildError.
        """
        tunnel = self._tunnels[node, interface]
        with self._inside(tunnel):
            send([no_link(tunnel.interface)])
        self._begin(tunnel)
        self._join(tunnel)

    def renew(self, node: str, interface: str = INTERFACE) -> None:
        """Let a tunnel lose its sessions at one end: its next packet begins one. Routes and captures stay.

        Only a capture that has the handshake can be decrypted. Raises BuildError.
        """
        tunnel = self._tunnels[node, interface]
        peers = [self._told(tunnel, peer) for peer in tunnel.peers]
        with self._inside(tunnel), _wireguard() as kernel:
            for peer in peers:
                kernel.set(tunnel.interface, peer={"public_key": peer["public_key"], "remove": True})
                kernel.set(tunnel.interface, peer=peer)

    def keep_alive(self, node: str, interface: str, every_s: int) -> None:
        """Have a tunnel send to its peers after so many seconds without anything to send; 0 for never.

        Raises BuildError.
        """
        tunnel = self._tunnels[node, interface]
        with self._inside(tunnel), _wireguard() as kernel:
            for peer in tunnel.peers:
                key = _text(self.identities[peer.node].public)
                kernel.set(interface, peer={"public_key": key, "persistent_keepalive": every_s})

    def _begin(self, tunnel: Tunnel) -> None:
        """Make a tunnel's interface with its own key, and learn what the public one is."""
        private = private_key(self._seed, tunnel.node)
        with self._inside(tunnel):
            send([device(tunnel.interface, "wireguard", tunnel.mtu)])
            (IPV6_SETTINGS / tunnel.interface / "disable_ipv6").write_text("1")
            with _wireguard() as kernel:
                kernel.set(tunnel.interface, private_key=_text(private), listen_port=tunnel.port)
                public = kernel.info(tunnel.interface)[0].get("WGDEVICE_A_PUBLIC_KEY")
        self.identities[tunnel.node] = Identity(private, b64decode(public))

    def _join(self, tunnel: Tunnel) -> None:
        """Tell a tunnel its peers, and send what is for them there."""
        peers = [self._told(tunnel, peer) for peer in tunnel.peers]
        with self._inside(tunnel):
            with _wireguard() as kernel:
                for peer in peers:
                    kernel.set(tunnel.interface, peer=peer)
            index = socket.if_nametoindex(tunnel.interface)
            networks = [each for peer in tunnel.peers for each in peer.allowed if each.prefixlen]
            send(
                [
                    link_state(tunnel.interface, up=True),
                    address(index, tunnel.address),
                    *(route(index, network, tunnel.address, None) for network in networks),
                ]
            )

    def _told(self, tunnel: Tunnel, peer: Peer) -> dict[str, Any]:
        """Return a peer as pyroute2 takes it; BuildError if it has no tunnel back."""
        far = self._far(tunnel, peer)
        told: dict[str, Any] = {
            "public_key": _text(self.identities[peer.node].public),
            "allowed_ips": [str(each) for each in peer.allowed],
            "persistent_keepalive": peer.keepalive_s,
        }
        if peer.endpoint is not None:
            told["endpoint_addr"] = str(peer.endpoint)
            told["endpoint_port"] = far.port
        return told

    def _far(self, tunnel: Tunnel, peer: Peer) -> Tunnel:
        """Return the other end of a tunnel to a peer; BuildError if it has none."""
        for far in self._tunnels.values():
            if far.node == peer.node and any(each.node == tunnel.node for each in far.peers):
                return far
        raise BuildError(
            f"{tunnel.node}: {tunnel.interface} leads to {peer.node}, which has no tunnel back;"
            f" right would be one with {tunnel.node} among its peers"
        )

    @contextmanager
    def _inside(self, tunnel: Tunnel) -> Iterator[None]:
        """Run the block in a tunnel's namespace; what the kernel refuses is a BuildError."""
        try:
            with entered(self._pids[tunnel.node]):
                yield
        except OSError as error:
            raise BuildError(
                f"{tunnel.node}: the kernel refused its tunnel {tunnel.interface}: {error}"
            ) from error


@contextmanager
def _wireguard() -> Iterator[Any]:
    """Yield WireGuard in the current namespace; raises OSError for what it refuses."""
    # Only inside a machine is pyroute2 there; the outside imports this module for its types.
    from pyroute2.netlink.exceptions import NetlinkError
    from pyroute2.netlink.generic.wireguard import WireGuard

    try:
        with WireGuard() as kernel:
            yield kernel
    except NetlinkError as error:
        raise OSError(error.code, f"WireGuard: {error}") from error


def private_key(seed: int, node: str) -> bytes:
    """Return a node's private key in a run: from the seed, and of the form that Curve25519 asks for."""
    key = bytearray(hashlib.sha256(f"{seed} {node} wireguard".encode()).digest())
    key[0] &= 0b1111_1000
    key[31] = key[31] & 0b0111_1111 | 0b0100_0000
    return bytes(key)


def _text(key: bytes) -> str:
    return b64encode(key).decode()
