"""The run's folder is new every time, and is tried before it is used."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
import pytest

from clientpath import run_folder


class Standing(datetime):
    """A clock that stands."""

    @classmethod
    def now(cls, tz: object = None) -> Standing:
        return cls(2026, 11, 30, 12, 0, 0)


def test_two_runs_in_the_same_second_have_two_folders(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_folder, "datetime", Standing)
    names = [run_folder.make(None, "nearest_datacenter").relative_to(here).as_posix() for _ in range(3)]
    assert names == [
        "runs/2026-11-30-120000-nearest_datacenter",
        "runs/2026-11-30-120000-nearest_datacenter-2",
        "runs/2026-11-30-120000-nearest_datacenter-3",
    ]


def test_a_folder_is_whole_and_empty_when_it_is_given(here: Path) -> None:
    for given in (None, Path("deep/below")):
        folder = run_folder.make(given, "x")
        assert folder.is_absolute() and folder.is_dir()
        assert list(folder.iterdir()) == []


def test_an_empty_folder_is_taken(here: Path) -> None:
    (here / "empty").mkdir()
    assert run_folder.make(Path("empty"), "x") == here / "empty"


@pytest.mark.parametrize("content", ["file", ".hidden"])
def test_a_folder_that_has_anything_is_not_taken(here: Path, content: str) -> None:
    (here / content).write_text("")
    with pytest.raises(click.BadParameter, match="is not empty"):
        run_folder.make(here, "x")


def test_a_file_in_the_way_of_the_runs_is_told(here: Path) -> None:
    (here / "runs").write_text("")
    with pytest.raises(click.BadParameter) as error:
        run_folder.make(None, "x")
    assert error.value.param_hint == "the default '--out'"
    assert error.value.message.startswith("runs")


def test_on_a_full_disk_a_new_folder_goes_again_and_ones_own_stays(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "own").mkdir()
    monkeypatch.setattr(run_folder, "NEEDED_MB", 2**40)
    for given in (None, here / "new", here / "own"):
        with pytest.raises(click.BadParameter, match="MB free"):
            run_folder.make(given, "x")
    assert sorted(path.name for path in here.rglob("*")) == ["own", "runs"]
