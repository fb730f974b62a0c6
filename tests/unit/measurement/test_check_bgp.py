"""Checks of routing pass on messages that show their fact, and say else what was announced instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from measurement import check_bgp
from measurement.evidence import Missing, Refuted

from .path_rows import CUSTOMER, MICROSOFT, bgp_message
from .rows import NODE, OTHER, capture, evidence, malformed

ENDS = {"src": MICROSOFT, "dst": CUSTOMER}
PREFIX = "13.107.6.0/24"


def opened(*rows: Any) -> object:
    return check_bgp.opened(evidence(*rows), NODE, **ENDS, as_number=12_076)


def learned(*rows: Any) -> object:
    return check_bgp.learned(evidence(*rows), NODE, **ENDS, prefix=PREFIX, community="12076:5010")


def learned_at_all(*rows: Any) -> object:
    return check_bgp.learned(evidence(*rows), NODE, **ENDS, prefix=PREFIX)


def withdrawn(*rows: Any) -> object:
    return check_bgp.withdrawn(evidence(*rows), NODE, **ENDS, prefix=PREFIX)


def never_announced(*rows: Any) -> None:
    check_bgp.never_announced(evidence(*rows), NODE, **ENDS, within="13.107.0.0/16")


def notified(*rows: Any) -> object:
    return check_bgp.notified(evidence(*rows), NODE, **ENDS, code=6, subcode=1)


def routes(*rows: Any) -> dict[str, int]:
    """Return the frame that each prefix was announced with."""
    return {prefix: row.frame for prefix, row in check_bgp.routes(evidence(*rows), NODE, **ENDS).items()}


OPEN = bgp_message(type="open", as_number=12_076)
TOLD = bgp_message()
GONE = bgp_message(withdrawn=(PREFIX,))
LIMIT = bgp_message(
    type="notification",
    error_code=6,
    error_subcode=1,
    error_name="Cease",
    error_detail="Maximum Number of Prefixes Reached",
)
ELSEWHERE = bgp_message(dst=OTHER)
FROM_CUSTOMER = bgp_message(src=CUSTOMER, dst=MICROSOFT)
ANOTHER = bgp_message(announced=("52.96.0.0/14", "2603:1006::/40"))
BARE = bgp_message(communities=(), frame=9)

PASSES: list[tuple[Callable[..., object], list[Any], object]] = [
    (opened, [OPEN.model_copy(update={"dst": OTHER}), OPEN], OPEN),
    (learned, [BARE, TOLD], TOLD),
    (learned, [ANOTHER, TOLD, TOLD.model_copy(update={"frame": 9})], bgp_message(frame=9)),
    (learned_at_all, [TOLD, BARE], BARE),
    (withdrawn, [TOLD, GONE, bgp_message(withdrawn=(PREFIX,), frame=9)], GONE),
    (never_announced, [], None),
    (never_announced, [ANOTHER, GONE, ELSEWHERE, FROM_CUSTOMER, OPEN], None),
    (never_announced, [bgp_message(announced=("13.104.0.0/14",))], None),
    (notified, [TOLD, LIMIT.model_copy(update={"src": CUSTOMER}), LIMIT], LIMIT),
]

REFUTED: list[tuple[Callable[..., object], list[Any], str, tuple[Any, ...]]] = [
    (opened, [TOLD], f"{MICROSOFT} opened no session with {CUSTOMER} in the capture at {NODE}", ()),
    (
        opened,
        [bgp_message(type="open", as_number=8075)],
        f"{MICROSOFT} is AS 8075, not 12076",
        (bgp_message(type="open", as_number=8075),),
    ),
    (
        learned,
        [ELSEWHERE, FROM_CUSTOMER, ANOTHER, GONE],
        f"{MICROSOFT} announced no {PREFIX} to {CUSTOMER} in the capture at {NODE}",
        (),
    ),
    (
        learned,
        [TOLD, BARE],
        f"{MICROSOFT} announced {PREFIX} without 12076:5010: its communities are none",
        (BARE,),
    ),
    (
        learned,
        [bgp_message(communities=("12076:5020", "12076:5100"))],
        f"{MICROSOFT} announced {PREFIX} without 12076:5010: its communities are 12076:5020, 12076:5100",
        (bgp_message(communities=("12076:5020", "12076:5100")),),
    ),
    (learned_at_all, [], f"{MICROSOFT} announced no {PREFIX} to {CUSTOMER} in the capture at {NODE}", ()),
    (withdrawn, [TOLD], f"{MICROSOFT} withdrew no {PREFIX} from {CUSTOMER} in the capture at {NODE}", ()),
    (never_announced, [ANOTHER, TOLD], f"{MICROSOFT} announced {PREFIX} to {CUSTOMER}", (TOLD,)),
    (
        never_announced,
        [bgp_message(announced=("13.107.0.0/16",))],
        f"{MICROSOFT} announced 13.107.0.0/16 to {CUSTOMER}",
        (bgp_message(announced=("13.107.0.0/16",)),),
    ),
    (notified, [TOLD], f"{MICROSOFT} sent no notification to {CUSTOMER} in the capture at {NODE}", ()),
    (
        notified,
        [LIMIT.model_copy(update={"error_subcode": 2, "error_detail": "Administrative Shutdown"})],
        f"{MICROSOFT} ended the session with Cease: Administrative Shutdown",
        (LIMIT.model_copy(update={"error_subcode": 2, "error_detail": "Administrative Shutdown"}),),
    ),
]


@pytest.mark.parametrize("check, rows, found", PASSES)
def test_it_passes(check: Callable[..., object], rows: list[Any], found: object) -> None:
    assert check(*rows) == found


@pytest.mark.parametrize("check, rows, told, shown", REFUTED)
def test_it_is_refuted(
    check: Callable[..., object], rows: list[Any], told: str, shown: tuple[Any, ...]
) -> None:
    with pytest.raises(Refuted) as error:
        check(*rows)
    assert (error.value.observed, error.value.rows) == (told, shown)


@pytest.mark.parametrize("check", [opened, learned, withdrawn, never_announced, notified, routes])
def test_without_a_whole_capture_nobody_knows(check: Callable[..., object]) -> None:
    with pytest.raises(Missing):
        check(OPEN, TOLD, GONE, LIMIT, capture(complete=False, problem="was cut"))


@pytest.mark.parametrize("check", [never_announced, routes])
def test_what_cannot_be_read_could_be_an_announcement(check: Callable[..., object]) -> None:
    with pytest.raises(Missing):
        check(malformed())


def test_routes_are_what_was_announced_last_and_not_withdrawn() -> None:
    rows = [
        bgp_message(frame=1, announced=(PREFIX, "52.96.0.0/14")),
        bgp_message(frame=2, announced=("13.107.64.0/18",)),
        bgp_message(frame=3, withdrawn=("52.96.0.0/14", "192.0.2.0/24")),
        bgp_message(frame=4, announced=(PREFIX,)),
        bgp_message(frame=5, src=CUSTOMER, dst=MICROSOFT, announced=("198.51.100.0/24",)),
        bgp_message(frame=6, dst=OTHER, withdrawn=(PREFIX,)),
        bgp_message(frame=7, type="notification", dst=OTHER),
        bgp_message(frame=8, type="open", src=CUSTOMER, dst=MICROSOFT),
    ]
    assert routes(*rows) == {PREFIX: 4, "13.107.64.0/18": 2}


def test_a_message_may_announce_anew_what_it_withdraws() -> None:
    assert routes(bgp_message(frame=2, announced=(PREFIX,), withdrawn=(PREFIX,))) == {PREFIX: 2}


@pytest.mark.parametrize(
    "ended",
    [
        OPEN,
        LIMIT,
        bgp_message(type="notification", src=CUSTOMER, dst=MICROSOFT, error_code=6, error_subcode=2),
    ],
)
def test_another_session_begins_with_nothing(ended: Any) -> None:
    again = bgp_message(frame=9, announced=("52.96.0.0/14",))
    assert routes(TOLD, ended) == {}
    assert routes(TOLD, ended, again) == {"52.96.0.0/14": 9}
