"""netem's options as the kernel gets them."""

import struct

import pytest
from hypothesis import given

from topologies import netem
from topologies.access import Line

from .made_up_plans import PATIENT
from .made_up_worlds import lines
from .requests_read import attributes

U32_MAX = 0xFFFFFFFF
LIMIT, LOSS = 1, 2  # places in the fixed fields
RATE, LATENCY64, JITTER64, SEED = 6, 10, 11, 14


def options(line: Line, seed: int = 7) -> tuple[tuple[int, ...], dict[int, bytes]]:
    """Return the fixed fields, and the attributes by number."""
    found = netem.options(line, seed)
    return struct.unpack_from("=IIIIII", found), attributes(found[24:])


def number(value: bytes) -> int:
    return int.from_bytes(value, "little", signed=True)


def test_a_delay_and_a_jitter_are_counted_in_nanoseconds() -> None:
    _, found = options(Line(delay_ms=23.25, jitter_ms=0.000001))
    assert number(found[LATENCY64]) == 23_250_000
    assert number(found[JITTER64]) == 1
    assert number(found[SEED]) == 7


@pytest.mark.parametrize("percent, share", [(0, 0), (1, 42_949_673), (50, 2_147_483_648), (100, U32_MAX)])
def test_a_loss_is_a_share_of_32_bits(percent: float, share: int) -> None:
    fields, _ = options(Line(loss_percent=percent))
    assert fields[LOSS] == share


def test_a_line_without_jitter_and_rate_has_no_rate_and_room_for_what_is_under_way() -> None:
    fields, found = options(Line(delay_ms=100))
    assert RATE not in found
    assert fields[LIMIT] == 1_000_000


def test_jitter_keeps_the_order_of_packets_by_a_rate_that_nobody_notices() -> None:
    fields, found = options(Line(delay_ms=10, jitter_ms=2))
    assert struct.unpack("=IiIi", found[RATE]) == (U32_MAX, 0, 0, 0)
    assert fields[LIMIT] == 1_000_000


def test_a_rate_is_counted_in_bytes_and_its_queue_holds_a_tenth_of_a_second() -> None:
    fields, found = options(Line(delay_ms=100, loss_percent=1, rate_mbit=10))
    assert struct.unpack_from("=I", found[RATE]) == (1_250_000,)
    # Of full frames of 1,514 bytes: those of 100 ms under way and of 100 ms that wait, and ten more.
    assert fields[LIMIT] == 10 + 165
    assert fields[LOSS] > 0


@pytest.mark.parametrize("rate_mbit, rate", [(1e-9, 1), (1, 125_000), (1e9, U32_MAX)])
def test_a_rate_is_never_so_small_or_large_that_it_is_none(rate_mbit: float, rate: int) -> None:
    _, found = options(Line(delay_ms=1, rate_mbit=rate_mbit))
    assert struct.unpack_from("=I", found[RATE]) == (rate,) == (netem.bytes_per_second(rate_mbit),)


@PATIENT
@given(line=lines())
def test_whatever_the_line_the_kernel_takes_its_fields(line: Line) -> None:
    fields, found = options(line)
    assert fields[LIMIT] >= 10
    assert 0 <= number(found[JITTER64]) <= number(found[LATENCY64]) < 2**63
    assert RATE not in found or struct.unpack_from("=I", found[RATE])[0] > 0


def test_a_seed_has_64_bits() -> None:
    _, found = options(Line(delay_ms=1), seed=2**64 - 1)
    assert found[SEED] == b"\xff" * 8
