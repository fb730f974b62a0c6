"""The claims over hours: held by a sound run, refuted by other evidence, unknown without evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.hours import KEEPALIVE, REKEY, RESTART, ROAM, SILENCE
from experiments.reading import Reading
from measurement.result import Verdict
from tests.unit.measurement import path_rows, rows
from tests.unit.measurement.captures import START_NS

from .changes import Change, all_of, cut, lost, minus, plus, where
from .made_up_hours import HOUR_NS, NS_PER_S, made_up_hours
from .saved_runs import claims, judged

RUN = made_up_hours()
CLAIMS = tuple(claims(RUN))
CLIENT, NEW, FAR = "100.64.0.10", "100.64.0.11", "100.64.2.1"
INSIDE = "traveller-wg0"


def test_a_sound_run_is_held_and_shown() -> None:
    for claim in CLAIMS:
        found = judged(RUN, claim)
        assert found.verdict is Verdict.HELD, (claim, found.observed)
        assert found.frames, claim


@pytest.mark.parametrize(
    "chosen",
    [
        {"minutes": 5},
        {"minutes": 5, "keepalive_s": 120},
        {"minutes": 7, "keepalive_s": 1},
        {"minutes": 600},
        {"client": "colleague", "office": "branch"},
    ],
    ids=str,
)
def test_it_is_held_however_long_and_for_others(chosen: dict[str, Any]) -> None:
    run = made_up_hours(**chosen)
    for claim in claims(run):
        found = judged(run, claim)
        assert found.verdict is Verdict.HELD, (claim, found.observed)


# Evidence of something else


def at_ns(name: str, seconds: float) -> int:
    """Return a time in an exercise of the made-up run."""
    number = [each.name for each in RUN.order.exercises].index(name)
    return START_NS + number * 20 * HOUR_NS + round(seconds * NS_PER_S)


def shaken(name: str, seconds: float, **values: object) -> Change:
    """Return a change that adds a handshake, and counts it on the line."""
    ends = {"initiator": CLIENT, "responder": FAR, "case": name, "node": "traveller", **values}
    added = path_rows.tunnel_handshake(**ends, time_ns=at_ns(name, seconds))
    return all_of(plus(added), counted(name, 1, CLIENT, FAR), counted(name, 1, FAR, CLIENT))


def counted(name: str, more: int, src: str, dst: str) -> Change:
    return where(name, "traveller", "talk", lambda row: {"packets": row.packets + more}, src=src, dst=dst)


def moved(name: str, kind: str, seconds: float, only: int, **values: object) -> Change:
    """Return a change of when something was seen on the client's line."""
    by_ns = round(seconds * NS_PER_S)
    return where(name, "traveller", kind, lambda row: {"time_ns": row.time_ns + by_ns}, only=only, **values)


def arrived(name: str, at: str, number: int, **values: object) -> Change:
    """Return a change of the last run of a stream's datagrams."""
    return where(name, at, "datagram_run", lambda row: values, only=-1, dst_port=9000 + number)


def keepalives(name: str, src: str, change: int, only: int = 0) -> Change:
    """Return a change of how many empty packets a session had."""
    return where(
        name,
        "traveller",
        "wireguard_flow",
        lambda row: {"keepalives": row.keepalives + change, "packets": row.packets + change},
        only=only,
        src=src,
    )


def waiting(more_s: float) -> Change:
    """Return a change of how long the client waits after a restart, with what that loses."""
    more = round(more_s * 10)
    return all_of(
        moved(RESTART, "wireguard_handshake", more_s, 1),
        where(RESTART, "hqdns", "datagram_run", lambda row: {"first": 460 + more}, dst_port=9000, first=460),
        where(RESTART, INSIDE, "datagram_run", lambda row: {"first": 449 + more}, dst_port=9001, first=449),
    )


