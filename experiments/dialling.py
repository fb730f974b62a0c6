"""Dialling in, in the machine: a new session for each case, and the keys that decrypt it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from experiments.way import Way
from experiments.ways import tunnel_of
from experiments.window import Secrets
from measurement.handshakes import Handshakes
from measurement.wireguard_keys import key_log
from topologies.hosts import gateway
from topologies.network import Network

ECHOES = 2  # the first one waits for the handshake, the second shows how far it is


def forget(network: Network, client: str, way: Way) -> None:
    """Have a client's tunnel forget its session: its next packet begins one, in sight of the captures."""
    if way.office:
        tunnel = tunnel_of(network.plan, client, gateway(way.office))
        network.tunnels.renew(client, tunnel.interface)


def greet(network: Network, client: str, way: Way) -> None:
    """Have a client begin its session, with an echo to the concentrator; CommandError without an answer."""
    if way.office:
        inside = tunnel_of(network.plan, gateway(way.office), client)
        echo = ["ping", "-n", "-c", str(ECHOES), "-i", "0.5", "-W", "5", str(inside.address)]
        network.run(client, echo)


@contextlib.contextmanager
def keys_kept(network: Network, client: str, way: Way, secrets: Secrets) -> Iterator[None]:
    """Keep the keys of every session that either end begins in the block; a missing one is told in words."""
    if not way.office:
        yield
        return
    concentrator = gateway(way.office)
    either = [(client, concentrator), (concentrator, client)]
    with Handshakes(network, network.tunnels.identities, either) as handshakes:
        yield
    secrets.wireguard_keys = key_log(handshakes.initiations)
    if handshakes.problem:
        print(f"{client}: {handshakes.problem}", flush=True)
