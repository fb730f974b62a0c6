"""A client's time without service, in its parts: each ends with a packet, and arithmetic gives the most."""

from __future__ import annotations

import dataclasses

import pytest

from experiments.outage import NS_PER_MS
from experiments.reading import Reading
from experiments.region_split import LOOKUP_S, ROUND_TRIPS, Split
from experiments.region_works import CONNECT_MS, OUTLOOK, PORTAL, PORTAL_MS, RETRY_MS, SHAREPOINT, sharepoint
from measurement.evidence import Missing, Refuted
from topologies.hosts import front_ends

from .changes import Change, minus, where
from .made_up_failure import (
    AUTHORITY,
    CAST,
    DARK_MS,
    FORGOTTEN_MS,
    HEALTH,
    LOOKED_UP_MS,
    NAME,
    NEW_MS,
    PROBED,
    RESOLVER,
    SPELL,
    WORLD,
    at_ns,
    failure,
    ip,
    rtt_ms,
    telling,
)

RUN = failure()
NEIGHBOUR = CAST.neighbour.name
TRIP_MS = rtt_ms(NEIGHBOUR, "ams-fe")
NOTICED_MS = 65_000
LATEST_MS = DARK_MS + 1000 * HEALTH.slowest_s


def split(*changes: Change, run: Reading = RUN) -> Split:
    for change in changes:
        run = change(run)
    return Split(run, CAST, run.order.spells[0], PORTAL)


def parts(*changes: Change) -> dict[str, tuple[float, float]]:
    """Return what was measured and the most by arithmetic, by the part's name."""
    return {part.name: (part.measured_ms, part.most_ms) for part in split(*changes).parts()}


def test_the_portals_name_is_asked_where_somebody_lives_and_all_front_ends_are_probed() -> None:
    found = split().noticing
    assert (found.name, found.authority) == (NAME, AUTHORITY)
    assert set(found.addresses) == {ip(node) for node in front_ends(CAST.region)} == set(map(ip, PROBED))


@pytest.mark.parametrize("dark, authority", [("dub", "msdns1"), ("iad", "msdns2")])
def test_the_authority_is_one_that_still_lives(dark: str, authority: str) -> None:
    cast = dataclasses.replace(CAST, region=WORLD.datacenter(dark))
    assert Split(RUN, cast, RUN.order.spells[0], PORTAL).noticing.authority == authority


def test_of_a_site_the_alias_that_leads_to_a_farm_is_what_moves() -> None:
    run = failure()
    spell = run.order.spells[0]
    spell = spell.model_copy(update={"works": (*spell.works, sharepoint(WORLD, CAST.downloader, 1))})
    found = Split(run, CAST, spell, SHAREPOINT)
    assert found.noticing.name.endswith(".aa-rt.sharepoint.com")
    assert found.noticing.addresses == (ip("dub-spo"),)
    assert found.pace_ms == CONNECT_MS + RETRY_MS


def test_the_parts_follow_one_another_and_add_up() -> None:
    found = split().parts()
    assert [part.name for part in found] == ["detection", "DNS", "reconnect", "data"]
    assert sum(part.measured_ms for part in found) == pytest.approx(split().total_ms, abs=1e-6)
    assert all(part.rows for part in found)


def test_each_part_is_measured_from_packets() -> None:
    measured = {name: found for name, (found, _) in parts().items()}
    assert measured == pytest.approx(
        {
            "detection": NOTICED_MS - DARK_MS,
            "DNS": LOOKED_UP_MS - NOTICED_MS,
            "reconnect": 2 * TRIP_MS,
            "data": TRIP_MS,
        },
        abs=1e-5,
    )


def test_arithmetic_gives_the_most_of_each_part() -> None:
    most = {name: at_most for name, (_, at_most) in parts().items()}
    assert most == pytest.approx(
        {
            "detection": 1000 * HEALTH.slowest_s,
            "DNS": (FORGOTTEN_MS - LATEST_MS) + PORTAL_MS + 1000 * LOOKUP_S,
            "reconnect": 2 * TRIP_MS,
            "data": TRIP_MS,
        }
    )


def test_an_answer_that_is_forgotten_before_the_failure_is_noticed_costs_nothing_more() -> None:
    early = where(
        SPELL, RESOLVER, "dns_answer", lambda row: {"time_ns": at_ns(30_000)}, time_ns=at_ns(40_000)
    )
    assert parts(early)["DNS"][1] == PORTAL_MS + 1000 * LOOKUP_S


def test_all_of_it_is_between_the_most_and_one_interval_less() -> None:
    waited_ms = PORTAL_MS + 1000 * LOOKUP_S
    most_ms = FORGOTTEN_MS + waited_ms + ROUND_TRIPS * TRIP_MS - DARK_MS
    assert split().most_ms == pytest.approx(most_ms, abs=1e-5)
    assert split().within() == pytest.approx((most_ms - 1000 * HEALTH.interval_s, most_ms), abs=1e-5)
    assert split().total_ms == pytest.approx(LOOKED_UP_MS + ROUND_TRIPS * TRIP_MS - DARK_MS, abs=1e-5)


def test_a_connection_that_takes_longer_shows_in_its_part_alone() -> None:
    before = parts()
    late = where(
        SPELL,
        NEIGHBOUR,
        "tls_handshake",
        lambda row: {"client_finished_ns": row.client_finished_ns + 3 * NS_PER_MS},
        client_port=41_072,
    )
    after = parts(late)
    changes = {name: round(after[name][0] - before[name][0], 6) for name in before}
    assert changes == {"detection": 0, "DNS": 0, "reconnect": 3, "data": -3}
    assert after["reconnect"][0] > after["reconnect"][1]


@pytest.mark.parametrize(
    "change, told",
    [
        (telling(PORTAL, 2, status=0, error="timeout"), f"{NEIGHBOUR} was not served again"),
        (minus(SPELL, RESOLVER, "dns_answer", time_ns=at_ns(NEW_MS)), "has not asked again"),
        (
            where(
                SPELL, NEIGHBOUR, "tls_handshake", lambda row: {"first_response_ns": None}, client_port=41_072
            ),
            "no answer came over the new connection",
        ),
        (
            where(SPELL, AUTHORITY, "tcp_connection", lambda row: {"synack_frame": 4}, time_ns=at_ns(50_000)),
            "3 probes of .* failed in a row",
        ),
    ],
    ids=["never served", "never told", "never answered", "not down"],
)
def test_a_part_that_packets_do_not_show_is_refuted(change: Change, told: str) -> None:
    with pytest.raises(Refuted, match=told):
        assert split(change).parts() and split(change).total_ms


def test_without_probes_nobody_can_tell() -> None:
    with pytest.raises(Missing, match="nothing is probed"):
        split(run=failure(health=None)).parts()


def test_a_server_that_nobody_has_is_refuted() -> None:
    stranger = "192.0.2.9"
    told = telling(PORTAL, 2, server_ip=stranger, headers={"x-beserver": "ams-fe"})
    seen = where(SPELL, NEIGHBOUR, "tcp_burst", lambda row: {"src": stranger}, dst_port=41_072)
    with pytest.raises(Refuted, match=r"nobody has 192\.0\.2\.9"):
        split(told, seen).parts()


def test_a_work_that_the_spell_has_not_is_none() -> None:
    run = failure()
    spell = run.order.spells[0].model_copy(update={"works": run.order.spells[0].works[:1]})
    with pytest.raises(KeyError, match=OUTLOOK):
        Split(run, CAST, spell, OUTLOOK).pace_ms  # noqa: B018
