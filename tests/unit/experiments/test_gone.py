"""A report over a run whose captures are gone says which, and what they were to show; none is led to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from experiments import pipeline
from experiments.gone import MOST_NAMED, gone, missing_captures
from experiments.order import load
from experiments.reporting import read_result, write_report

from .saved_runs import copied

CITED = "pcap/nearest/traveller.pcapng"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied(tmp_path_factory.mktemp("saved") / "run")
    pipeline.judge(folder)
    return folder


@pytest.fixture
def run(judged: Path, tmp_path: Path) -> Path:
    return shutil.copytree(judged, tmp_path / "run")


def told(run: Path) -> list[str]:
    return list(gone(read_result(run), missing_captures(run, load(run))))


def test_of_a_whole_run_nothing_is_told(run: Path) -> None:
    assert told(run) == []
    assert write_report(run).not_shown == ()


def test_a_capture_that_shows_steps_is_named_with_them(run: Path) -> None:
    (run / CITED).unlink()
    (words,) = told(run)
    assert words.startswith(f"{CITED} is missing: the frames of step 1, ")
    assert words.endswith(" cannot be looked at")
    numbers = {step.number for step in read_result(run).steps if CITED in {f.file for f in step.frames}}
    assert all(f"step {number}" in words for number in numbers)


def test_a_capture_that_shows_nothing_is_missing_all_the_same(run: Path) -> None:
    cited = (run / "result.json").read_text()
    captures = sorted(path.relative_to(run).as_posix() for path in run.glob("pcap/*/*.pcapng"))
    other = next(file for file in captures if file not in cited)
    (run / other).unlink()
    assert told(run) == [f"{other} is missing"]


def test_of_many_some_are_named_and_the_rest_counted(run: Path) -> None:
    shutil.rmtree(run / "pcap")
    words = told(run)
    others = [each for each in words if ": " not in each]
    assert len(others) == MOST_NAMED + 1
    result = read_result(run)
    cited = {frame.file for part in (*result.steps, *result.controls) for frame in part.frames}
    assert others[-1] == f"{145 - len(cited) - MOST_NAMED} more captures are missing"


def test_the_page_says_it_and_has_no_link_to_what_is_missing(run: Path) -> None:
    before = (run / "result.json").read_bytes()
    (run / CITED).unlink()
    made = write_report(run)
    html = made.page.read_text(encoding="utf-8")
    assert made.not_shown[0].startswith(f"{CITED} is missing: the frames of")
    assert "What could not be shown" in html and f"{CITED} (missing)" in html
    assert f'href="{CITED}"' not in html and 'href="pcap/nearest/isplis.pcapng"' in html
    assert (run / "result.json").read_bytes() == before  # what was judged stays


def test_a_capture_that_was_cut_since_is_told_with_the_place(run: Path) -> None:
    path = run / CITED
    path.write_bytes(path.read_bytes()[:-30])
    (words,) = write_report(run).not_shown
    assert words.startswith(f"{CITED} is cut inside a block")
    assert words.endswith("story.pcapng has what stands before")


def test_a_picture_that_is_damaged_does_not_keep_the_page_from_being_made(run: Path) -> None:
    (run / "ladder.svg").write_bytes(b"<svg>\xff</svg>")
    assert "\ufffd" in write_report(run).page.read_text(encoding="utf-8")
