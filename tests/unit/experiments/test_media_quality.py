"""The experiment on media quality: its plan, and its claims over calls that are made up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.media_calls import SeenCall, calls, percentile_ms, seen_call
from experiments.media_heard import poor
from experiments.media_names import (
    BLOCKED,
    BLOCKED_LOSSY,
    CONGESTED,
    FORCED,
    IDEAL,
    LOSSY,
    NEAREST,
    QUEUED,
    SPLIT,
    TENANT,
)
from experiments.media_quality import EXPERIMENT, MediaOptions, plan_order
from experiments.reading import Reading
from measurement.evidence import Missing, Refuted
from measurement.judge import judge
from measurement.media import AUDIO, VIDEO
from measurement.observation import Observation
from measurement.result import StepResult, Verdict
from topologies.errors import WorldError
from topologies.load import load_world
from topologies.world import World

from .changes import Change, all_of, cut, lost, minus, plus, where
from .made_up_calls import WORLD, made_up

SMALL = Path(__file__).parents[2] / "emulation" / "small.toml"
MS = 1_000_000
RUN = made_up()


def judged(part: str, number: int, change: Change | None = None) -> StepResult:
    reading = RUN if change is None else change(RUN)
    claims = EXPERIMENT.steps(reading) if part == "step" else EXPERIMENT.controls(reading)
    return judge(number, claims[number - 1])


EVERY = [("step", number) for number in range(1, 12)] + [("control", number) for number in range(1, 6)]


@pytest.mark.parametrize(("part", "number"), EVERY)
def test_a_run_in_which_all_is_as_it_should_be_is_held(part: str, number: int) -> None:
    found = judged(part, number)
    assert found.verdict is Verdict.HELD and found.frames, found


def test_there_are_no_claims_but_those() -> None:
    assert (len(EXPERIMENT.steps(RUN)), len(EXPERIMENT.controls(RUN))) == (11, 5)


@pytest.mark.parametrize("world", [WORLD, load_world(str(SMALL)), load_world("planet")])
def test_it_is_planned_in_other_worlds_too(world: World) -> None:
    order = plan_order(world, 1, 10.0, MediaOptions())
    assert [call.name for call in order.calls] == [
        *(IDEAL, NEAREST, TENANT, FORCED, SPLIT),
        *(LOSSY, CONGESTED, QUEUED, BLOCKED, BLOCKED_LOSSY),
    ]
    points = {point.name for point in order.captures}
    for call in order.calls:
        assert {call.client, f"{call.client}-wg0", f"{call.server}-mcu", f"{call.server}-rly"} <= points


def test_it_is_held_in_a_small_world_too() -> None:
    run = made_up(load_world(str(SMALL)))
    for part in (EXPERIMENT.steps(run), EXPERIMENT.controls(run)):
        for number, claim in enumerate(part, 1):
            assert judge(number, claim).verdict is Verdict.HELD, judge(number, claim)


def test_who_calls_and_by_which_office_can_be_chosen() -> None:
    order = plan_order(WORLD, 1, 10.0, MediaOptions(client="colleague", office="branch", seconds=20))
    assert {call.client for call in order.calls} == {"colleague"}
    assert {call.seconds for call in order.calls} == {20}
    assert order.call(FORCED).way.office == order.call(SPLIT).way.office == "branch"


def test_a_world_without_relays_is_told_so() -> None:
    clouds = tuple(cloud.model_copy(update={"relays": None}) for cloud in WORLD.clouds)
    world = WORLD.model_copy(update={"clouds": clouds})
    with pytest.raises(WorldError, match="has no media relays; right would be"):
        plan_order(world, 1, 10.0, MediaOptions())


def test_who_is_in_an_office_already_cannot_dial_in() -> None:
    with pytest.raises(WorldError, match="is inside the office"):
        plan_order(WORLD, 1, 10.0, MediaOptions(client="clerk"))


def later(by_ms: float) -> Callable[[Any], dict[str, Any]]:
    return lambda row: {"time_ns": row.time_ns + round(by_ms * MS)}


def shorter(row: Any) -> dict[str, Any]:
    """Return what makes a run one without its last packet."""
    return {"steps": row.steps[:-1], "gaps_ns": row.gaps_ns[:-1], "bytes": row.bytes - 160}


def runs(case: str, node: str, instead: Callable[[Any], dict[str, Any]], **values: Any) -> Change:
    return where(case, node, "rtp_run", instead, **values)


def at_once(row: Any) -> dict[str, Any]:
    """Return what makes a report one that says that it did not wait."""
    return {"reports": tuple(each.model_copy(update={"delay_since_sr": 0}) for each in row.reports)}


def saying(**values: int) -> Callable[[Any], dict[str, Any]]:
    return lambda row: {"reports": tuple(each.model_copy(update=values) for each in row.reports)}


def talk_at(case: str, node: str) -> Change:
    """Return a change that lets UDP through to a relay."""
    (row,) = (r for r in RUN.observations if r.case == case and r.kind == "talk")
    return plus(row.model_copy(update={"node": node}))


def instead_of(case: str, other: str) -> Change:
    """Return a change that has a call's packets go as those of another one, by their sources."""

    def change(reading: Reading) -> Reading:
        sources = {
            seen_call(reading, other).runs(place, AUDIO, way)[0].ssrc: seen_call(reading, case)
            .runs(here, AUDIO, way)[0]
            .ssrc
            for way in ("up", "down")
            for place, here in [(seen_call(reading, other).client, seen_call(reading, case).client)]
        }
        kept = [row for row in reading.observations if row.case != case or row.kind == "capture"]
        moved: list[Observation] = [
            row.model_copy(update={"case": case, "ssrc": sources[row.ssrc]})
            for row in reading.observations
            if row.case == other and row.kind == "rtp_run" and row.ssrc in sources
        ]
        return dataclasses.replace(reading, observations=(*kept, *moved))

    return change


