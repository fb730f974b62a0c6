"""A tunnel over minutes in a guest: how long is what its timers say, and the keys open every session."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from itertools import pairwise

import pytest
from scapy.layers.inet import ICMP, IP, UDP

from experiments.vpn_hours import EXPERIMENT

from .conftest import IN_MINUTES, Finished, require_all_held
from .frames import packets, talkers

CLIENT, NEW, OFFICE = "100.64.0.10", "100.64.0.11", "100.64.2.1"
MINUTES = int(IN_MINUTES[1])
INITIATION, RESPONSE, DATA = 1, 2, 4
HOST_UNREACHABLE = OFFICE, 3, 1  # ICMP's type and code (RFC 792)
EMPTY_BYTES = 32  # a message of data that carries nothing


@pytest.fixture(scope="module")
def run(finish: Callable[..., Finished]) -> Finished:
    return finish(EXPERIMENT.name, *IN_MINUTES)


def messages(run: Finished, exercise: str, src: str = "") -> list[tuple[float, int, int]]:
    """Return the time, the type and the length of WireGuard's messages on the client's line."""
    return [
        (float(packet.time), bytes(packet[UDP].payload)[0], len(packet[UDP].payload))
        for packet in packets(run.folder / f"pcap/{exercise}/traveller.pcapng")
        if src in ("", packet[IP].src)
    ]


def begun(run: Finished, exercise: str) -> list[float]:
    """Return when handshakes were begun, in seconds since the first one."""
    times = [time for time, kind, _ in messages(run, exercise) if kind == INITIATION]
    return [time - times[0] for time in times]


def test_it_is_held_with_every_step_and_control_shown(run: Finished) -> None:
    require_all_held(run, steps=6)
    assert len(run.result.controls) == 3


def test_keys_are_renewed_with_the_first_datagram_after_two_minutes(run: Finished) -> None:
    assert begun(run, "rekey") == pytest.approx([0.0, 121.0, 242.0], abs=0.001)


def test_in_silence_there_are_a_keepalive_and_then_nothing(run: Finished) -> None:
    assert begun(run, "silence") == pytest.approx([0.0, MINUTES * 60], abs=0.001)
    kinds = [kind for _, kind, _ in messages(run, "silence")]
    assert kinds == [INITIATION, RESPONSE, DATA, DATA, INITIATION, RESPONSE, DATA]
    (keepalive,) = (each for each in messages(run, "silence", OFFICE) if each[1] == DATA)
    assert keepalive[2] == EMPTY_BYTES
    waited = keepalive[0] - messages(run, "silence")[2][0]
    assert 10 <= waited < 11.5


def test_who_keeps_alive_says_something_when_nothing_came_or_went_for_so_long(run: Finished) -> None:
    every = [time for time, _, _ in messages(run, "keepalive")]
    own = {time for time, _, _ in messages(run, "keepalive", CLIENT)}
    apart = [(later - earlier, later) for earlier, later in pairwise(every)]
    assert max(apart)[0] < 25 * 1.125
    waited = [each for each, later in apart if each > 24.9]
    assert len(waited) >= MINUTES * 60 / (25 * 1.125) - 2
    assert all(later in own for each, later in apart if each > 24.9)


def test_a_client_notices_a_restart_after_fifteen_seconds(run: Finished) -> None:
    assert begun(run, "restart") == pytest.approx([0.0, 30 + 15.5], abs=1.5)
    # What the office would send meanwhile goes nowhere: it does not know where.
    times = [time for time, _, _ in messages(run, "restart", OFFICE)]
    apart = [later - earlier for earlier, later in pairwise(times)]
    assert max(apart) > 15


def test_a_client_that_moves_is_followed_without_a_handshake(run: Finished) -> None:
    assert len(begun(run, "roam")) == 1
    ends = talkers(run.folder / "pcap/roam/traveller.pcapng")
    assert ends == {(CLIENT, OFFICE), (OFFICE, CLIENT), (NEW, OFFICE), (OFFICE, NEW)}
    last_old = max(time for time, _, _ in messages(run, "roam", CLIENT))
    first_new = min(time for time, _, _ in messages(run, "roam", NEW))
    assert 0 < first_new - last_old < 0.15


def test_the_office_is_told_while_its_concentrator_does_not_know_where_the_client_is(run: Finished) -> None:
    told = {
        (packet[IP].src, packet[ICMP].type, packet[ICMP].code)
        for packet in packets(run.folder / "pcap/restart/hqdns.pcapng")
        if ICMP in packet
    }
    assert told == {HOST_UNREACHABLE}


@pytest.mark.parametrize("exercise", ["rekey", "silence", "keepalive", "roam"])
def test_nothing_says_that_nobody_is_there(run: Finished, exercise: str) -> None:
    for name in ("traveller-wg0", "hqdns"):
        path = run.folder / f"pcap/{exercise}/{name}.pcapng"
        assert not [packet for packet in packets(path) if ICMP in packet], path


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here")
@pytest.mark.parametrize(
    "exercise, expected", [("rekey", 300), ("silence", 2), ("restart", None), ("roam", None)]
)
def test_wireshark_opens_every_session_with_the_keys_in_the_capture(
    run: Finished, exercise: str, expected: int | None
) -> None:
    path = run.folder / f"pcap/{exercise}/traveller.pcapng"
    argv = ["tshark", "-r", str(path), "-T", "fields", "-e", "wg.type", "-e", "ip.src", "-e", "wg.keepalive"]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in said.splitlines()]
    inner = [src for kind, src, _ in rows if kind == str(DATA) and "," in src]
    sent = [src for src in inner if src.endswith("10.1.1.2")]
    inside = packets(run.folder / f"pcap/{exercise}/traveller-wg0.pcapng")
    assert len(sent) == len([packet for packet in inside if packet[IP].src == "10.1.1.2"]) > 1
