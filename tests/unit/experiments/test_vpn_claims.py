"""The VPN's claims: held by a sound run, refuted by other evidence, unknown without evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from experiments import vpn_claims
from experiments.vpn import FEW, FEW_SPLIT, MAIN, MISMATCH, NEXT_DOOR, NONE, SELECTIVE_SPLIT
from measurement.judge import Claim, judge
from measurement.result import Verdict
from tests.unit.measurement import path_rows, rows

from .changes import Change, all_of, cut, lost, minus, plus, saying, silent, where
from .made_up_vpn import made_up_vpn
from .saved_runs import claims, judged

RUN = made_up_vpn()
ORDER = RUN.order
CLAIMS = tuple(claims(RUN))
CLIENT, INSIDE, OFFICE = RUN.address("traveller"), "10.1.1.2", RUN.address("hq-gw")
IAD, DUB = RUN.address("iad-efz"), RUN.address("dub-efz")
HOST, STEERED = "outlook.office365.com", "outlook.ms-acdc.office.com"
TUNNEL, NEAR_TUNNEL = "traveller-wg0", "traveller-wg1"
NS_PER_MS = 1_000_000


def test_a_sound_run_is_held_and_shown() -> None:
    for claim in CLAIMS:
        found = judged(RUN, claim)
        assert found.verdict is Verdict.HELD, (claim, found.observed)
        assert found.frames, claim
    assert [claim for claim in CLAIMS if claim.startswith("step")] == [f"step {n}" for n in range(1, 6)]


def test_the_last_step_shows_both_ends_and_the_line_between() -> None:
    found = judged(RUN, "step 5")
    assert {Path(ref.file).stem for ref in found.frames} == {"traveller", TUNNEL, "hq-gw", "iad-efz"}
    assert f"hq-gw sent it on as {OFFICE}, TLS in clear sight there" in found.observed
    assert f"on its line 9 messages of WireGuard to {OFFICE}, and nothing else" in found.observed


@pytest.mark.parametrize(
    "chosen",
    [{"client": "colleague"}, {"tenant": "fabrikam"}, {"client": "colleague", "tenant": "fabrikam"}],
    ids=["another client", "another tenant", "both"],
)
def test_it_is_held_for_others_too(chosen: dict[str, str]) -> None:
    run = made_up_vpn(**chosen)
    for claim in claims(run):
        found = judged(run, claim)
        assert found.verdict is Verdict.HELD, (claim, found.observed)


# Evidence of something else


def slower(case: str, at: str, kind: str, by_us: float, only: int = 0, **values: object) -> Change:
    return where(case, at, kind, lambda row: {"rtt_us": row.rtt_us + by_us}, only=only, **values)


def sooner(case: str, ms: float) -> Change:
    """Let Exchange's answer come sooner, by the packets and by the client's own clock."""
    phases = RUN.journey(case).fetches[0].phases_us
    told = {**phases, "first_byte": phases["first_byte"] - round(ms * 1000)}
    by_ns = round(ms * NS_PER_MS)
    return all_of(
        where(
            case, "traveller", "tcp_burst", lambda row: {"time_ns": row.time_ns - by_ns}, only=0, bytes=334
        ),
        saying(case, 0, phases_us=told),
    )


def in_clear(case: str, **values: object) -> Change:
    return plus(rows.talk(case=case, node="traveller", src=CLIENT, **values))


UNTRUE = {
    "the client asks nobody": ("step 1", minus(MAIN, TUNNEL, "dns_query"), "no question for outlook"),
    "the client asks somebody else, too": (
        "step 1",
        plus(rows.query(case=MAIN, node=TUNNEL, src=INSIDE, dst="8.8.8.8", name="x.example")),
        "also asked 8.8.8.8",
    ),
    "the question arrives with the client's own address": (
        "step 1",
        where(MAIN, "hqdns", "dns_query", lambda row: {"src": CLIENT}, src=INSIDE),
        "no question for outlook",
    ),
    "a question in clear on the line": (
        "step 1",
        in_clear(MAIN, dst="100.64.0.2", protocol="udp/53"),
        "packets (udp/53)",
    ),
    "TLS in clear on the line": ("step 5", in_clear(MAIN, dst=IAD, protocol="tcp/443"), "packets (tcp/443)"),
    "the concentrator answers no handshake": (
        "step 1",
        where(
            MAIN, "traveller", "wireguard_handshake", lambda row: {"response_frame": None, "receiver": None}
        ),
        "are no WireGuard",
    ),
    "no handshake at all": (
        "step 1",
        all_of(
            minus(MAIN, "traveller", "wireguard_handshake"),
            where(MAIN, "traveller", "talk", lambda row: {"packets": row.packets - 1}),
        ),
        "no handshake of WireGuard",
    ),
    "the office's resolver asks nobody": (
        "step 2",
        minus(MAIN, "hqdns", "dns_query", name=STEERED),
        f"no question for {STEERED}",
    ),
    "the region is another one": (
        "step 3",
        where(
            MAIN,
            "hqdns",
            "dns_answer",
            lambda row: {"answers": (rows.record(STEERED, "CNAME", "dub-efz.ms-acdc.office.com"),)},
            name=STEERED,
        ),
        "dub-efz.ms-acdc.office.com",
    ),
    "the client is told other addresses": (
        "step 4",
        where(
            MAIN,
            TUNNEL,
            "dns_answer",
            lambda row: {"answers": (rows.record("iad-efz.ms-acdc.office.com", "A", "192.0.2.1"),)},
            name=HOST,
        ),
        "is 192.0.2.1, not",
    ),
    "the client says that the lookup took longer": (
        "step 4",
        saying(MAIN, 0, phases_us={**RUN.journey(MAIN).fetches[0].phases_us, "name_lookup": 1}),
        "the name lookup: the client says",
    ),
    "another front door": ("step 5", saying(MAIN, 0, server_ip=DUB), "says that it connected to"),
    "not seen in clear behind the concentrator": (
        "step 5",
        minus(MAIN, "hq-gw", "tcp_connection"),
        f"no connection from {OFFICE} to {IAD} in the capture at hq-gw",
    ),
    "no TLS in clear behind the concentrator": (
        "step 5",
        minus(MAIN, "hq-gw", "tls_handshake"),
        "no TLS handshake on the connection in the capture at hq-gw",
    ),
    "the front door sees the client's own address": (
        "step 5",
        where(MAIN, "iad-efz", "tcp_connection", lambda row: {"client": CLIENT}),
        f"no connection from {OFFICE}",
    ),
    "another datacenter serves it": (
        "step 5",
        saying(MAIN, 0, headers={"x-datacenter": "dub"}),
        "the answer says that dub served it",
    ),
    "without a VPN another one serves it": (
        "control 1",
        saying(NONE, 0, headers={"x-datacenter": "iad"}),
        "the answer says that iad served it",
    ),
    "the office far away is no farther": (
        "control 2",
        where(MAIN, TUNNEL, "tcp_connection", lambda row: {"rtt_us": 41_000.0}, only=0),
        "through the office far away",
    ),
    "next door lands elsewhere": (
        "control 2",
        saying(NEXT_DOOR, 0, headers={"x-datacenter": "iad"}),
        "the answer says that iad served it",
    ),
    "an exception does not go past the tunnel": (
        "control 3",
        minus(FEW, "iad-efz", "tcp_connection", client=CLIENT),
        f"no connection with client {CLIENT}",
    ),
    "with split DNS no resolver is asked": (
        "control 4",
        minus(FEW_SPLIT, "isplis", "dns_query", name=HOST),
        f"no resolver was asked for {HOST}",
    ),
    "what does not match is as near": (
        "control 5",
        where(MISMATCH, TUNNEL, "tcp_connection", lambda row: {"rtt_us": 114_000.0}, only=0),
        "114.0 ms there and back, 114.6 to the address",
    ),
    "the site is elsewhere once": (
        "control 6",
        minus(SELECTIVE_SPLIT, "mwh-spo", "tcp_connection"),
        "in the capture at mwh-spo",
    ),
    "a request for the site fails": (
        "control 6",
        saying(NONE, 1, status=503),
        "traveller got no answer of sharepoint: status 503",
    ),
    "a relay far from the way out": (
        "control 7",
        where(MAIN, "iad-rly", "stun_exchange", lambda row: {"node": "dub-rly"}),
        f"forced: dub-rly, seen as {OFFICE} (Chicago)",
    ),
    "no relay sees the request": (
        "control 7",
        minus(NONE, "dub-rly", "stun_exchange"),
        "the request to 13.107.64.1 arrived at no relay",
    ),
    "no relay answers": (
        "control 7",
        where(FEW, "traveller", "stun_exchange", lambda row: {"rtt_us": None}),
        "no STUN request of traveller was answered in the capture at traveller",
    ),
    "an answer is off by more than one percent": ("control 8", sooner(NONE, 3.0), "exchange (none), by 1.3"),
    "a round trip through the tunnel is 21 us longer": (
        "control 9",
        slower(FEW, TUNNEL, "tcp_connection", 21.0),
        "farthest off: portal (few), by 21.",
    ),
    "a round trip through the tunnel is 21 us shorter": (
        "control 9",
        slower(MAIN, TUNNEL, "tcp_connection", -21.0),
        "farthest off: exchange (forced), by 21.",
    ),
    "the second echo is 21 us longer": (
        "control 9",
        slower(NEXT_DOOR, NEAR_TUNNEL, "icmp_echo", 21.0, only=1),
        "farthest off: an echo to the concentrator (next-door), by 21.",
    ),
    "no echo": ("control 9", minus(MAIN, TUNNEL, "icmp_echo"), "no echo request"),
    "a server is told a segment that does not fit": (
        "control 10",
        where(MAIN, TUNNEL, "tcp_connection", lambda row: {"client_mss": 1381}, only=1),
        "segments of 1381 and 1380 bytes",
    ),
    "the client is told a segment that does not fit": (
        "control 10",
        where(MAIN, TUNNEL, "tcp_connection", lambda row: {"server_mss": 1460}, only=0),
        "segments of 1380 and 1460 bytes",
    ),
    "nobody says what fits": (
        "control 10",
        where(MAIN, TUNNEL, "tcp_connection", lambda row: {"client_mss": None}, only=0),
        "segments of None and 1380 bytes",
    ),
    "nothing goes through the tunnel": (
        "control 10",
        minus(MAIN, TUNNEL, "tcp_connection"),
        "no connection was opened in the tunnel of traveller",
    ),
    "the border sees no echo": (
        "control 11",
        minus("backbone-echo", "dub-br", "icmp_echo"),
        "no echo request",
    ),
    "a path takes 21 us longer": (
        "control 12",
        slower(NONE, "traveller", "tcp_connection", 21.0),
        "farthest off: traveller to dub-efz, by 21.",
    ),
}


@pytest.mark.parametrize("what", UNTRUE)
def test_refuted_where(what: str) -> None:
    claim, change, observed = UNTRUE[what]
    found = judged(change(RUN), claim)
    assert observed in found.observed
    assert found.verdict is Verdict.REFUTED


def test_what_is_within_the_tolerance_is_held() -> None:
    assert judged(sooner(NONE, 2.0)(RUN), "control 8").verdict is Verdict.HELD
    assert judged(slower(FEW, TUNNEL, "tcp_connection", 19.0)(RUN), "control 9").verdict is Verdict.HELD
    # The first echo waits for the handshake, and tells nothing.
    waited = slower(MAIN, TUNNEL, "icmp_echo", 99_000.0, only=0)
    assert judged(waited(RUN), "control 9").verdict is Verdict.HELD


ELSEWHERE: dict[str, tuple[Claim, str]] = {
    "the front door moved": (vpn_claims.exceptions_alone(RUN, FEW_SPLIT), f"{FEW_SPLIT}: dub-efz"),
    "it went through the tunnel": (vpn_claims.exceptions_alone(RUN, MAIN), f"seen as {OFFICE} (hq-gw)"),
    "the front door did not move": (vpn_claims.exceptions_and_dns(RUN, FEW), f"{FEW}: iad-efz"),
    "split DNS, but through the tunnel": (
        vpn_claims.exceptions_and_dns(RUN, MISMATCH),
        f"dub-efz (North Europe), seen as {OFFICE} (hq-gw)",
    ),
    "packets leave at home": (
        vpn_claims.address_and_way_out(RUN, FEW, MAIN, NONE),
        f"seen as {CLIENT} (traveller)",
    ),
    "the address matches": (vpn_claims.address_and_way_out(RUN, MAIN, MAIN, NONE), "114.6 ms there and back"),
    "an office as far away": (vpn_claims.next_door(RUN, MAIN, MAIN, NONE), "409.3 through the office"),
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_a_case_that_is_another_one_is_refuted(what: str) -> None:
    claim, observed = ELSEWHERE[what]
    found = judge(1, claim)
    assert observed in found.observed
    assert found.verdict is Verdict.REFUTED


# Evidence that is missing


NOT_SHOWN = {
    "control 2": {(MAIN, TUNNEL), (NONE, "traveller")},
    "control 5": {(MAIN, TUNNEL), (NONE, "traveller")},
    "control 8": {
        (case.name, "hqdns") for case in ORDER.cases if case.resolver == "hqdns" and not case.way.split_dns
    },
    "control 9": {(case.name, TUNNEL) for case in ORDER.cases if case.way.office == "hq"},
    "control 10": {(MAIN, "traveller")},
}


@pytest.mark.parametrize("how", [lost, cut])
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_inconclusive_without_each_of_its_captures(
    claim: str, how: Callable[[str, str], Change]
) -> None:
    files = (Path(ref.file) for ref in judged(RUN, claim).frames)
    shown = sorted({(file.parent.name, file.stem) for file in files})
    for case, node in (*shown[:9], *sorted(NOT_SHOWN.get(claim, ()))):
        found = judged(how(case, node)(RUN), claim)
        assert found.verdict is Verdict.INCONCLUSIVE, (case, node)
        assert f"pcap/{case}/{node}.pcapng" in found.observed


@pytest.mark.parametrize("node", ["traveller", TUNNEL])
def test_a_fragment_cannot_be_read_and_could_be_what_must_not_be_there(node: str) -> None:
    found = judged(plus(rows.malformed(case=MAIN, node=node, reason="fragment"))(RUN), "control 10")
    assert found.verdict is Verdict.INCONCLUSIVE and "fragment" in found.observed


SAID = {"step 5": MAIN, "control 1": NONE, "control 3": FEW, "control 6": FEW_SPLIT, "control 7": MISMATCH}


@pytest.mark.parametrize("claim", SAID)
def test_inconclusive_without_what_the_client_says(claim: str) -> None:
    found = judged(silent(SAID[claim])(RUN), claim)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.observed == f"journey.jsonl has no journey of {SAID[claim]}"


def test_a_handshake_that_is_repeated_is_no_fault() -> None:
    again = path_rows.tunnel_handshake(
        case=MAIN, node="traveller", initiator=CLIENT, responder=OFFICE, response_frame=None, receiver=None
    )
    said = where(MAIN, "traveller", "talk", lambda row: {"packets": row.packets + 1}, src=CLIENT)
    assert judged(all_of(plus(again), said)(RUN), "step 1").verdict is Verdict.HELD
