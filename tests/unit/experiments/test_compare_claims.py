"""A comparison's claims: held by a sound run, refuted by other evidence, unknown without evidence."""

from __future__ import annotations

from typing import Any

import pytest

from measurement.judge import Claim
from measurement.media import AUDIO, ssrc_of
from measurement.result import Verdict
from tests.unit.measurement import rows
from tests.unit.measurement.captures import START_NS

from .changes import Change, cut, lost, minus, plus, saying, silent, where
from .made_up_calls import rtp_run
from .made_up_compare import made_up_compare
from .saved_runs import claims, judged

RUN = made_up_compare()
CLAIMS: dict[str, Claim] = claims(RUN)
CLIENT, INSIDE, OFFICE, POOL = RUN.address("traveller"), "10.1.1.2", "100.64.2.1", "203.0.113.2"
TUNNEL, PRIMARY = "traveller-wg0", "hq-er-pri"
DUB, SITE = RUN.address("dub-efz"), RUN.address("mwh-spo")
VPN, SPLIT, CIRCUIT, AGAIN = "vpn-hq", "split-hq", "expressroute-hq", "direct-again"


def test_a_sound_run_is_held_and_shown() -> None:
    for claim in CLAIMS:
        found = judged(RUN, claim)
        assert found.verdict is Verdict.HELD, (claim, found.observed)
        assert found.frames, claim
    assert [CLAIMS[f"step {n}"].text.partition(":")[0] for n in range(1, 9)] == [
        *("direct", "vpn", "split", "expressroute"),
        *("direct", "vpn", "split", "expressroute"),
    ]


def test_what_is_expected_stands_there_before_anything_is_looked_at() -> None:
    assert CLAIMS["step 3"].expected == (
        "portal in North Europe (dub), out at Chicago; exchange in North Europe (dub), out at Lisbon;"
        " sharepoint in West US 2 (mwh), out at Lisbon"
    )
    assert CLAIMS["step 4"].expected.endswith("sharepoint in West US 2 (mwh), out at Chicago circuit")
    assert CLAIMS["step 8"].expected == "over UDP to the relay in East US (iad), out at Chicago circuit"


def test_only_what_was_ordered_is_claimed() -> None:
    web = claims(made_up_compare(service="exchange", via="vpn:hq"))
    assert list(web) == ["step 1", "step 2", *(f"control {n}" for n in range(1, 5))]
    calls = claims(made_up_compare(service="media", via="split:hq"))
    assert list(calls) == ["step 1", "step 2", *(f"control {n}" for n in range(1, 5))]


@pytest.mark.parametrize(
    "chosen",
    [
        {"service": "exchange", "via": "vpn:hq"},
        {"service": "media", "via": "split:hq"},
        {"tenant": "fabrikam", "service": "exchange,sharepoint", "via": "vpn:hq"},
    ],
    ids=["one service", "calls alone", "another tenant"],
)
def test_it_is_held_for_others_too(chosen: dict[str, str]) -> None:
    run = made_up_compare(**chosen)
    for claim in claims(run):
        assert judged(run, claim).verdict is Verdict.HELD, claim


def slower(case: str, at: str, by_us: float, **values: Any) -> Change:
    return where(case, at, "tcp_connection", lambda row: {"rtt_us": row.rtt_us + by_us}, **values)


STRAY = rtp_run(
    case="call-split-hq",
    node="hq-gw",
    frame=1,
    time_ns=START_NS,
    src=CLIENT,
    src_port=50000,
    dst="13.107.64.1",
    dst_port=3478,
    transport="udp",
    channel=0x4000,
    dscp=46,
    payload_type=8,
    ssrc=ssrc_of("call-split-hq", AUDIO.name, "traveller"),
    first=1,
    timestamp=0,
    steps=(160,),
    gaps_ns=(20_000_000,),
    bytes=320,
)

