"""What became of a service in a case: from packets, beside what the world's round trips add up to."""

from __future__ import annotations

from itertools import pairwise

import pytest

from experiments.vpn import BROAD, FEW, FEW_SPLIT, MAIN, MISMATCH, NEXT_DOOR, NONE, SELECTIVE
from experiments.vpn_use import (
    EXCHANGE,
    MEDIA,
    PORTAL,
    SERVICES,
    SHAREPOINT,
    Use,
    expected_rtt_ms,
    use_of,
    uses,
)
from measurement.evidence import Missing, Refuted
from tests.unit.measurement import rows
from topologies.paths import configured_rtt_ms

from .changes import Change, minus, plus, saying, where
from .made_up_vpn import made_up_vpn

RUN = made_up_vpn()
HOST = "outlook.office365.com"
CLIENT, OFFICE, NEAR_OFFICE = (RUN.address(node) for node in ("traveller", "hq-gw", "branch-gw"))


def use(case: str, service: str, *changes: Change) -> Use:
    run = RUN
    for change in changes:
        run = change(run)
    return use_of(run, run.case(case), service)


def rtt_ms(*nodes: str) -> float:
    """Return the round trip from node to node to node."""
    return sum(configured_rtt_ms(RUN.plan, a, b) for a, b in pairwise(nodes))


@pytest.mark.parametrize(
    "case, service, server, seen_as, resolver, way",
    [
        (MAIN, EXCHANGE, "iad-efz", OFFICE, "hqdns", ("traveller", "hq-gw", "iad-efz")),
        (MAIN, SHAREPOINT, "mwh-spo", OFFICE, "hqdns", ("traveller", "hq-gw", "mwh-spo")),
        (MAIN, PORTAL, "iad-fe", OFFICE, "hqdns", ("traveller", "hq-gw", "iad-fe")),
        (MAIN, MEDIA, "iad-rly", OFFICE, "", ("traveller", "hq-gw", "iad-rly")),
        (FEW, EXCHANGE, "iad-efz", CLIENT, "hqdns", ("traveller", "iad-efz")),
        (FEW, PORTAL, "iad-fe", OFFICE, "hqdns", ("traveller", "hq-gw", "iad-fe")),
        (FEW_SPLIT, EXCHANGE, "dub-efz", CLIENT, "isplis", ("traveller", "dub-efz")),
        (BROAD, PORTAL, "dub-fe", OFFICE, "isplis", ("traveller", "hq-gw", "dub-fe")),
        (SELECTIVE, PORTAL, "iad-fe", CLIENT, "hqdns", ("traveller", "iad-fe")),
        (NONE, MEDIA, "dub-rly", CLIENT, "", ("traveller", "dub-rly")),
        (NEXT_DOOR, EXCHANGE, "dub-efz", NEAR_OFFICE, "branchdns", ("traveller", "branch-gw", "dub-efz")),
        (MISMATCH, EXCHANGE, "dub-efz", OFFICE, "isplis", ("traveller", "hq-gw", "dub-efz")),
    ],
)
def test_where_it_was_had_and_how_far_that_is(
    case: str, service: str, server: str, seen_as: str, resolver: str, way: tuple[str, ...]
) -> None:
    found = use(case, service)
    assert (found.server, found.seen_as, found.resolver) == (server, seen_as, resolver)
    assert found.datacenter.name == server.partition("-")[0]
    assert found.expected_rtt_ms == pytest.approx(rtt_ms(*way))
    assert found.rtt_ms == pytest.approx(rtt_ms(*way), abs=0.001)


@pytest.mark.parametrize(
    "service, round_trips, behind", [(EXCHANGE, 3, True), (PORTAL, 3, False), (MEDIA, 1, False)]
)
def test_the_first_byte_takes_the_round_trips_of_setting_up_and_what_is_behind(
    service: str, round_trips: int, behind: bool
) -> None:
    found = use(MAIN, service)
    behind_ms = rtt_ms("iad-efz", "mwh-mbx") if behind else 0.0
    assert found.expected_ms == pytest.approx(round_trips * found.expected_rtt_ms + behind_ms)
    assert found.first_byte_ms == pytest.approx(found.expected_ms, abs=0.001)


