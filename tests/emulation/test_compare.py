"""A comparison in a guest: who came to the world, and what its captures have, looked at with Scapy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import IP, UDP

from experiments.compare import EXPERIMENT
from measurement.result import TableRow
from topologies.internet import internet_rtt_ms
from topologies.world import World

from .conftest import Finished, require_all_held
from .frames import opened, packets, talkers

CLIENT, INSIDE, OFFICE, POOL = "100.64.6.10", "10.0.1.2", "100.64.7.1", "203.0.113.18"
OFFICE_DNS = "100.64.7.2"
RELAYS = "13.107.64.1"
WAYS = ["direct", "vpn:frankfurt", "split:frankfurt", "expressroute:frankfurt"]
TOLERANCE_MS = 0.02


@pytest.fixture(scope="module")
def run(finish: Callable[..., Finished]) -> Finished:
    return finish(EXPERIMENT.name, "--service", "exchange,media")


@pytest.fixture(scope="module")
def pcap(run: Finished) -> Path:
    return run.folder / "pcap"


def rows_of(run: Finished, service: str) -> dict[object, TableRow]:
    return {row.cells[0]: row for row in run.result.tables[0].rows if row.group == service}


def test_every_way_is_held_and_has_a_row_for_each_service(run: Finished) -> None:
    require_all_held(run, steps=8)
    assert [list(rows_of(run, service)) for service in ("exchange", "media")] == [WAYS, WAYS]


def test_past_the_tunnel_and_through_it(pcap: Path) -> None:
    """By the front doors that Exchange's connections went to, and from which address they came."""
    jnb, ams = "40.101.72.", "40.101.12."
    for case, at, src, prefix in (
        ("direct", "lagos", CLIENT, jnb),
        ("vpn-frankfurt", "lagos-wg0", INSIDE, ams),
        ("split-frankfurt", "lagos", CLIENT, jnb),
        ("expressroute-frankfurt", "lagos-wg0", INSIDE, ams),
    ):
        ((own, _, server, port),) = [flow for flow in opened(pcap / case / f"{at}.pcapng") if flow[3] == 443]
        assert (own, port) == (src, 443) and server.startswith(prefix), case
    for case, seen_as in (("vpn-frankfurt", OFFICE), ("expressroute-frankfurt", POOL)):
        arrived = {flow[0] for flow in opened(pcap / case / "ams-efz.pcapng") if flow[2].startswith(ams)}
        assert arrived == {seen_as}


def test_nothing_but_wireguard_is_on_the_line_where_all_goes_through(pcap: Path) -> None:
    for case in ("vpn-frankfurt", "expressroute-frankfurt", "call-vpn-frankfurt"):
        assert talkers(pcap / case / "lagos.pcapng") == {(CLIENT, OFFICE), (OFFICE, CLIENT)}
    assert not any(
        end.startswith("40.") for ends in talkers(pcap / "split-frankfurt/lagos-wg0.pcapng") for end in ends
    )


def test_the_office_is_asked_for_names_unless_they_are_split(pcap: Path) -> None:
    def asked(case: str) -> set[bytes]:
        return {
            packet[DNS].qd[0].qname
            for packet in packets(pcap / case / "frankfdns.pcapng")
            if DNS in packet and packet[IP].dst == OFFICE_DNS and packet[DNS].qr == 0
        }

    assert asked("vpn-frankfurt") == {b"outlook.office365.com."}
    assert asked("split-frankfurt") == set()


def test_the_circuit_carries_what_is_filtered_in_and_the_internet_line_the_rest(pcap: Path) -> None:
    def audio(case: str, at: str) -> int:
        return sum(
            UDP in packet and RELAYS in (packet[IP].src, packet[IP].dst) and len(packet[UDP].payload) > 160
            for packet in packets(pcap / case / f"{at}.pcapng")
        )

    assert audio("call-expressroute-frankfurt", "frankfurt-er-pri") > 1500
    assert audio("call-expressroute-frankfurt", "frankfurt-gw") == 0
    assert audio("call-vpn-frankfurt", "frankfurt-gw") > 1500
    assert audio("call-split-frankfurt", "frankfurt-gw") == 0


def test_the_table_is_what_distances_say(run: Finished) -> None:
    """By hand: three round trips to the front door, by way of the office or not, and one to the mailbox."""
    world = World.model_validate_json((run.folder / "world.json").read_text())
    lagos, frankfurt = world.client("lagos"), world.office("frankfurt")
    jnb, ams = (world.datacenter(name).place for name in ("jnb", "ams"))
    line_ms = lagos.access.up.delay_ms + lagos.access.down.delay_ms
    direct_ms = line_ms + internet_rtt_ms(world, lagos.place, jnb)
    tunnel_ms = line_ms + internet_rtt_ms(world, lagos.place, frankfurt.place)
    tunnel_ms += internet_rtt_ms(world, frankfurt.place, ams)
    details = {row.cells[0]: row.cells for row in run.result.tables[1].rows if row.group == "exchange"}
    for way, rtt_ms in zip(WAYS, (direct_ms, tunnel_ms, direct_ms, tunnel_ms + 1), strict=True):
        assert details[way][5] == pytest.approx(rtt_ms, abs=TOLERANCE_MS)
    found = rows_of(run, "exchange")
    assert found["split:frankfurt"].cells[4] == pytest.approx(0, abs=TOLERANCE_MS)
    circuit, tunnel = (found[way].cells[3] for way in ("expressroute:frankfurt", "vpn:frankfurt"))
    assert isinstance(circuit, float) and circuit - float(str(tunnel)) == pytest.approx(
        3, abs=3 * TOLERANCE_MS
    )


def test_the_command_prints_the_table_and_nothing_of_the_frames(run: Finished) -> None:
    assert "lagos of contoso: each service over each way; change is against direct" in run.output
    page = (run.folder / "report.html").read_text()
    assert page.index('id="tables"') < page.index('id="ladder"')
