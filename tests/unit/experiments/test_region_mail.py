"""An Outlook session whose mailbox went dark: what the front door was told, and how long each part took."""

from __future__ import annotations

from itertools import pairwise

import pytest

from experiments.outage import NS_PER_MS
from experiments.reading import Reading
from experiments.region_mail import ELECTED_MS, EXPIRED_MS, PROMOTED_MS, TAKEN_MS, MailSplit
from experiments.region_works import OUTLOOK, OUTLOOK_MS
from measurement.evidence import Missing, Refuted
from measurement.observation import KeyTold, TcpBurst
from services.etcd import ELECTION_MS, HEARTBEAT_MS
from services.patroni import TTL_S

from .changes import Change, lost, minus, plus, where
from .made_up_failure import (
    CAST,
    DARK_MS,
    DOOR,
    GONE_MS,
    NEW,
    PASSED_MS,
    SPELL,
    at_ns,
    failure,
    ip,
    rtt_ms,
    telling,
)
from .made_up_failure import TAKEN_MS as TAKEN_AT_MS

RUN = failure()
REMOTE, ARBITER = CAST.remote.name, f"{NEW}-mbx"
ANSWERED_MS = PASSED_MS + 20 + rtt_ms(REMOTE, f"{DOOR}-efz")


def mail(*changes: Change, run: Reading = RUN) -> MailSplit:
    for change in changes:
        run = change(run)
    return MailSplit(run, CAST, run.order.spells[0])


def told(value: str | None, at_ms: float, node: str = ARBITER) -> KeyTold:
    """Return what an arbiter told the front door's directory."""
    row = next(row for row in RUN.observations if isinstance(row, KeyTold))
    return row.model_copy(update={"node": node, "value": value, "time_ns": at_ns(at_ms), "src": ip(node)})


def test_the_parts_follow_one_another_and_add_up() -> None:
    found = mail().parts()
    assert [part.name for part in found] == ["detection", "takeover", "reconnect", "data"]
    assert sum(part.measured_ms for part in found) == pytest.approx(mail().total_ms, abs=1e-6)
    assert [type(row) for part in found for row in part.rows] == [KeyTold, KeyTold, TcpBurst, TcpBurst]


def test_each_part_is_measured_from_packets() -> None:
    measured = [part.measured_ms for part in mail().parts()]
    ends_ms = [DARK_MS, GONE_MS, TAKEN_AT_MS, PASSED_MS, ANSWERED_MS]
    assert measured == pytest.approx([b - a for a, b in pairwise(ends_ms)], abs=1e-5)


def test_arithmetic_gives_the_most_of_each_part_and_of_all() -> None:
    way_ms, behind_ms = rtt_ms(REMOTE, f"{DOOR}-efz"), rtt_ms(f"{DOOR}-efz", ARBITER)
    most = [
        ELECTED_MS + EXPIRED_MS,
        TAKEN_MS,
        PROMOTED_MS + OUTLOOK_MS + way_ms + behind_ms,
        way_ms + behind_ms,
    ]
    assert [part.most_ms for part in mail().parts()] == pytest.approx(most)
    assert mail().most_ms == pytest.approx(sum(most))
    assert all(part.measured_ms <= part.most_ms for part in mail().parts())


def test_a_lease_has_its_whole_time_and_two_elections_may_be_needed_before() -> None:
    assert EXPIRED_MS >= 1000 * TTL_S + ELECTION_MS
    assert ELECTED_MS == HEARTBEAT_MS + 4 * ELECTION_MS


