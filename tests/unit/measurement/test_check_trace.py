"""A path is what routers say of it, each TTL by the first of its answers; a gap is no path."""

from __future__ import annotations

from typing import Any

import pytest

from measurement.check_trace import Hop, passed, traced
from measurement.evidence import Missing, Refuted

from .captures import CLIENT, RESOLVER, SERVER
from .path_rows import exceeded, no_port
from .rows import NODE, OTHER, capture, echo, evidence

ENDS = {"src": CLIENT, "target": SERVER}
FIRST, SECOND = "192.0.2.11", "192.0.2.12"
UNANSWERED = [echo(ttl=1, reply_frame=None, rtt_us=None), echo(ttl=2, reply_frame=None, rtt_us=None)]


def hops(*rows: Any) -> list[Hop]:
    return traced(evidence(*rows), NODE, **ENDS)


def test_a_path_by_datagrams_ends_with_a_port_that_is_not_in_use() -> None:
    rows = [exceeded(1, FIRST), exceeded(1, FIRST, frame=8), exceeded(2, SECOND), no_port(3), no_port(4)]
    assert hops(*rows) == [rows[0], rows[2], rows[3]]


def test_a_path_by_echoes_ends_with_a_reply() -> None:
    end = echo(ttl=3, frame=20)
    rows = [*UNANSWERED, exceeded(2, SECOND), exceeded(1, FIRST), echo(ttl=4, frame=19), end, echo(ttl=64)]
    assert hops(*rows) == [exceeded(1, FIRST), exceeded(2, SECOND), end]


def test_what_is_next_has_no_router_before_it() -> None:
    assert hops(no_port(1)) == [no_port(1)]


def test_probes_for_others_are_not_of_the_path() -> None:
    others = [
        exceeded(1, OTHER, probe_dst=RESOLVER),
        exceeded(1, OTHER, probe_src=RESOLVER),
        exceeded(None, OTHER),
        no_port(1, probe_src=RESOLVER),
        no_port(1, src=OTHER),
        no_port(1, code=13),
        no_port(None),
        echo(ttl=1, dst=RESOLVER),
    ]
    assert hops(*others, exceeded(1, FIRST), no_port(2)) == [exceeded(1, FIRST), no_port(2)]


@pytest.mark.parametrize("rows", [[], [exceeded(1, FIRST), *UNANSWERED], [no_port(2, code=1)]])
def test_a_target_that_does_not_answer_is_refuted(rows: list[Any]) -> None:
    told = f"no packet from {CLIENT} reached {SERVER} and was answered, in the capture at {NODE}"
    with pytest.raises(Refuted) as error:
        hops(*rows)
    assert error.value.observed == told


def test_a_router_that_does_not_answer_is_refuted() -> None:
    with pytest.raises(Refuted) as error:
        hops(exceeded(1, FIRST), exceeded(3, SECOND), no_port(4))
    assert error.value.observed == f"no router answered TTL 2 from {CLIENT} to {SERVER} at {NODE}"
    assert error.value.rows == (no_port(4),)


def test_without_a_whole_capture_nobody_knows() -> None:
    with pytest.raises(Missing):
        hops(no_port(1), capture(complete=False, problem="was cut"))


def test_the_path_is_that_over_these_routers() -> None:
    rows: list[Hop] = [exceeded(1, FIRST), exceeded(2, SECOND), no_port(3)]
    assert passed(evidence(*rows), NODE, **ENDS, routers=(FIRST, SECOND)) == rows


@pytest.mark.parametrize(
    "rows, routers, told",
    [
        ([exceeded(1, FIRST), no_port(2)], (SECOND,), f"{FIRST}, not {SECOND}"),
        ([exceeded(1, FIRST), no_port(2)], (FIRST, SECOND), f"{FIRST}, not {FIRST}, {SECOND}"),
        ([no_port(1)], (FIRST,), f"direct, not {FIRST}"),
        ([exceeded(1, FIRST), no_port(2)], (), f"{FIRST}, not direct"),
    ],
)
def test_another_path_is_refuted_with_its_hops(rows: list[Any], routers: tuple[str, ...], told: str) -> None:
    with pytest.raises(Refuted) as error:
        passed(evidence(*rows), NODE, **ENDS, routers=routers)
    assert error.value.observed == f"the path from {CLIENT} to {SERVER} is {told}"
    assert error.value.rows == tuple(rows)
