"""What tunnels and routers say is observed with everything else, written, and read back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.packet import Raw

from measurement.observation import load_observations
from measurement.observe import observe, save_observations
from measurement.pcap import RAW_IP

from . import bgp
from .captures import CLIENT, SERVER, Timed, capture_run, ether
from .test_wireguard import ECHO, INITIATION, RESPONSE, cookie, sent

PROBE = IP(src=CLIENT, dst=SERVER, ttl=1, id=7) / UDP(sport=40_000, dport=33_434) / Raw(b"probe")


def everything() -> list[Timed]:
    """Return a session of BGP, a tunnel, and what routers said of a probe."""
    errors = [
        IP(src="192.0.2.1", dst=CLIENT) / ICMP(type=kind, code=code) / Raw(bytes(PROBE))
        for kind, code in ((11, 0), (3, 3))
    ]
    liveness = (
        IP(src=CLIENT, dst=SERVER) / UDP(sport=50_000, dport=3784) / Raw(b"\x20\xc0\x03\x18" + bytes(20))
    )
    talk = bgp.session((True, bgp.CUSTOMER_OPEN), (False, bgp.MICROSOFT_OPEN + bgp.IPV6_PREFIXES))
    tunnel = [sent(1, INITIATION), sent(2, RESPONSE, back=True), sent(3, ECHO), sent(4, cookie(1), back=True)]
    return [*talk.timed, *tunnel, *((5, ether(each)) for each in (PROBE, *errors, liveness))]


KINDS = {
    "bfd_state": 1,
    "bgp_message": 3,
    "icmp_time_exceeded": 1,
    "icmp_unreachable": 1,
    "wireguard_flow": 1,
    "wireguard_handshake": 1,
    "wireguard_stray": 1,
}


@pytest.mark.parametrize("ethernet", [True, False], ids=["ethernet", "raw"])
def test_each_kind_is_observed_on_every_link(tmp_path: Path, ethernet: bool) -> None:
    timed = everything() if ethernet else [(at_us, data[14:]) for at_us, data in everything()]
    rows = save_observations(capture_run(tmp_path, timed, link_type=1 if ethernet else RAW_IP))
    kinds: list[str] = [row.kind for row in rows]
    assert {kind: kinds.count(kind) for kind in KINDS} == KINDS
    assert "malformed" not in kinds
    assert load_observations(tmp_path / "observations.json") == rows == observe(tmp_path)
