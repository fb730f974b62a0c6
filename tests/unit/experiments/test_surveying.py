"""A survey with a network that is none: what runs during it, and whose turn it is when."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import ValidationError

from experiments import surveying
from experiments.served import Served
from experiments.survey import Survey, Turn
from experiments.surveying import Surveying
from topologies.peering import Peering

TURNS = (
    Turn(client="ada", resolver="near", name="portal.office.com"),
    Turn(client="ben", resolver="far", name="portal.office.com", beside=("192.0.2.9",)),
    Turn(client="ada", beside=("192.0.2.7", "192.0.2.8")),
)
SURVEY = Survey(name="own", text="their own", turns=TURNS, peering=Peering(opened=(("mtn", "den"),)))
ADDRESSES = {"near": "192.0.2.1", "far": "192.0.2.2"}


class FakeNetwork:
    plan = SimpleNamespace(node=lambda name: SimpleNamespace(address=IPv4Address(ADDRESSES[name])))


def _do(monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], list[Any]]:
    said: list[Any] = []

    def block(name: str) -> Any:
        @contextlib.contextmanager
        def made(*arguments: Any) -> Iterator[None]:
            said.append((name, *arguments[1:]))
            yield
            said.append(f"{name} is over")

        return made

    def visited(network: Any, **asked: Any) -> Any:
        said.append(asked)
        return asked

    monkeypatch.setattr(surveying, "window", block("window"))
    monkeypatch.setattr(surveying, "undisturbed", block("undisturbed"))
    monkeypatch.setattr(surveying, "learn", lambda network, supervisor, *rest: said.append(rest))
    monkeypatch.setattr(surveying, "visit", visited)
    cast_ = SimpleNamespace(
        services=lambda survey: ["front doors"],
        surveyed=lambda survey: list(survey.resolvers),
        peers=lambda peering: [peering],
    )
    served = Served(
        cast(Any, FakeNetwork()), cast(Any, None), cast(Any, None), cast(Any, cast_), Path(), Path(), print
    )
    return cast(list[Any], Surveying(served).do(SURVEY)), said


def test_services_resolvers_and_routers_run_before_the_window_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    _, said = _do(monkeypatch)
    assert said[0] == (["front doors", "near", "far"], [SURVEY.peering])
    assert said[1:3] == [("undisturbed",), ("window", "own")]
    assert said[-2:] == ["window is over", "undisturbed is over"]


def test_clients_take_their_turns_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    visits, said = _do(monkeypatch)
    assert said[3:-2] == visits
    assert [(each["client"], each["number"]) for each in visits] == [("ada", 1), ("ben", 2), ("ada", 3)]
    assert [each["resolver"] for each in visits] == [("near", "192.0.2.1"), ("far", "192.0.2.2"), ("", "")]
    assert [each["beside"] for each in visits] == [(), ("192.0.2.9",), ("192.0.2.7", "192.0.2.8")]
    assert {each["survey"] for each in visits} == {"own"}


def test_a_resolver_is_there_once_however_many_ask_it() -> None:
    survey = SURVEY.model_copy(update={"turns": (*TURNS, *TURNS)})
    assert survey.resolvers == ("near", "far")


def test_nobody_is_no_survey() -> None:
    with pytest.raises(ValidationError):
        Survey(name="none", text="nobody", turns=())


def test_a_survey_is_read_back_as_it_was_written() -> None:
    assert Survey.model_validate_json(SURVEY.model_dump_json()) == SURVEY
