"""What a line with something the matter gets as queues; what they do with packets, a guest shows."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from topologies import netem
from topologies.access import Line
from topologies.shape import BURST_BYTES, Shape, shape_queues

from .requests_read import attributes, read

U32_MAX = 0xFFFFFFFF
NETEM_FIELDS, LOSS_FIELD = 24, 2  # netem's fixed fields: their bytes, and the place of the loss
TCA_LOSS, GILBERT_ELLIOTT = 5, 2


def queues(shape: Shape) -> list[tuple[str, int, int, bytes]]:
    """Return kind, handle, parent and options of each queue."""
    found = []
    for request in shape_queues(3, shape, seed=7):
        queue = read(request, 20)
        _, index, handle, parent = struct.unpack("=BxxxiIII", queue.fixed)[:4]
        assert index == 3
        found.append((queue.attributes[1].rstrip(b"\0").decode(), handle, parent, queue.attributes[2]))
    return found


def places(shape: Shape) -> list[tuple[str, int, int]]:
    return [(kind, handle, parent) for kind, handle, parent, _ in queues(shape)]


ROOT = ("netem", 0x100000, 0xFFFFFFFF)
RATE = ("tbf", 0x20000, 0x100001)


def test_a_line_without_a_rate_has_delay_and_loss_alone() -> None:
    assert places(Shape(line=Line(delay_ms=4, loss_percent=1), classes=True)) == [ROOT]


def test_what_waits_for_a_rate_waits_behind_the_delay_in_one_row() -> None:
    assert places(Shape(line=Line(delay_ms=4, rate_mbit=1))) == [ROOT, RATE]


def test_with_classes_each_has_a_row_of_its_own() -> None:
    assert places(Shape(line=Line(rate_mbit=1), classes=True)) == [
        ROOT,
        RATE,
        ("prio", 0x10000, 0x20001),
        ("bfifo", 0, 0x10001),
        ("bfifo", 0, 0x10002),
        ("bfifo", 0, 0x10003),
    ]


def test_whoever_has_no_class_is_in_the_last_band() -> None:
    prio = queues(Shape(line=Line(rate_mbit=1), classes=True))[2][3]
    bands, *of_priorities = struct.unpack("=i16B", prio)
    assert (bands, set(of_priorities)) == (3, {2})


@pytest.mark.parametrize("queue_ms, waiting", [(100, 12_500), (250, 31_250)])
def test_the_queue_is_as_long_as_the_rate_needs_for_its_time(queue_ms: float, waiting: int) -> None:
    made = queues(Shape(line=Line(rate_mbit=1), queue_ms=queue_ms, classes=True))
    limit = struct.unpack_from("=BBHhHIBBHhHII", attributes(made[1][3])[1])[-1]
    assert limit == waiting + BURST_BYTES
    assert {options for _, _, _, options in made[3:]} == {struct.pack("=I", waiting + BURST_BYTES)}


def test_the_rate_is_not_netems_too() -> None:
    line = Line(delay_ms=4, rate_mbit=1)
    assert queues(Shape(line=line))[0][3] == netem.options(Line(delay_ms=4), 7)


def test_single_losses_are_netems_own() -> None:
    line = Line(delay_ms=4, loss_percent=2)
    assert queues(Shape(line=line))[0][3] == netem.options(line, 7)


def gilbert(**changes: Any) -> tuple[float, float, int, int]:
    """Return the model's probabilities, bad and good again, and what else it has."""
    line = Line(delay_ms=4, loss_percent=changes.pop("loss_percent"))
    (_, _, _, options), *_ = queues(Shape(line=line, **changes))
    assert struct.unpack_from("=IIIIII", options)[LOSS_FIELD] == 0
    model = attributes(attributes(options[NETEM_FIELDS:])[TCA_LOSS])[GILBERT_ELLIOTT]
    to_bad, to_good, passes_in_bad, lost_in_good = struct.unpack("=IIII", model)
    return to_bad / U32_MAX, to_good / U32_MAX, passes_in_bad, lost_in_good


@settings(deadline=None)
@given(st.floats(0.01, 50), st.floats(1.01, 1000))
def test_bursts_have_their_length_and_lose_their_share(loss_percent: float, burst_packets: float) -> None:
    to_bad, to_good, passes_in_bad, lost_in_good = gilbert(
        loss_percent=loss_percent, burst_packets=burst_packets
    )
    assert to_good == pytest.approx(1 / burst_packets, rel=1e-3, abs=1e-9)
    assert to_bad / (to_bad + to_good) == pytest.approx(loss_percent / 100, rel=5e-3)
    assert (passes_in_bad, lost_in_good) == (0, 0)


def test_a_line_that_loses_everything_is_never_good_for_long() -> None:
    assert gilbert(loss_percent=100, burst_packets=3)[0] == 1.0


def test_without_losses_bursts_change_nothing() -> None:
    line = Line(delay_ms=4)
    assert queues(Shape(line=line, burst_packets=3))[0][3] == netem.options(line, 7)


@pytest.mark.parametrize("changes", [{"burst_packets": 0.5}, {"queue_ms": 0}, {"queue_ms": 10_001}])
def test_what_no_line_can_do_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Shape.model_validate(changes)
