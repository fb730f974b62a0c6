"""Health-checked DNS in a guest: when answers change, to what, and who hears of it when; by the packets."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from experiments.common import at
from experiments.order import Order
from experiments.pipeline import Planned, prepare
from measurement.observation import DnsAnswer, Observation, TcpConnection
from measurement.observe import observe
from topologies.load import parse_world
from topologies.names import Service
from topologies.planning import plan_network
from topologies.selection import select
from topologies.steering import Answers
from topologies.world import World

from .guests import changed_source, run_guest
from .health_world import (
    ACTIVE,
    AUTHORITY,
    CLIENT,
    FAILS,
    NEXT,
    OF,
    OFTEN_S,
    PORTAL,
    REGIONAL,
    RESOLVER,
    SECOND,
    SELDOM_S,
    SITE,
    TENANT,
    WAYS,
)

HERE = Path(__file__).parent
SEED = 1
SERVICES: tuple[Service, ...] = ("portal", "sharepoint")
LABEL = "emeakenya"  # of where it fails
PLACES = (CLIENT, RESOLVER, AUTHORITY, REGIONAL, f"{FAILS}-fe2", f"{ACTIVE}-spo", f"{SECOND}-spo")
ADA, LAGOS, MS = "100.64.0.10", "100.64.0.2", "13.107.6.19"  # the client, its resolver, the authority
FRONT_ENDS = ("13.107.6.2", "13.107.6.11", "13.107.6.10")  # where it fails
MOVING = ["ttl-0", "ttl-30", "ttl-300"]
EXACT_S = 0.0005  # Linux wakes whoever sleeps up to 0.05 ms late, and a log is written a little later still
LOOKUP_S = 0.7  # longer than any from Lagos that knows the delegations


def world() -> World:
    """Return the small world, with three front ends where it fails, and with a site at two places."""
    text = (HERE / "small.toml").read_text()
    label = f'label = "{LABEL}"\n'
    tenant = f'name = "{TENANT}"\ncloud = "worldwide"\n'
    for right, instead in {
        label: f"{label}front_ends = 3\n",
        f'{tenant}datacenter = "fra"\n': f'{tenant}datacenter = "{ACTIVE}"\nsecondary = "{SECOND}"\n',
    }.items():
        assert text.count(right) == 1, right
        text = text.replace(right, instead)
    return parse_world(text)


def prepared(folder: Path) -> Path:
    """Return a run's folder with everything that the inside needs."""
    made = world()
    selection = select(made, clients=(CLIENT,), clouds=("worldwide",), services=SERVICES, copies=True)
    captures = tuple(at(name) for name in PLACES)
    order = Order(
        experiment="nearest_datacenter",
        world=made.name,
        seed=SEED,
        tolerance_us=10,
        selection=selection,
        captures=captures,
    )
    folder.mkdir(parents=True)
    prepare(Planned(made, order, plan_network(made, selection, SEED)), folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder after everything has been tried in a guest."""
    run_dir = prepared(tmp_path_factory.mktemp("health") / "run")
    source = changed_source(tmp_path_factory.mktemp("source") / "source", {})
    (source / "tests/emulation").mkdir(parents=True)
    (source / "tests/emulation/health_world.py").write_text((HERE / "health_world.py").read_text())
    (source / "experiments/inside.py").write_text((HERE / "health_inside.py").read_text())
    run_guest(run_dir, source=source)
    return run_dir


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, dict[str, float]]:
    """When what was done in which case, in seconds of the guest's clock."""
    loaded: dict[str, dict[str, float]] = json.loads((folder / "told.json").read_text())["told"]
    return loaded


@pytest.fixture(scope="module")
def said(folder: Path) -> dict[str, Any]:
    """What a client was told by its tenant's site, and what its servers kept."""
    loaded: dict[str, Any] = json.loads((folder / "told.json").read_text())["said"]["site"]
    return loaded


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[Observation]:
    return observe(folder)


def answers(rows: list[Observation], case: str, place: str, name: str, **like: str) -> list[DnsAnswer]:
    """Return the answers for a name that were seen at a place."""
    return [
        row
        for row in rows
        if isinstance(row, DnsAnswer)
        and (row.case, row.node, row.name) == (case, place, name)
        and all(getattr(row, key) == value for key, value in like.items())
    ]


def moves(found: list[DnsAnswer]) -> list[tuple[float, float, str]]:
    """Return each change of an alias: when the old target was last answered, the new one first, and which."""
    pairs = pairwise([(row.time_ns / 1e9, row.answers[0].data) for row in found])
    return [(before_s, after_s, new) for (before_s, old), (after_s, new) in pairs if old != new]


def probes(rows: list[Observation], case: str, address: str, place: str = AUTHORITY) -> list[TcpConnection]:
    """Return the authority's probes of an address, as seen at a place."""
    return [
        row
        for row in rows
        if isinstance(row, TcpConnection)
        and (row.case, row.node, row.client, row.server) == (case, place, MS, address)
    ]


def rtt_s(rows: list[Observation], case: str) -> float:
    """Return how long an answered probe took."""
    first = probes(rows, case, FRONT_ENDS[0])[0].rtt_us
    assert first is not None
    return first / 1e6


# What authorities answer


@pytest.mark.parametrize("case", MOVING)
def test_the_answer_changes_at_the_computed_moment_and_back_at_the_other(
    told: dict[str, dict[str, float]], rows: list[Observation], case: str
) -> None:
    times = told[case]
    away, back = moves(answers(rows, case, AUTHORITY, PORTAL, dst=ADA))
    assert (away[2], back[2]) == (OF[NEXT], OF[FAILS])
    moments_s = times["down_s"], times["up_s"] + rtt_s(rows, case)
    for (before_s, after_s, _), at_s in zip((away, back), moments_s, strict=True):
        assert before_s < at_s + EXACT_S
        assert at_s < after_s
        assert after_s - before_s < 2 * OFTEN_S


@pytest.mark.parametrize("case", MOVING)
def test_monitors_say_so_at_the_computed_moment(
    told: dict[str, dict[str, float]], rows: list[Observation], folder: Path, case: str
) -> None:
    times, label = told[case], Answers(health=WAYS[case]).label
    log = folder / "nodes" / AUTHORITY / label / "monitor" / "log.txt"
    found = [json.loads(line) for line in log.read_text().splitlines()]
    own = [each for each in found if times["failed_s"] < each["time_ns"] / 1e9 < times["up_s"] + 1]
    assert [(each["address"], each["up"]) for each in own] == [
        (address, up) for up in (False, True) for address in FRONT_ENDS
    ]
    expected_s = [times["down_s"]] * 3 + [times["up_s"] + rtt_s(rows, case)] * 3
    assert [each["time_ns"] / 1e9 for each in own] == pytest.approx(expected_s, abs=EXACT_S, rel=0)


@pytest.mark.parametrize("case", MOVING)
def test_it_takes_no_longer_than_promised_and_one_interval_less_at_least(
    told: dict[str, dict[str, float]], rows: list[Observation], case: str
) -> None:
    ((_, moved_s, _), _) = moves(answers(rows, case, AUTHORITY, PORTAL, dst=ADA))
    slowest_s, interval_s = WAYS[case].slowest_s, WAYS[case].interval_s
    assert slowest_s - interval_s < moved_s - told[case]["failed_s"] < slowest_s + OFTEN_S


def test_a_plain_geographic_profile_is_probed_all_the_same_and_its_answer_never_changes(
    told: dict[str, dict[str, float]], rows: list[Observation]
) -> None:
    found = answers(rows, "geographic", AUTHORITY, PORTAL)
    assert {row.answers[0].data for row in found} == {OF[FAILS]}
    assert found[0].time_ns / 1e9 < told["geographic"]["failed_s"]
    assert found[-1].time_ns / 1e9 > told["geographic"]["up_s"]
    unanswered = [row for row in probes(rows, "geographic", FRONT_ENDS[0]) if row.synack_frame is None]
    assert len(unanswered) > WAYS["geographic"].tolerated_failures


def test_where_nothing_is_up_all_is_answered_as_if_it_were(
    told: dict[str, dict[str, float]], rows: list[Observation]
) -> None:
    refused = [row for row in probes(rows, "nothing", "13.107.6.18") if row.synack_frame is None]
    assert len(refused) == 2 and all(row.rst for row in refused)
    (alias,) = answers(rows, "nothing", AUTHORITY, PORTAL)
    (host,) = answers(rows, "nothing", REGIONAL, OF[FAILS])
    assert min(alias.time_ns, host.time_ns) / 1e9 > told["nothing"]["down_s"]
    assert alias.answers[0].data == OF[FAILS]
    assert {each.data for each in host.answers} == set(FRONT_ENDS)


# Probes


@pytest.mark.parametrize("case", [*MOVING, "geographic"])
def test_probes_are_sent_at_whole_multiples_of_the_interval(rows: list[Observation], case: str) -> None:
    for address in FRONT_ENDS:
        sent_s = [row.time_ns / 1e9 for row in probes(rows, case, address)]
        assert all(each % WAYS[case].interval_s < EXACT_S for each in sent_s)
        assert {round(later - one) for one, later in pairwise(sent_s)} == {WAYS[case].interval_s}


def test_a_probe_is_three_packets_and_no_connection_for_the_server(rows: list[Observation]) -> None:
    found = probes(rows, "ttl-300", FRONT_ENDS[1], f"{FAILS}-fe2")
    assert len(found) > 10
    for row in found:
        assert (row.synack_frame is not None, row.ack_frame, row.rst) == (True, None, True)
        assert row.client_bytes == row.server_bytes == 0
    sent = [row for row in probes(rows, "ttl-300", FRONT_ENDS[1]) if row.synack_frame is not None]
    assert not any(row.retransmissions for row in sent)


# What resolvers keep


@pytest.mark.parametrize("case", ["ttl-30", "ttl-300"])
def test_a_resolver_asks_again_in_the_second_after_the_time_to_live(
    rows: list[Observation], case: str
) -> None:
    got_s = [row.time_ns / 1e9 for row in answers(rows, case, RESOLVER, PORTAL, src=MS)]
    assert len(got_s) > 2
    for one_s, next_s in pairwise(got_s):
        assert math.floor(next_s) == kept_until_s(one_s, case)


def test_an_answer_without_time_to_live_is_kept_until_the_second_ends(rows: list[Observation]) -> None:
    got_s = [row.time_ns / 1e9 for row in answers(rows, "ttl-0", RESOLVER, PORTAL, src=MS)]
    asked = answers(rows, "ttl-0", CLIENT, PORTAL, src=LAGOS)
    assert len(got_s) == len(asked) > 30  # one question a second


@pytest.mark.parametrize("case", MOVING)
def test_a_client_hears_of_it_when_its_resolvers_answer_has_run_out(
    told: dict[str, dict[str, float]], rows: list[Observation], case: str
) -> None:
    got_s = [row.time_ns / 1e9 for row in answers(rows, case, RESOLVER, PORTAL, src=MS)]
    away, back = moves(answers(rows, case, CLIENT, PORTAL, src=LAGOS))
    assert (away[2], back[2]) == (OF[NEXT], OF[FAILS])
    for (_, heard_s, _), verdict_s in ((away, told[case]["down_s"]), (back, told[case]["up_s"])):
        kept_s = kept_until_s(max(each for each in got_s if each < verdict_s), case)
        assert kept_s <= heard_s < max(kept_s, verdict_s) + SELDOM_S + LOOKUP_S


def kept_until_s(got_s: float, case: str) -> float:
    """Return until when unbound gives an answer that it got at a time: it counts in whole seconds."""
    ttl_s = WAYS[case].ttl_s
    assert ttl_s is not None
    return math.floor(got_s) + ttl_s + 1


@pytest.mark.parametrize("case", [*MOVING, "geographic"])
def test_every_answer_has_the_time_to_live_that_is_set(rows: list[Observation], case: str) -> None:
    found = answers(rows, case, AUTHORITY, PORTAL)
    assert {record.ttl_s for row in found for record in row.answers} == {WAYS[case].ttl_s}


# One front end of three


def test_of_three_front_ends_those_are_answered_that_are_up(
    told: dict[str, dict[str, float]], rows: list[Observation]
) -> None:
    times, found = told["one-of-three"], answers(rows, "one-of-three", REGIONAL, OF[FAILS], dst=ADA)
    known = {True: set(FRONT_ENDS), False: {FRONT_ENDS[0], FRONT_ENDS[2]}}
    expected = [known[not times["down_s"] < row.time_ns / 1e9 < times["up_s"]] for row in found]
    assert [{each.data for each in row.answers} for row in found] == expected
    assert [len(each) for each in expected] == [3, 3, 3, 2, 2, 3]


def test_a_datacenter_with_a_front_end_left_is_answered_as_before(rows: list[Observation]) -> None:
    found = answers(rows, "one-of-three", AUTHORITY, PORTAL, dst=ADA)
    assert [row.answers[0].data for row in found] == [OF[FAILS]] * 6


def test_a_program_that_has_ended_is_noticed_without_a_timeout(rows: list[Observation]) -> None:
    refused = [row for row in probes(rows, "one-of-three", FRONT_ENDS[1]) if row.synack_frame is None]
    assert len(refused) == 2
    assert all(row.rst and not row.retransmissions for row in refused)


# A site at two places


def test_a_site_moves_to_its_second_place_and_back(said: dict[str, Any]) -> None:
    assert [said[each][:2] for each in ("first", "second")] == [[ACTIVE, 201]] * 2
    assert said["moved"][:3] == [SECOND, 200, "first"]
    assert said["back"][:3] == [ACTIVE, 200, "first"]


def test_what_is_written_is_in_both_places(said: dict[str, Any]) -> None:
    assert said["again"][:2] == [ACTIVE, 201]
    assert said[ACTIVE] == said[SECOND] == ["fourth", "second"]


def test_what_would_be_in_one_place_only_is_refused_and_the_document_is_as_before(
    said: dict[str, Any],
) -> None:
    place, status, words, _ = said["alone"]
    assert (place, status) == (SECOND, 503)
    assert "it would be in one place only" in words and "ConnectionRefusedError" in words
    assert said["as before"][:3] == [SECOND, 200, "first"]


def test_servers_of_a_site_keep_their_connection(rows: list[Observation]) -> None:
    found = [
        row
        for row in rows
        if isinstance(row, TcpConnection)
        and (row.case, row.node, row.server_port) == ("site", f"{ACTIVE}-spo", 444)
    ]
    # Two documents before it ended, one after it has started again; and one that comes to nobody.
    assert [row.synack_frame is not None for row in found] == [True, False, True]


def test_the_alias_that_moves_keeps_its_published_time_to_live(rows: list[Observation]) -> None:
    found = answers(rows, "site", CLIENT, SITE, src=LAGOS)
    assert len(found) == 7
    clump = [record for row in found for record in row.answers if "clump" in record.name]
    assert max(record.ttl_s for record in clump) == 30
    sets = [record.data.split(".")[2] for record in clump]
    assert sets == ["dprodmgd106"] * 2 + ["dprodmgd105"] * 3 + ["dprodmgd106"] * 2