UNTRUE = {
    "keys are renewed too soon": (
        "step 1",
        moved(REKEY, "wireguard_handshake", -1.1, -1),
        "119.9 to 121.0 s",
    ),
    "keys are renewed too late": ("step 1", moved(REKEY, "wireguard_handshake", 0.2, -1), "121.0 to 121.2 s"),
    "keys are never renewed": (
        "step 1",
        lambda run: without_handshakes(run, REKEY, 1),
        "1 handshakes, just one",
    ),
    "a datagram of an hour is lost": (
        "step 1",
        arrived(REKEY, "hqdns", 0, last=3598),
        "1 of 3600 datagrams lost",
    ),
    "not all are sent": ("step 1", arrived(REKEY, INSIDE, 0, last=3598), "3599 of 3600 datagrams were sent"),
    "the concentrator sends data": (
        "step 2",
        where(
            REKEY, "traveller", "wireguard_flow", lambda row: {"packets": row.packets + 1}, only=4, src=FAR
        ),
        "and 1 other packets",
    ),
    "too many keepalives of the concentrator": (
        "step 2",
        keepalives(REKEY, FAR, 63),
        "361 keepalives in 3600 s",
    ),
    "too few keepalives of the concentrator": ("step 2", keepalives(REKEY, FAR, -35), "263 keepalives"),
    "none at all": ("step 2", minus(REKEY, "traveller", "wireguard_flow", src=FAR), "0 keepalives"),
    "the session outlives the silence": (
        "step 3",
        lambda run: without_handshakes(run, SILENCE, 1),
        "1 handshakes",
    ),
    "a handshake in the silence": ("step 3", shaken(SILENCE, 1200), "3 handshakes"),
    "the silence is short": (
        "step 3",
        moved(SILENCE, "wireguard_handshake", 3421, 0),
        "2 handshakes, 179 s apart",
    ),
    "the first datagram is lost": (
        "step 3",
        minus(SILENCE, "hqdns", "datagram_run", dst_port=9000),
        "1 datagrams lost",
    ),
    "the last datagram is lost": (
        "step 3",
        minus(SILENCE, "hqdns", "datagram_run", dst_port=9001),
        "1 datagrams lost",
    ),
    "the client says something in the silence": (
        "step 3",
        where(
            SILENCE,
            "traveller",
            "wireguard_flow",
            lambda row: {"last_time_ns": at_ns(SILENCE, 25)},
            src=CLIENT,
            only=0,
        ),
        f"{CLIENT} sent something in the silence",
    ),
    "the concentrator says something in the silence": (
        "step 3",
        where(
            SILENCE, "traveller", "wireguard_flow", lambda row: {"last_time_ns": at_ns(SILENCE, 25)}, src=FAR
        ),
        f"{FAR} sent something in the silence",
    ),
    "who keeps alive says nothing": (
        "step 4",
        where(KEEPALIVE, "traveller", "wireguard_flow", lambda row: {"keepalives": 0}, src=CLIENT),
        "0 keepalives in 3600 s",
    ),
    "it says something too seldom": ("step 4", keepalives(KEEPALIVE, CLIENT, -16), "153 keepalives"),
    "it says something too often": ("step 4", keepalives(KEEPALIVE, CLIENT, 5), "174 keepalives"),
    "keys are not renewed by keepalives": (
        "step 4",
        lambda run: keepalives(KEEPALIVE, CLIENT, -9)(without_handshakes(run, KEEPALIVE, 20)),
        "20 handshakes",
    ),
    "nobody begins anew": (
        "step 5",
        lambda run: without_handshakes(run, RESTART, 1),
        "0 handshakes after the restart",
    ),
    "somebody begins anew twice": ("step 5", shaken(RESTART, 60), "2 handshakes after the restart"),
    "it begins anew at once": ("step 5", waiting(-15.7), "began anew after 0.200 s"),
    "it begins anew too soon": ("step 5", waiting(-1.2), "began anew after 14.700 s"),
    "it begins anew too late": ("step 5", waiting(1.6), "began anew after 17.500 s"),
    "the concentrator begins anew": (
        "step 5",
        where(RESTART, "traveller", "wireguard_handshake", lambda row: {"initiator": FAR}, only=1),
        "began anew after 15.900 s",
    ),
    "a restart loses nothing": (
        "step 5",
        all_of(
            minus(RESTART, "hqdns", "datagram_run", dst_port=9000, first=460),
            where(RESTART, "hqdns", "datagram_run", lambda row: {"last": 899}, dst_port=9000),
        ),
        "lost: 0 datagrams to the office",
    ),
    "a restart loses too few": (
        "step 5",
        where(RESTART, INSIDE, "datagram_run", lambda row: {"first": 445}, dst_port=9001, first=449),
        "155 from it",
    ),
    "a restart loses too many": (
        "step 5",
        where(RESTART, "hqdns", "datagram_run", lambda row: {"first": 463}, dst_port=9000, first=460),
        "lost: 163 datagrams to the office",
    ),
    "a restart loses others, too": (
        "step 5",
        all_of(
            where(RESTART, "hqdns", "datagram_run", lambda row: {"last": 298}, dst_port=9000, first=0),
            where(RESTART, "hqdns", "datagram_run", lambda row: {"last": 898}, dst_port=9000, first=460),
            where(RESTART, "hqdns", "datagram_run", lambda row: {"first": 458}, dst_port=9000, first=460),
        ),
        "lost: 160 datagrams to the office",
    ),
    "a new session after the move": ("step 6", shaken(ROAM, 50, initiator=NEW), "1 handshakes"),
    "the move loses datagrams to the office": (
        "step 6",
        arrived(ROAM, "hqdns", 0, last=898),
        "lost 1 datagrams to the office",
    ),
    "the move loses too many": (
        "step 6",
        where(ROAM, INSIDE, "datagram_run", lambda row: {"first": 293}, dst_port=9001, first=291),
        "4 from it",
    ),
    "the move loses one here and one there": (
        "step 6",
        all_of(
            where(ROAM, INSIDE, "datagram_run", lambda row: {"first": 290}, dst_port=9001, first=291),
            arrived(ROAM, INSIDE, 1, last=898),
        ),
        "2 from it",
    ),
    "nothing is sent from the new address": (
        "step 6",
        minus(ROAM, "traveller", "wireguard_flow", src=NEW),
        "lost 0",
    ),
    "a datagram is lost before the restart": (
        "control 1",
        where(RESTART, "hqdns", "datagram_run", lambda row: {"first": 1}, dst_port=9000, first=0),
        "1 were lost before",
    ),
    "a datagram is lost just before the restart": (
        "control 1",
        where(RESTART, "hqdns", "datagram_run", lambda row: {"last": 296}, dst_port=9000, first=0),
        "1 were lost before",
    ),
    "a datagram from the office is lost before the move": (
        "control 2",
        where(ROAM, INSIDE, "datagram_run", lambda row: {"first": 1}, dst_port=9001, first=0),
        "1 were lost before",
    ),
    "a question in clear": (
        "control 3",
        plus(rows.talk(case=KEEPALIVE, node="traveller", src=CLIENT, dst="100.64.0.2", protocol="udp/53")),
        "packets (udp/53)",
    ),
    "a question in clear after the move": (
        "control 3",
        plus(rows.talk(case=ROAM, node="traveller", src=NEW, dst="100.64.0.2", protocol="udp/53")),
        "packets (udp/53)",
    ),
    "WireGuard with somebody else": (
        "control 3",
        plus(rows.talk(case=ROAM, node="traveller", src=NEW, dst="192.0.2.1", protocol="udp/51820")),
        f"from {NEW} to 192.0.2.1",
    ),
    "WireGuard of somebody else": (
        "control 3",
        plus(rows.talk(case=ROAM, node="traveller", src="192.0.2.1", dst=FAR, protocol="udp/51820")),
        f"from 192.0.2.1 to {FAR}",
    ),
    "something else at WireGuard's port": ("control 3", counted(REKEY, 1, CLIENT, FAR), "are no WireGuard"),
}


