"""An access line as another one while a block lasts: what the kernel is asked for, and at the end."""

from __future__ import annotations

import contextlib
from typing import cast

import pytest

from topologies import reshaping
from topologies.access import Line
from topologies.errors import BuildError
from topologies.netlink import seed_of
from topologies.netlink_requests import no_queue
from topologies.network import Network
from topologies.planning import plan_network
from topologies.queues import access_queues
from topologies.reshaping import line_of, reshaped
from topologies.selection import select
from topologies.shape import Shape, shape_queues

from .made_up_plans import ARTICLE
from .remembering import FakeNetwork, remembering

PLAN = plan_network(
    ARTICLE, select(ARTICLE, clients=("traveller", "clerk"), clouds=("worldwide",), services=("portal",)), 5
)
LINE = line_of(PLAN, "traveller")
UP, DOWN = Shape(line=Line(delay_ms=4, loss_percent=2)), Shape(line=Line(delay_ms=4, rate_mbit=1))
INDEX = {LINE.a.interface: 5, LINE.b.interface: 6}


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> FakeNetwork:
    return remembering(monkeypatch, reshaping, PLAN, INDEX)


def test_a_clients_line_begins_at_its_own_router() -> None:
    assert (LINE.a.node, LINE.a.interface, LINE.b.interface) == ("traveller-cpe", "line", "traveller")


def test_both_ends_are_as_wanted_and_as_usual_at_the_end(network: FakeNetwork) -> None:
    seeds = [seed_of(5, end.node, end.interface) for end in (LINE.a, LINE.b)]
    with reshaped(cast(Network, network), "traveller", UP, DOWN):
        assert network.asked == [
            (LINE.a.node, list(shape_queues(5, UP, seeds[0]))),
            (LINE.b.node, list(shape_queues(6, DOWN, seeds[1]))),
        ]
        network.asked.clear()
    assert network.asked == [
        (LINE.a.node, [no_queue(5), *access_queues(5, LINE.there, seeds[0])]),
        (LINE.b.node, [no_queue(6), *access_queues(6, LINE.back, seeds[1])]),
    ]


def test_it_is_as_usual_after_an_error_too(network: FakeNetwork) -> None:
    with contextlib.suppress(ValueError), reshaped(cast(Network, network), "traveller", UP, DOWN):
        network.asked.clear()
        raise ValueError
    assert [node for node, _ in network.asked] == [LINE.a.node, LINE.b.node]


def test_who_is_in_an_office_has_no_line() -> None:
    with pytest.raises(BuildError, match='"clerk" has no access line; right would be a client'):
        line_of(PLAN, "clerk")


def test_a_refusal_names_the_place(network: FakeNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(requests: list[bytes]) -> None:
        raise OSError("Invalid argument")

    monkeypatch.setattr(reshaping, "send", refuse)
    with (
        pytest.raises(BuildError, match=r'the queue of "(line|traveller)" cannot be set: Invalid argument'),
        reshaped(cast(Network, network), "traveller", UP, DOWN),
    ):
        pass
