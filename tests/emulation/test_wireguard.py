"""Tunnels in a real kernel: exact, over minutes as the protocol says, and open to who has the keys."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections import Counter
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP

from topologies.access import Line
from topologies.base import ROUTER_IDS
from topologies.draft import EVERYWHERE, Draft
from topologies.plan import Node, Plan
from topologies.tunnel import Peer, Tunnel

from .frames import packets
from .guests import changed_source, run_guest
from .wireguard_inside import CLIENT, CROWD, OFFICE, SENT_BYTES
from .wireguard_opened import INITIATION, opened, read_keys

UP_MS, DOWN_MS = 23.25, 24.125
RTT_MS = UP_MS + DOWN_MS
TOLERANCE_MS = 0.020
HOSTS = {"home": IPv4Address("100.64.0.2"), "quiet": IPv4Address("100.64.1.2")}
GATEWAY = IPv4Address("192.0.2.1")


def two_clients() -> Plan:
    """Return a plan: two hosts behind routers, a line from each to an office's gateway, and tunnels."""
    draft = Draft()
    draft.nodes.append(Node(name="office", kind="router", site="office", address=GATEWAY))
    for number, (name, own) in enumerate(HOSTS.items(), start=1):
        router, identity = f"{name}-cpe", ROUTER_IDS[number]
        draft.nodes += [
            Node(name=name, kind="host", site="office", address=own),
            Node(name=router, kind="router", site="office", address=identity),
        ]
        lan = draft.wire(name, "eth0", router, "lan")
        draft.reach(lan, name, EVERYWHERE, identity)
        draft.reach(lan, router, IPv4Network(own), own)
        line = draft.wire(router, "line", "office", name, Line(delay_ms=UP_MS), Line(delay_ms=DOWN_MS))
        draft.reach(line, router, IPv4Network(GATEWAY), GATEWAY)
        draft.reach(line, "office", IPv4Network(own), identity)
        draft.reach(line, "office", IPv4Network(identity), identity)
    inside = {"home": CLIENT, "quiet": CLIENT + 1}
    peers = tuple(Peer(node=name, allowed=(IPv4Network(own),)) for name, own in inside.items())
    draft.tunnels.append(Tunnel(node="office", address=OFFICE, peers=peers))
    for name, own in inside.items():
        keepalive_s = 25 if name == "quiet" else 0
        office = Peer(
            node="office", allowed=(IPv4Network("10.9.0.0/24"),), endpoint=GATEWAY, keepalive_s=keepalive_s
        )
        draft.tunnels.append(Tunnel(node=name, address=own, peers=(office,)))
    return draft.finished(1, "cubic")


