"""Which of an office's lines packets take."""

from __future__ import annotations

import pytest

from experiments.lines import announced, circuit_of, dropped_sessions, is_dropped, line_to
from topologies.bgp import FilteredService, Routing
from topologies.load import load_world
from topologies.planning import plan_network
from topologies.selection import select

WORLD = load_world("article")
CIRCUIT = WORLD.circuit("circuit")
EXCHANGE, SHAREPOINT, RELAY, PORTAL = "40.97.128.1", "40.108.144.1", "13.107.64.1", "13.107.6.50"


@pytest.mark.parametrize(
    ("address", "services", "line"),
    [
        (EXCHANGE, ("exchange",), "circuit"),
        (EXCHANGE, ("sharepoint", "teams", "other"), "internet"),
        (SHAREPOINT, ("sharepoint",), "circuit"),
        (RELAY, ("teams",), "circuit"),
        (RELAY, ("exchange", "sharepoint", "other"), "internet"),
        (PORTAL, ("exchange", "sharepoint", "teams", "other"), "internet"),
        (EXCHANGE, (), "internet"),
    ],
)
def test_what_is_in_a_prefix_of_the_filter_takes_the_circuit(
    address: str, services: tuple[FilteredService, ...], line: str
) -> None:
    assert line_to(CIRCUIT, Routing(services=services), address) == line


@pytest.mark.parametrize("routing", [None, Routing(prefer="internet"), Routing(extra=200)])
def test_otherwise_everything_takes_the_internet(routing: Routing | None) -> None:
    assert line_to(CIRCUIT, routing, EXCHANGE) == "internet"
    assert line_to(None, Routing(), EXCHANGE) == "internet"


@pytest.mark.parametrize(("extra", "dropped"), [(0, False), (199, False), (200, True)])
def test_sessions_are_dropped_with_more_than_200_prefixes(extra: int, dropped: bool) -> None:
    routing = Routing(extra=extra)
    assert is_dropped(CIRCUIT, routing) is dropped
    found = dropped_sessions(WORLD, SELECTION, routing)
    words = "Route limit exceeded"
    wanted = {("circuit-m1", "hq-er"): words, ("circuit-m2", "hq-er"): words}
    assert found == (wanted if dropped else {})


def test_a_leak_is_one_prefix_more() -> None:
    assert is_dropped(CIRCUIT, Routing(extra=199, leak="default"))
    assert not is_dropped(CIRCUIT, Routing(extra=198, leak="private"))


def test_announced_are_the_published_prefixes_of_ipv4() -> None:
    assert len(announced()) == 37 and all(prefix.version == 4 for prefix, _ in announced())


SELECTION = select(
    WORLD, clients=("clerk",), clouds=("worldwide",), services=("portal",), circuits=("circuit",)
)


def test_an_office_has_its_circuit_where_it_is_built() -> None:
    plan = plan_network(WORLD, SELECTION)
    bare = plan_network(WORLD, SELECTION.model_copy(update={"circuits": ()}))
    assert circuit_of(WORLD, plan, "hq") == CIRCUIT
    assert circuit_of(WORLD, plan, "branch") is None
    assert circuit_of(WORLD, bare, "hq") is None
