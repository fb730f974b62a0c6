"""A client's way on the map: through its tunnel's office, over its office's circuit, or straight."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from experiments import pipeline
from experiments.order import Order
from experiments.reporting import read_result, write_report
from experiments.run_files import read_file
from experiments.stops import stops
from measurement.report.who import Stop, Stops, marks_and_ways
from measurement.report.world_map import WIDTH_PX
from measurement.result import Result
from topologies.plan import Plan
from topologies.world import World

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
SVG = "{http://www.w3.org/2000/svg}"


class Run:
    """A saved run, judged, with the stops of its ways."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        pipeline.judge(folder)
        self.order = read_file(folder, "order.json", Order)
        self.world = read_file(folder, "world.json", World)
        self.plan = read_file(folder, "network.json", Plan)
        self.result: Result = read_result(folder)
        self.stops: Stops = stops(self.world, self.plan, self.order, self.result.journeys)


@pytest.fixture(scope="module")
def vpn(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(Path(shutil.copytree(GOLDEN / "vpn", tmp_path_factory.mktemp("vpn") / "run")))


@pytest.fixture(scope="module")
def expressroute(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(Path(shutil.copytree(GOLDEN / "expressroute", tmp_path_factory.mktemp("er") / "run")))


def test_a_tunnel_leads_by_its_office(vpn: Run) -> None:
    case = vpn.order.cases[0]
    office = vpn.world.office(case.way.office)
    by_tunnel = [each for each in vpn.result.journeys if each.case == case.name]
    assert by_tunnel
    for each in by_tunnel:
        assert vpn.stops[case.name, each.server_ip] == (Stop(office.name, office.place),)


def test_without_a_tunnel_there_is_no_stop(vpn: Run) -> None:
    straight = {case.name for case in vpn.order.cases if not case.way.office}
    found = [taken for (case, _), taken in vpn.stops.items() if case in straight]
    assert straight and found and not any(found)


def test_every_way_of_the_run_through_a_tunnel_is_drawn_in_legs(vpn: Run) -> None:
    _, ways = marks_and_ways(vpn.world, vpn.plan, vpn.result, vpn.stops)
    case = vpn.order.cases[0]
    here, office = vpn.world.client(case.client).place, vpn.world.office(case.way.office).place
    drawn = {(way.kind, way.a, way.b) for way in ways}
    assert ("tunnel", here, office) in drawn
    assert any(kind == "connects" and a == office for kind, a, _ in drawn)
    assert not any(kind == "connects" and a == here for kind, a, _ in drawn)
    told = next(way.told for way in ways if way.kind == "tunnel")
    assert told.endswith(f", by {case.way.office} in {office.name}")


def test_without_stops_ways_are_straight(vpn: Run) -> None:
    _, ways = marks_and_ways(vpn.world, vpn.plan, vpn.result, {})
    here = vpn.world.client(vpn.order.cases[0].client).place
    assert not [way for way in ways if way.kind == "tunnel"]
    assert all(way.a == here for way in ways if way.kind == "connects")


def test_the_office_is_marked_and_explained(vpn: Run) -> None:
    write_report(vpn.folder)
    root = ElementTree.parse(vpn.folder / "map.svg").getroot()
    words = [each.text or "" for each in root.iter(f"{SVG}text")]
    assert "office or circuit" in words and "by tunnel or circuit" in words
    assert any("hq" in each for each in words)


def test_the_legend_stays_on_the_map_in_as_many_rows_as_it_needs(vpn: Run) -> None:
    root = ElementTree.parse(vpn.folder / "map.svg").getroot()
    high = float(root.get("height") or 0)
    lines = [(float(each.get("y1") or 0), float(each.get("x2") or 0)) for each in root.findall(f"{SVG}line")]
    assert lines and all(y < high and x < WIDTH_PX for y, x in lines)
    rows = sorted({y for y, _ in lines})
    assert all(after - before == 20 for before, after in pairwise(rows))


def test_a_circuit_leads_by_its_far_end(expressroute: Run) -> None:
    circuit = expressroute.world.circuits[0]
    stop = Stop(circuit.name, circuit.peering)
    inside = {case.name for case in expressroute.order.cases if case.client == "clerk"}
    ways = {taken for (case, _), taken in expressroute.stops.items() if case in inside}
    assert ways == {(stop,), ()}  # what is not announced on it goes over the Internet, from the same office
    office = expressroute.world.office(circuit.office)
    by_tunnel = Stop(office.name, office.place)
    outside = {taken for (case, _), taken in expressroute.stops.items() if case not in inside}
    assert outside == {(), (by_tunnel,), (by_tunnel, stop)}
