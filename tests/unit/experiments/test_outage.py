"""A work in a spell: who answered each attempt, and packets that say something else than the client."""

from __future__ import annotations

import dataclasses

import pytest

from experiments.outage import CLOCK_NS, MOST_SHOWN, NOTHING, NS_PER_MS, REFUSED, Outage, Use, first_rows
from experiments.reading import Reading
from experiments.region_works import OUTLOOK, PORTAL
from measurement.evidence import Missing, Refuted
from measurement.observation import TcpBurst, TcpConnection
from tests.unit.measurement import rows

from .changes import Change, lost, minus, plus, where
from .made_up_failure import CAST, DARK_MS, LIGHT_MS, SPELL, at_ns, failure, ip, telling

RUN = failure()
NEIGHBOUR, REMOTE = CAST.neighbour.name, CAST.remote.name
BEFORE, IN_VAIN, AFTER = range(3)


def outage(work: str, *changes: Change, run: Reading = RUN) -> Outage:
    """Return a client's work, of a run with changes."""
    for change in changes:
        run = change(run)
    return Outage(run, run.order.spells[0], work)


def outcomes(work: str, *changes: Change) -> list[str]:
    return [use.outcome for use in outage(work, *changes).uses]


def test_who_answered_each_attempt_is_told_by_packets_and_headers() -> None:
    assert outcomes(PORTAL) == ["dub", NOTHING, "ams"]
    assert outcomes(OUTLOOK) == ["dub", REFUSED, "ams"]
    assert [use.is_good for use in outage(OUTLOOK).uses] == [True, False, True]


def test_an_attempt_is_shown_by_the_packet_that_ends_it_and_a_vain_one_by_its_connection() -> None:
    kinds = [[type(row) for row in use.rows] for use in outage(PORTAL).uses]
    assert kinds == [[TcpBurst], [TcpConnection], [TcpBurst]]


def test_a_vain_attempt_without_any_packet_is_shown_by_nothing() -> None:
    silent = minus(SPELL, NEIGHBOUR, "tcp_connection", client_port=41_021)
    assert outage(PORTAL, silent).uses[IN_VAIN] == Use(RUN.told[1].attempts[IN_VAIN], NOTHING, ())


def test_an_answer_that_broke_off_is_none() -> None:
    broken = outage(PORTAL, telling(PORTAL, AFTER, error="Operation too slow")).uses[AFTER]
    assert broken.outcome == NOTHING
    assert [type(row) for row in broken.rows] == [TcpBurst]  # what came of it


def test_only_the_work_itself_counts_in_the_order_of_starts() -> None:
    signed_in = RUN.told[0].attempts[0].model_copy(update={"name": "sign-in"})
    told = RUN.told[0].model_copy(update={"attempts": (*reversed(RUN.told[0].attempts), signed_in)})
    run = dataclasses.replace(RUN, told=(told, RUN.told[1]))
    assert [use.outcome for use in outage(OUTLOOK, run=run).uses] == ["dub", REFUSED, "ams"]


def test_the_clock_is_the_spells() -> None:
    work = outage(PORTAL)
    assert (work.failed_ns, work.back_ns) == (at_ns(DARK_MS), at_ns(LIGHT_MS))
    assert work.at_ns(0.5) - work.at_ns(0) == NS_PER_MS // 2
    assert (work.client, work.resolver) == (NEIGHBOUR, CAST.neighbour.resolver)


@pytest.mark.parametrize("late_ns, agrees", [(CLOCK_NS, True), (CLOCK_NS + 1, False)])
def test_a_client_may_tell_an_answers_end_a_little_late_and_no_later(late_ns: int, agrees: bool) -> None:
    burst = outage(PORTAL).uses[BEFORE].rows[0]
    assert isinstance(burst, TcpBurst)
    changed = telling(PORTAL, BEFORE, ended_ns=burst.last_time_ns + late_ns)
    if agrees:
        assert outcomes(PORTAL, changed)[BEFORE] == "dub"
        return
    with pytest.raises(Refuted, match="answered request 10, and its packets do not") as refuted:
        outcomes(PORTAL, changed)
    assert refuted.value.rows == (burst,)


