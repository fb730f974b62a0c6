"""The edge in a guest: what is in the captures, looked at with Scapy, and what if a part of it is wrong."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from scapy.layers.dns import DNS, EDNS0ClientSubnet
from scapy.layers.inet import IP, TCP

from experiments import edge_files, pipeline
from experiments.edge import EXPERIMENT
from experiments.reading import read_run
from measurement.evidence import Refuted
from topologies.load import load_world

from .conftest import Finished, require_all_held
from .frames import opened, packets, talkers
from .guests import Change, changed_source, run_guest

VIP, CONTENT = "13.107.136.9", "13.107.136.10"
STEPS, CONTROLS, CLIENTS = 9, 12, 40


@pytest.fixture(scope="module")
def run(finish: Callable[[str], Finished]) -> Finished:
    return finish(EXPERIMENT.name)


def test_it_is_held_with_every_step_and_control_shown(run: Finished) -> None:
    require_all_held(run, STEPS)
    assert len(run.result.controls) == CONTROLS


def test_denver_leaves_its_provider_in_phoenix_and_once_it_peers_at_home_there(run: Finished) -> None:
    (denver,) = {syn[0] for syn in opened(run.folder / "pcap/best/denver.pcapng")}
    for case, left, other in (("own", "phx", "den"), ("own-mended", "den", "phx")):
        folder = run.folder / "pcap" / case
        assert (denver, VIP) in talkers(folder / f"mtn-{left}-to-{left}.pcapng")
        assert (denver, VIP) not in talkers(folder / f"mtn-{other}-to-{other}.pcapng")
        assert any(syn[0] == denver and syn[2] == VIP for syn in opened(folder / f"{left}-pop.pcapng"))


def test_everybody_has_the_same_address_and_all_but_the_nearest_get_another_site(run: Finished) -> None:
    folder = run.folder / "pcap/own"
    by_site = {
        path.name: {syn[0] for syn in opened(path) if syn[2] == VIP} for path in folder.glob("*-pop.pcapng")
    }
    found = [client for clients in by_site.values() for client in clients]
    assert len(found) == len(set(found)) == CLIENTS
    assert sum(1 for clients in by_site.values() if clients) > 10


@pytest.mark.parametrize("survey, told", [("public", False), ("public-told", True)])
def test_authorities_are_told_for_whom_only_with_client_subnet(
    run: Finished, survey: str, told: bool
) -> None:
    subnets = set()
    for server in ("msdns1", "msdns2"):
        for packet in packets(run.folder / "pcap" / survey / f"{server}.pcapng"):
            if DNS in packet and not packet[DNS].qr and packet.haslayer(EDNS0ClientSubnet):
                subnets.add(packet[EDNS0ClientSubnet].address)
    assert len(subnets) == (CLIENTS if told else 0)


def test_a_round_trip_is_the_time_from_syn_to_syn_ack(run: Finished) -> None:
    (regrets, *_) = (table for table in run.result.tables if table.title == "Where each city lands")
    sydney = next(row for row in regrets.rows if row.cells[0] == "Sydney")
    first, second = packets(run.folder / "pcap/best/sydney.pcapng")[:2]
    assert first[TCP].flags == "S" and second[TCP].flags == "SA"
    assert (float(second.time) - float(first.time)) * 1000 == pytest.approx(sydney.cells[2], abs=0.02)


def test_a_file_that_is_kept_crosses_no_backbone(run: Finished) -> None:
    journeys = [json.loads(line) for line in (run.folder / "journey.jsonl").read_text().splitlines()]
    said = {each["case"]: each["fetches"][0] for each in journeys}
    assert said[edge_files.MISS]["headers"]["x-cache"] == "MISS"
    assert said[edge_files.HIT]["headers"]["x-cache"] == "HIT"
    assert len({each["body_sha256"] for each in said.values()}) == 1
    (client,) = {syn[0] for syn in opened(run.folder / f"pcap/{edge_files.HIT}/sydney.pcapng")}
    node = packets(run.folder / f"pcap/{edge_files.HIT}/syd-pop.pcapng")
    assert {packet[IP].src for packet in node if IP in packet} == {client, CONTENT}
    missed = talkers(run.folder / f"pcap/{edge_files.MISS}/syd-pop.pcapng")
    assert len({end for ends in missed for end in ends}) == 4  # the client, the node twice, the library


SMALL = Path(__file__).with_name("small_edges.toml")  # where it is held, too (test_other_worlds)
SABOTAGE: dict[str, tuple[str, str, Change]] = {
    "the content node keeps nothing": (
        edge_files.HIT,
        "services/templates/edge.conf.j2",
        ("proxy_cache_valid 200 1d;", "proxy_cache_valid 200 0;"),
    ),
    "the edge opens a connection for each request": (
        edge_files.SITE_EDGE,
        "services/templates/edge.conf.j2",
        ("        keepalive 16;\n", ""),
    ),
}


@pytest.mark.parametrize("what", SABOTAGE)
def test_a_sabotaged_edge_is_refuted(tmp_path: Path, what: str) -> None:
    case, name, change = SABOTAGE[what]
    planned = pipeline.plan(EXPERIMENT, load_world(str(SMALL)), 1, tolerance_us=10)
    order = planned.order.model_copy(update={"surveys": (), "probes": ()})
    folder = tmp_path / "run"
    folder.mkdir()
    pipeline.prepare(dataclasses.replace(planned, order=order), folder)
    run_guest(folder, source=changed_source(tmp_path / "source", {name: change}), memory_mb=planned.memory_mb)
    claims = dict(zip(edge_files.WAYS, edge_files.claims(read_run(folder)), strict=True))
    with pytest.raises(Refuted):
        claims[case].check()
