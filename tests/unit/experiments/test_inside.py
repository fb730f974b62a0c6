"""What runs inside the machine, with a network that is none: probes, and the windows of the cases."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from experiments import inside, pipeline
from experiments.call import Call
from experiments.exercise import Exercise
from experiments.inside import Inside
from experiments.order import Probe
from experiments.registry import find
from experiments.served import Served
from experiments.travelling import Travelling
from experiments.way import Way
from experiments.window import Secrets
from measurement.capture import Recorder
from measurement.media import Told, load
from topologies.errors import CommandError
from topologies.load import load_world
from topologies.network import Network

from .made_up_backbone import WORLD

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


# Exercises


class FakeKeeper:
    """Keeps which control files are in force."""

    def __init__(self, said: list[str]) -> None:
        self.said = said

    def use(self, control: Path) -> None:
        self.said.append(f"use {control.name}")


def test_exercises_are_done_one_after_the_other_under_their_rules_in_windows_of_their_own(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.prepare(pipeline.plan(find("backbone_failover"), WORLD, 1, 10.0), tmp_path)
    said: list[str] = []
    recorder = Recorder()

    class FakeExercising:
        def __init__(self, network: object, keeper: object) -> None: ...

        @contextlib.contextmanager
        def prepared(self, exercise: Exercise) -> Iterator[None]:
            said.append(f"warm up {exercise.name}, {len(recorder.windows)} windows")
            yield

        def do(self, exercise: Exercise) -> None:
            said.append(f"do {exercise.name}, {len(recorder.windows)} windows")

    @contextlib.contextmanager
    def fake(value: object) -> Iterator[object]:
        yield value

    class Started(FakeKeeper):
        def begin(self, control: Path) -> None:
            said.append(f"begin {control.name}")

        def wait_in_force(self) -> None:
            said.append("in force")

    monkeypatch.setattr(inside, "Exercising", FakeExercising)
    monkeypatch.setattr(inside, "Keeper", lambda log: fake(Started(said)))
    monkeypatch.setattr(inside, "Network", lambda plan, folder: fake(FakeNetwork()))
    monkeypatch.setattr(inside, "capturing", lambda *_: fake(recorder))
    Inside(tmp_path).run()
    names = ["cut", "fast", "no-cut", "successor", "controller-alone"]
    expected = ["begin control.json", "in force"]
    for number, name in enumerate(names):
        rules = "control-controller-alone.json" if name == "controller-alone" else "control.json"
        expected += [f"use {rules}", f"warm up {name}, {number} windows", f"do {name}, {number} windows"]
    assert said == expected
    assert [window.case for window in recorder.windows] == names
    steps = [line for line in capsys.readouterr().out.splitlines() if line.startswith("@step")]
    assert [line.split()[1].rstrip(":") for line in steps] == ["building", *names, "stopping;"]
    assert len(steps) + 2 == pipeline.plan(find("backbone_failover"), WORLD, 1, 10.0).step_count


def test_the_sessions_of_a_client_that_dials_in_have_their_keys_kept_in_the_window(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.prepare(pipeline.plan(find("vpn_hours"), load_world("article"), 1, 10.0), tmp_path)
    said: list[str] = []
    recorder = Recorder()

    class FakeExercising:
        def __init__(self, network: object, keeper: object) -> None: ...

        @contextlib.contextmanager
        def prepared(self, exercise: Exercise) -> Iterator[None]:
            yield

        def do(self, exercise: Exercise) -> None:
            said.append(exercise.name)

    @contextlib.contextmanager
    def fake(value: object) -> Iterator[object]:
        yield value

    @contextlib.contextmanager
    def kept(network: object, client: str, way: Way, secrets: Secrets) -> Iterator[None]:
        said.append(f"keys of {client} and {way.office}")
        yield
        secrets.wireguard_keys = f"key {len(recorder.windows)}"

    class Started(FakeKeeper):
        def begin(self, control: Path) -> None: ...

        def wait_in_force(self) -> None: ...

        def use(self, control: Path) -> None: ...

    monkeypatch.setattr(inside, "Exercising", FakeExercising)
    monkeypatch.setattr(inside, "Keeper", lambda log: fake(Started(said)))
    monkeypatch.setattr(inside, "Network", lambda plan, folder: fake(FakeNetwork()))
    monkeypatch.setattr(inside, "capturing", lambda *_: fake(recorder))
    monkeypatch.setattr(inside, "keys_kept", kept)
    monkeypatch.setattr(inside, "guard", lambda network, edges, nodes: said.append(f"guard {edges[0].node}"))
    Inside(tmp_path).run()
    names = ["rekey", "silence", "keepalive", "restart", "roam"]
    assert said == ["guard hq-gw", *(word for name in names for word in ("keys of traveller and hq", name))]
    assert [window.wireguard_keys for window in recorder.windows] == [f"key {n}" for n in range(5)]


def test_calls_are_done_one_after_another_and_what_was_told_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = pipeline.plan(find("media_quality"), load_world("article"), 1, 10.0)
    pipeline.prepare(planned, tmp_path)
    run, did = Inside(tmp_path), list[str]()

    class FakeCalling:
        def __init__(self, served: object, learn: object) -> None:
            assert learn == "learn"

        def do(self, call: Call) -> Told:
            did.append(call.name)
            return Told(call=call.name, client="c", peer="p", legs=(), began_ns=None, ended_ns=None)

    monkeypatch.setattr(inside, "Calling", FakeCalling)
    run._calls(cast(Served, None), cast(Travelling, SimpleNamespace(learn="learn")))
    names = [call.name for call in planned.order.calls]
    assert did == names == [told.call for told in load(tmp_path / "calls.jsonl")]
    assert [line.split()[1].rstrip(":") for line in capsys.readouterr().out.splitlines()] == names


def test_without_calls_there_is_no_file_of_them(run: Inside, tmp_path: Path) -> None:
    run._calls(cast(Served, None), cast(Travelling, SimpleNamespace(learn="learn")))
    assert not (tmp_path / "calls.jsonl").exists()
