"""How each error of docs/errors.md comes about: files in a folder, and what has to be so on the machine.

Where the page shows a command, that is given in this folder. What only the inside of a machine can say is
made by the code that says it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy
import pytest
from scipy import sparse

import clientpath.commands.list as listing
from controllers import fairness
from experiments import pipeline, shell_words
from machine import session, tree
from measurement import capture
from measurement.capture import CapturePoint
from services import firewall
from topologies import commands, reshaping
from topologies.errors import CommandError
from topologies.plan import Plan

from .experiments.saved_runs import copied

WORLD = 'name = "mine"\nbase = "article"\n\n[[clients]]\nname = "traveller"\nresolver = "isplsi"\n'
DEMANDS = '[[demands]]\nfrom = "ams"\nto = "iad"\nclass = "default"\nrate_mbit = "much"\n'


def prepare(here: Path) -> None:
    """Write the files that the page's commands name."""
    for name in ("ended", "finished", "later", "damaged"):
        copied(here / "runs" / name, captures=("nearest/traveller",))
    shutil.rmtree(here / "runs" / "ended" / "pcap")
    (here / "runs" / "later" / "result.json").write_text('{"format": 2}')
    (here / "runs" / "damaged" / "network.json").write_text("{")
    (here / "photos").mkdir()
    (here / "mine.toml").write_text(WORLD)
    (here / "notes.toml").write_text("where = is it\n")
    (here / "demands.toml").write_text(DEMANDS)
    (here / "newer.json").write_text('[{"id": 1, "category": "Optimise"}]\n')
    (here / "mine.py").write_text("from experiments.experiment import Experiment\n\nEXPERIMENT = Experment\n")


def judged(here: Path) -> None:
    """Judge a run, so that it has a page."""
    pipeline.judge(here / "runs" / "finished")


def arrange(code: str, monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    """Let the machine be as it has to be for an error."""
    if code in ("CP106", "CP107"):
        judged(here)
    if code == "CP107":
        monkeypatch.setattr(webbrowser, "open", lambda page: False)
    if code == "CP301":
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    if code == "CP900":

        def fail(as_json: bool) -> NoReturn:
            raise ZeroDivisionError

        monkeypatch.setattr(listing.list_experiments, "callback", fail)


class NoNetwork:
    """A network in whose nodes every command is refused."""

    def run(self, node: str, argv: list[str]) -> NoReturn:
        raise CommandError(f"{node}: '{' '.join(argv)}' ended with code 1: Error: Could not process rule")


def _no_rates(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gave_up = SimpleNamespace(status=1, message="Time limit reached. (HiGHS Status 13)")
    monkeypatch.setattr(fairness, "linprog", lambda *_, **__: gave_up)
    one = sparse.csr_array(numpy.ones((1, 1)))
    fairness.max_min(fairness.Problem(numpy.ones(1), numpy.ones(1), numpy.ones(1), one, one))


def _no_set_up(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = SimpleNamespace(returncode=1, stderr="ERROR: Could not find a version of os-ken\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refused)
    tree.install_wheels(here, "the inside's packages", "-r", "requirements.txt")


def _no_end(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = session.Start("guest", [sys.executable, "-c", "raise SystemExit(1)"], {})
    session.run(start, here, lambda text: None)


def _no_line(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan.model_validate_json((here / "runs" / "finished" / "network.json").read_text())
    reshaping.line_of(plan, "clerk")


def _no_command(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands.run(["sleep", "9"], node="traveller", deadline_s=0.05)


def _no_service(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network: Any = NoNetwork()
    firewall.apply(network, firewall.Edge(node="hq-gw", outside=("line",)), here / "nodes" / "hq-gw")


def _no_counters(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point = CapturePoint(name="traveller", node="traveller", interface="lan")
    running: Any = SimpleNamespace(point=point)
    capture._cut(running, "tcpdump: lan: That device is not up", [], here)


def _no_words(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell_words.parse("cutt ams dub", ("ams-wan", "dub-wan", "traveller"))


INSIDE: dict[str, Callable[[Path, pytest.MonkeyPatch], None]] = {
    "CP108": _no_words,
    "CP220": _no_rates,
    "CP302": _no_set_up,
    "CP303": _no_end,
    "CP401": _no_line,
    "CP402": _no_command,
    "CP403": _no_service,
    "CP404": _no_counters,
}
