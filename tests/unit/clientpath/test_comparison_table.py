"""A comparison in the terminal: its table, what is not held, and where the rest is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clientpath.comparison_table import show_comparison
from measurement.result import Column, FrameRef, Result, StepResult, Table, TableRow, Verdict

FOLDER = Path("/runs/compared")


def claim(number: int, verdict: Verdict) -> StepResult:
    return StepResult(
        number=number, text=f"claim {number}", expected="this", observed="that", verdict=verdict, frames=()
    )


def table(title: str) -> Table:
    frames = (FrameRef(file="pcap/direct/lagos.pcapng", frame=7),)
    columns = (Column(heading="way"), Column(heading="first byte", unit="ms"))
    rows = (TableRow(cells=("direct", 221.4), frames=frames, group="portal"),)
    return Table(title=title, columns=columns, rows=rows)


def result(verdict: Verdict = Verdict.HELD) -> Result:
    return Result(
        experiment="compare",
        world="article",
        verdict=verdict,
        seed=1,
        steps=(claim(1, Verdict.HELD), claim(2, verdict)),
        controls=(claim(1, verdict),),
        journeys=(),
        figures=(),
        paths=(),
        tables=(table("Ways"), table("Details")),
    )


def shown(
    capsys: pytest.CaptureFixture[str], of: Result, *, as_json: bool = False, quiet: bool = False
) -> str:
    show_comparison(of, "Compare", FOLDER, as_json=as_json, quiet=quiet)
    return capsys.readouterr().out


def test_there_is_one_table_and_where_the_rest_is(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, result())
    assert said.split() == [
        *("Compare", "(world", "article,", "seed", "1)", "Ways"),
        *("first", "byte", "way", "ms", "portal", "1", "direct", "221.400"),
        *("verdict:", "held,", "2", "steps", "and", "1", "controls"),
        *("folder:", str(FOLDER), "report:", str(FOLDER / "report.html")),
        *("all:", "clientpath", "judge", str(FOLDER)),
    ]


def test_what_is_not_held_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, result(Verdict.REFUTED)).splitlines()
    assert "verdict: refuted, 2 steps and 1 controls" in said
    assert [line for line in said if line.startswith("refuted")] == [
        "refuted step 2, claim 2: that",
        "refuted control 1, claim 1: that",
    ]


def test_for_programs_and_scripts_it_is_as_any_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(shown(capsys, result(), as_json=True))["experiment"] == "compare"
    assert shown(capsys, result(), quiet=True) == f"held {FOLDER}\n"
