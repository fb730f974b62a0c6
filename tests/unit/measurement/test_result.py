"""A result is written and read without loss, and its whole is as bad as its worst part."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from pydantic import ValidationError

from measurement import result as results
from measurement.result import (
    Figure,
    FrameRef,
    JourneyResult,
    PathResult,
    Result,
    StepResult,
    Verdict,
    overall,
    save,
)

HELD, REFUTED, INCONCLUSIVE = Verdict.HELD, Verdict.REFUTED, Verdict.INCONCLUSIVE


def step(verdict: Verdict, number: int = 1) -> StepResult:
    frames = (FrameRef(file="pcap/nearest/traveller.pcapng", frame=number),)
    return StepResult(number=number, text="t", expected="e", observed="ö", verdict=verdict, frames=frames)


def result() -> Result:
    journey = JourneyResult(
        case="nearest",
        client="traveller",
        request="page",
        url="https://portal.office.com/",
        resolver="isplis",
        cname_chain=("a.example", "b.example"),
        server_ip="13.107.6.18",
        datacenter="dub",
        phases_ms={"total": 590.182},
        protocol="HTTP/2",
        status=200,
        body_bytes=47,
    )
    figure = Figure(name="connect", case="nearest", unit="ms", measured=32.112, expected=32.111)
    path = PathResult(
        source="traveller", to="dub-fe", configured_rtt_ms=32.111221, measured_rtt_ms=32.111872, frames=()
    )
    return Result(
        experiment="nearest_datacenter",
        world="article",
        verdict=REFUTED,
        seed=2**63 - 1,
        steps=(step(HELD), step(REFUTED, 2)),
        controls=(step(INCONCLUSIVE),),
        journeys=(journey,),
        figures=(figure, figure.model_copy(update={"unit": "%", "expected": None, "published": "43 %"})),
        paths=(path,),
    )


@pytest.mark.parametrize(
    "verdicts, whole",
    [
        ([], INCONCLUSIVE),
        ([HELD], HELD),
        ([HELD, HELD], HELD),
        ([HELD, INCONCLUSIVE], INCONCLUSIVE),
        ([HELD, REFUTED], REFUTED),
        ([INCONCLUSIVE, REFUTED], REFUTED),
        ([HELD, INCONCLUSIVE, REFUTED], REFUTED),
    ],
)
def test_the_whole_is_refuted_before_inconclusive_before_held(
    verdicts: list[Verdict], whole: Verdict
) -> None:
    for order in permutations(verdicts):
        assert overall(step(verdict) for verdict in order) is whole


def test_a_result_that_is_saved_is_read_as_the_same(tmp_path: Path) -> None:
    save(result(), tmp_path / "result.json")
    assert Result.model_validate_json((tmp_path / "result.json").read_text()) == result()


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save(result(), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_file_says_from_and_to(tmp_path: Path) -> None:
    save(result(), tmp_path / "result.json")
    document = json.loads((tmp_path / "result.json").read_text())
    (path,) = document["paths"]
    assert (path["from"], path["to"]) == ("traveller", "dub-fe")
    assert "source" not in path
    assert (document["format"], document["verdict"]) == (1, "refuted")


def test_a_path_is_made_by_either_name() -> None:
    values = {"to": "b", "configured_rtt_ms": 1.0, "measured_rtt_ms": 1.0, "frames": ()}
    assert PathResult(**{"from": "a"}, **values) == PathResult(source="a", **values)


def test_a_result_of_another_format_is_refused() -> None:
    document = result().model_dump(by_alias=True)
    with pytest.raises(ValidationError, match="format"):
        Result.model_validate({**document, "format": 2})


def test_a_result_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        result().verdict = HELD  # type: ignore[misc]


def test_the_published_schema_is_that_of_the_code() -> None:
    assert (Path(results.__file__).parent / "result.schema.json").read_text() == results.schema()


@pytest.mark.parametrize("unit", ["us", "s", "", "MBit/s"])
def test_a_figure_of_another_unit_is_refused(unit: str) -> None:
    with pytest.raises(ValidationError, match="unit"):
        Figure.model_validate({"name": "n", "case": "c", "unit": unit, "measured": 1.0})


def test_a_figure_may_have_nothing_to_compare_with() -> None:
    figure = Figure(name="n", case="c", unit="Mbit/s", measured=0.0)
    assert (figure.expected, figure.published, figure.frames) == (None, "", ())


def test_a_result_without_figures_has_an_empty_list_of_them(tmp_path: Path) -> None:
    save(result().model_copy(update={"figures": ()}), tmp_path / "result.json")
    assert json.loads((tmp_path / "result.json").read_text())["figures"] == []
