"""A case in the machine, on a network that is none: what happens in which order, and in its window."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from experiments import travelling
from experiments.order import Case
from experiments.travelling import Travelling
from experiments.way import Way
from measurement import journey
from measurement.capture import Recorder
from measurement.journey import Request
from services import base
from topologies.bgp import Routing
from topologies.peering import Peering

from .fake_ways import SELECTION, WORLD, FakeNetwork, as_network

URL = "https://outlook.office365.com/"
FORCED = Way(office="hq", tunnelled=(IPv4Network("0.0.0.0/0"),))


class FakeCast:
    """Has names in place of services."""

    world = WORLD

    def __init__(self, said: list[str], folder: Path) -> None:
        self.said = said
        self.nodes, self.pki = folder, folder / "authority"
        self.order = SimpleNamespace(selection=SELECTION)

    def services(self, case: Case) -> list[str]:
        return ["front doors"]

    def birds(self, routing: Routing) -> list[str]:
        return ["routers"]

    def peers(self, peering: Peering) -> list[str]:
        return ["providers"] if peering.opened else []

    def resolvers(self, case: Case) -> list[str]:
        return ["resolver"]

    def asked(self, case: Case) -> tuple[str, str]:
        return "hqdns", "100.64.2.2"


class Stage:
    """Everything that a case needs, each of which says when it is used."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.network = FakeNetwork()
        self.said = self.network.said
        self.told: dict[str, Any] = {}
        for name in ("undisturbed", "window", "keys_kept", "led"):
            monkeypatch.setattr(travelling, name, self._block(name))
        monkeypatch.setattr(base, "running", self._block("running"))
        for name in ("guard", "forget", "greet", "trace", "wait_converged", "learn"):
            monkeypatch.setattr(travelling, name, self._step(name))
        monkeypatch.setattr(journey, "use_resolver", self._step("use_resolver"))
        monkeypatch.setattr(journey, "travel", self._travels)
        supervisor = SimpleNamespace(become=self._step("become"))
        cast_ = FakeCast(self.said, folder)
        arguments: Any = as_network(self.network), Recorder(), supervisor, cast_, self._says
        self.travelling = Travelling(*arguments)

    def _says(self, text: str) -> None:
        self.said.append(f"say {text}")

    def _block(self, name: str) -> Any:
        @contextlib.contextmanager
        def block(*arguments: Any, **_: Any) -> Iterator[str]:
            self.told[name] = arguments
            self.said.append(f"{name} {{")
            yield "secrets"
            self.said.append(f"}} {name}")

        return block

    def _step(self, name: str) -> Any:
        def step(*arguments: Any, **_: Any) -> None:
            self.told[name] = arguments
            self.said.append(name)

        return step

    def _travels(self, *arguments: Any, **values: Any) -> str:
        self.told["travel"] = values
        self.said.append("travel")
        return "journey"


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


def case(**changes: Any) -> Case:
    values = {"name": "forced", "text": "a tunnel", "client": "traveller", "resolver": "hqdns", "way": FORCED}
    return Case.model_validate({**values, "requests": (Request(url=URL),), **changes})


def test_a_client_dials_in_and_asks_inside_of_its_window(stage: Stage) -> None:
    told = stage.travelling.do(case())
    assert cast(object, told) == "journey"
    assert stage.said == [
        "say forced: a tunnel",
        "become",
        "guard",
        "undisturbed {",
        "running {",
        "led {",
        "use_resolver",
        "forget",
        "window {",
        "keys_kept {",
        "greet",
        "travel",
        "} keys_kept",
        "} window",
        "} led",
        "} running",
        "} undisturbed",
    ]


def test_its_services_its_resolvers_and_its_way_are_the_cases(stage: Stage, tmp_path: Path) -> None:
    stage.travelling.do(case())
    assert stage.told["become"] == (["front doors"],)
    assert stage.told["running"][1] == ["resolver"]
    for name in ("led", "forget", "greet"):
        assert stage.told[name][1:] == ("traveller", FORCED), name
    assert stage.told["keys_kept"][1:] == ("traveller", FORCED, "secrets")
    assert stage.told["window"][1:] == ("forced", tmp_path / "traveller" / "forced.keys")


def test_the_client_asks_the_resolver_that_its_tunnel_pushes(stage: Stage, tmp_path: Path) -> None:
    stage.travelling.do(case())
    assert stage.told["use_resolver"][1:] == ("traveller", tmp_path / "traveller", "100.64.2.2")
    told = stage.told["travel"]
    assert (told["case"], told["client"]) == ("forced", "traveller")
    assert told["resolver"] == ("hqdns", "100.64.2.2")
    assert told["authority"] == tmp_path / "authority" / "ca.pem"
    assert told["key_log"] == tmp_path / "traveller" / "forced.keys"


def test_each_edge_of_an_office_is_guarded_anew_for_each_case(stage: Stage) -> None:
    stage.travelling.do(case())
    stage.travelling.do(case(name="none", way=Way()))
    assert stage.said.count("guard") == 2
    assert {edge.node for edge in stage.told["guard"][1]} == {"hq-gw", "branch-gw"}


def test_paths_are_traced_after_the_requests_and_in_the_window(stage: Stage) -> None:
    stage.travelling.do(case(traces=("dub-efz",)))
    said = stage.said
    assert said.index("travel") < said.index("trace") < said.index("} window")
    assert stage.told["trace"][1:] == ("traveller", "40.101.28.1")


def test_routers_learn_once_and_again_where_they_have_ended(stage: Stage) -> None:
    learned = []
    for routing in (Routing(), Routing(), None, Routing()):
        stage.said.clear()
        stage.travelling.do(case(routing=routing))
        learned.append("wait_converged" in stage.said)
    assert learned == [True, False, False, True]


def test_routers_learn_beside_what_a_call_needs_and_not_again_for_the_next(stage: Stage) -> None:
    learned = []
    for name in ("one", "other"):
        stage.said.clear()
        stage.travelling.learn(Routing(), name, cast(Any, ["relays"]))
        assert stage.told["become"] == (["relays", "routers"],)
        learned.append("wait_converged" in stage.said)
    assert learned == [True, False]


def test_where_there_are_edges_providers_learn_before_the_case(stage: Stage) -> None:
    stage.travelling.do(case(peering=Peering(opened=(("mtn", "den"),))))
    assert "become" not in stage.said and stage.said.index("learn") < stage.said.index("window {")
    assert stage.told["learn"][2:] == (["front doors"], ["providers"])
