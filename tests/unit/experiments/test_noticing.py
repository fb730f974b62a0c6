"""How DNS notices a failure: probes that fail in a row, answers that are kept, and who is told when."""

from __future__ import annotations

import pytest

from experiments.noticing import Noticing
from experiments.outage import NS_PER_MS, NS_PER_S, Outage
from experiments.reading import Reading
from experiments.region_works import PORTAL
from measurement.evidence import Missing, Refuted
from tests.unit.measurement import rows

from .changes import Change, lost, minus, plus, where
from .made_up_failure import (
    AUTHORITY,
    CAST,
    FORGOTTEN_MS,
    HEALTH,
    LAST_ASKED_MS,
    LOOKED_UP_MS,
    NAME,
    NEW_MS,
    PROBED,
    RESOLVER,
    SPELL,
    at_ns,
    failure,
    ip,
)

RUN = failure()
NEIGHBOUR = CAST.neighbour.name
FIRST = ip(PROBED[0])
NOTICED_MS = 65_000  # probes at 30, 40, 50 and 60 s fail; the last one waits for 5 s


def noticing(*changes: Change, run: Reading = RUN, addresses: tuple[str, ...] = ()) -> Noticing:
    for change in changes:
        run = change(run)
    outage = Outage(run, run.order.spells[0], PORTAL)
    return Noticing(outage, NAME, AUTHORITY, addresses or tuple(map(ip, PROBED)))


def answering(time_s: int, node: str = PROBED[0]) -> Change:
    """Let a probe at a time be answered."""
    return where(
        SPELL,
        AUTHORITY,
        "tcp_connection",
        lambda row: {"synack_frame": 4},
        server=ip(node),
        time_ns=at_ns(time_s * 1000),
    )


def test_probes_of_an_address_are_the_authoritys_in_the_order_of_time() -> None:
    other = rows.connection(case=SPELL, node=AUTHORITY, client=ip(NEIGHBOUR), server=FIRST)
    found = noticing(plus(other)).probes(FIRST)
    assert [row.time_ns for row in found] == [at_ns(time_s * 1000) for time_s in range(0, 100, 10)]
    assert {(row.client, row.server) for row in found} == {(ip(AUTHORITY), FIRST)}


def test_as_many_failed_as_change_the_verdict_and_they_are_the_first() -> None:
    found = noticing().failed(FIRST)
    assert [row.time_ns for row in found] == [at_ns(time_s * 1000) for time_s in (30, 40, 50, 60)]


@pytest.mark.parametrize("time_s, failed", [(30, 3), (40, 3), (60, 3)])
def test_one_answered_among_them_refutes_it(time_s: int, failed: int) -> None:
    with pytest.raises(Refuted, match=f"{failed} probes of {FIRST} failed in a row") as refuted:
        noticing(answering(time_s)).failed(FIRST)
    assert len(refuted.value.rows) == 4


def test_too_few_refute_it() -> None:
    late = [
        minus(SPELL, AUTHORITY, "tcp_connection", server=FIRST, time_ns=at_ns(t * 1000))
        for t in range(60, 100, 10)
    ]
    with pytest.raises(Refuted, match=f"3 probes of {FIRST} failed in a row"):
        noticing(*late).failed(FIRST)


def test_it_is_noticed_when_the_last_address_is_down() -> None:
    assert noticing().noticed_ns() == at_ns(NOTICED_MS)
    later = where(
        SPELL,
        AUTHORITY,
        "tcp_connection",
        lambda row: {"time_ns": row.time_ns + 7 * NS_PER_MS},
        server=ip(PROBED[1]),
        time_ns=at_ns(60_000),
    )
    assert noticing(later).noticed_ns() == at_ns(NOTICED_MS + 7)


def test_arithmetic_says_when_it_is_to_be_noticed_and_when_at_the_latest() -> None:
    assert noticing().expected_ns() == at_ns(NOTICED_MS)
    assert noticing().latest_ns() == at_ns(20_500 + 1000 * HEALTH.slowest_s)


def test_where_nothing_is_probed_nobody_can_tell() -> None:
    with pytest.raises(Missing, match=f"nothing is probed in {SPELL}"):
        noticing(run=failure(health=None)).failed(FIRST)


def test_without_the_authoritys_capture_nobody_can_tell() -> None:
    with pytest.raises(Missing, match=f"no capture pcap/{SPELL}/{AUTHORITY}"):
        noticing(lost(SPELL, AUTHORITY)).noticed_ns()


# What resolvers are told


