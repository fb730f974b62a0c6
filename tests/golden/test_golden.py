"""The saved run is held, in the same bytes each time, from nothing but its files."""

from __future__ import annotations

import dataclasses
import json
import socket
import subprocess
from pathlib import Path
from typing import NoReturn

import jsonschema
import pytest
from scapy.layers.inet import ICMP, IP

from experiments import pipeline
from experiments.reading import read_run
from measurement import result as results
from measurement.pcapng import read_capture
from measurement.result import Result, Verdict

from ..unit.experiments.saved_runs import (
    SAVED,
    copied,
    damaged,
    damaged_reading,
    rewritten,
    with_packet,
    without_frame,
)

WRITTEN = ("observations.json", "result.json", "ladder.svg")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the saved run, judged."""
    folder = copied(tmp_path_factory.mktemp("saved") / "run")
    pipeline.judge(folder)
    return folder


@pytest.fixture(scope="module")
def result(run: Path) -> Result:
    return Result.model_validate_json((run / "result.json").read_text())


def test_every_step_and_every_control_is_held_with_its_frames(result: Result) -> None:
    assert result.verdict is Verdict.HELD
    assert [step.number for step in result.steps] == [1, 2, 3, 4, 5]
    assert [control.number for control in result.controls] == [1, 2, 3, 4, 5]
    for each in (*result.steps, *result.controls):
        assert each.verdict is Verdict.HELD and each.frames, each


def test_the_result_file_is_of_the_published_schema(run: Path) -> None:
    schema = json.loads((Path(results.__file__).parent / "result.schema.json").read_text())
    jsonschema.validate(json.loads((run / "result.json").read_text()), schema)


def test_every_frame_that_is_named_is_there(run: Path, result: Result) -> None:
    named = [each.frames for each in (*result.steps, *result.controls)] + [
        path.frames for path in result.paths
    ]
    for ref in {ref for frames in named for ref in frames}:
        assert 1 <= ref.frame <= len(read_capture(run / ref.file).frames), ref


def test_the_result_says_where_every_client_landed(result: Result) -> None:
    landed = {(each.case, each.client): (each.datacenter, each.server_ip) for each in result.journeys}
    assert landed == {
        ("nearest", "traveller"): ("dub", "13.107.6.18"),
        ("far-resolver", "traveller"): ("sin", "13.107.6.82"),
        ("at-home", "colleague"): ("mwh", "13.107.6.34"),
        ("same-answer", "traveller"): ("mwh", "13.107.6.34"),
    }


def test_a_journeys_phases_are_each_by_itself(result: Result) -> None:
    for journey in result.journeys:
        phases = dict(journey.phases_ms)
        total = phases.pop("total")
        assert min(phases.values()) > 0
        assert sum(phases.values()) == pytest.approx(total, abs=0.01)


def test_the_chain_of_names_leads_to_the_region(result: Result) -> None:
    chains = {journey.case: journey.cname_chain for journey in result.journeys}
    assert chains["nearest"] == ("portal.office.com", "portal-office365-com.emeanorth.b-msedge.net")
    assert chains["far-resolver"] == ("portal.office.com", "portal-office365-com.apacsoutheast.b-msedge.net")


def test_the_result_file_writes_paths_from_one_node_to_another(run: Path, result: Result) -> None:
    document = json.loads((run / "result.json").read_text())
    assert all("from" in path and "source" not in path for path in document["paths"])
    assert {(path.source, path.to) for path in result.paths} >= {
        ("traveller", "dub-fe"),
        ("dub-fe", "mwh-fe"),
    }


def test_judging_again_gives_the_same_bytes(run: Path) -> None:
    before = {name: (run / name).read_bytes() for name in WRITTEN}
    for name in WRITTEN:
        (run / name).unlink()
    pipeline.judge(run)
    assert {name: (run / name).read_bytes() for name in WRITTEN} == before


def test_judging_writes_its_own_files_and_changes_no_other(run: Path) -> None:
    files = {path.relative_to(run) for path in run.rglob("*") if path.is_file()}
    saved = {path.relative_to(SAVED) for path in SAVED.rglob("*") if path.is_file()}
    assert files - saved == {Path(name) for name in WRITTEN}
    assert all((run / path).read_bytes() == (SAVED / path).read_bytes() for path in saved)


def test_judging_opens_no_socket_and_starts_no_program(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **settings: object) -> NoReturn:
        raise AssertionError(f"judging reached out: {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "sendto", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert pipeline.judge(run).verdict is Verdict.HELD


def test_rewriting_a_capture_as_the_tests_of_damage_do_is_no_damage(tmp_path: Path, result: Result) -> None:
    """Otherwise those tests would see the rewriting, and not the damage."""
    folder = copied(tmp_path / "run")
    captures = sorted(path.relative_to(folder / "pcap") for path in folder.rglob("*.pcapng"))
    damaged(
        folder, *(rewritten(path.with_suffix("").as_posix(), lambda records: records) for path in captures)
    )
    assert pipeline.judge(folder) == result


def test_reading_only_what_is_damaged_sees_what_reading_everything_sees(tmp_path: Path, run: Path) -> None:
    damages = (
        with_packet("nearest/dub-br", IP(src="13.107.6.18", dst="13.107.6.34") / ICMP()),
        without_frame("at-home/ispsea", 3, counted=False),
    )
    part = damaged_reading(read_run(run), tmp_path / "part", *damages)
    whole = read_run(damaged(copied(tmp_path / "whole"), *damages))
    assert sorted(part.observations, key=str) == sorted(whole.observations, key=str)
    assert part == dataclasses.replace(whole, observations=part.observations)
