"""The VPN in a guest: what its captures have, looked at with Scapy and tshark, not with our own observers."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import ICMP, IP, TCP, UDP

from experiments.vpn import EXPERIMENT
from topologies.paths import configured_rtt_ms
from topologies.plan import Plan

from .conftest import Finished, require_all_held
from .frames import opened, packets, payloads, talkers

NAME = EXPERIMENT.name
CLIENT, INSIDE, OFFICE, OFFICE_DNS = "100.64.0.10", "10.1.1.2", "100.64.2.1", "100.64.2.2"
IAD = {f"40.97.128.{number}" for number in range(1, 5)}
DUB = {f"40.101.28.{number}" for number in range(1, 5)}
PORT, MTU = 51820, 1420
TO_OFFICE_MS, OFFICE_TO_IAD_MS, IAD_TO_MAILBOX_MS = 102.346, 12.275, 65.485
TOLERANCE_MS = 0.020


@pytest.fixture(scope="module")
def run(finish: Callable[[str], Finished]) -> Finished:
    return finish(NAME)


@pytest.fixture(scope="module")
def forced(run: Finished) -> Path:
    return run.folder / "pcap/forced"


@pytest.fixture(scope="module")
def plan(run: Finished) -> Plan:
    return Plan.model_validate_json((run.folder / "network.json").read_text())


def test_it_is_held_with_every_step_and_control_shown(run: Finished) -> None:
    require_all_held(run)
    assert len(run.result.controls) == 12


# Steps


def test_nothing_but_wireguard_is_on_the_clients_line(forced: Path) -> None:
    assert talkers(forced / "traveller.pcapng") == {(CLIENT, OFFICE), (OFFICE, CLIENT)}
    for packet in packets(forced / "traveller.pcapng"):
        assert UDP in packet and (packet[UDP].sport, packet[UDP].dport) == (PORT, PORT)
        assert not any(word in bytes(packet) for word in (b"outlook", b"contoso", b"office"))


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here")
@pytest.mark.parametrize("case, office", [("forced", OFFICE), ("next-door", "100.64.5.1")])
def test_wireshark_opens_the_line_with_the_keys_in_the_capture(run: Finished, case: str, office: str) -> None:
    path = run.folder / f"pcap/{case}/traveller.pcapng"
    fields = ["ip.dst", "dns.qry.name", "tls.handshake.extensions_server_name"]
    argv = ["tshark", "-r", str(path), "-T", "fields", *(word for each in fields for word in ("-e", each))]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in said.splitlines()]
    asked = [name for dst, name, _ in rows if dst.startswith(f"{office},")]
    assert {"outlook.office365.com", "contoso.sharepoint.com", "portal.office.com"} <= set(asked)
    assert "outlook.office365.com" in {name for _, _, name in rows}


def test_inside_the_tunnel_the_client_asks_the_offices_resolver_alone(forced: Path) -> None:
    asked = {
        (packet[IP].src, packet[IP].dst)
        for packet in packets(forced / "traveller-wg0.pcapng")
        if DNS in packet and packet[DNS].qr == 0
    }
    assert asked == {(INSIDE, OFFICE_DNS)}
    # In the office it is seen with the address that it has there.
    assert (INSIDE, OFFICE_DNS) in talkers(forced / "hqdns.pcapng")


def test_no_address_of_the_office_leaves_it(run: Finished) -> None:
    for path in (run.folder / "pcap").glob("*/hq-gw.pcapng"):
        assert not any(end.startswith("10.") for ends in talkers(path) for end in ends), path


def test_the_concentrator_sends_on_what_came_through_the_tunnel(forced: Path) -> None:
    inside = [flow for flow in opened(forced / "traveller-wg0.pcapng") if flow[3] == 443]
    assert [flow[0] for flow in inside] == [INSIDE] * 3
    behind = [flow for flow in opened(forced / "hq-gw.pcapng") if flow[3] == 443]
    assert [(flow[0], *flow[2:]) for flow in behind] == [(OFFICE, *flow[2:]) for flow in inside]
    assert inside[0][2] in IAD
    sent = payloads(forced / "traveller-wg0.pcapng", INSIDE, inside[0][2], port=443)
    came = payloads(forced / "iad-efz.pcapng", OFFICE, inside[0][2], port=443)
    assert [size for _, size in sent] == [size for _, size in came] and sent


def test_what_goes_through_the_tunnel_fits(run: Finished, forced: Path) -> None:
    assert max(packet[IP].len for packet in packets(forced / "traveller-wg0.pcapng")) <= MTU
    for name in ("traveller", "hq-gw"):
        for packet in packets(forced / f"{name}.pcapng"):
            assert packet[IP].len <= 1500 and packet[IP].frag == 0 and not packet[IP].flags.MF


def test_a_server_is_told_a_segment_that_fits_the_tunnel(forced: Path) -> None:
    for name in ("iad-efz", "iad-fe", "mwh-spo"):
        said = [
            dict(packet[TCP].options)["MSS"]
            for packet in packets(forced / f"{name}.pcapng")
            if TCP in packet and packet[TCP].flags == "S" and packet[IP].src == OFFICE
        ]
        assert said == [MTU - 40], name


# Controls


def test_exceptions_alone_leave_the_front_door_where_it_was(run: Finished) -> None:
    flows = {flow[:3:2] for flow in opened(run.folder / "pcap/few/traveller.pcapng")}
    assert len([ends for ends in flows if ends[0] == CLIENT and ends[1] in IAD]) == 1
    assert not [ends for ends in flows if ends[1] in DUB]


def test_with_split_dns_it_moves_and_the_office_is_asked_for_no_name_of_the_service(run: Finished) -> None:
    case = run.folder / "pcap/few-split-dns"
    assert opened(case / "traveller.pcapng")[0][2] in DUB
    asked = {
        packet[DNS].qd[0].qname.decode()
        for packet in packets(case / "hqdns.pcapng")
        if DNS in packet and packet[IP].src == INSIDE
    }
    assert not any("outlook" in name or "sharepoint" in name or "office" in name.split(".") for name in asked)


def test_without_a_vpn_nobody_at_the_office_hears_of_the_client(run: Finished) -> None:
    for name in ("hq-gw", "hqdns", "branch-gw", "branchdns"):
        path = run.folder / f"pcap/none/{name}.pcapng"
        assert not any(CLIENT in ends or INSIDE in ends for ends in talkers(path)), name


# Times


def test_an_echo_takes_as_long_as_the_world_says(forced: Path, plan: Plan) -> None:
    times = [
        (packet[ICMP].seq, packet[ICMP].type, packet.time)
        for packet in packets(forced / "traveller-wg0.pcapng")
        if ICMP in packet
    ]
    second = {kind: float(time) for seq, kind, time in times if seq == 2}
    expected_ms = configured_rtt_ms(plan, "traveller", "hq-gw")
    assert expected_ms == pytest.approx(TO_OFFICE_MS, abs=0.001)
    assert (second[0] - second[8]) * 1000 == pytest.approx(expected_ms, abs=TOLERANCE_MS)


def test_every_round_trip_of_the_table_is_that_of_its_paths(run: Finished, plan: Plan) -> None:
    (table,) = (each for each in run.result.tables if each.title == "Five models, four services")
    assert len(table.rows) == 9 * 4
    for row in table.rows:
        server, out = (str(row.cells[number]).partition(" ")[0] for number in (2, 3))
        ways = [("traveller", server)] if out == "traveller" else [("traveller", out), (out, server)]
        expected_ms = sum(configured_rtt_ms(plan, *way) for way in ways)
        assert row.cells[4] == pytest.approx(expected_ms, abs=TOLERANCE_MS), (row.group, row.cells)


def test_the_first_byte_takes_what_arithmetic_says(run: Finished) -> None:
    """By hand: three round trips by way of the office, and one from its front door to the mailbox."""
    figures = {(each.name, each.case): each.measured for each in run.result.figures}
    through_ms = TO_OFFICE_MS + OFFICE_TO_IAD_MS
    first = "Exchange's first byte"
    assert figures[first, "forced"] == pytest.approx(3 * through_ms + IAD_TO_MAILBOX_MS, rel=0.001)
    assert figures[first, "none"] == pytest.approx(2 * 32.111 + 166.003, rel=0.001)
    assert figures["what the tunnel costs, RTT", "forced - none"] == pytest.approx(
        through_ms - 32.111, abs=0.04
    )


def test_the_picture_shows_every_model(run: Finished) -> None:
    text = (run.folder / "models.svg").read_text()
    cases = json.loads((run.folder / "order.json").read_text())["cases"]
    assert all(case["text"] in text for case in cases)