UNTRUE = {
    "the direct way ends in another front door": (
        "step 1",
        saying("direct", 1, server_ip=RUN.address("iad-efz")),
        "no connection",
    ),
    "the server sees another address": (
        "step 1",
        where("direct", "dub-efz", "tcp_connection", lambda row: {"client": "192.0.2.1"}),
        "no connection with",
    ),
    "no resolver is asked": ("step 1", minus("direct", "isplis", "dns_query"), "no resolver was asked"),
    "a packet in clear beside the tunnel": (
        "step 2",
        plus(rows.talk(case=VPN, node="traveller", src=CLIENT, dst=DUB, protocol="tcp/443")),
        "packets (tcp/443)",
    ),
    "Exchange in the tunnel, too": (
        "step 3",
        plus(rows.talk(case=SPLIT, node=TUNNEL, src=INSIDE, dst=DUB, protocol="tcp/443")),
        f"from {INSIDE} to {DUB} at {TUNNEL}",
    ),
    "the site on the Internet line, too": (
        "step 4",
        plus(rows.talk(case=CIRCUIT, node="hq-gw", src=OFFICE, dst=SITE, protocol="tcp/443")),
        f"from {OFFICE} to {SITE} at hq-gw",
    ),
    "Exchange not on the circuit": (
        "step 4",
        minus(CIRCUIT, PRIMARY, "tcp_connection"),
        f"nothing of exchange from {POOL}",
    ),
    "an answer that is an error": ("step 1", saying("direct", 0, status=503), "got no answer of portal"),
    "a call that never comes to a relay": (
        "step 5",
        minus("call-direct", "dub-rly", "rtp_run"),
        "media of call-direct is in none",
    ),
    "a call that has to go over TCP": (
        "step 6",
        where("call-vpn-hq", TUNNEL, "rtp_run", lambda row: {"transport": "tcp"}),
        "over TCP to iad-rly",
    ),
    "a call past the tunnel that is on the office's line": ("step 7", plus(STRAY), "1 streams at hq-gw"),
    "a call that is not on the circuit": (
        "step 8",
        minus("call-expressroute-hq", PRIMARY, "rtp_run"),
        "0 streams at hq-er-pri",
    ),
    "a tunnelled call that is not on the office's line": (
        "step 6",
        minus("call-vpn-hq", "hq-gw", "rtp_run"),
        "0 streams at hq-gw",
    ),
    "another time the direct way is longer": (
        "control 1",
        slower(AGAIN, "traveller", 12.0, server=DUB),
        "round trips differ by 12.000 us",
    ),
    "another time all of it takes longer": (
        "control 1",
        where(
            AGAIN,
            "traveller",
            "tcp_burst",
            lambda row: {"last_time_ns": row.last_time_ns + 20_000_000},
            only=-1,
        ),
        "before)",
    ),
    "a way is longer than its wires": ("control 2", slower(VPN, TUNNEL, 12.0), "by 12.000 us"),
    "the client says that it took longer": (
        "control 3",
        saying(VPN, 5, phases_us={**RUN.journey(VPN).fetches[5].phases_us, "total": 9_000_000}),
        "by its packets",
    ),
    "a later request failed": ("control 3", saying(VPN, 3, status=500), "message (exchange): status 500"),
    "a call's packets take longer": (
        "control 5",
        where(
            "call-direct",
            "mwh-mcu",
            "rtp_run",
            lambda row: {"time_ns": row.time_ns + 12_000},
            ssrc=ssrc_of("call-direct", AUDIO.name, "traveller"),
        ),
        "farthest off: call-direct",
    ),
}


@pytest.mark.parametrize("untrue", UNTRUE)
def test_evidence_of_something_else_refutes(untrue: str) -> None:
    claim, change, told = UNTRUE[untrue]
    found = judged(change(RUN), claim)
    assert found.verdict is Verdict.REFUTED, found.observed
    assert told in found.observed


def test_every_own_claim_is_seen_to_be_refuted() -> None:
    assert {claim for claim, _, _ in UNTRUE.values()} == {
        *(f"step {n}" for n in range(1, 9)),
        *(f"control {n}" for n in (1, 2, 3, 5)),
    }


UNKNOWN = {
    "the client's capture is lost": ("step 1", lost("direct", "traveller")),
    "the tunnel's capture is cut": ("step 3", cut(SPLIT, TUNNEL)),
    "the circuit's second line is lost": ("step 4", lost(CIRCUIT, "hq-er-sec")),
    "the front door's capture is lost": ("control 2", lost(VPN, "iad-efz")),
    "the client says nothing": ("control 1", silent(AGAIN)),
    "the office's line is lost in a call": ("step 7", lost("call-split-hq", "hq-gw")),
    "the meeting's capture is cut": ("control 5", cut("call-direct", "mwh-mcu")),
}


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_without_evidence_nothing_is_said(unknown: str) -> None:
    claim, change = UNKNOWN[unknown]
    assert judged(change(RUN), claim).verdict is Verdict.INCONCLUSIVE
