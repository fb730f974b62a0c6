"""What a folder is: a run that can be read, of another version, cut off, not judged, or none at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import pipeline
from experiments.order import Order
from experiments.run_files import (
    CutOff,
    DamagedRun,
    NewerRun,
    NotARun,
    NotJudged,
    read_file,
    refuse_newer,
    require_captures,
)
from measurement.result import Result

from .saved_runs import copied


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return copied(tmp_path / "run", captures=())


def with_format(path: Path, number: object) -> None:
    document: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps({**document, "format": number}))


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_file_of_this_version_is_read(run: Path) -> None:
    assert read_file(run, "order.json", Order).experiment == "nearest_datacenter"


@pytest.mark.parametrize("number", [2, 17])
def test_a_later_format_is_told_before_anything_else_that_is_wrong(run: Path, number: int) -> None:
    with_format(run / "order.json", number)
    (run / "order.json").write_text((run / "order.json").read_text().replace('"seed"', '"a_later_key"'))
    with pytest.raises(NewerRun) as error:
        read_file(run, "order.json", Order)
    told = f"{run / 'order.json'} has format {number}, and this version knows 1"
    assert str(error.value) == f"{told}; right would be the clientpath that made it, or a newer one"


@pytest.mark.parametrize("number", [0, "2", None, False, [2]])
def test_what_is_no_later_format_is_damage(run: Path, number: object) -> None:
    with_format(run / "order.json", number)
    with pytest.raises(
        DamagedRun, match=r"order\.json cannot be read by this version: format: Input should be"
    ):
        read_file(run, "order.json", Order)


def test_a_later_result_is_not_judged_over(run: Path) -> None:
    with_format(run / "result.json", 2)
    before = everything(run)
    with pytest.raises(NewerRun, match=r"result\.json has format 2"):
        pipeline.judge(run)
    assert everything(run) == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": "new"}'])
def test_a_result_that_is_damaged_can_be_judged_over(run: Path, text: str) -> None:
    (run / "result.json").write_text(text)
    refuse_newer(run, "result.json", Result)


def test_a_run_without_captures_was_cut_off_and_nothing_is_written(run: Path) -> None:
    shutil.rmtree(run / "pcap")
    before = everything(run)
    with pytest.raises(CutOff) as error:
        pipeline.judge(run)
    assert str(error.value) == (
        f"{run} is of a run that was cut off, or goes on: it has no captures, so nothing can be shown of it;"
        " right would be to wait, or to run it again"
    )
    assert everything(run) == before


def test_what_the_machine_said_last_is_named_where_it_is_known(run: Path) -> None:
    shutil.rmtree(run / "pcap")
    (run / "console.txt").write_text("panic\n")
    with pytest.raises(CutOff, match=r"has no captures \(console\.txt has the machine's last words\), so"):
        require_captures(run)


def test_a_run_that_was_not_judged_and_one_that_was_cut_off_are_told_apart(run: Path) -> None:
    with pytest.raises(
        NotJudged, match=r"was not judged: it has no result\.json; right would be 'clientpath judge"
    ):
        read_file(run, "result.json", Result)
    shutil.rmtree(run / "pcap")
    with pytest.raises(CutOff):
        read_file(run, "result.json", Result)


def test_a_folder_of_something_else_is_no_run_whichever_file_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "file").touch()
    for folder in ("photos", "file", "nowhere"):
        for name, model in (("order.json", Order), ("result.json", Result)):
            with pytest.raises(NotARun) as error:
                read_file(tmp_path / folder, name, model)
            assert type(error.value) is NotARun
            assert str(error.value) == f"{tmp_path / folder} is not a run's folder: it has no order.json"


def test_a_file_that_may_not_be_read_is_told_with_the_systems_reason(run: Path) -> None:
    (run / "order.json").unlink()
    (run / "order.json").mkdir()
    with pytest.raises(DamagedRun, match=r"order\.json cannot be read by this version: Is a directory$"):
        read_file(run, "order.json", Order)


@settings(deadline=None)  # a folder is made for each
@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=30).map(str.encode)))
def test_whatever_a_file_holds_it_is_a_run_or_told(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("run")
    (folder / "order.json").write_bytes(content)
    with pytest.raises(NotARun, match=r"order\.json"):
        read_file(folder, "order.json", Order)


def test_a_file_that_is_nested_too_deeply_is_told(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text("[" * 100_000)
    with pytest.raises(DamagedRun):
        read_file(tmp_path, "order.json", Order)
