"""A finished run is judged again from the command line, with the exit code that it had."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..experiments.saved_runs import copied, damaged, dropping, emptied
from .conftest import Clientpath, Said


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return copied(tmp_path / "run")


def test_a_run_that_is_held(clientpath: Clientpath, run: Path) -> None:
    said = clientpath("judge", run)
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    numbered = [line.split()[:2] for line in lines if line[:1].isdigit() and "held" in line]
    assert numbered == [[str(number), "held"] for _ in range(2) for number in range(1, 6)]
    result = json.loads((run / "result.json").read_text())
    for step in (*result["steps"], *result["controls"]):
        by_file: dict[str, list[str]] = {}
        for frame in step["frames"]:
            by_file.setdefault(frame["file"].removeprefix("pcap/"), []).append(str(frame["frame"]))
        for file, frames in by_file.items():
            assert f"{file} {', '.join(frames[:3])}" in said.out
    for journey in result["journeys"]:
        assert f"{journey['phases_ms']['connect']:.3f}" in said.out
    assert "\nverdict: held\n" in said.out
    first = result["steps"][0]["frames"][0]
    assert f"wireshark -g {first['frame']} {run / first['file']}\n" in said.out


def test_as_json(clientpath: Clientpath, run: Path) -> None:
    said = clientpath("judge", run, "--json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out) == json.loads((run / "result.json").read_text())


def verdicts(said: Said) -> set[str]:
    result = json.loads(said.out)
    return {each["verdict"] for each in (*result["steps"], *result["controls"])}


def test_a_run_that_is_refuted_ends_with_1(clientpath: Clientpath, run: Path) -> None:
    said = clientpath("judge", damaged(run, emptied("backbone-echo/dub-br")), "--json")
    assert (said.code, json.loads(said.out)["verdict"]) == (1, "refuted")
    assert verdicts(said) == {"held", "refuted"}


def test_a_run_that_is_inconclusive_ends_with_3(clientpath: Clientpath, run: Path) -> None:
    said = clientpath("judge", damaged(run, dropping("nearest/isplis")))
    assert (said.code, said.err) == (3, "")
    assert "\nverdict: inconclusive\n" in said.out
    assert "pcap/nearest/isplis.pcapng is not whole: lacks 3 packets that were dropped" in said.out.replace(
        "\n", " "
    )


@pytest.mark.parametrize(
    "folder, told",
    [
        ("nowhere", "nowhere is not a run's folder: it has no order.json"),
        (".", ". is not a run's folder: it has no order.json"),
    ],
)
def test_a_folder_that_is_no_run(clientpath: Clientpath, here: Path, folder: str, told: str) -> None:
    assert clientpath("judge", folder).complaint == told
    assert list(here.iterdir()) == []


def test_a_run_of_an_experiment_that_there_is_not(clientpath: Clientpath, run: Path) -> None:
    order = run / "order.json"
    order.write_text(order.read_text().replace('"nearest_datacenter"', '"nearest_datacentre"'))
    told = clientpath("judge", run).complaint
    assert told.startswith('unknown experiment "nearest_datacentre"; did you mean "nearest_datacenter"')
    assert not (run / "result.json").exists()
