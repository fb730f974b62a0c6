"""A result as people read it, also one in which little is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from clientpath.result_table import EXIT_CODES, show_result
from measurement.result import (
    Column,
    Figure,
    FrameRef,
    JourneyResult,
    PathResult,
    Result,
    StepResult,
    Table,
    TableRow,
    Verdict,
)

TITLE = "The portal: connecting to the nearest datacenter"


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
        "figures": (),
        "paths": (),
    }
    return Result.model_validate({**values, **changes})


def shown(capsys: pytest.CaptureFixture[str], what: Result, *, as_json: bool = False) -> str:
    show_result(what, TITLE, Path("runs/one"), as_json=as_json)
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


def journey(**changes: object) -> JourneyResult:
    """Return a request of which the client was told nothing."""
    phases = dict.fromkeys(("name_lookup", "connect", "tls", "first_byte", "total"), 1.25)
    values = {
        "case": "nearest",
        "client": "traveller",
        "request": "sign-in",
        "url": "https://portal.office.com/",
        "resolver": "isplis",
        "cname_chain": (),
        "server_ip": "",
        "datacenter": "",
        "phases_ms": phases,
        "protocol": "",
        "status": 0,
        "body_bytes": 0,
    }
    return JourneyResult.model_validate({**values, **changes})


def test_what_a_client_was_not_told_is_shown_as_none(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, result(journeys=(journey(),)))
    (line,) = (line for line in said.splitlines() if line.startswith("nearest "))
    assert line.split() == ["nearest", "sign-in", "traveller", "isplis", "none", "none", *["1.250"] * 5]


def test_where_nobody_travels_there_is_no_table_of_journeys(capsys: pytest.CaptureFixture[str]) -> None:
    assert "resolver" not in shown(capsys, result())


# Many frames


def with_frames(*, captures: int = 1, each: int = 1) -> Result:
    frames = tuple(
        FrameRef(file=f"pcap/pairs/dc{capture}-fe.pcapng", frame=number)
        for number in range(1, each + 1)
        for capture in range(captures)
    )
    (step,) = result().steps
    return result(steps=(step.model_copy(update={"frames": frames}),))


def listed(capsys: pytest.CaptureFixture[str], shown_result: Result) -> list[str]:
    lines = shown(capsys, shown_result).splitlines()
    words = [line[line.index("pairs/") :] for line in lines if "pairs/" in line and "wireshark" not in line]
    return [each.strip() for each in words] + [
        line.strip() for line in lines if line.strip().startswith("and ")
    ]


@pytest.mark.parametrize(
    "each, expected", [(1, "1"), (3, "1, 2, 3"), (4, "1, 2, 3 and 1 more"), (1180, "1, 2, 3 and 1177 more")]
)
def test_of_many_frames_of_a_capture_some_are_shown(
    capsys: pytest.CaptureFixture[str], each: int, expected: str
) -> None:
    assert listed(capsys, with_frames(each=each)) == [f"pairs/dc0-fe.pcapng {expected}"]


@pytest.mark.parametrize("captures, more", [(20, []), (21, ["and 1 more"]), (1180, ["and 1160 more"])])
def test_of_many_captures_so_many_are_shown_as_can_be_looked_at(
    capsys: pytest.CaptureFixture[str], captures: int, more: list[str]
) -> None:
    first = [f"pairs/dc{number}-fe.pcapng 1" for number in range(min(captures, 20))]
    assert listed(capsys, with_frames(captures=captures)) == first + more


def test_as_json_all_frames_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    read = Result.model_validate_json(shown(capsys, with_frames(each=1180), as_json=True))
    assert len(read.steps[0].frames) == 1180


# Pictures


def test_every_picture_of_the_folder_is_listed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in ("rtt.svg", "ladder.svg", "result.json"):
        (tmp_path / name).write_text("")
    show_result(result(), TITLE, tmp_path, as_json=False)
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith("picture:")] == [
        f"picture: {tmp_path / 'ladder.svg'}",
        f"picture: {tmp_path / 'rtt.svg'}",
    ]


def test_without_a_picture_none_is_listed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    show_result(result(), TITLE, tmp_path, as_json=False)
    assert "picture: " not in capsys.readouterr().out


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


# Figures


def figure(name: str, case: str, measured: float, expected: float | None = None, **more: object) -> Figure:
    values = {"name": name, "case": case, "unit": "ms", "measured": measured, "expected": expected}
    return Figure.model_validate({**values, **more})


def figures_of(said: str) -> list[list[str]]:
    """Return the words of the rows of the table of figures."""
    lines = said.splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("figure "))
    end = next(n for n, line in enumerate(lines) if n > begin and not line.strip())
    return [line.split() for line in lines[begin + 1 : end]]


def test_without_figures_there_is_no_table_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, result())
    assert "measured" not in said and "published" not in said


def test_a_figure_is_shown_beside_what_was_expected_and_how_far_it_is_off(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = (figure("connect", "nearest", 32.112128, 32.0), figure("connect", "direct", 127.0, 127.5))
    assert figures_of(shown(capsys, result(figures=figures))) == [
        ["connect", "nearest", "32.112", "32.000", "ms", "+0.350"],
        ["direct", "127.000", "127.500", "ms", "-0.392"],
    ]


def test_the_cases_of_a_figure_stand_together_in_the_order_in_which_they_come(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = tuple(
        figure(name, case, ms, 1.0) for ms, case in ((2, "b"), (3, "a")) for name in ("start", "connect")
    )
    rows = figures_of(shown(capsys, result(figures=figures)))
    assert [row[:3] for row in rows] == [
        ["start", "b", "2.000"],
        ["a", "3.000", "1.000"],
        ["connect", "b", "2.000"],
        ["a", "3.000", "1.000"],
    ]


@pytest.mark.parametrize("expected", [None, 0.0])
def test_where_nothing_was_expected_nothing_is_off(
    capsys: pytest.CaptureFixture[str], expected: float | None
) -> None:
    what = figure("gain", "nearest", 61.093, expected, unit="%", published="43 % less (Pathak et al.)")
    (row,) = figures_of(shown(capsys, result(figures=(what,))))
    shown_expected = [] if expected is None else ["0.000"]
    assert row == ["gain", "nearest", "61.093", *shown_expected, "%", *what.published.split()]


def test_packets_are_whole_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    figures = (
        figure("lost", "cut", 42.0, unit="packets"),
        figure("lost", "fast", 420.0, 422.0, unit="packets"),
    )
    assert figures_of(shown(capsys, result(figures=figures))) == [
        ["lost", "cut", "42", "packets"],
        ["fast", "420", "422", "packets", "-0.474"],
    ]


def test_the_request_of_a_journey_is_shown_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, result(journeys=(journey(),)))
    (head,) = (line for line in said.splitlines() if line.startswith("journey "))
    assert head.split()[:4] == ["journey", "request", "client", "resolver"]


def test_a_figures_name_in_brackets_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, result(figures=(figure("[bold]x", "nearest", 1.0, published="[red]y[/red]"),)))
    assert "[bold]x" in said and "[red]y[/red]" in said


# Tables


def test_tables_stand_before_the_verdict_and_are_whole_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    row = TableRow(cells=("portal",), frames=(FrameRef(file="pcap/forced/traveller.pcapng", frame=4),))
    tables = tuple(Table(title=t, columns=(Column(heading="service"),), rows=(row,)) for t in ("one", "two"))
    said = shown(capsys, result(tables=tables)).splitlines()
    places = [said.index(line) for line in ("one", "two", "verdict: held")]
    assert places == sorted(places)
    read = Result.model_validate_json(shown(capsys, result(tables=tables), as_json=True))
    assert read.tables == tables
