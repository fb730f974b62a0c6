"""A run is planned and prepared from its arguments alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from controllers.control import Control
from controllers.topology import topology_of
from experiments import order as orders
from experiments import pipeline
from experiments.experiment import Experiment, Options
from experiments.order import Order
from experiments.pipeline import Planned, judge, plan, prepare
from experiments.registry import find
from experiments.run_files import NotARun
from measurement.result import Column, FrameRef, Result, Table, TableRow, Verdict
from topologies.load import load_world
from topologies.paths import configured_rtt_ms
from topologies.plan import Plan
from topologies.world import World

from .made_up_backbone import WORLD, classes, failover, pairs
from .made_up_run import made_up_run

FILES = ("network.json", "nodes/backbone/control.json", "order.json", "world.json")


def planned(seed: int = 1, tolerance_us: float = 10.0) -> Planned:
    return plan(find("nearest_datacenter"), load_world("article"), seed, tolerance_us)


def prepared(folder: Path, seed: int = 1) -> dict[str, bytes]:
    """Return what a prepared folder has."""
    folder.mkdir()
    prepare(planned(seed), folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_preparing_writes_exactly_what_a_machine_needs(tmp_path: Path) -> None:
    assert sorted(prepared(tmp_path / "run")) == sorted(FILES)


def test_the_files_are_read_as_what_was_planned(tmp_path: Path) -> None:
    files, run = prepared(tmp_path / "run", seed=7), planned(seed=7)
    assert orders.load(tmp_path / "run") == run.order
    assert World.model_validate_json(files["world.json"]) == run.world
    assert Plan.model_validate_json(files["network.json"]) == run.network
    assert (run.order.seed, run.network.seed, run.order.tolerance_us) == (7, 7, 10.0)


def test_the_controller_has_every_switch_and_the_usual_rules(tmp_path: Path) -> None:
    control = Control.model_validate_json(prepared(tmp_path / "run")["nodes/backbone/control.json"])
    network = planned().network
    assert control == Control(topology=topology_of(network))
    assert [each.name for each in control.topology.switches] == [
        each.name for each in network.of_kind("switch")
    ]
    assert len(control.topology.switches) == 9


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    assert prepared(tmp_path / "one") == prepared(tmp_path / "two")


def test_another_seed_changes_nothing_but_where_it_is_written(tmp_path: Path) -> None:
    one, two = prepared(tmp_path / "one"), prepared(tmp_path / "two", seed=2)
    assert {name for name in FILES if one[name] != two[name]} == {"network.json", "order.json"}
    for name in FILES:
        assert two[name].replace(b'"seed": 2', b'"seed": 1') == one[name]


def test_every_captured_node_and_every_cases_node_is_in_the_network() -> None:
    run = planned()
    names = {node.name for node in run.network.nodes}
    assert {point.node for point in run.order.captures} <= names
    assert {name for case in run.order.cases for name in (case.client, case.resolver)} <= names
    assert {end for probe in run.order.probes for end in (probe.source, probe.target)} <= names


def test_every_captured_interface_is_in_the_network() -> None:
    run = planned()
    there = {(end.node, end.interface) for wire in run.network.wires for end in (wire.a, wire.b)}
    assert {(point.node, point.interface) for point in run.order.captures} <= there


def test_steps_are_counted_as_they_are_named() -> None:
    """Around: that it begins, that it is judged. Inside: building, starting, stopping; cases and probes."""
    run = planned()
    assert (len(run.order.cases), len(run.order.probes)) == (4, 1)
    assert run.step_count == 2 + 3 + 4 + 1


# Exercises


@pytest.mark.parametrize("name", ["backbone_rtt", "backbone_failover", "backbone_classes"])
def test_every_exercise_has_a_control_file_with_its_rules(tmp_path: Path, name: str) -> None:
    run = plan(find(name), WORLD, 1, 10.0)
    prepare(run, tmp_path)
    folder = tmp_path / "nodes" / "backbone"
    usual = Control(topology=topology_of(run.network))
    named = {"control.json"}
    for exercise in run.order.exercises:
        file = orders.control_file(exercise)
        control = Control.model_validate_json((folder / file).read_text())
        assert control == usual.model_copy(update=dict(exercise.rules))
        named.add(file)
    assert {path.name for path in folder.iterdir()} == named
    assert Control.model_validate_json((folder / "control.json").read_text()) == usual


def test_the_networks_controller_is_as_far_as_the_order_says() -> None:
    run = plan(find("backbone_failover"), WORLD, 1, 10.0)
    assert run.network.control_delay_ms == run.order.control_delay_ms == 59.0
    assert planned().network.control_delay_ms == 0.0


def test_exercises_are_counted_as_steps_and_services_are_not_where_there_are_none() -> None:
    run = plan(find("backbone_failover"), WORLD, 1, 10.0)
    assert run.step_count == 2 + 2 + 5


def test_a_run_of_exercises_is_judged_with_pictures_and_paths_and_without_a_ladder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pipeline, "read_run", lambda _: failover())
    result = judge(tmp_path)
    assert result.verdict is Verdict.HELD and result.journeys == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["failover.svg", "result.json"]
    assert [(path.source, path.to) for path in result.paths] == [("ams-fe", "iad-fe")]
    assert Result.model_validate_json((tmp_path / "result.json").read_text()) == result


def test_of_paths_only_those_of_steady_exercises_are_in_the_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Around a cut an echo takes another time: that is no path of the world."""
    monkeypatch.setattr(pipeline, "read_run", lambda _: pairs())
    result = judge(tmp_path)
    assert len(result.paths) == 36
    assert {path.frames[0].file.split("/")[1] for path in result.paths} == {"pairs"}


