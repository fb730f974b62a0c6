"""ExpressRoute in a guest: what is on each line, looked at with Scapy, and what if routing is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import IP, UDP

from experiments.expressroute import EXPERIMENT
from topologies.load import BUILTIN

from .conftest import Finished, clientpath, require_all_held
from .frames import opened, packets, talkers

OFFICE, POOL = "100.64.2.1", "203.0.113.2"
RESOLVER = "100.64.2.2"
EXCHANGE, SHAREPOINT, PORTAL, RELAY = "40.97.128.", "40.108.144.1", "13.107.6.50", "13.107.64.1"
NAME = EXPERIMENT.name


@pytest.fixture(scope="module")
def run(finish: Callable[[str], Finished]) -> Finished:
    return finish(NAME)


def test_it_is_held_with_every_step_and_control_shown(run: Finished) -> None:
    require_all_held(run)
    assert len(run.result.controls) == 18


def test_exchange_sharepoint_and_media_are_on_the_primary_line_alone(run: Finished) -> None:
    case = run.folder / "pcap/circuit"
    over = {there for here, there in talkers(case / "hq-er-pri.pcapng") if here == POOL}
    assert {each for each in over if not each.startswith(EXCHANGE)} == {SHAREPOINT, RELAY}
    assert any(each.startswith(EXCHANGE) for each in over)
    for other in ("hq-gw", "hq-er-sec"):
        assert not any(set(ends) & over for ends in talkers(case / f"{other}.pcapng")), other


def test_the_portal_and_questions_are_on_the_internet_line_alone(run: Finished) -> None:
    case = run.folder / "pcap/circuit"
    line = talkers(case / "hq-gw.pcapng")
    assert (OFFICE, PORTAL) in line and any(here == RESOLVER for here, _ in line)
    for circuit in ("hq-er-pri", "hq-er-sec"):
        assert not any({PORTAL, RESOLVER} & set(ends) for ends in talkers(case / f"{circuit}.pcapng"))


def test_no_inner_address_leaves_the_office_in_any_case(run: Finished) -> None:
    for name in ("hq-gw", "hq-er-pri", "hq-er-sec"):
        for capture in run.folder.glob(f"pcap/*/{name}.pcapng"):
            assert not any(each.startswith("10.") for ends in talkers(capture) for each in ends), capture


def test_a_connection_that_leaves_by_one_line_and_comes_back_by_the_other_is_never_opened(
    run: Finished,
) -> None:
    case = run.folder / "pcap/shared-pool"
    asked = {flow[2] for flow in opened(case / "hq-gw.pcapng") if flow[0] == POOL}
    assert asked and all(each.startswith(EXCHANGE) for each in asked)
    assert {(each, POOL) for each in asked} <= talkers(case / "hq-er-pri.pcapng")
    for behind in ("hq-er-gw", "clerk"):
        assert not any(here in asked for here, _ in talkers(case / f"{behind}.pcapng")), behind
    fetch = journey(run, "shared-pool")["fetches"][0]
    assert fetch["status"] == 0 and "timed out" in fetch["error"]


@pytest.mark.parametrize(("exercise", "least_s", "most_s"), [("hold-time", 75, 181), ("bfd", 0.6, 0.95)])
def test_datagrams_stop_for_as_long_as_routers_do_not_notice(
    run: Finished, exercise: str, least_s: float, most_s: float
) -> None:
    came = datagrams(run.folder / f"pcap/{exercise}/iad-efz.pcapng")
    by_source = [source for _, source in came]
    assert list(dict.fromkeys(by_source)) == [POOL, OFFICE]
    gaps = sorted(later - sooner for (sooner, _), (later, _) in pairwise(came))[-2:]
    assert all(least_s <= gap <= most_s for gap in gaps), gaps


def datagrams(path: Path) -> list[tuple[float, str]]:
    """Return when each datagram of the stream came, and from whom."""
    return [
        (float(packet.time), packet[IP].src)
        for packet in packets(path)
        if UDP in packet and packet[UDP].dport == 9000 and packet[IP].dst.startswith(EXCHANGE)
    ]


def test_with_the_circuit_the_front_doors_are_those_without_it(run: Finished) -> None:
    with_it, without = (
        {fetch["name"]: fetch["headers"].get("x-datacenter") for fetch in journey(run, name)["fetches"]}
        for name in ("circuit", "no-filter")
    )
    assert with_it == without


def test_there_are_three_tables_and_a_picture(run: Finished) -> None:
    assert [table.title for table in run.result.tables] == [
        "The same services, over each way",
        "What each session brings",
        "When lines go silent",
    ]
    assert (run.folder / "ways.svg").read_text().startswith("<svg")


def journey(run: Finished, case: str) -> dict[str, Any]:
    lines = (run.folder / "journey.jsonl").read_text().splitlines()
    return next(each for each in map(json.loads, lines) if each["case"] == case)


def test_sessions_with_different_passwords_end_the_run_with_birds_own_words(tmp_path: Path) -> None:
    article = (BUILTIN / "article.toml").read_text()
    there = 'links = "198.51.100.0/29"\n'
    assert there in article
    world = tmp_path / "mine.toml"
    world.write_text(article.replace(there, f'{there}password = "here"\nmicrosoft_password = "there"\n'))
    done = clientpath("run", NAME, "--world", str(world), "--out", str(tmp_path / "run"))
    assert done.returncode == 3, done.stderr
    assert "hq-er: BGP with circuit-m1, after 60 s: is not established" in done.stderr
    assert "MD5" in done.stderr and "the same password at both ends" in done.stderr