def test_another_tenants_mailbox_is_elsewhere() -> None:
    run = made_up_vpn(tenant="fabrikam")
    found = use_of(run, run.case(NONE), EXCHANGE)
    assert found.expected_ms == pytest.approx(
        3 * rtt_ms("traveller", "dub-efz") + rtt_ms("dub-efz", "dub-mbx")
    )


def test_bytes_are_the_payload_in_both_directions_and_unknown_of_media() -> None:
    more = where(MAIN, "traveller-wg0", "tcp_connection", lambda row: {"client_bytes": 1, "server_bytes": 20})
    assert use(MAIN, EXCHANGE, more).bytes == 21
    assert use(MAIN, MEDIA).bytes is None


def test_rows_show_the_question_and_both_ends() -> None:
    shown = [(row.kind, row.node) for row in use(MAIN, EXCHANGE).rows]  # type: ignore[attr-defined]
    assert shown == [
        ("dns_query", "hqdns"),
        ("tcp_connection", "traveller-wg0"),
        ("tcp_connection", "iad-efz"),
    ]
    media = [(row.kind, row.node) for row in use(NONE, MEDIA).rows]  # type: ignore[attr-defined]
    assert media == [("stun_exchange", "traveller"), ("stun_exchange", "dub-rly")]


def test_all_uses_are_each_service_in_each_case() -> None:
    found = [(each.case.name, each.service) for each in uses(RUN)]
    assert found == [(case.name, service) for case in RUN.order.cases for service in SERVICES]


@pytest.mark.parametrize(
    "changes, error, text",
    [
        ((saying(MAIN, 0, error="timed out"),), Refuted, "traveller got no answer of exchange: timed out"),
        ((saying(MAIN, 0, status=404),), Refuted, "traveller got no answer of exchange: status 404"),
        ((saying(MAIN, 0, status=199),), Refuted, "traveller got no answer of exchange: status 199"),
        ((saying(MAIN, 0, name="x"),), Refuted, "traveller never asked for exchange"),
        ((saying(MAIN, 0, local_port=1),), Refuted, "no connection with client 10.1.1.2, client_port 1"),
        (
            (where(MAIN, "iad-efz", "tcp_connection", lambda row: {"ack_frame": None}),),
            Refuted,
            f"no connection with client {OFFICE}, server 40.97.128.1 in the capture at iad-efz",
        ),
        ((minus(MAIN, "hqdns", "dns_query", recursion_desired=True),), Refuted, "no resolver was asked for"),
        (
            (
                minus(MAIN, "hqdns", "dns_query", recursion_desired=True),
                plus(
                    rows.query(case=MAIN, node="hqdns", dst="100.64.2.2", name=HOST, recursion_desired=False)
                ),
            ),
            Refuted,
            f"no resolver was asked for {HOST}",
        ),
        ((minus(MAIN, "traveller-wg0", "tcp_burst"),), Missing, "do not show the answer to exchange"),
    ],
)
def test_what_packets_do_not_show_is_told(
    changes: tuple[Change, ...], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        use(MAIN, EXCHANGE, *changes)


def test_a_redirection_is_an_answer() -> None:
    assert use(MAIN, EXCHANGE, saying(MAIN, 0, status=302)).server == "iad-efz"


def test_an_address_that_several_have_is_nobodys() -> None:
    relay = "13.107.64.1"
    several = where(
        MAIN, "traveller-wg0", "tcp_connection", lambda row: {"server": relay}, client_port=40_000
    )
    others = where(MAIN, "traveller-wg0", "tls_handshake", lambda row: {"server": relay}, client_port=40_000)
    with pytest.raises(Missing, match="nobody, or several, have the address"):
        use(MAIN, EXCHANGE, saying(MAIN, 0, server_ip=relay), several, others)


def test_a_round_trip_is_that_of_both_parts_of_the_way() -> None:
    way = RUN.passage(MAIN, RUN.address("dub-efz"))
    assert expected_rtt_ms(RUN, way, "traveller", "dub-efz") == pytest.approx(
        rtt_ms("traveller", "hq-gw", "dub-efz")
    )
    own = RUN.passage(NONE, RUN.address("dub-efz"))
    assert expected_rtt_ms(RUN, own, "traveller", "dub-efz") == pytest.approx(rtt_ms("traveller", "dub-efz"))