def test_an_order_that_lacks_an_exercise_is_no_run_of_its_experiment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for run, name in ((failover(), "cut"), (pairs(), "pairs"), (classes(), "engineered")):
        kept = tuple(each for each in run.order.exercises if each.name != name)
        lacking = dataclasses.replace(run, order=run.order.model_copy(update={"exercises": kept}))
        monkeypatch.setattr(pipeline, "read_run", lambda _, lacking=lacking: lacking)
        with pytest.raises(NotARun, match=f"its order\\.json lacks '{name}'"):
            judge(tmp_path)


def test_a_prepared_folder_is_not_prepared_twice(tmp_path: Path) -> None:
    prepared(tmp_path / "run")
    with pytest.raises(FileExistsError):
        prepare(planned(), tmp_path / "run")


# Options


class Choice(Options):
    """Which world."""

    title: str = "as it is"


def choosing(seen: list[object]) -> Experiment:
    """Return an experiment whose options change its world, and that keeps what it is planned with."""
    known = find("nearest_datacenter")

    def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
        seen.append((world.title, seed, tolerance_us, options))
        return known.plan_order(world, seed, tolerance_us, options)

    def change_world(world: World, options: Options) -> World:
        assert isinstance(options, Choice)
        return world.model_copy(update={"title": options.title})

    return dataclasses.replace(known, plan_order=plan_order, change_world=change_world, options=Choice)


@pytest.mark.parametrize("options", [None, Choice(), Choice(title="another")])
def test_options_change_the_world_before_the_order_is_planned(options: Choice | None) -> None:
    seen: list[object] = []
    run = plan(choosing(seen), load_world("article"), 7, 5.0, options)
    title = options.title if options else "as it is"
    assert seen == [(title, 7, 5.0, options or Choice())]
    assert run.world.title == title


def test_an_experiment_without_a_choice_runs_in_the_world_as_it_is() -> None:
    experiment, world = find("exchange_online"), load_world("article")
    assert experiment.options is Options
    assert plan(experiment, world, 1, 10.0).world == world


