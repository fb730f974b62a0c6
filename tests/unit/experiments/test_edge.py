"""The edge: every claim holds of a sound run, and is refuted or inconclusive where something is otherwise."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from experiments import edge_files
from experiments.edge import EXPERIMENT
from experiments.edge_landing import Landings, landings, seen
from experiments.edge_surveys import ANYCAST, DNS_OWN, DNS_PUBLIC, PARTS
from experiments.experiment import Options
from experiments.reading import Reading
from measurement.judge import judge
from measurement.result import StepResult, Verdict
from measurement.visit import Visit
from topologies.errors import WorldError
from topologies.load import load_world

from .changes import Change, lost, minus, where
from .made_up_edge import MENDED, ORDER, VIP, WORLD, ip, sound

STEPS = 9
CONTROLS = 12


@pytest.fixture(scope="module")
def reading() -> Reading:
    return sound()


def _step(reading: Reading, number: int) -> StepResult:
    return judge(number, EXPERIMENT.steps(reading)[number - 1])


def _control(reading: Reading, number: int) -> StepResult:
    return judge(number, EXPERIMENT.controls(reading)[number - 1])


# A sound run


def test_every_step_is_held(reading: Reading) -> None:
    found = [_step(reading, number) for number in range(1, STEPS + 1)]
    assert len(EXPERIMENT.steps(reading)) == STEPS
    assert [(each.number, each.verdict) for each in found if each.verdict != Verdict.HELD] == []


def test_every_control_is_held(reading: Reading) -> None:
    found = [_control(reading, number) for number in range(1, CONTROLS + 1)]
    assert len(EXPERIMENT.controls(reading)) == CONTROLS
    assert [(each.number, each.observed) for each in found if each.verdict != Verdict.HELD] == []


def test_denver_is_handed_off_at_phoenix_and_then_at_home(reading: Reading) -> None:
    before, after = _step(reading, 4), _step(reading, 5)
    assert "Denver at mtn-phx" in before.observed and "Denver at mtn-den" in after.observed
    assert "Moscow at rus-sto" in before.observed and "Moscow at rus-mow" in after.observed


def test_tables_have_a_row_for_each_part_and_each_city(reading: Reading) -> None:
    regrets, beside, cities, ways = EXPERIMENT.tables(reading)
    assert len(regrets.rows) == len(PARTS)
    assert len(cities.rows) == len(ORDER.selection.clients)
    assert len(ways.rows) == len(edge_files.WAYS)
    assert len(beside.rows) == 18 and all(len(row.cells) == 5 for row in beside.rows)


def test_figures_are_beside_arithmetic(reading: Reading) -> None:
    for figure in EXPERIMENT.figures(reading):
        assert figure.expected is not None
        assert figure.measured == pytest.approx(figure.expected, abs=0.02)


def test_pictures_have_every_series_and_what_is_published(reading: Reading) -> None:
    pictures = EXPERIMENT.pictures(reading)
    assert set(pictures) == {"regret.svg", "distance.svg", "file.svg"}
    assert "published, anycast" in pictures["regret.svg"] and "anycast-mended" in pictures["regret.svg"]
    assert "content node, kept" in pictures["file.svg"]


# Something is otherwise


def _visits(change: Callable[[Visit], dict[str, Any]], **values: object) -> Change:
    """Return a change of what clients say of some visits."""

    def changed(reading: Reading) -> Reading:
        found = tuple(
            each.model_copy(update=change(each))
            if all(getattr(each, name) == value for name, value in values.items())
            else each
            for each in reading.visits
        )
        assert found != reading.visits, "nothing to change"
        return dataclasses.replace(reading, visits=found)

    return changed


def _slower(ms: float) -> Callable[[Any], dict[str, Any]]:
    return lambda row: {"rtt_us": row.rtt_us + ms * 1000}


def _moved(client: str, survey: str, to: str) -> Change:
    """Return a change by which another front door has seen a client connect to the anycast address."""

    def changed(reading: Reading) -> Reading:
        rows = tuple(
            row.model_copy(update={"node": to})
            if row.case == survey
            and row.kind == "tcp_connection"
            and (row.client, row.server) == (ip(client), VIP)
            and row.node.endswith("-pop")
            else row
            for row in reading.observations
        )
        assert rows != reading.observations, "nothing to change"
        return dataclasses.replace(reading, observations=rows)

    return changed


def _one(reading: Reading, client: str, survey: str, name: str) -> Visit:
    return next(v for v in reading.visits if (v.client, v.survey, v.name) == (client, survey, name))


REFUTED: list[tuple[str, Callable[[Reading, int], StepResult], int, Change]] = [
    (
        "a client is told another front door",
        _step,
        1,
        where("own", "denver", "tcp_connection", lambda row: {"server": "192.0.2.7"}),
    ),
    ("another site answers", _step, 3, _moved("denver", "own", "chi-pop")),
    ("it left its provider elsewhere", _step, 4, minus("own", "mtn-phx-to-phx", "tcp_connection")),
    ("it still leaves there", _step, 5, _moved("denver", "own-mended", "phx-pop")),
    ("the file is not what the library has", _step, 6, lambda r: _file(r, edge_files.LIBRARY, body_bytes=7)),
    ("nothing went on", _step, 7, minus(edge_files.SITE_EDGE, "syd-pop", "talk")),
    (
        "the node had it already",
        _step,
        8,
        lambda r: _file(r, edge_files.MISS, headers=_said(r, edge_files.MISS, "HIT")),
    ),
    ("the node asked the library again", _step, 9, lambda r: _asked_again(r)),
    (
        "the node says that it missed",
        _step,
        9,
        lambda r: _file(r, edge_files.HIT, headers=_said(r, edge_files.HIT, "MISS")),
    ),
    ("next door is not next door", _control, 1, where("local", "denver", "tcp_connection", _slower(0.5))),
    (
        "authorities are not told",
        _control,
        7,
        where("public-told", "msdns1", "dns_query", lambda row: {"client_subnet": None}),
    ),
    ("regret is not what it should be", _control, 9, where("own", "paris", "tcp_connection", _slower(0.1))),
    (
        "the file took longer",
        _control,
        10,
        where(
            edge_files.HIT,
            "sydney",
            "tcp_burst",
            lambda row: {"last_time_ns": row.last_time_ns + 2_000_000},
            only=1,
        ),
    ),
]


def _file(reading: Reading, case: str, **values: object) -> Reading:
    journeys = tuple(
        each.model_copy(update={"fetches": (each.fetches[0].model_copy(update=values),)})
        if each.case == case
        else each
        for each in reading.journeys
    )
    return dataclasses.replace(reading, journeys=journeys)


def _said(reading: Reading, case: str, word: str) -> dict[str, str]:
    return {**reading.journey(case).fetches[0].headers, "x-cache": word}


def _asked_again(reading: Reading) -> Reading:
    talks = [row for row in reading.observations if row.case == edge_files.MISS and row.kind == "talk"]
    assert talks
    more = [row.model_copy(update={"case": edge_files.HIT}) for row in talks]
    return dataclasses.replace(reading, observations=(*reading.observations, *more))


@pytest.mark.parametrize("what, of, number, change", REFUTED, ids=[each[0] for each in REFUTED])
def test_what_is_otherwise_is_seen(
    reading: Reading, what: str, of: Callable[[Reading, int], StepResult], number: int, change: Change
) -> None:
    found = of(change(reading), number)
    assert found.verdict != Verdict.HELD, f"{what}: {found.observed}"


@pytest.mark.parametrize("number", range(1, 4))
def test_a_client_that_was_not_heard_leaves_a_step_open(reading: Reading, number: int) -> None:
    silent = dataclasses.replace(
        reading, visits=tuple(each for each in reading.visits if each.client != "denver")
    )
    found = _step(silent, number)
    assert found.verdict == Verdict.INCONCLUSIVE and "no visit of denver" in found.observed


@pytest.mark.parametrize("node", ["denver", "den-pop"])
def test_a_capture_that_is_lost_leaves_it_open(reading: Reading, node: str) -> None:
    found = _step(lost("own", node)(reading), 1)
    assert found.verdict != Verdict.HELD and "denver" in found.observed + node


def test_a_client_that_was_told_nothing_refutes_it(reading: Reading) -> None:
    change = _visits(
        lambda _: {"error": "TimeoutError: timed out", "addresses": (), "reached": ()},
        survey="own",
        client="denver",
    )
    found = _step(change(reading), 1)
    assert found.verdict == Verdict.REFUTED
    assert "denver was told no address of portal.office.com: TimeoutError: timed out" in found.observed


def test_a_client_that_says_something_else_than_its_packets_refutes_it(reading: Reading) -> None:
    own = _one(reading, "denver", "own", "portal.office.com")
    change = _visits(
        lambda each: {"addresses": ("192.0.2.1", *each.addresses[1:])},
        survey="own",
        client="denver",
        name=own.name,
    )
    found = _step(change(reading), 1)
    assert found.verdict == Verdict.REFUTED and "its packets" in found.observed


def test_a_connection_that_failed_refutes_it(reading: Reading) -> None:
    def failed(each: Visit) -> dict[str, Any]:
        first = each.reached[0].model_copy(update={"error": "Connection refused"})
        return {"reached": (first, *each.reached[1:])}

    found = _step(_visits(failed, survey="own", client="denver")(reading), 1)
    assert found.verdict == Verdict.REFUTED and "Connection refused" in found.observed


def test_what_was_worked_out_is_kept_for_a_reading_and_not_for_another(reading: Reading) -> None:
    assert landings(reading, DNS_OWN) is landings(reading, DNS_OWN)
    assert seen(reading, "own") is seen(reading, "own")
    assert dataclasses.replace(reading).kept == {}


def test_regret_is_the_round_trip_less_the_best_ones(reading: Reading) -> None:
    (denver,) = (each for each in landings(reading, ANYCAST).all if each.turn.client == "denver")
    one = MENDED[0]
    assert (denver.site, denver.best_site) == ("phx", "den")
    assert denver.regret_ms == pytest.approx(one.before.rtt_ms - one.after.rtt_ms)
    assert denver.off_us < 1


def test_only_turns_of_the_service_belong_to_a_part(reading: Reading) -> None:
    turns = Landings(reading, DNS_PUBLIC).turns
    assert {turn.name for turn in turns} == {"portal.office.com"}
    assert len(turns) == len(ORDER.selection.clients)


# Other worlds


def test_a_world_without_edges_is_refused_in_words() -> None:
    with pytest.raises(WorldError, match=r"edges: .*right would be \[\[edges\]\]"):
        EXPERIMENT.plan_order(load_world("article"), 1, 10.0, Options())


def test_a_world_with_nothing_to_mend_is_refused_in_words() -> None:
    isps = tuple(
        isp.model_copy(update={"pops": tuple(pop for pop in isp.pops if pop.site is not None)})
        for isp in WORLD.isps
    )
    whole = tuple(isp for isp in isps if isp.pops)
    cities = {(city.latitude, city.longitude) for isp in whole for city in isp.cities}
    kept = tuple(each for each in WORLD.clients if (each.place.latitude, each.place.longitude) in cities)
    world = WORLD.model_copy(update={"isps": whole, "clients": kept})
    with pytest.raises(WorldError, match="nothing to mend"):
        EXPERIMENT.plan_order(world, 1, 10.0, Options())


def test_nobody_with_a_tenant_is_refused_in_words() -> None:
    with pytest.raises(WorldError, match="none has a tenant"):
        EXPERIMENT.plan_order(WORLD.model_copy(update={"clients": ()}), 1, 10.0, Options())
