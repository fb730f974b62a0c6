"""Which queues a line gets, and below which other; what they do, guests measure (tests/calibration)."""

import struct

import pytest

from topologies.access import Line
from topologies.queues import access_queues, trunk_queues

from .requests_read import attributes, read

ROOT = 0xFFFFFFFF


def queues(made: list[bytes]) -> list[tuple[str, int, int]]:
    """Return kind, handle and parent of each."""
    found = []
    for request in made:
        queue = read(request, 20)
        handle, parent = struct.unpack("=BxxxiIII", queue.fixed)[2:4]
        found.append((queue.attributes[1].rstrip(b"\0").decode(), handle, parent))
    return found


@pytest.mark.parametrize(
    "line, kinds",
    [
        (Line(), []),
        (Line(delay_ms=1), ["netem"]),
        (Line(loss_percent=1), ["netem"]),
        (Line(rate_mbit=1), ["tbf"]),
        (Line(delay_ms=1, rate_mbit=1), ["netem"]),
    ],
)
def test_an_access_line_has_one_queue_at_most(line: Line, kinds: list[str]) -> None:
    assert [kind for kind, _, _ in queues(list(access_queues(3, line, 1)))] == kinds


def test_a_trunk_without_a_rate_is_as_any_line() -> None:
    line = Line(delay_ms=5)
    assert list(trunk_queues(3, line, 1)) == list(access_queues(3, line, 1))


@pytest.mark.parametrize("line", [Line(rate_mbit=10), Line(rate_mbit=10, delay_ms=5, jitter_ms=1)])
def test_a_trunk_with_a_rate_has_delay_then_rate_then_classes(line: Line) -> None:
    made = list(trunk_queues(3, line, 1))
    assert queues(made) == [
        ("netem", 0x100000, ROOT),
        ("tbf", 0x20000, 0x100001),
        ("prio", 0x10000, 0x20001),
        ("fq_codel", 0, 0x10001),
        ("fq_codel", 0, 0x10002),
        ("fq_codel", 0, 0x10003),
    ]


def test_whoever_has_no_class_is_in_the_middle() -> None:
    made = list(trunk_queues(3, Line(rate_mbit=10), 1))
    bands, *map_ = struct.unpack("=i16B", read(made[2], 20).attributes[2])
    assert (bands, set(map_)) == (3, {1})


@pytest.mark.parametrize(
    "rate_mbit, rate, burst, packets",
    [(10, 1_250_000, 3_028, 82), (0.001, 125, 3_028, 10), (1e9, 2**32 - 1, 429_496, 283_683)],
)
def test_a_trunks_bucket_is_small_and_a_tenth_of_a_second_may_wait(
    rate_mbit: float, rate: int, burst: int, packets: int
) -> None:
    made = list(trunk_queues(3, Line(rate_mbit=rate_mbit), 1))
    options = attributes(read(made[1], 20).attributes[2])
    assert struct.unpack_from("=I", options[1], 8) == (rate,)
    assert struct.unpack("=I", options[6]) == (burst,)
    assert struct.unpack("=I", attributes(read(made[3], 20).attributes[2])[2]) == (packets,)
