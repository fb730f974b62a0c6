"""Without words: what ``--quiet`` leaves, what ``--json`` gives, and that no colours get into pipes."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clientpath.cli import cli
from clientpath.progress import progress
from experiments import pipeline
from experiments.reporting import write_report
from machine.errors import MachineFailed

from ..experiments.saved_runs import copied, damaged, emptied
from .conftest import Clientpath, FakeMachine
from .test_cli import COMMANDS, command

ESCAPE = b"\x1b"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied(tmp_path_factory.mktemp("saved") / "run")
    pipeline.judge(folder)
    write_report(folder)
    return folder


@pytest.fixture
def run(judged: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(judged, tmp_path / "run"))


# What is left


@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_a_run_says_its_verdict_and_its_folder(
    clientpath: Clientpath, fake: FakeMachine, here: Path, option: str
) -> None:
    said = clientpath("run", "nearest_datacenter", "--out", "it", option)
    assert (said.code, said.out, said.err) == (0, f"held {here / 'it'}\n", "")


def test_a_run_that_fails_still_says_why(clientpath: Clientpath, fake: FakeMachine, here: Path) -> None:
    fake.error = MachineFailed("the guest ended early, with code 1, at: starting")
    said = clientpath("run", "nearest_datacenter", "--quiet")
    assert (said.code, said.out) == (3, "")
    assert said.err == "clientpath: CP303: the guest ended early, with code 1, at: starting\n"


def test_judging_says_its_verdict_and_ends_with_its_code(clientpath: Clientpath, run: Path) -> None:
    assert clientpath("judge", run, "-q").out == f"held {run}\n"
    said = clientpath("judge", damaged(run, emptied("backbone-echo/dub-br")), "--quiet")
    assert (said.code, said.out, said.err) == (1, f"refuted {run}\n", "")


def test_a_page_is_made_without_a_word(clientpath: Clientpath, run: Path) -> None:
    (run / "report.html").unlink()
    said = clientpath("report", run, "--quiet")
    assert (said.code, said.out, said.err) == (0, "", "")
    assert (run / "report.html").is_file()


def test_a_doctor_without_words_has_an_exit_code(clientpath: Clientpath) -> None:
    said = clientpath("doctor", "--quiet")
    assert (said.code, said.out, said.err) == (clientpath("doctor").code, "", "")


def test_steps_are_told_to_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(1, quiet=True) as step:
        step("building")
    assert capsys.readouterr() == ("", "")


# JSON


def test_json_wins_over_quiet(clientpath: Clientpath, run: Path) -> None:
    said = clientpath("judge", run, "--quiet", "--json")
    assert json.loads(said.out)["verdict"] == "held"


def test_a_page_as_json_says_what_it_does_not_show(clientpath: Clientpath, run: Path) -> None:
    assert json.loads(clientpath("report", run, "--json").out) == {
        "page": str(run / "report.html"),
        "not_shown": [],
    }
    (run / "pcap/nearest/traveller.pcapng").unlink()
    (words,) = json.loads(clientpath("report", run, "--json").out)["not_shown"]
    assert words.startswith("pcap/nearest/traveller.pcapng is missing: the frames of step 1")
    said = clientpath("report", run)
    assert (said.code, said.out) == (0, f"page:    {run / 'report.html'}\nnot shown: {words}\n")


def test_a_ladder_as_json_has_what_the_ladder_shows(clientpath: Clientpath, run: Path) -> None:
    told = json.loads(clientpath("show", run, "--json").out)
    assert told["verdict"] == "held" and told["title"].startswith("The portal")
    first = told["ladder"][0]
    assert (first["from"], first["to"], first["text"]) == ("traveller", "isplis", "portal.office.com A?")
    assert first["steps"] == [1] and first["received_ns"] > first["sent_ns"]
    assert {"file": "pcap/nearest/traveller.pcapng", "frame": 1} in first["frames"]
    arrows = [line for line in clientpath("show", run).out.splitlines() if "►" in line or "◄" in line]
    assert len(told["ladder"]) == len(arrows)
    assert told["requests"] == json.loads((run / "result.json").read_text())["journeys"]


# Commands that print what they are asked for, in a form that is chosen, or that talk with somebody.
OTHER_FORMS = {"completion", "endpoints", "shell"}


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in OTHER_FORMS])
def test_every_command_can_print_json(clientpath: Clientpath, name: str) -> None:
    words = {"run": ["nearest_datacenter"], "world": ["show"]}.get(name, [])
    assert "--json" in clientpath(name, *words, "--help").out
    assert command(name) in vars(sys.modules[f"clientpath.commands.{name}"]).values()
    assert cli.commands == {}


# Colours


def printed(run: Path, on_terminal: bool, **environment: str) -> bytes:
    """Return what ``clientpath judge`` prints, on a terminal or into a pipe."""
    argv = [sys.executable, "-m", "clientpath.cli", "judge", str(run)]
    own = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    own |= {"TERM": "xterm-256color", **environment}
    if not on_terminal:
        return subprocess.run(argv, env=own, capture_output=True, check=True).stdout
    main, side = pty.openpty()
    with subprocess.Popen(argv, env=own, stdout=side, stderr=side) as process:
        os.close(side)
        said = b""
        try:
            while data := os.read(main, 65536):
                said += data
        except OSError:  # the other side was closed
            pass
        os.close(main)
        assert process.wait() == 0
    return said


def test_a_terminal_has_colours(run: Path) -> None:
    assert b"\x1b[32mheld" in printed(run, on_terminal=True)


@pytest.mark.parametrize(
    ("on_terminal", "environment"),
    [(False, {}), (True, {"NO_COLOR": "1"}), (True, {"TERM": "dumb"}), (False, {"NO_COLOR": "1"})],
    ids=["a pipe", "NO_COLOR", "a dumb terminal", "both"],
)
def test_there_are_none_where_they_are_not_wanted(
    run: Path, on_terminal: bool, environment: dict[str, str]
) -> None:
    said = printed(run, on_terminal, **environment)
    assert b"held" in said
    assert not [code for code in (b"[3", b"[9", b"[4") if ESCAPE + code in said]
    assert on_terminal or ESCAPE not in said
