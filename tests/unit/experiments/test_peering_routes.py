"""Routers are waited for when one of them is new, and not otherwise."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from experiments import peering_routes
from experiments.peering_routes import learn
from services.base import Service, Supervisor
from services.bird import Bird
from topologies.network import Network


class FakeSupervisor:
    """Runs names."""

    def __init__(self) -> None:
        self.running: list[str] = []

    def runs(self, name: str) -> bool:
        return name in self.running

    def become(self, names: list[str]) -> None:
        self.running = list(names)


def _learn(supervisor: FakeSupervisor, monkeypatch: pytest.MonkeyPatch, birds: list[str]) -> list[Any]:
    waited: list[Any] = []
    monkeypatch.setattr(peering_routes, "wait_converged", lambda network, names: waited.append(names))
    services = cast(list[Service], ["front door"])
    learn(cast(Network, SimpleNamespace()), cast(Supervisor, supervisor), services, cast(list[Bird], birds))
    return waited


def test_new_routers_are_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = FakeSupervisor()
    assert _learn(supervisor, monkeypatch, ["den", "phx"]) == [["den", "phx"]]
    assert supervisor.running == ["front door", "den", "phx"]
    assert _learn(supervisor, monkeypatch, ["den", "phx"]) == []


def test_one_that_is_otherwise_is_waited_for_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = FakeSupervisor()
    _learn(supervisor, monkeypatch, ["den", "phx"])
    assert _learn(supervisor, monkeypatch, ["den-2", "phx"]) == [["den-2", "phx"]]
