"""What runs inside the machine, with a network that is none: probes, and the windows of the cases."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from experiments import inside, pipeline
from experiments.inside import QUIET_S, Inside
from experiments.order import Probe
from experiments.registry import find
from measurement.capture import Recorder
from topologies.errors import CommandError
from topologies.load import load_world
from topologies.network import Network

SECOND_NS = 1_000_000_000


class FakeNetwork:
    """Keeps what is run, and where code is; fails if it is told to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.runs: list[tuple[str, list[str]]] = []
        self.within: list[str] = []

    def run(self, node: str, argv: list[str]) -> str:
        self.runs.append((node, argv))
        if self.fails:
            raise CommandError("ping: 100% packet loss")
        return ""

    @contextlib.contextmanager
    def inside(self, node: str) -> Iterator[None]:
        self.within.append(node)
        yield


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock on which nothing but sleeping takes time; the list has each sleep."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "time_ns", lambda: round(sum(slept) * SECOND_NS))
    return slept


@pytest.fixture
def run(tmp_path: Path, clock: list[float]) -> Inside:
    pipeline.prepare(pipeline.plan(find("nearest_datacenter"), load_world("article"), 1, 10.0), tmp_path)
    return Inside(tmp_path)


def probe(**changes: object) -> Probe:
    values = {"name": "echo", "text": "an echo", "source": "dub-fe", "target": "mwh-fe"}
    return Probe.model_validate({**values, **changes})


def probed(run: Inside, network: FakeNetwork, what: Probe) -> Recorder:
    recorder = Recorder()
    run._probe(cast(Network, network), recorder, what)
    return recorder


def test_an_echo_is_sent_once_before_its_window_and_once_in_it(run: Inside) -> None:
    network = FakeNetwork()
    recorder = probed(run, network, probe())
    assert [node for node, _ in network.runs] == ["dub-fe", "dub-fe"]
    for _, argv in network.runs:
        assert (argv[0], argv[-1]) == ("ping", "13.107.6.34")
    assert [window.case for window in recorder.windows] == ["echo"]


def test_an_echo_that_does_not_come_back_is_an_error_where_it_should(run: Inside) -> None:
    with pytest.raises(CommandError, match="packet loss"):
        probed(run, FakeNetwork(fails=True), probe())


def test_an_echo_that_is_not_to_come_back_is_none_and_has_its_window(run: Inside) -> None:
    network = FakeNetwork(fails=True)
    recorder = probed(run, network, probe(comes_back=False))
    assert len(network.runs) == 2
    assert [window.case for window in recorder.windows] == ["echo"]


def test_a_question_is_asked_from_inside_of_the_source(run: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(inside, "ask_name", lambda address, name: asked.append((address, name)))
    network = FakeNetwork()
    recorder = probed(run, network, probe(name="dns", name_asked="portal.office.com"))
    assert asked == [("13.107.6.34", "portal.office.com")]
    assert (network.within, network.runs) == (["dub-fe"], [])
    assert [window.case for window in recorder.windows] == ["dns"]


def test_a_window_has_a_quiet_second_on_either_side(run: Inside, clock: list[float]) -> None:
    recorder = Recorder()
    with inside._window(recorder, "nearest", None):
        began_ns = time.time_ns()
    (window,) = recorder.windows
    assert began_ns - window.from_ns >= QUIET_S * SECOND_NS
    assert window.until_ns - began_ns >= QUIET_S * SECOND_NS
    assert window.tls_secrets == ""


def test_a_window_has_the_secrets_that_were_made_in_it(run: Inside, tmp_path: Path) -> None:
    recorder, keys = Recorder(), tmp_path / "nearest.keys"
    with inside._window(recorder, "nearest", keys):
        keys.write_text("CLIENT_RANDOM 00 11\n")
    with inside._window(recorder, "at-home", tmp_path / "none.keys"):
        pass
    assert [window.tls_secrets for window in recorder.windows] == ["CLIENT_RANDOM 00 11\n", ""]
