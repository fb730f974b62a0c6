"""A result as people read it, also one in which little is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from clientpath.result_table import EXIT_CODES, show_result
from measurement.result import FrameRef, JourneyResult, PathResult, Result, StepResult, Verdict


def result(verdict: Verdict = Verdict.HELD, **changes: object) -> Result:
    """Return a result with a step and nothing else."""
    frames = (FrameRef(file="pcap/nearest/traveller.pcapng", frame=12),)
    step = StepResult(
        number=1,
        text="the client [asks]",
        expected="a question",
        observed="it",
        verdict=verdict,
        frames=frames,
    )
    values = {
        "experiment": "nearest_datacenter",
        "world": "article",
        "verdict": verdict,
        "seed": 7,
        "steps": (step,),
        "controls": (),
        "journeys": (),
        "paths": (),
    }
    return Result.model_validate({**values, **changes})


def shown(capsys: pytest.CaptureFixture[str], what: Result, *, as_json: bool = False) -> str:
    show_result(what, Path("runs/one"), as_json=as_json)
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_every_verdict_has_an_exit_code_of_its_own() -> None:
    assert EXIT_CODES == {Verdict.HELD: 0, Verdict.REFUTED: 1, Verdict.INCONCLUSIVE: 3}
    assert set(EXIT_CODES) == set(Verdict)


@pytest.mark.parametrize("verdict", Verdict)
def test_a_step_is_shown_with_its_verdict_and_its_frames(
    capsys: pytest.CaptureFixture[str], verdict: Verdict
) -> None:
    lines = shown(capsys, result(verdict)).splitlines()
    (line,) = (line for line in lines if "the client [asks]" in line)
    assert line.split()[:2] == ["1", verdict.value]
    assert line.rstrip().endswith("nearest/traveller.pcapng 12")
    assert f"verdict: {verdict.value}" in lines


def test_how_to_look_at_the_proof_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert "wireshark -g 12 runs/one/pcap/nearest/traveller.pcapng\n" in shown(capsys, result())


def test_without_a_proof_there_is_nothing_to_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, result(Verdict.INCONCLUSIVE, steps=()))
    assert "wireshark" not in said and "verdict: inconclusive" in said


def test_what_a_client_was_not_told_is_shown_as_none(capsys: pytest.CaptureFixture[str]) -> None:
    phases = dict.fromkeys(("name_lookup", "connect", "tls", "first_byte", "total"), 1.25)
    journey = JourneyResult(
        case="nearest",
        client="traveller",
        url="https://portal.office.com/",
        resolver="isplis",
        cname_chain=(),
        server_ip="",
        datacenter="",
        phases_ms=phases,
        protocol="",
    )
    (line,) = (
        line
        for line in shown(capsys, result(journeys=(journey,))).splitlines()
        if line.startswith("nearest ")
    )
    assert line.split() == ["nearest", "traveller", "isplis", "none", "none", *["1.250"] * 5]


def test_the_path_that_is_farthest_off_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    measured = {"dub-fe": 32.112, "sin-fe": 32.0, "mwh-fe": 32.111}
    paths = tuple(
        PathResult(source="traveller", to=to, configured_rtt_ms=32.111, measured_rtt_ms=ms, frames=())
        for to, ms in measured.items()
    )
    said = shown(capsys, result(paths=paths))
    assert "3 paths; farthest off: traveller to sin-fe, 32.000000 ms instead of 32.111000" in said


def test_as_json_it_is_the_result_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert Result.model_validate_json(shown(capsys, result(), as_json=True)) == result()
