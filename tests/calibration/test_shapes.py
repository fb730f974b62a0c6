"""An access line as a call can have it: losses in bursts, a rate with a queue, classes, and no UDP."""

from __future__ import annotations

import json
from itertools import groupby, pairwise
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from tests.emulation.guests import changed_source, run_guest
from topologies.load import load_world
from topologies.planning import plan_network
from topologies.selection import select

from .shapes_inside import (
    BURST_PACKETS,
    CLIENT,
    DELAY_MS,
    LOSS_PERCENT,
    MANY,
    QUEUE_MS,
    RATE_MBIT,
)

TOLERANCE_MS = 0.010
FRAME_BITS = 1250 * 8
FRAME_MS = FRAME_BITS / RATE_MBIT / 1000
AT_ONCE = 3  # what may pass before the rate is felt: two full frames, and one that is looked at
EF, AF41, REST = 9001, 9002, 9000


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("shapes")
    source = changed_source(folder / "source", {})
    (source / "experiments/inside.py").write_text(Path(__file__).with_name("shapes_inside.py").read_text())
    run_dir = folder / "run"
    run_dir.mkdir()
    world = load_world("article")
    selection = select(world, clients=(CLIENT,), clouds=("worldwide",), services=())
    selection = selection.model_copy(update={"datacenters": ("ams",)})
    (run_dir / "network.json").write_text(plan_network(world, selection).model_dump_json())
    run_guest(run_dir, source=source)
    found: dict[str, Any] = json.loads((run_dir / "shapes.json").read_text())
    return found


def delays_ms(seen: dict[str, Any]) -> list[float]:
    sent = {number: at for _, number, at in seen["sent"]}
    return [(at - sent[number]) / 1e6 for _, number, at in seen["received"]]


def lost(seen: dict[str, Any]) -> list[int]:
    came = {number for _, number, _ in seen["received"]}
    return [number for _, number, _ in seen["sent"] if number not in came]


def bursts(numbers: list[int]) -> list[int]:
    """Return how many follow each other, run by run."""
    return [len(list(run)) for _, run in groupby(enumerate(numbers), lambda each: each[1] - each[0])]


@pytest.mark.parametrize("when", ["before", "after"])
def test_before_and_after_the_line_is_the_worlds(shapes: dict[str, Any], when: str) -> None:
    assert len(delays_ms(shapes[when])) == 20
    assert all(abs(delay - DELAY_MS) < TOLERANCE_MS for delay in delays_ms(shapes[when]))


def test_losses_have_their_share_and_come_in_bursts(shapes: dict[str, Any]) -> None:
    numbers = lost(shapes["losses"])
    # 67 bursts are expected; three standard deviations of their number and of their length.
    assert len(numbers) == pytest.approx(MANY * LOSS_PERCENT / 100, rel=0.5)
    assert mean(bursts(numbers)) == pytest.approx(BURST_PACKETS, rel=0.35)
    assert all(abs(delay - DELAY_MS) < TOLERANCE_MS for delay in delays_ms(shapes["losses"]))


def test_the_same_shape_loses_the_same_packets(shapes: dict[str, Any]) -> None:
    assert lost(shapes["losses"]) == lost(shapes["losses again"])


def passed(shapes: dict[str, Any], name: str) -> list[int]:
    return [port for port, _, _ in shapes[name]["received"]]


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_line_passes_its_rate_and_what_waits_longer_than_its_queue_is_lost(
    shapes: dict[str, Any], way: str
) -> None:
    seen = shapes[f"one queue {way}"]
    arrivals = [at for _, _, at in seen["received"]]
    waited = arrivals[AT_ONCE:]
    assert all(abs((b - a) / 1e6 - FRAME_MS) < TOLERANCE_MS for a, b in pairwise(waited))
    assert max(delays_ms(seen)) == pytest.approx(DELAY_MS + QUEUE_MS, abs=2 * FRAME_MS + TOLERANCE_MS)
    # Whoever comes last finds no room, however important it is.
    assert set(passed(shapes, f"one queue {way}")) == {REST}


@pytest.mark.parametrize("way", ["up", "down"])
def test_with_classes_the_important_ones_go_first_and_none_of_them_is_lost(
    shapes: dict[str, Any], way: str
) -> None:
    order = passed(shapes, f"classes {way}")
    assert [port for port in order if port != REST] == [EF] * 5 + [AF41] * 5
    before = order[: len(order) - order[::-1].index(AF41)]
    assert before.count(REST) <= AT_ONCE < order.count(REST) < 40


def test_where_udp_is_blocked_only_dns_passes(shapes: dict[str, Any]) -> None:
    assert passed(shapes, "blocked") == [53]
