"""SharePoint Online in a guest: the way from the portal to the site, and files, looked at with Scapy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.active_datacenter import EXPERIMENT
from experiments.reading import read_run
from measurement.judge import judge
from measurement.result import Verdict

from .conftest import Finished, require_all_held
from .frames import opened, payloads
from .guests import changed_source, prepared, run_guest

TRAVELLER, PORTAL, SITE = "100.64.0.10", "13.107.6.18", "40.108.144.1"
RTT_MS = 129.247
NAME = EXPERIMENT.name


@pytest.fixture(scope="module")
def run(finish: Callable[[str], Finished]) -> Finished:
    return finish(NAME)


def test_it_is_held_with_every_step_and_control_shown(run: Finished) -> None:
    require_all_held(run)


def test_the_chain_has_clump_and_farm_with_their_times_to_live(run: Finished) -> None:
    chain = next(each.cname_chain for each in run.result.journeys if each.request == "site")
    assert chain == (
        "contoso.sharepoint.com",
        "304-ipv4e.clump.dprodmgd106.aa-rt.sharepoint.com",
        "187170-ipv4e.farm.dprodmgd106.aa-rt.sharepoint.com",
        "187170-ipv4e.farm.dprodmgd106.sharepointonline.com.akadns.net",
    )


def test_the_portals_connection_is_used_before_and_after_the_sites(run: Finished) -> None:
    capture = run.folder / "pcap/active/traveller.pcapng"
    assert [flow[2] for flow in opened(capture)] == [PORTAL, SITE]
    site_ends = payloads(capture, SITE, TRAVELLER, port=443)[-1][0]
    assert payloads(capture, TRAVELLER, PORTAL, port=443)[-1][0] > site_ends


def test_a_download_comes_in_windows_that_double(run: Finished) -> None:
    came = payloads(run.folder / "pcap/home/traveller.pcapng", SITE, TRAVELLER, port=443)
    rounds: list[int] = []
    before = 0.0
    for at, size in came:
        if at - before > 0.001:
            rounds.append(0)
        rounds[-1] += size
        before = at
    first = next(number for number, size in enumerate(rounds) if size == 20 * 1448)
    assert rounds[first : first + 5] == [20 * 1448 * 2**n for n in range(5)]


def test_files_are_real_and_take_what_the_windows_allow(run: Finished) -> None:
    lines = [json.loads(line) for line in (run.folder / "journey.jsonl").read_text().splitlines()]
    fetched = {each["name"]: each for line in lines if line["case"] == "home" for each in line["fetches"]}
    assert fetched["download 10 MB"]["body_bytes"] == 10_000_000
    assert (
        fetched["download 10 MB"]["body_sha256"] == fetched["download 10 MB"]["headers"]["x-content-sha256"]
    )
    figures = {(f.case, f.name): f for f in run.result.figures}
    # 20, 40, 80, 160, 320 segments and the rest: seven windows from the first ten on, less the first.
    assert figures["home", "download 1 MB"].measured == pytest.approx(7 * RTT_MS, rel=0.01)
    assert figures["nearby", "download 1 MB"].measured < figures["home", "download 1 MB"].measured / 3


def test_the_picture_has_a_line_for_each_file(run: Finished) -> None:
    text = (run.folder / "transfers.svg").read_text()
    assert text.count("<path") == 8 and "download 10 MB, home" in text


def test_a_site_that_is_steered_by_place_is_refuted(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "run", experiment=NAME, cases=("active",))
    change = ("own.regional.name, service, datacenter)\n", "own.regional.name, service, 'dub')\n")
    run_guest(folder, source=changed_source(tmp_path / "source", {"services/zones.py": change}))
    step = judge(4, EXPERIMENT.steps(read_run(folder))[3])
    assert step.verdict is Verdict.REFUTED and "40.108.136.1" in step.observed
