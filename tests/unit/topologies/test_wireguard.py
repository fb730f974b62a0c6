"""What a kernel is told of tunnels, in which order and where; whether it likes that, guests try."""

from __future__ import annotations

import socket
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from topologies import wireguard
from topologies.errors import BuildError
from topologies.netlink_requests import address, device, link_state, no_link, route
from topologies.tunnel import Peer, Tunnel
from topologies.wireguard import Tunnels, private_key

HUB, ANN, OUTSIDE = IPv4Address("10.9.0.1"), IPv4Address("10.9.0.2"), IPv4Address("192.0.2.1")
EVERYWHERE, OFFICE = IPv4Network("0.0.0.0/0"), IPv4Network("10.1.0.0/16")
TUNNELS = (
    Tunnel(node="hub", address=HUB, port=4500, peers=(Peer(node="ann", allowed=(IPv4Network(ANN),)),)),
    Tunnel(
        node="ann",
        address=ANN,
        mtu=1300,
        peers=(Peer(node="hub", allowed=(EVERYWHERE, OFFICE), endpoint=OUTSIDE, keepalive_s=25),),
    ),
)
INDEX = 7
ROOT = "nobody"


class FakeKernel:
    """Notes what is done in which node; its public keys are the private ones' digests."""

    def __init__(self) -> None:
        self.node = ROOT
        self.told: list[tuple[str, Any]] = []
        self.refused: Exception | None = None
        self.open = 0

    @contextmanager
    def entered(self, pid: int) -> Iterator[None]:
        before, self.node = self.node, {1: "hub", 2: "ann"}[pid]
        try:
            yield
        finally:
            self.node = before

    def send(self, requests: list[bytes]) -> None:
        self.told += [(self.node, request) for request in requests]

    def __enter__(self) -> FakeKernel:
        self.open += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.open -= 1

    def set(self, interface: str, **what: Any) -> None:
        if self.refused is not None:
            raise self.refused
        self.told.append((self.node, (interface, what)))

    def info(self, interface: str) -> list[dict[str, bytes]]:
        private = next(what[1]["private_key"] for node, what in reversed(self.told) if node == self.node)
        return [{"WGDEVICE_A_PUBLIC_KEY": b64encode(public(b64decode(private)))}]


def public(private: bytes) -> bytes:
    return sha256(private).digest()