def test_the_last_old_answer_is_the_last_before_it_was_noticed() -> None:
    assert noticing().last_old().time_ns == at_ns(LAST_ASKED_MS)
    assert [row.time_ns for row in noticing().told()] == [at_ns(t) for t in (5_000, LAST_ASKED_MS, NEW_MS)]


def test_empty_answers_and_those_for_others_tell_nothing() -> None:
    empty = rows.answer(
        case=SPELL, node=RESOLVER, dst=ip(RESOLVER), name=NAME, answers=(), time_ns=at_ns(64_000)
    )
    other = empty.model_copy(update={"name": "other.office.com", "answers": (rows.record("x", "A", FIRST),)})
    assert noticing(plus(empty, other)).last_old().time_ns == at_ns(LAST_ASKED_MS)


def test_a_resolver_that_knew_nothing_had_no_old_answer() -> None:
    early = [minus(SPELL, RESOLVER, "dns_answer", time_ns=at_ns(t)) for t in (5_000, LAST_ASKED_MS)]
    with pytest.raises(Missing, match=f"{RESOLVER} knew nothing of {NAME} when the failure was noticed"):
        noticing(*early).last_old()


def test_the_first_new_answer_leads_elsewhere() -> None:
    assert noticing().first_new().time_ns == at_ns(NEW_MS)


def test_a_resolver_that_does_not_ask_again_refutes_it() -> None:
    with pytest.raises(Refuted, match=f"{RESOLVER} has not asked again for {NAME}") as refuted:
        noticing(minus(SPELL, RESOLVER, "dns_answer", time_ns=at_ns(NEW_MS))).first_new()
    assert [row.time_ns for row in refuted.value.rows] == [at_ns(LAST_ASKED_MS)]


def test_the_same_answer_again_refutes_it_in_whatever_order() -> None:
    both = tuple(rows.record(NAME, "A", address) for address in ("192.0.2.1", "192.0.2.2"))
    changes = [
        where(SPELL, RESOLVER, "dns_answer", lambda row, told=told: {"answers": told}, time_ns=at_ns(t))  # type: ignore[misc]
        for t, told in ((LAST_ASKED_MS, both), (NEW_MS, both[::-1]))
    ]
    with pytest.raises(Refuted, match=f"{RESOLVER} was told the same of {NAME} again") as refuted:
        noticing(*changes).first_new()
    assert len(refuted.value.rows) == 2


def test_the_old_answer_is_kept_for_its_shortest_time_and_the_second_that_has_begun() -> None:
    assert noticing().kept_until_ns() == at_ns(FORGOTTEN_MS)
    records = (
        rows.record(NAME, "CNAME", "x", ttl_s=20),
        rows.record(NAME, "CNAME", "y", ttl_s=30),
        rows.record("x", "A", FIRST, ttl_s=1),  # a name that leads nowhere else is asked for by itself
    )
    shorter = where(
        SPELL, RESOLVER, "dns_answer", lambda row: {"answers": records}, time_ns=at_ns(LAST_ASKED_MS)
    )
    assert noticing(shorter).kept_until_ns() == at_ns(LAST_ASKED_MS) + 21 * NS_PER_S
    late = where(
        SPELL,
        RESOLVER,
        "dns_answer",
        lambda row: {"time_ns": row.time_ns + 999 * NS_PER_MS},
        time_ns=at_ns(LAST_ASKED_MS),
    )
    assert noticing(late).kept_until_ns() == at_ns(FORGOTTEN_MS)


def test_the_clients_new_answer_is_its_first_after_the_resolvers() -> None:
    assert noticing().new_lookup().time_ns == at_ns(LOOKED_UP_MS)
    with pytest.raises(Refuted, match=f"{NEIGHBOUR} was never told of it"):
        noticing(minus(SPELL, NEIGHBOUR, "dns_answer", time_ns=at_ns(LOOKED_UP_MS))).new_lookup()


@pytest.mark.parametrize(
    "kept_ms, free_ms",
    [(LAST_ASKED_MS + 1_000, FORGOTTEN_MS + 1_000), (30_000, 65_500)],
    ids=["until it is forgotten", "until it is noticed at the latest"],
)
def test_the_client_is_back_at_the_latest_when_both_are_over_and_it_has_connected(
    kept_ms: int, free_ms: int
) -> None:
    change = where(
        SPELL, RESOLVER, "dns_answer", lambda row: {"time_ns": at_ns(kept_ms)}, time_ns=at_ns(LAST_ASKED_MS)
    )
    found = noticing(change).expected_back_ns(waits_s=1.0, lookup_s=4.0, round_trips_ms=48.8)
    assert found == at_ns(free_ms + 5_000 + 48.8)
