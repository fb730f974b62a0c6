"""A wire that loses everything while its interfaces stay up: what the kernel is asked for, and at the end."""

from __future__ import annotations

from typing import cast

import pytest

from topologies import silencing
from topologies.access import Line
from topologies.errors import BuildError
from topologies.netlink import seed_of
from topologies.network import Network
from topologies.plan import End, Node, Plan, Wire
from topologies.queues import access_queues
from topologies.silencing import Silencing

from .remembering import FakeNetwork, remembering

LINE = Line(delay_ms=0.5)
WIRES = (
    Wire(
        a=End(node="a", interface="pri", mac="1"),
        b=End(node="b", interface="line", mac="2"),
        there=LINE,
        back=LINE,
    ),
    Wire(a=End(node="a", interface="lan", mac="3"), b=End(node="c", interface="eth0", mac="4")),
)
PLAN = Plan(
    seed=7,
    nodes=tuple(Node(name=name, kind="router", site=name) for name in "abc"),
    wires=WIRES,
    routes=(),
    neighbours=(),
)
INDEX = {"pri": 5, "line": 6}


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> FakeNetwork:
    return remembering(monkeypatch, silencing, PLAN, INDEX)


def queues(line: Line) -> list[tuple[str, list[bytes]]]:
    ends = (("a", "pri"), ("b", "line"))
    return [(node, list(access_queues(INDEX[name], line, seed_of(7, node, name)))) for node, name in ends]


def test_both_ends_lose_everything_and_carry_it_again_at_the_end(network: FakeNetwork) -> None:
    silent = Silencing(cast(Network, network))
    with silent.heard_again():
        silent.silence("b", "a")
        assert network.asked == queues(Line(delay_ms=0.5, loss_percent=100.0))
        network.asked.clear()
    assert network.asked == queues(LINE)
    network.asked.clear()
    with silent.heard_again():
        pass
    assert not network.asked


def test_they_carry_it_again_after_an_error_too(network: FakeNetwork) -> None:
    silent = Silencing(cast(Network, network))
    with pytest.raises(KeyError), silent.heard_again():
        silent.silence("a", "b")
        raise KeyError
    assert network.asked[2:] == queues(LINE)


@pytest.mark.parametrize("ends", [("a", "c"), ("b", "c"), ("a", "x")])
def test_a_wire_that_cannot_lose_anything_is_an_error(network: FakeNetwork, ends: tuple[str, str]) -> None:
    with pytest.raises(BuildError, match=f'no wire with a delay between "{ends[0]}" and "{ends[1]}"'):
        Silencing(cast(Network, network)).silence(*ends)


def test_the_kernels_refusal_names_the_wire(network: FakeNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(requests: list[bytes]) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(silencing, "send", refuse)
    with pytest.raises(BuildError, match=r'the wire from "a" to "b" cannot be set: .*not permitted'):
        Silencing(cast(Network, network)).silence("a", "b")
