"""The experiment itself, in a guest; its frames are looked at with Scapy, not with our own observers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import IP, TCP
from scapy.packet import Packet

from measurement.result import FrameRef, StepResult, Verdict

from .conftest import Finished, clientpath
from .frames import packets
from .guests import fingerprints

PORTAL = b"portal.office.com."
REGIONAL = b"portal-office365-com.emeanorth.b-msedge.net."
TRAVELLER, RESOLVER, FRONT_END = "100.64.0.10", "100.64.0.2", "13.107.6.18"
MICROSOFT = {"13.107.6.19", "13.107.6.51", "13.107.6.20", "13.107.6.52"}
CLIENT_HELLO = b"\x16\x03\x01"


def frames_of(finished: Finished, step: StepResult) -> list[tuple[FrameRef, Packet]]:
    return [(ref, packets(finished.folder / ref.file)[ref.frame - 1]) for ref in step.frames]


def test_it_is_held_with_every_step_shown(finished: Finished) -> None:
    assert finished.code == 0, finished.output + finished.progress
    result = finished.result
    assert result.verdict is Verdict.HELD
    assert [step.number for step in result.steps] == [1, 2, 3, 4, 5]
    assert all(step.verdict is Verdict.HELD and step.frames for step in (*result.steps, *result.controls))
    assert "held" in finished.output and str(finished.folder) in finished.output


def test_progress_names_every_step_of_the_inside(finished: Finished) -> None:
    for word in ("building the network", "starting the services", "nearest:", "at-home:", "judging"):
        assert word in finished.progress


def test_step_1_shows_the_clients_question(finished: Finished) -> None:
    shown = frames_of(finished, finished.result.steps[0])
    assert len(shown) == 2
    for _, packet in shown:
        assert (packet[IP].src, packet[IP].dst) == (TRAVELLER, RESOLVER)
        assert packet[DNS].qd[0].qname == PORTAL and packet[DNS].qr == 0


def test_steps_2_and_3_show_microsofts_answer_to_the_resolver(finished: Finished) -> None:
    asked, answered = (frames_of(finished, finished.result.steps[n]) for n in (1, 2))
    assert all(p[IP].src == RESOLVER and p[IP].dst in MICROSOFT and p[DNS].qr == 0 for _, p in asked)
    for _, packet in answered:
        assert packet[IP].src in MICROSOFT and packet[IP].dst == RESOLVER
        alias = packet[DNS].an[0]
        assert (alias.rrname, alias.rdata) == (PORTAL, REGIONAL)


def test_step_4_shows_the_address_as_the_resolver_and_the_client_were_told(finished: Finished) -> None:
    _, from_microsoft, to_client = (packet for _, packet in frames_of(finished, finished.result.steps[3]))
    assert from_microsoft[IP].src in MICROSOFT
    assert to_client[IP].dst == TRAVELLER
    for packet in (from_microsoft, to_client):
        address = next(record for record in packet[DNS].an if record.type == 1)
        assert (address.rrname, address.rdata) == (REGIONAL, FRONT_END)


def test_step_5_shows_the_connection_at_both_ends(finished: Finished) -> None:
    shown = frames_of(finished, finished.result.steps[4])
    opened = [p for _, p in shown if p[TCP].flags == "S"]
    hellos = [p for _, p in shown if bytes(p[TCP].payload).startswith(CLIENT_HELLO)]
    assert len(opened) == len(hellos) == 2
    assert all((p[IP].src, p[IP].dst, p[TCP].dport) == (TRAVELLER, FRONT_END, 443) for p in opened)
    assert all(b"portal.office.com" in bytes(p[TCP].payload) for p in hellos)


def test_a_handshake_takes_the_configured_round_trip(finished: Finished) -> None:
    """By hand: Lisbon to North Europe along the great circle, times 1.5, in fibre, and 4 ms twice."""
    configured = next(p for p in finished.result.paths if (p.source, p.to) == ("traveller", "dub-fe"))
    assert configured.configured_rtt_ms == pytest.approx(24.111 + 8, abs=0.01)
    at_client = packets(finished.folder / "pcap/nearest/traveller.pcapng")
    syn = next(p for p in at_client if TCP in p and p[TCP].flags == "S")
    synack = next(p for p in at_client if TCP in p and p[TCP].flags == "SA")
    took_ms = (float(synack.time) - float(syn.time)) * 1000
    assert took_ms == pytest.approx(configured.configured_rtt_ms, abs=0.01)


def test_every_path_is_within_ten_microseconds(finished: Finished) -> None:
    paths = finished.result.paths
    assert {("traveller", "isplis"), ("traveller", "dub-fe"), ("dub-fe", "mwh-fe")} <= {
        (path.source, path.to) for path in paths
    }
    assert all(abs(path.measured_rtt_ms - path.configured_rtt_ms) <= 0.010 for path in paths)


def test_the_controls_land_elsewhere(finished: Finished) -> None:
    landed = {journey.case: journey.datacenter for journey in finished.result.journeys}
    assert landed == {"nearest": "dub", "far-resolver": "sin", "at-home": "mwh", "same-answer": "mwh"}


def test_daemons_leave_configuration_and_log(finished: Finished) -> None:
    nodes = finished.folder / "nodes"
    for name in ("dub-fe/nginx.conf", "dub-fe/access.log", "isplis/nearest/unbound.conf", "root/log.txt"):
        assert (nodes / name).is_file(), name
    assert '100.64.0.10 "GET / HTTP/2.0" 200 TLSv1.3' in (nodes / "dub-fe/access.log").read_text()


def test_judging_again_gives_the_same_bytes(finished: Finished, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder)
    again = clientpath("judge", str(folder))
    assert again.returncode == 0
    assert fingerprints(folder) == fingerprints(finished.folder)
