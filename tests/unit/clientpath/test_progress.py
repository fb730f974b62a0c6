"""How far a run is: a bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

import re

import pytest
from rich.console import Console

from clientpath.progress import progress

STEPS = ("building the network: 9 nodes", "nearest: [bold]traveller[/bold] asks " + "isplis " * 40)


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what is on standard error; standard output is for results."""
    with progress(len(STEPS)) as step:
        for text in STEPS:
            step(text)
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_a_line_a_step_where_it_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys).splitlines()
    assert [re.sub(r"^\[ *\d+\.\d s\] ", "", line) for line in lines] == list(STEPS)


def test_lines_have_no_colours(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in told(capsys)


def test_a_bar_on_a_terminal_names_the_step(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Console, "is_terminal", property(lambda console: True))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "400")
    said = told(capsys)
    assert "nearest: [bold]traveller[/bold]" in said
    assert "/2" in said and "\x1b" in said


@pytest.mark.parametrize("terminal", [True, False])
def test_an_error_passes_through(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    monkeypatch.setattr(Console, "is_terminal", property(lambda console: terminal))
    with pytest.raises(ZeroDivisionError):
        with progress(2) as step:
            step("dividing")
            raise ZeroDivisionError
