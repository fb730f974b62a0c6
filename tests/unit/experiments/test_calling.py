"""Doing a call with a network that is none: what is in force around it, who is started, and what fails."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from experiments import calling
from experiments.call import Call, Condition
from experiments.calling import Calling
from experiments.cast import Cast, password_of
from experiments.order import Order
from experiments.served import Served
from experiments.vpn_ways import way
from experiments.window import Secrets
from measurement.media import AUDIO, VIDEO, Attempt, Leg, Told
from services.base import Service
from services.turn import TurnRelay
from topologies.bgp import Routing
from topologies.errors import MeasurementError
from topologies.load import load_world
from topologies.planning import plan_network
from topologies.selection import select

WORLD = load_world("article")
SELECTION = select(
    WORLD,
    clients=("traveller", "colleague"),
    clouds=("worldwide",),
    services=(),
    vpn=(("traveller", "hq"),),
    relays=True,
    calls=True,
)
PLAN = plan_network(WORLD, SELECTION)
TRIED = Attempt(transport="udp", port=3478, began_ns=1, took_us=2, error="")


def call(**changes: Any) -> Call:
    values = {"name": "nearest", "text": "a call", "client": "traveller", "server": "mwh", "seconds": 16}
    return Call.model_validate({**values, **changes})


class FakeProcess:
    """A participant; `ended` is its exit code, if it ends by itself."""

    def __init__(self, said: list[str], name: str, ended: int | None, stubborn: bool) -> None:
        self._said, self._name = said, name
        self.returncode = ended
        self._stubborn = stubborn

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        assert number == signal.SIGINT
        self._said.append(f"stop {self._name}")

    def kill(self) -> None:
        self._stubborn = False
        self._said.append(f"kill {self._name}")

    def wait(self, timeout: float | None = None) -> int:
        if self._stubborn:
            raise subprocess.TimeoutExpired(self._name, timeout or 0)
        return 0


class FakeNetwork:
    """Keeps what is started; a participant ends early with a code, or does not end when it is told to."""

    plan = PLAN

    def __init__(self, said: list[str], ended: int | None = None, stubborn: bool = False) -> None:
        self.said, self.ended, self.stubborn = said, ended, stubborn
        self.started: list[tuple[str, list[str]]] = []

    def start(self, node: str, argv: list[str], output: Any) -> FakeProcess:
        output.write(b"ERROR: no element\n")
        self.said.append(f"start {node}")
        self.started.append((node, argv))
        return FakeProcess(self.said, node, self.ended, self.stubborn)


class Run:
    """One run of calls, in which everything says when it happens."""

    def __init__(self, tmp_path: Path, *calls: Call, **network: Any) -> None:
        self.said: list[str] = []
        self.network = FakeNetwork(self.said, **network)
        self.services: list[TurnRelay] = []
        self.legs: list[str] = []
        self.works = True
        order = Order(
            experiment="media_quality",
            world=WORLD.name,
            seed=1,
            tolerance_us=10,
            selection=SELECTION,
            calls=calls,
            captures=(),
        )
        cast_ = Cast(WORLD, PLAN, order, tmp_path / "nodes", tmp_path)
        served = Served(
            cast(Any, self.network), cast(Any, None), cast(Any, None), cast_, tmp_path, tmp_path, print
        )
        self.learned: list[tuple[Routing | None, str]] = []
        self.calling = Calling(served, self.learn)

    def learn(self, routing: Routing | None, name: str, others: Sequence[Service]) -> None:
        self.learned.append((routing, name))
        self.services += [each for each in others if isinstance(each, TurnRelay)]

    @contextlib.contextmanager
    def block(self, name: str, *_: Any) -> Iterator[Any]:
        self.said.append(name)
        yield Secrets()
        self.said.append(f"no {name}")

    @contextlib.asynccontextmanager
    async def bulk(self, network: Any, client: str, other: str) -> Any:
        self.said.append(f"bulk {client} {other}")
        yield
        self.said.append("no bulk")

    def ways(self, network: Any, ends: tuple[str, str], server: str, stack: Any) -> Any:
        self.said.append(f"to {server}")

        async def lead(medium: Any) -> Leg:
            self.legs.append(medium.name)
            transport = "udp" if self.works else None
            return Leg(medium=medium.name, server=server, attempts=(TRIED,), transport=transport)

        return SimpleNamespace(lead=lead)


@pytest.fixture
def run_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(*calls: Call, **network: Any) -> Run:
        run = Run(tmp_path, *calls, **network)

        async def sleep(seconds: float) -> None:
            run.said.append(f"{seconds:g} s")

        for name in ("undisturbed", "led", "window", "keys_kept"):
            monkeypatch.setattr(calling, name, lambda *a, name=name: run.block(name))
        for name in ("forget", "greet", "guard"):
            monkeypatch.setattr(calling, name, lambda *a, name=name: run.said.append(name))
        monkeypatch.setattr(
            calling, "reshaped", lambda network, client, up, down: run.block(f"{up.line.rate_mbit} Mbit/s")
        )
        monkeypatch.setattr(
            calling,
            "in_force",
            lambda network, router, folder: run.block(
                f"{router.node} {router.line} {router.classes} {router.udp_blocked}"
            ),
        )
        monkeypatch.setattr(calling, "Legs", run.ways)
        monkeypatch.setattr(calling, "bulk", run.bulk)
        monkeypatch.setattr(calling.asyncio, "sleep", sleep)  # type: ignore[attr-defined]
        return run

    return made


def done(run: Run, which: Call) -> Told:
    return run.calling.do(which)


def test_both_participants_send_for_as_long_as_the_call_lasts(run_of: Any) -> None:
    which = call(media=(AUDIO, VIDEO))
    run = run_of(which)
    told = done(run, which)
    assert (told.call, told.client, told.peer) == ("nearest", "traveller", "mwh-mcu")
    assert [leg.medium for leg in told.legs] == ["audio", "video"] == run.legs
    assert told.began_ns is not None and told.ended_ns is not None and told.began_ns <= told.ended_ns
    start = run.said.index("start traveller")
    assert run.said[start - 1 : start + 5] == [
        "to 13.107.64.1",
        "start traveller",
        "start mwh-mcu",
        "17 s",
        "stop mwh-mcu",
        "stop traveller",
    ]
    assert [argv[0] for _, argv in run.network.started] == ["env", "env"]


def test_it_is_within_its_window_and_the_line_is_as_the_call_has_it_around_that(run_of: Any) -> None:
    which = call(condition=Condition(rate_mbit=1, classes=True, udp_blocked=True))
    run = run_of(which)
    done(run, which)
    begin = run.said.index("1.0 Mbit/s")
    assert run.said[:begin] == ["undisturbed", "led"]
    assert run.said[begin + 1 :][:4] == [
        "traveller-cpe line True True",
        "r0-lisbon traveller True False",
        "forget",
        "window",
    ]
    assert run.said[-7:] == [
        "no keys_kept",
        "no window",
        "no r0-lisbon traveller True False",
        "no traveller-cpe line True True",
        "no 1.0 Mbit/s",
        "no led",
        "no undisturbed",
    ]


def test_a_plain_call_changes_nothing_and_no_office_is_guarded(run_of: Any) -> None:
    which = call()
    run = run_of(which)
    done(run, which)
    assert not [word for word in run.said if "Mbit/s" in word or "-cpe" in word or word == "guard"]


def test_a_call_through_an_office_begins_at_its_firewall_without_memory(run_of: Any) -> None:
    which = call(way=way(WORLD, "forced", WORLD.office("hq")))
    run = run_of(which)
    done(run, which)
    assert run.said[0] == "guard"


def test_a_circuit_is_set_before_a_call_and_its_edges_are_guarded_as_it_is(
    run_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    which = call(routing=Routing(services=("teams",)))
    run = run_of(which)
    edges: list[object] = []
    monkeypatch.setattr(calling, "edges_of", lambda world, selection, routing: edges.append(routing))
    done(run, which)
    assert run.learned == [(which.routing, "nearest")]
    assert edges == [which.routing]
    assert run.said.index("guard") < run.said.index("undisturbed")


def test_a_busy_line_is_busy_before_and_after_the_media(run_of: Any) -> None:
    which = call(condition=Condition(rate_mbit=1, busy=True))
    run = run_of(which)
    done(run, which)
    begin = run.said.index("bulk traveller isplis")
    assert run.said[begin + 1 : begin + 3] == ["3 s", "start traveller"]
    assert run.said.index("no bulk") > run.said.index("stop traveller")


def test_without_a_way_nobody_speaks(run_of: Any) -> None:
    which = call(condition=Condition(rate_mbit=1, busy=True))
    run = run_of(which)
    run.works = False
    told = done(run, which)
    assert (told.began_ns, told.ended_ns) == (None, None)
    assert run.network.started == [] and "bulk traveller isplis" not in run.said


@pytest.mark.parametrize(
    "relay, server", [("", "13.107.64.1"), ("mwh", "13.107.6.45"), ("dub", "13.107.6.29")]
)
def test_a_relay_of_a_datacenter_is_asked_at_its_own_address(run_of: Any, relay: str, server: str) -> None:
    which = call(relay=relay)
    run = run_of(which)
    done(run, which)
    assert f"to {server}" in run.said


def test_every_datacenters_relay_knows_everybody_who_calls(run_of: Any) -> None:
    calls = call(), call(name="ideal", client="colleague")
    run = run_of(*calls)
    done(run, calls[0])
    assert {relay.node for relay in run.services} == {f"{name}-rly" for name in SELECTION.datacenters}
    for relay in run.services:
        assert relay.users == {name: password_of(name) for name in ("traveller", "colleague")}
        assert relay.relayed_at == PLAN.node(relay.node).addresses[1]
        assert relay.folder.name == "turn"


def test_a_participant_that_ends_early_is_an_error_with_its_last_words(run_of: Any) -> None:
    which = call()
    run = run_of(which, ended=1)
    with pytest.raises(
        MeasurementError, match=r"^nearest: gst-launch-1.0 ended with code 1; .*\nERROR: no el"
    ):
        done(run, which)
    assert run.said.count("stop traveller") == run.said.count("stop mwh-mcu") == 1


def test_a_participant_that_does_not_end_is_ended(run_of: Any) -> None:
    which = call()
    run = run_of(which, stubborn=True)
    done(run, which)
    assert {"kill traveller", "kill mwh-mcu"} <= set(run.said)