REFUTED: dict[tuple[str, int, str], Change] = {
    ("step", 1, "not marked"): runs(NEAREST, "traveller", lambda row: {"dscp": 0}),
    ("step", 1, "another relay"): instead_of(NEAREST, FORCED),
    ("step", 1, "over TCP"): runs(NEAREST, "traveller", lambda row: {"transport": "tcp"}),
    ("step", 2, "one never came"): runs(NEAREST, "mwh-mcu", shorter, payload_type=8),
    ("step", 2, "other packets"): runs(NEAREST, "mwh-mcu", lambda row: {"bytes": 9}, payload_type=8),
    ("step", 2, "marked as video"): runs(NEAREST, "traveller", lambda row: {"dscp": 34}, src_port=3478),
    ("step", 2, "nothing came"): minus(NEAREST, "mwh-mcu", "rtp_run"),
    ("step", 3, "slower"): runs(NEAREST, "dub-rly", later(90), channel=0x4000),
    ("step", 4, "the nearest relay"): instead_of(TENANT, NEAREST),
    ("step", 5, "past the tunnel"): instead_of(FORCED, NEAREST),
    ("step", 6, "through the tunnel"): instead_of(SPLIT, FORCED),
    ("step", 7, "no loss"): instead_of(LOSSY, NEAREST),
    ("step", 8, "no queue"): instead_of(CONGESTED, NEAREST),
    ("step", 9, "one queue"): instead_of(QUEUED, CONGESTED),
    ("step", 9, "less for others"): where(QUEUED, "traveller", "tcp_burst", lambda row: {"bytes": 9}),
    ("step", 10, "UDP gets through"): talk_at(BLOCKED, "dub-rly"),
    ("step", 10, "UDP was not tried"): minus(BLOCKED, "traveller", "talk"),
    ("step", 10, "over UDP"): runs(BLOCKED, "traveller", lambda row: {"transport": "udp", "dst_port": 3478}),
    ("step", 10, "one never came"): runs(BLOCKED, "mwh-mcu", shorter),
    ("step", 11, "one never came"): runs(BLOCKED_LOSSY, "mwh-mcu", shorter),
    ("step", 11, "nothing repeated"): where(
        BLOCKED_LOSSY, "traveller", "tcp_connection", lambda row: {"retransmissions": 0}
    ),
    ("step", 11, "nothing waited"): instead_of(BLOCKED_LOSSY, BLOCKED),
    ("control", 1, "far away"): instead_of(IDEAL, TENANT),
    ("control", 1, "slower behind the relay"): runs(IDEAL, "dub-mcu", later(40), dst_port=50000),
    ("control", 2, "by 20 us"): runs(TENANT, "mwh-mcu", later(0.02)),
    ("control", 3, "one is kept"): runs(LOSSY, "dub-rly", shorter, channel=None),
    ("control", 1, "too early"): runs(IDEAL, "dub-mcu", later(-40), dst_port=50000),
    ("control", 4, "said too long"): all_of(
        *(where(LOSSY, node, "rtcp_report", at_once) for node in ("traveller", "mwh-mcu"))
    ),
    ("control", 4, "no reports"): all_of(
        *(
            minus(name, node, "rtcp_report")
            for name, node in [(c.name, f"{c.server}-mcu") for c in RUN.order.calls]
        )
    ),
    ("control", 5, "other jitter"): where(LOSSY, "mwh-mcu", "rtcp_report", saying(jitter=9)),
    ("control", 5, "other loss"): where(LOSSY, "mwh-mcu", "rtcp_report", saying(lost=9)),
}


@pytest.mark.parametrize(("part", "number", "what"), REFUTED)
def test_other_evidence_refutes_a_claim(part: str, number: int, what: str) -> None:
    found = judged(part, number, REFUTED[part, number, what])
    assert found.verdict is Verdict.REFUTED, found


