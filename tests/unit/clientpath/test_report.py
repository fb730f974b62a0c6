"""``clientpath report``: the page of a run that was judged, and what is said of folders that have none."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest

from ..experiments.saved_runs import copied
from .conftest import Clientpath


@pytest.fixture
def run(tmp_path: Path, clientpath: Clientpath) -> Path:
    folder = copied(tmp_path / "run")
    assert clientpath("judge", folder).code == 0
    return folder


def test_it_says_where_the_page_is(clientpath: Clientpath, run: Path) -> None:
    before = (run / "report.html").read_bytes()
    (run / "report.html").unlink()
    said = clientpath("report", run)
    assert (said.code, said.out, said.err) == (0, f"page:    {run / 'report.html'}\n", "")
    assert (run / "report.html").read_bytes() == before


def test_judging_makes_the_report(run: Path) -> None:
    assert {"report.html", "map.svg", "story.pcapng"} <= {path.name for path in run.iterdir()}


@pytest.mark.parametrize(("there_is_one", "code"), [(True, 0), (False, 2)])
def test_it_opens_a_browser_or_says_that_there_is_none(
    clientpath: Clientpath, run: Path, monkeypatch: pytest.MonkeyPatch, there_is_one: bool, code: int
) -> None:
    opened: list[str] = []

    def open_it(address: str) -> bool:
        opened.append(address)
        return there_is_one

    monkeypatch.setattr(webbrowser, "open", open_it)
    said = clientpath("report", run, "--open")
    assert opened == [(run / "report.html").as_uri()]
    assert said.code == code and ("no browser could be started" in said.err) is not there_is_one


def test_a_folder_that_is_no_run_ends_with_2(clientpath: Clientpath, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    said = clientpath("report", tmp_path / "photos")
    assert said.code == 2 and "is not a run's folder: it has no order.json" in said.err
    assert not list((tmp_path / "photos").iterdir())


def test_several_runs_get_one_page(clientpath: Clientpath, run: Path, tmp_path: Path) -> None:
    other = copied(tmp_path / "other")
    assert clientpath("judge", other).code == 0
    page = tmp_path / "both.html"
    said = clientpath("report", run, other, "--out", page)
    assert (said.code, said.out, said.err) == (0, f"page:    {page}\n", "")
    html = page.read_text()
    assert ">run<" in html and ">other<" in html and "2 runs compared" in html


def test_two_runs_with_the_same_name_are_told_apart(
    clientpath: Clientpath, run: Path, tmp_path: Path
) -> None:
    other = copied(tmp_path / "elsewhere" / "run")
    assert clientpath("judge", other).code == 0
    page = tmp_path / "both.html"
    assert clientpath("report", run, other, "--out", page).code == 0
    assert f">{run}<" in page.read_text() and f">{other}<" in page.read_text()


def test_one_of_several_that_is_no_run_ends_with_2(clientpath: Clientpath, run: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    page = tmp_path / "both.html"
    said = clientpath("report", run, tmp_path / "photos", "--out", page)
    assert said.code == 2 and "photos" in said.err
    assert not page.exists()