@pytest.mark.parametrize(
    "change, shown",
    [
        (minus(SPELL, NEIGHBOUR, "tcp_burst", dst_port=41_010), 0),
        (where(SPELL, NEIGHBOUR, "tcp_burst", lambda row: {"src": ip("ams-fe")}, dst_port=41_010), 1),
        (where(SPELL, NEIGHBOUR, "tcp_burst", lambda row: {"dst_port": 41_011}, dst_port=41_010), 0),
        (where(SPELL, NEIGHBOUR, "tcp_burst", lambda row: {"time_ns": at_ns(10_900)}, dst_port=41_010), 0),
    ],
    ids=["no packet", "of another server", "to another port", "only later"],
)
def test_an_answer_that_packets_do_not_show_is_refuted(change: Change, shown: int) -> None:
    with pytest.raises(Refuted, match=f"{NEIGHBOUR} says that .* answered request 10, and") as refuted:
        outcomes(PORTAL, change)
    assert len(refuted.value.rows) == shown


def test_an_address_that_nobody_has_answers_nothing() -> None:
    stranger = "192.0.2.9"
    changes = (
        telling(PORTAL, BEFORE, server_ip=stranger),
        where(SPELL, NEIGHBOUR, "tcp_burst", lambda row: {"src": stranger}, dst_port=41_010),
    )
    with pytest.raises(Refuted, match=r"says that 192\.0\.2\.9 answered, which nobody has"):
        outcomes(PORTAL, *changes)


def test_the_last_burst_before_its_end_is_an_attempts_answer() -> None:
    """A connection that is kept carries many: the next one's is not this one's."""
    answers = [outage(OUTLOOK).answer(use.attempt).time_ns for use in outage(OUTLOOK).uses]
    assert answers == sorted(set(answers)) and len(answers) == 3


def test_the_first_one_served_after_a_time_is_the_one_that_ended_first() -> None:
    work = outage(PORTAL)
    assert work.first_good_after(0).attempt.number == 10
    assert work.first_good_after(at_ns(10_000)).attempt.number == 10
    assert work.first_good_after(at_ns(10_000) + 1).attempt.number == 72
    with pytest.raises(Refuted, match=f"{NEIGHBOUR} was not served again") as refuted:
        work.first_good_after(at_ns(80_000))
    assert refuted.value.rows == work.uses[-1].rows


def test_an_attempts_connection_and_handshake_are_the_last_of_its_port_before_its_end() -> None:
    earlier = rows.connection(
        case=SPELL, node=NEIGHBOUR, client=ip(NEIGHBOUR), client_port=41_072, time_ns=at_ns(1)
    )
    work = outage(PORTAL, plus(earlier))
    served = work.uses[AFTER]
    assert work.connection(served).time_ns > at_ns(70_000)
    assert work.handshake(served).client_port == 41_072


def test_a_connection_that_packets_do_not_show_is_missing() -> None:
    work = outage(PORTAL, minus(SPELL, NEIGHBOUR, "tcp_connection", client_port=41_072))
    with pytest.raises(Missing, match=f"the packets at {NEIGHBOUR} show no connection of request 72"):
        work.connection(work.uses[AFTER])


@pytest.mark.parametrize(
    "change",
    [
        minus(SPELL, NEIGHBOUR, "tls_handshake", client_port=41_072),
        where(
            SPELL, NEIGHBOUR, "tls_handshake", lambda row: {"client_finished_ns": None}, client_port=41_072
        ),
    ],
    ids=["none", "not finished"],
)
def test_a_handshake_that_packets_do_not_show_is_missing(change: Change) -> None:
    work = outage(PORTAL, change)
    with pytest.raises(Missing, match="no TLS handshake of request 72"):
        work.handshake(work.uses[AFTER])


def test_without_the_clients_words_or_its_capture_nobody_can_tell() -> None:
    with pytest.raises(Missing, match=r"spells\.jsonl has nothing of portal in region"):
        outage(PORTAL, run=dataclasses.replace(RUN, told=RUN.told[:1])).uses  # noqa: B018
    with pytest.raises(Missing, match=f"there is no capture pcap/region/{NEIGHBOUR}"):
        outcomes(PORTAL, lost(SPELL, NEIGHBOUR))


def test_lookups_are_the_clients_answers_without_an_error() -> None:
    assert len(outage(PORTAL).lookups()) == 2
    failed = where(SPELL, NEIGHBOUR, "dns_answer", lambda row: {"rcode": "SERVFAIL"}, only=0)
    assert len(outage(PORTAL, failed).lookups()) == 1


def test_of_many_uses_the_first_are_shown() -> None:
    uses = outage(PORTAL).uses * MOST_SHOWN
    assert first_rows(uses) == [row for use in uses[:MOST_SHOWN] for row in use.rows]