def run(folder: Path, seed: int = 1) -> Path:
    source = changed_source(folder / "source", {})
    (source / "experiments/inside.py").write_text(Path(__file__).with_name("wireguard_inside.py").read_text())
    run_dir = folder / "run"
    run_dir.mkdir()
    (run_dir / "network.json").write_text(two_clients().model_dump_json())
    run_guest(run_dir, source=source, seed=seed)
    return run_dir


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder after the guest has done everything."""
    return run(tmp_path_factory.mktemp("wireguard"))


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "wireguard.json").read_text())
    return loaded


def times_ms(said: str) -> list[float]:
    """Return the round trips that ping tells."""
    return [float(text) for text in re.findall(r"time=([\d.]+) ms", said)]


def messages(path: Path) -> list[tuple[float, str, bytes]]:
    """Return time, sender and payload of each datagram."""
    return [
        (float(each.time), each[IP].src, bytes(each[UDP].payload)) for each in packets(path) if UDP in each
    ]


def initiations_s(path: Path, source: IPv4Address, from_ns: int, until_ns: int) -> list[float]:
    """Return when somebody began handshakes in a time, in seconds from its beginning."""
    begun = [at for at, src, payload in messages(path) if src == str(source) and payload[0] == INITIATION]
    return [at - from_ns / 1e9 for at in begun if from_ns <= at * 1e9 < until_ns]


def test_a_round_trip_is_the_sum_of_its_paths(found: dict[str, Any]) -> None:
    reported = re.search(r"rtt min/avg/max/mdev = ([\d.]+)/[\d.]+/([\d.]+)/", found["echoes"])
    assert reported is not None and "50 received" in found["echoes"]
    for text in reported.groups():
        assert float(text) == pytest.approx(RTT_MS, abs=TOLERANCE_MS)


@pytest.mark.parametrize("which", ["first", "renewed"])
def test_without_a_session_a_packet_waits_for_a_handshake(found: dict[str, Any], which: str) -> None:
    assert times_ms(found[which]) == [pytest.approx(2 * RTT_MS, abs=0.1)]


def test_a_packet_of_the_mtu_passes_and_a_longer_one_does_not(folder: Path, found: dict[str, Any]) -> None:
    assert "1 received" in found["whole"]
    assert "message too long, mtu=1420" in found["too long"]
    # Around a packet of 1,420 bytes are WireGuard's 32, UDP's 8 and IPv4's 20.
    assert max(packet[IP].len for packet in packets(folder / "outer.pcap") if IP in packet) == 1480


def test_a_stream_leaves_and_comes_packet_by_packet(folder: Path) -> None:
    sent = [packet for packet in packets(folder / "inner.pcap") if TCP in packet]
    assert max(packet[IP].len for packet in sent) == 1420
    assert sum(len(packet[TCP].payload) for packet in sent) == 2 * SENT_BYTES


def test_a_session_is_renewed_after_two_minutes_and_nothing_is_lost(
    folder: Path, found: dict[str, Any]
) -> None:
    begin, said = found["kept"]
    assert "50 received" in said
    # The session had just begun; with the first packet after 120 s, one in 5 s, comes the next.
    one, two = initiations_s(folder / "outer.pcap", HOSTS["home"], begin, begin + 248 * 10**9)
    assert 115 <= one <= 125 and 120 <= two - one <= 125.1


def test_a_session_lasts_three_minutes_and_then_either_side_begins_anew(
    folder: Path, found: dict[str, Any]
) -> None:
    (known, said), (forgotten, anew), (end, _) = (
        found[key] for key in ("still known", "forgotten", "restarted")
    )
    assert times_ms(said) == [pytest.approx(RTT_MS, abs=0.1)]
    assert times_ms(anew) == [pytest.approx(each * RTT_MS, abs=0.1) for each in (2, 1)]
    outer = folder / "outer.pcap"
    assert initiations_s(outer, GATEWAY, known, forgotten) == []
    assert initiations_s(outer, GATEWAY, forgotten, end) == [pytest.approx(0, abs=0.1)]


def test_after_a_restart_the_client_finds_back_when_it_has_heard_nothing_for_15_seconds(
    folder: Path, found: dict[str, Any]
) -> None:
    begin, said = found["restarted"]
    back = [int(number) for number in re.findall(r"icmp_seq=(\d+) ", said)]
    assert back == list(range(back[0], 31)) and 15 <= back[0] <= 18
    (anew,) = initiations_s(folder / "outer.pcap", HOSTS["home"], begin, found["end"][0])
    assert 15 <= anew <= 17


def test_a_tunnel_is_kept_alive(folder: Path) -> None:
    sent = [
        at
        for at, src, payload in messages(folder / "quiet.pcap")
        if src == "100.64.1.2" and len(payload) == 32
    ]
    gaps = [b - a for a, b in pairwise(sent) if b - a > 1]
    # The kernel's timers are coarse: a twelfth late at most, and never early.
    assert len(gaps) > 20 and all(25 <= gap <= 27 for gap in gaps)


def without_checksum(packet: bytes) -> bytes:
    """Return a packet without TCP's checksum, which the tunnel works out after the inner capture."""
    return packet[:36] + bytes(2) + packet[38:] if packet[9] == socket.IPPROTO_TCP else packet


def test_the_keys_open_the_outer_capture_and_inside_is_the_inner_one(
    folder: Path, found: dict[str, Any]
) -> None:
    assert found["problem"] == ""
    outer = [payload for _, _, payload in messages(folder / "outer.pcap")]
    inside = Counter(map(without_checksum, opened(outer, read_keys(found["keys"]))))
    inner = [bytes(packet[IP]) for packet in packets(folder / "inner.pcap")]
    assert inside == Counter(map(without_checksum, inner))
    assert len(inner) > 500


def test_every_handshake_has_its_keys(folder: Path, found: dict[str, Any]) -> None:
    begun = [
        payload[8:40]
        for name in ("outer.pcap", "quiet.pcap")
        for _, _, payload in messages(folder / name)
        if payload[0] == INITIATION
    ]
    assert len(begun) > 8 and set(begun) <= set(read_keys(found["keys"]))


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here")
def test_tshark_opens_it_too(folder: Path, found: dict[str, Any], tmp_path: Path) -> None:
    log = tmp_path / "wireguard.keys"
    log.write_text(found["keys"])
    argv = [
        "tshark",
        "-r",
        str(folder / "outer.pcap"),
        "-o",
        f"wg.keylog_file:{log}",
        "-Y",
        "icmp",
        "-T",
        "fields",
    ]
    done = subprocess.run([*argv, "-e", "icmp.type"], capture_output=True, text=True, check=True)
    types = Counter(done.stdout.split())
    inner = Counter(str(packet[ICMP].type) for packet in packets(folder / "inner.pcap") if ICMP in packet)
    assert types == inner and types["8"] > types["0"] > 100


def test_a_crowd_has_its_tunnels(found: dict[str, Any]) -> None:
    allowed = [line.split("\t")[1] for line in found["crowd"]["peers"].splitlines()]
    assert sorted(allowed) == sorted(f"{IPv4Address('10.8.0.2') + number}/32" for number in range(CROWD))
    assert len(found["crowd"]["routes"].splitlines()) == CROWD
    assert found["crowd"]["client"].split() == [ANY, "192.0.2.1:51820"]


def test_what_the_kernel_refuses_is_told_in_its_own_words(found: dict[str, Any]) -> None:
    assert found["refused"] == {
        "there": "home: the kernel refused its tunnel wg0:"
        " [Errno 17] netlink request of type 16: File exists (EEXIST)",
        "port": "home: the kernel refused its tunnel wg1:"
        " [Errno 98] netlink request of type 19: Address already in use (EADDRINUSE)",
    }