# Judging


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is read as the made-up run."""
    monkeypatch.setattr(pipeline, "read_run", lambda _: made_up_run())
    return tmp_path


def test_every_request_of_every_journey_is_in_the_result(exchange: Path) -> None:
    result = judge(exchange)
    listed = [(each.case, each.request) for each in result.journeys]
    cases = made_up_run().order.cases
    assert listed == [(case.name, request.name) for case in cases for request in case.requests]
    first, second = result.journeys[:2]
    assert (first.url, second.url) == tuple(request.url for request in cases[0].requests[:2])
    assert (first.status, first.body_bytes, first.datacenter) == (200, 3, "dub")
    assert first.cname_chain[0] == "outlook.office365.com"
    assert first.cname_chain[-1] == "dub-efz.ms-acdc.office.com"


def test_phases_are_told_each_by_itself_also_over_a_kept_connection(exchange: Path) -> None:
    first, second = judge(exchange).journeys[:2]
    plan = made_up_run().plan
    there_ms, behind_ms = (
        configured_rtt_ms(plan, *ends) for ends in (("traveller", "dub-efz"), ("dub-efz", "mwh-mbx"))
    )
    assert first.phases_ms["connect"] == pytest.approx(there_ms, abs=0.002)
    assert first.phases_ms["tls"] == pytest.approx(there_ms + 0.002, abs=0.002)
    assert first.phases_ms["first_byte"] == pytest.approx(there_ms + behind_ms, abs=0.002)
    assert (second.phases_ms["connect"], second.phases_ms["tls"]) == (0, 0)
    assert second.phases_ms["first_byte"] == pytest.approx(there_ms + behind_ms - 0.003, abs=0.002)
    assert second.phases_ms["total"] == pytest.approx(there_ms + behind_ms, abs=0.002)


def test_a_journey_that_ended_early_has_the_requests_that_the_client_came_to(
    exchange: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = made_up_run()
    ended = reading.journeys[0].model_copy(update={"fetches": reading.journeys[0].fetches[:2]})
    changed = dataclasses.replace(reading, journeys=(ended,))
    monkeypatch.setattr(pipeline, "read_run", lambda _: changed)
    assert [each.request for each in judge(exchange).journeys] == ["sign-in", "folders"]


def test_figures_are_in_the_result_and_in_its_file(exchange: Path) -> None:
    result = judge(exchange)
    assert {figure.case for figure in result.figures} == {"nearest", "direct", "far-front-end", "cold"}
    assert Result.model_validate_json((exchange / "result.json").read_text()) == result


def test_tables_are_in_the_result_and_in_its_file(exchange: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = TableRow(cells=("portal",), frames=(FrameRef(file="pcap/nearest/traveller.pcapng", frame=1),))
    table = Table(title="t", columns=(Column(heading="service"),), rows=(row,))
    assert judge(exchange).tables == ()
    with_table = dataclasses.replace(find("exchange_online"), tables=lambda _: [table])
    monkeypatch.setattr(pipeline, "experiment_of", lambda _: with_table)
    result = judge(exchange)
    assert result.tables == (table,)
    assert Result.model_validate_json((exchange / "result.json").read_text()) == result


def test_an_order_that_lacks_what_a_table_is_about_is_no_run(
    exchange: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tables(_: object) -> list[Table]:
        raise KeyError("forced")

    monkeypatch.setattr(
        pipeline, "experiment_of", lambda _: dataclasses.replace(find("exchange_online"), tables=tables)
    )
    with pytest.raises(NotARun, match=r"is not a run of exchange_online: its order\.json lacks 'forced'"):
        judge(exchange)


def test_the_picture_is_of_the_first_case_at_all_addresses_of_its_nodes(exchange: Path) -> None:
    judge(exchange)
    picture = (exchange / "ladder.svg").read_text()
    assert "traveller starts Outlook" in picture
    for node in ("traveller", "isplis", "acdc2", "dub-efz"):
        assert f">{node}</text>" in picture


@pytest.mark.parametrize("what", ["cases", "probes"])
def test_an_order_that_lacks_what_the_experiment_is_about_is_no_run_of_it(
    exchange: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    reading = made_up_run()
    lacking = reading.order.model_copy(update={what: getattr(reading.order, what)[:-2]})
    monkeypatch.setattr(pipeline, "read_run", lambda _: dataclasses.replace(reading, order=lacking))
    with pytest.raises(NotARun, match=r"is not a run of exchange_online: its order\.json lacks "):
        judge(exchange)


@pytest.mark.parametrize("nodes, more_mb", [(500, 0), (501, 1), (3_100, 910)])
def test_a_large_network_has_room_for_its_nodes(nodes: int, more_mb: int) -> None:
    usual = planned()
    many = (usual.network.nodes * 100)[:nodes]
    large = dataclasses.replace(usual, network=usual.network.model_copy(update={"nodes": many}))
    assert large.memory_mb == usual.memory_mb + more_mb