@pytest.mark.parametrize("place", range(4))
def test_what_takes_longer_shows_in_its_part(place: int) -> None:
    late_ns = 2 * NS_PER_MS
    later = [
        where(SPELL, ARBITER, "key_told", lambda row: {"time_ns": row.time_ns + late_ns}, value=None),
        where(SPELL, ARBITER, "key_told", lambda row: {"time_ns": row.time_ns + late_ns}, value=NEW),
        where(SPELL, ARBITER, "tcp_burst", lambda row: {"time_ns": row.time_ns + late_ns}),
    ]
    if place == 3:
        burst = {"time_ns": at_ns(ANSWERED_MS) + late_ns, "last_time_ns": at_ns(ANSWERED_MS) + late_ns}
        later.append(where(SPELL, REMOTE, "tcp_burst", lambda row: burst, only=2))
        later.append(telling(OUTLOOK, 2, ended_ns=at_ns(ANSWERED_MS + 0.1) + late_ns))
    before, after = mail().parts(), mail(later[place], *later[4:]).parts()
    changes = [round(b.measured_ms - a.measured_ms, 6) for a, b in zip(before, after, strict=True)]
    assert changes[place] == 2 and all(change == -2 for change in changes[place + 1 : place + 2])
    assert not any(changes[:place])


# What was told


def test_only_what_was_told_to_this_front_doors_directory_after_the_failure_counts() -> None:
    early = told(None, DARK_MS - 1)
    elsewhere = told(None, GONE_MS - 5).model_copy(update={"dst": ip("dsm-dir")})
    lagged = told(None, GONE_MS - 5, node="vie-mbx")  # which is no arbiter
    found = mail(plus(early, elsewhere, lagged))
    assert found.gone().time_ns == at_ns(GONE_MS)


def test_the_first_word_of_any_arbiter_counts() -> None:
    assert mail(plus(told(None, GONE_MS - 5, node="par-mbx"))).gone().time_ns == at_ns(GONE_MS - 5)


def test_nobody_told_that_it_is_lost() -> None:
    with pytest.raises(Refuted, match="nobody was told that the active copy is lost") as refuted:
        mail(minus(SPELL, ARBITER, "key_told", value=None)).parts()
    assert refuted.value.rows == mail().served.rows


@pytest.mark.parametrize(
    "changes, rows",
    [
        ((minus(SPELL, ARBITER, "key_told", value=NEW),), 0),
        ((where(SPELL, ARBITER, "key_told", lambda row: {"value": "par"}, value=NEW),), 1),
        ((plus(told("par", TAKEN_AT_MS - 5)),), 2),
    ],
    ids=["no copy", "another copy", "another copy first"],
)
def test_the_copy_that_answers_has_to_be_the_one_that_was_told_of(
    changes: tuple[Change, ...], rows: int
) -> None:
    with pytest.raises(Refuted, match=f"nobody was told of {NEW}") as refuted:
        mail(*changes).parts()
    assert len(refuted.value.rows) == rows + len(mail().served.rows)


@pytest.mark.parametrize(
    "change",
    [
        minus(SPELL, ARBITER, "tcp_burst"),
        where(SPELL, ARBITER, "tcp_burst", lambda row: {"time_ns": at_ns(32_949)}),
        where(SPELL, ARBITER, "tcp_burst", lambda row: {"time_ns": at_ns(ANSWERED_MS)}),
        where(SPELL, ARBITER, "tcp_burst", lambda row: {"src": ip("dsm-efz")}),
        where(SPELL, ARBITER, "tcp_burst", lambda row: {"dst_port": 5432}),
    ],
    ids=["nothing", "before the request", "after the answer", "by another front door", "to another port"],
)
def test_what_was_not_passed_on_in_time_is_refuted(change: Change) -> None:
    with pytest.raises(Refuted, match=f"nothing was passed to {ARBITER}"):
        mail(change).parts()


def test_without_an_arbiters_capture_nobody_can_tell() -> None:
    for name in CAST.tenant.copies[:3]:
        with pytest.raises(Missing, match=f"there is no capture pcap/{SPELL}/{name}-mbx"):
            mail(lost(SPELL, f"{name}-mbx")).parts()


def test_a_session_that_is_never_served_again_is_refuted() -> None:
    with pytest.raises(Refuted, match=f"{REMOTE} was not served again"):
        mail(telling(OUTLOOK, 2, status=503)).parts()