def without_handshakes(reading: Reading, name: str, kept: int) -> Reading:
    """Leave an exercise its first handshakes."""
    seen = 0
    found = []
    for row in reading.observations:
        if (row.case, row.kind) == (name, "wireguard_handshake"):
            seen += 1
            if seen > kept:
                continue
        found.append(row)
    return dataclasses.replace(reading, observations=tuple(found))


@pytest.mark.parametrize("what", UNTRUE)
def test_refuted_where(what: str) -> None:
    claim, change, observed = UNTRUE[what]
    found = judged(change(RUN), claim)
    assert observed in found.observed
    assert found.verdict is Verdict.REFUTED


def test_a_handshake_without_an_answer_is_none() -> None:
    unanswered = {"response_frame": None, "receiver": None, "rtt_us": None}
    tried = path_rows.tunnel_handshake(
        case=REKEY, node="traveller", initiator=CLIENT, responder=FAR, time_ns=at_ns(REKEY, 60), **unanswered
    )
    assert judged(plus(tried)(RUN), "step 1").verdict is Verdict.HELD


def test_a_client_that_keeps_alive_seldom_has_to_say_something() -> None:
    run = made_up_hours(minutes=5, keepalive_s=120)
    none = where(KEEPALIVE, "traveller", "wireguard_flow", lambda row: {"keepalives": 0}, src=CLIENT)
    assert judged(none(run), "step 4").verdict is Verdict.REFUTED


