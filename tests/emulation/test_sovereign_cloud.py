"""The sovereign cloud in a guest: where everybody lands, and that the clouds share nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from experiments import isolation
from experiments.reading import read_run
from experiments.sovereign_cloud import EXPERIMENT
from measurement.judge import judge
from measurement.result import Verdict

from .conftest import Finished, require_all_held
from .frames import talkers
from .guests import changed_source, prepared, run_guest

NAME = EXPERIMENT.name
CHINA = [IPv4Network(each) for each in ("103.9.8.0/22", "42.159.0.0/16")]
ELSEWHERE = [IPv4Network(each) for each in ("13.107.6.0/24", "40.96.0.0/13", "40.108.128.0/17")]


@pytest.fixture(scope="module")
def run(finish: Callable[[str], Finished]) -> Finished:
    return finish(NAME)


def test_it_is_held_with_every_step_and_control_shown(run: Finished) -> None:
    require_all_held(run)


def test_everybody_lands_where_the_cloud_is(run: Finished) -> None:
    landed = {(each.case, each.client): each.datacenter for each in run.result.journeys}
    assert landed["sovereign", "traveller"] == "bjs"
    assert landed["standard", "traveller"] == "dub"
    assert landed["resident-standard", "resident"] == "tyo"
    assert landed["resident-sovereign", "resident"] == "sha"
    assert landed["site-sovereign", "traveller"] == "bjs" and landed["site-standard", "traveller"] == "mwh"
    assert landed["mail", "resident"] == "sha"


def test_no_capture_has_a_packet_between_the_clouds_but_the_attempt(run: Finished) -> None:
    for capture in sorted(run.folder.glob("pcap/*/*.pcapng")):
        crossing = {ends for ends in talkers(capture) if between_clouds(*ends)}
        if (capture.parent.name, capture.stem) == ("across", "ams-fe"):
            assert crossing == {("13.107.6.2", "103.9.8.2")}
        else:
            assert not crossing, capture


def between_clouds(source: str, to: str) -> bool:
    ends = [IPv4Address(source), IPv4Address(to)]
    inside = [any(end in network for network in CHINA) for end in ends]
    outside = [any(end in network for network in ELSEWHERE) for end in ends]
    return (inside[0] and outside[1]) or (inside[1] and outside[0])


def test_credentials_are_refused_with_the_right_host(run: Finished) -> None:
    lines = [json.loads(line) for line in (run.folder / "journey.jsonl").read_text().splitlines()]
    fetched = {e["name"]: e for line in lines if line["case"] == "credentials" for e in line["fetches"]}
    statuses = {name: each["status"] for name, each in fetched.items()}
    assert statuses == {name: 403 if name.startswith("refused") else 200 for name in fetched}
    right = json.loads(fetched["refused portal worldwide"]["body"])["host"]
    assert right == "portal.partner.microsoftonline.cn"
    assert json.loads(fetched["refused exchange 21vianet"]["body"])["host"] == "outlook.office365.com"


def test_a_way_between_the_clouds_is_refuted(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "run", experiment=NAME, cases=(isolation.ACROSS, "sovereign"))
    change = ("here.name != there.name and here.cloud == there.cloud", "here.name != there.name")
    joined = ("if a.cloud == b.cloud", "if True")
    changed = {"topologies/planning.py": change, "topologies/backbone.py": joined}
    source = changed_source(tmp_path / "source", changed)
    leak(folder, source)
    run_guest(folder, source=source)
    reading = read_run(folder)
    claim = isolation.claims(reading, "credentials", ("worldwide", "21vianet"))[2]
    assert judge(1, claim).verdict is Verdict.REFUTED


def leak(folder: Path, source: Path) -> None:
    """Plan the network anew with the changed source: one backbone for both clouds."""
    plan = (
        "import sys; from pathlib import Path; from experiments import order;"
        "from topologies.world import World;"
        "from topologies.planning import plan_network; from controllers.control import Control;"
        "from controllers.topology import topology_of;"
        "d = Path(sys.argv[1]); w = World.model_validate_json((d / 'world.json').read_text());"
        "p = plan_network(w, order.load(d).selection, 1);"
        "(d / 'network.json').write_text(p.model_dump_json());"
        "(d / 'nodes/backbone/control.json').write_text(Control(topology=topology_of(p)).model_dump_json())"
    )
    subprocess.run(
        [sys.executable, "-c", plan, str(folder)], cwd=source, check=True, env={"PYTHONPATH": str(source)}
    )