class NetlinkError(Exception):
    """As pyroute2's: it is no OSError."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(code, words)
        self.code = code


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeKernel:
    fake = FakeKernel()
    modules: dict[str, dict[str, Any]] = {
        "pyroute2": {},
        "pyroute2.netlink": {},
        "pyroute2.netlink.exceptions": {"NetlinkError": NetlinkError},
        "pyroute2.netlink.generic": {},
        "pyroute2.netlink.generic.wireguard": {"WireGuard": lambda: fake},
    }
    for name, contents in modules.items():
        module = ModuleType(name)
        module.__dict__.update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(wireguard, "entered", fake.entered)
    monkeypatch.setattr(wireguard, "send", fake.send)
    monkeypatch.setattr(wireguard, "IPV6_SETTINGS", tmp_path)
    monkeypatch.setattr(socket, "if_nametoindex", lambda name: INDEX)
    for interface in ("wg0", "wg1"):
        (tmp_path / interface).mkdir()
    return fake


def made(kernel: FakeKernel, tunnels: tuple[Tunnel, ...] = TUNNELS) -> Tunnels:
    found = Tunnels(tunnels, {"hub": 1, "ann": 2}, seed=3)
    found.make()
    return found


def text(key: bytes) -> str:
    return b64encode(key).decode()


def at(kernel: FakeKernel, node: str) -> list[Any]:
    return [what for where, what in kernel.told if where == node]


def test_a_tunnel_is_made_where_it_belongs_with_its_peers_and_routes(kernel: FakeKernel) -> None:
    made(kernel)
    own, hub = private_key(3, "ann"), public(private_key(3, "hub"))
    assert at(kernel, "ann") == [
        device("wg0", "wireguard", 1300),
        ("wg0", {"private_key": text(own), "listen_port": 51820}),
        (
            "wg0",
            {
                "peer": {
                    "public_key": text(hub),
                    "allowed_ips": ["0.0.0.0/0", "10.1.0.0/16"],
                    "persistent_keepalive": 25,
                    "endpoint_addr": "192.0.2.1",
                    "endpoint_port": 4500,
                }
            },
        ),
        link_state("wg0", up=True),
        address(INDEX, ANN),
        route(INDEX, OFFICE, ANN, None),
    ]
    assert at(kernel, ROOT) == []


def test_a_concentrator_waits_for_its_peers(kernel: FakeKernel) -> None:
    made(kernel)
    peer = {
        "public_key": text(public(private_key(3, "ann"))),
        "allowed_ips": ["10.9.0.2/32"],
        "persistent_keepalive": 0,
    }
    assert ("wg0", {"peer": peer}) in at(kernel, "hub")
    assert at(kernel, "hub")[-1] == route(INDEX, IPv4Network(ANN), HUB, None)


def test_a_tunnel_says_nothing_of_ipv6_and_no_conversation_stays_open(
    kernel: FakeKernel, tmp_path: Path
) -> None:
    made(kernel)
    assert (tmp_path / "wg0" / "disable_ipv6").read_text() == "1"
    assert kernel.open == 0


def test_both_keys_of_every_node_are_known_afterwards(kernel: FakeKernel) -> None:
    found = made(kernel).identities
    assert {name: each.private for name, each in found.items()} == {
        name: private_key(3, name) for name in ("hub", "ann")
    }
    assert all(each.public == public(each.private) for each in found.values())


def test_a_restart_removes_the_interface_and_tells_all_again(kernel: FakeKernel) -> None:
    tunnels = made(kernel)
    first, identities = at(kernel, "hub"), dict(tunnels.identities)
    kernel.told.clear()
    tunnels.restart("hub")
    assert at(kernel, "hub") == [no_link("wg0"), *first]
    assert at(kernel, "ann") == [] and tunnels.identities == identities


def test_sessions_are_forgotten_with_each_peer_and_nothing_else_is(kernel: FakeKernel) -> None:
    tunnels = made(kernel)
    (told,) = (what for what in at(kernel, "ann") if isinstance(what, tuple) and "peer" in what[1])
    kernel.told.clear()
    tunnels.renew("ann")
    peer = told[1]["peer"]
    removed = ("wg0", {"peer": {"public_key": peer["public_key"], "remove": True}})
    assert kernel.told == [("ann", removed), ("ann", told)]


def test_a_node_can_have_tunnels_to_several(kernel: FakeKernel) -> None:
    second = Tunnel(node="ann", interface="wg1", address=ANN + 1, port=51821, peers=())
    tunnels = made(kernel, (*TUNNELS, second))
    assert device("wg1", "wireguard", 1420) in at(kernel, "ann")
    kernel.told.clear()
    tunnels.restart("ann", "wg1")
    assert at(kernel, "ann")[0] == no_link("wg1")


def test_no_tunnels_are_nothing_to_do(kernel: FakeKernel) -> None:
    made(kernel, ())
    assert kernel.told == []


@pytest.mark.parametrize(
    "error", [OSError(98, "Address already in use"), NetlinkError(98, "Address already in use")]
)
def test_what_the_kernel_refuses_is_told_with_node_and_interface(
    kernel: FakeKernel, error: Exception
) -> None:
    kernel.refused = error
    with pytest.raises(
        BuildError, match=r"hub: the kernel refused its tunnel wg0: .*98.*Address already in use"
    ):
        made(kernel)
    assert kernel.node == ROOT and kernel.open == 0


def test_a_peer_without_a_tunnel_back_is_told(kernel: FakeKernel) -> None:
    lonely = Tunnel(node="ann", address=ANN, peers=(Peer(node="hub", allowed=(EVERYWHERE,)),))
    for others in ((), (Tunnel(node="hub", address=HUB, peers=()),)):
        with pytest.raises(
            BuildError, match=r"ann: wg0 leads to hub, which has no tunnel back; right would be"
        ):
            made(kernel, (lonely, *others))


def test_private_keys_are_clamped_as_rfc_7748_says() -> None:
    keys = [private_key(seed, f"node{number}") for seed in range(8) for number in range(32)]
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert len(key) == 32
        # Section 5: the three lowest bits are 0, the highest is 0 and the one below it 1.
        assert key[0] & 7 == 0 and key[31] >> 6 == 1
    # All other bits are the digest's.
    digest = sha256(b"1 ann wireguard").digest()
    key = private_key(1, "ann")
    assert (
        key[1:31] == digest[1:31] and (key[0] ^ digest[0]) & 0xF8 == 0 and (key[31] ^ digest[31]) & 0x3F == 0
    )


def test_the_default_mtu_leaves_room_for_an_outer_packet_of_any_kind() -> None:
    assert TUNNELS[0].mtu == 1420 and TUNNELS[1].port == 51820