@pytest.mark.parametrize(
    ("part", "number", "case", "node"),
    [
        ("step", 1, NEAREST, "dub-rly"),
        ("step", 2, NEAREST, "mwh-mcu"),
        ("step", 4, TENANT, "mwh-rly"),
        ("step", 5, FORCED, "traveller-wg0"),
        ("step", 7, NEAREST, "traveller"),
        ("step", 8, CONGESTED, "dub-rly"),
        ("step", 9, CONGESTED, "traveller"),
        ("step", 10, BLOCKED, "dub-rly"),
        ("step", 11, BLOCKED_LOSSY, "mwh-mcu"),
        ("control", 1, IDEAL, "dub-mcu"),
        ("control", 2, FORCED, "hq-gw"),
        ("control", 3, QUEUED, "dub-rly"),
        ("control", 4, SPLIT, "mwh-mcu"),
        ("control", 5, LOSSY, "traveller"),
    ],
)
def test_without_a_whole_capture_nothing_is_known(part: str, number: int, case: str, node: str) -> None:
    for change in (cut(case, node), lost(case, node)):
        assert judged(part, number, change).verdict is Verdict.INCONCLUSIVE


def test_a_stream_is_looked_for_at_every_relay_and_found_at_one() -> None:
    seen = seen_call(RUN, FORCED)
    assert (seen.relay, seen.client.point) == ("iad-rly", "traveller-wg0")
    assert seen.office is not None and seen.office.point == "hq-gw"
    assert seen_call(RUN, SPLIT).office is None
    with pytest.raises(Refuted, match="is in none of the captures"):
        _ = seen_call(minus(FORCED, "iad-rly", "rtp_run")(RUN), FORCED).relay
    with pytest.raises(Missing):
        _ = seen_call(lost(FORCED, "ams-rly")(RUN), FORCED).relay


def test_what_both_captures_have_is_put_together_per_medium() -> None:
    seen = seen_call(RUN, NEAREST)
    counts = [len(seen.stream(seen.client, seen.peer, each, "up").passed) for each in (AUDIO, VIDEO)]
    assert counts == [800, 240]


def test_a_percentile_is_the_nearest_rank() -> None:
    assert percentile_ms([MS * each for each in range(1, 11)]) == 9.0
    assert percentile_ms([5 * MS]) == 5.0
    assert percentile_ms([MS * each for each in range(1, 101)], 50) == 50.0


def test_tables_have_a_row_for_each_segment_and_each_direction() -> None:
    segments, heard, rtcp = EXPERIMENT.tables(RUN)
    assert [len(each.rows) for each in (segments, heard, rtcp)] == [2 * (10 + 3) + 1, 20, 20]
    by_call = {row.group: row.cells for row in heard.rows}
    assert by_call["nearest relay"][-1] == "good"
    assert by_call["congested access, one queue"][-1] == "poor"
    missing = {row.group: row.cells[-1] for row in segments.rows if row.cells[0] == "client to edge"}
    assert missing["lossy access, 3 % each way"] == "burst loss, loss"


def test_figures_have_arithmetic_beside_them_where_nothing_is_in_the_way() -> None:
    found = {(each.name, each.case): each for each in EXPERIMENT.figures(RUN)}
    assert len(found) == 30
    clean, full = found["how it sounds", NEAREST], found["how it sounds", CONGESTED]
    assert clean.measured == clean.expected and full.expected is None


def test_what_captures_do_not_show_is_in_no_table_and_no_picture() -> None:
    part = lost(NEAREST, "dub-rly")(RUN)
    assert all(row.group != "nearest relay" for table in EXPERIMENT.tables(part) for row in table.rows)
    assert all(figure.case != NEAREST for figure in EXPERIMENT.figures(part))
    assert "nearest relay" not in EXPERIMENT.pictures(part)["opinions.svg"]
    nothing = dataclasses.replace(RUN, observations=())
    assert not EXPERIMENT.tables(nothing) and not EXPERIMENT.figures(nothing)


def test_pictures_show_every_call() -> None:
    pictures = EXPERIMENT.pictures(RUN)
    assert set(pictures) == {"delay.svg", "loss.svg", "opinions.svg"}
    assert all(call.name in pictures["delay.svg"] for call in RUN.order.calls)
    assert LOSSY in pictures["loss.svg"] and BLOCKED not in pictures["loss.svg"]


def test_what_microsoft_calls_poor_is_who_hears_too_little_or_too_late() -> None:
    bad = {seen.call.name for seen in calls(RUN) if poor(seen, "up")}
    assert bad == {CONGESTED}


def test_a_call_that_was_not_made_has_no_place() -> None:
    with pytest.raises(KeyError):
        seen_call(RUN, "nobody")
    assert isinstance(seen_call(RUN, IDEAL), SeenCall)