def test_what_is_on_its_way_at_the_event_is_not_lost_before_it() -> None:
    later = where(RESTART, "hqdns", "datagram_run", lambda row: {"last": 297}, dst_port=9000, first=0)
    assert judged(later(RUN), "control 1").verdict is Verdict.HELD


@pytest.mark.parametrize("more_s", [-1.0, 1.4])
def test_patience_is_as_long_as_a_late_timer_makes_it(more_s: float) -> None:
    assert judged(waiting(more_s)(RUN), "step 5").verdict is Verdict.HELD


def test_losing_nothing_by_a_move_is_no_fault() -> None:
    none = where(ROAM, INSIDE, "datagram_run", lambda row: {"first": 289}, dst_port=9001, first=291)
    assert judged(none(RUN), "step 6").verdict is Verdict.HELD


@pytest.mark.parametrize("claim, name", [("step 5", RESTART), ("step 6", ROAM)])
def test_a_whole_capture_without_a_datagram_is_told(claim: str, name: str) -> None:
    found = judged(minus(name, INSIDE, "datagram_run", dst_port=9000)(RUN), claim)
    assert found.verdict is Verdict.REFUTED and found.observed == "no datagram was sent"


# Evidence that is missing


NEEDED = {
    "step 1": {(REKEY, "traveller"), (REKEY, INSIDE), (REKEY, "hqdns")},
    "step 2": {(REKEY, "traveller")},
    "step 3": {(SILENCE, "traveller"), (SILENCE, INSIDE), (SILENCE, "hqdns")},
    "step 4": {(KEEPALIVE, "traveller")},
    "step 5": {(RESTART, "traveller"), (RESTART, INSIDE), (RESTART, "hqdns")},
    "step 6": {(ROAM, "traveller"), (ROAM, INSIDE), (ROAM, "hqdns")},
    "control 1": {(RESTART, INSIDE), (RESTART, "hqdns")},
    "control 2": {(ROAM, INSIDE), (ROAM, "hqdns")},
    "control 3": {(each.name, "traveller") for each in RUN.order.exercises},
}


@pytest.mark.parametrize("how", [lost, cut])
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_inconclusive_without_each_of_its_captures(
    claim: str, how: Callable[[str, str], Change]
) -> None:
    files = (Path(ref.file) for ref in judged(RUN, claim).frames)
    assert {(file.parent.name, file.stem) for file in files} <= NEEDED[claim]
    for case, node in sorted(NEEDED[claim]):
        found = judged(how(case, node)(RUN), claim)
        assert found.verdict is Verdict.INCONCLUSIVE, (case, node)
        assert f"pcap/{case}/{node}.pcapng" in found.observed


@pytest.mark.parametrize("name", [REKEY, ROAM])
def test_what_cannot_be_read_could_be_in_clear(name: str) -> None:
    found = judged(plus(rows.malformed(case=name, node="traveller"))(RUN), "control 3")
    assert found.verdict is Verdict.INCONCLUSIVE
