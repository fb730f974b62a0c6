"""What is claimed of demands: each site sends what the program gives it; over one path less is carried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from controllers.allocation import allocate
from controllers.classes import DSCP, QUEUES
from controllers.demands import Demand
from controllers.topology import topology_of
from experiments import engineered
from experiments.backbone import ends
from experiments.backbone_classes import EXPERIMENT
from experiments.engineered import ENGINEERED, FLOWS, ONE_PATH, Engineered, _demand
from experiments.exercise import FIRST_PORT
from experiments.reading import Reading
from measurement.judge import judge
from measurement.result import Verdict
from topologies.errors import WorldError

from .changes import Change, all_of, cut, lost, minus
from .made_up_backbone import WORLD, Seen, classes, planned, restreamed
from .saved_runs import claims

RUN = classes()
PLANNED, ONE = "step 6", "control 2"
STREAMS = RUN.order.exercise(ENGINEERED).streams
SITES = list(dict.fromkeys(each.source for each in STREAMS))


def verdicts(reading: Reading) -> dict[str, str]:
    """Return the claims about demands that are not held."""
    found = {claim: judge(1, each) for claim, each in claims(reading).items() if claim in (PLANNED, ONE)}
    return {claim: each.verdict.value for claim, each in found.items() if each.verdict is not Verdict.HELD}


def thinned(part: float, *numbers: int, case: str = ENGINEERED) -> Change:
    """Let only a part of what arrived of some streams arrive, evenly."""

    def of(number: int) -> Change:
        came = [0]

        def kept(one: Seen) -> list[Seen]:
            came[0] += 1
            return [one] if int(came[0] * part) > int((came[0] - 1) * part) else []

        return restreamed(case, STREAMS[number].target, kept, number)

    return all_of(*(of(number) for number in numbers))


def gone(*numbers: int, case: str = ENGINEERED) -> Change:
    def of(number: int) -> Change:
        dst = RUN.address(STREAMS[number].target)
        return minus(case, STREAMS[number].target, "datagram_run", dst_port=FIRST_PORT + number, dst=dst)

    return all_of(*(of(number) for number in numbers))


def sent_by(site: str) -> list[int]:
    return [number for number, each in enumerate(STREAMS) if each.source == site]


EVERY = range(len(STREAMS))


# A sound run, and what refutes it


def test_a_sound_run_holds_both_with_frames() -> None:
    for claim in (PLANNED, ONE):
        found = judge(1, claims(RUN)[claim])
        assert (found.verdict, bool(found.frames)) == (Verdict.HELD, True), found.observed
        assert "farthest off: " in found.observed


MOVED: dict[str, tuple[Change, set[str]]] = {
    "in all 17 percent less arrive": (thinned(0.83, *EVERY), {PLANNED}),
    "in all 13 percent less arrive": (thinned(0.87, *EVERY), set()),
    "one site has nothing, and all have less than over one path": (
        gone(*sent_by(SITES[0])),
        {PLANNED, ONE},
    ),
    "one site has 42 percent less, and all together 14": (thinned(0.58, *sent_by(SITES[1])), {PLANNED}),
    "one site has 36 percent less, and all together 12": (thinned(0.64, *sent_by(SITES[1])), set()),
    "one demand has half of its": (thinned(0.5, 0), set()),
    "nothing arrives at all": (gone(*EVERY), {PLANNED, ONE}),
    "over several paths as much as over one": (thinned(45 / 65 - 0.005, *EVERY), {PLANNED, ONE}),
    "over one path 17 percent less": (thinned(0.83, *EVERY, case=ONE_PATH), {ONE}),
    "over one path 13 percent less": (thinned(0.87, *EVERY, case=ONE_PATH), set()),
    "over one path one site has nothing": (gone(*sent_by(SITES[0]), case=ONE_PATH), {ONE}),
    "over one path nothing arrives at all": (gone(*EVERY, case=ONE_PATH), {ONE}),
}


@pytest.mark.parametrize("what", MOVED)
def test_what_is_otherwise_refutes_the_claims_that_it_is_about_and_no_other(what: str) -> None:
    change, refuted = MOVED[what]
    assert verdicts(change(RUN)) == dict.fromkeys(refuted, "refuted")


def test_the_site_that_is_farthest_off_is_named() -> None:
    found = judge(1, claims(thinned(0.76, *sent_by("dub-fe"))(RUN))[PLANNED])
    assert found.observed.endswith("farthest off: dub-fe, -24.1 %") or "dub-fe, -24." in found.observed


def test_demands_are_of_many_flows() -> None:
    assert {each.flows for each in STREAMS} == {FLOWS}


@pytest.mark.parametrize("how", [lost, cut])
def test_without_a_capture_nothing_is_known(how: Any) -> None:
    for node in dict.fromkeys(each.target for each in STREAMS):
        assert verdicts(how(ENGINEERED, node)(RUN)) == {PLANNED: "inconclusive", ONE: "inconclusive"}
        assert verdicts(how(ONE_PATH, node)(RUN)) == {ONE: "inconclusive"}
    assert Engineered(how(ONE_PATH, STREAMS[0].target)(RUN)).figures() == []


def test_of_demands_of_which_nothing_can_be_carried_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engineered, "allocate", lambda topology, demands: allocate(topology, []).model_copy())
    found = judge(1, Engineered(RUN).as_allocated())
    assert (found.verdict, found.observed) == (
        Verdict.INCONCLUSIVE,
        "the program carries nothing of these demands",
    )


# Figures


def test_figures_are_what_was_carried_beside_what_is_allocated_and_the_gain() -> None:
    several, one, gain = Engineered(RUN).figures()
    assert (several.case, one.case, gain.name) == (ENGINEERED, ONE_PATH, "gain")
    assert several.expected == pytest.approx(several.measured, rel=0.01)
    assert one.expected == pytest.approx(one.measured, rel=0.01)
    assert gain.measured == pytest.approx(100 * (several.measured / one.measured - 1))
    assert several.frames and one.frames and "SWAN" not in gain.published and "SIGCOMM" in gain.published


def test_without_anything_over_one_path_there_is_no_gain() -> None:
    assert [each.name for each in Engineered(gone(*EVERY, case=ONE_PATH)(RUN)).figures()] == [
        "demands carried"
    ] * 2


# What is planned


def test_unless_a_file_says_otherwise_three_sites_near_each_end_send_background_across() -> None:
    pairs = [(each.source, each.target) for each in STREAMS]
    assert len(set(pairs)) == len(pairs) == 9
    sources, targets = ({pair[end] for pair in pairs} for end in (0, 1))
    assert not sources & targets and {"ams-fe"} <= sources and {"iad-fe"} <= targets | sources
    assert {each.dscp for each in STREAMS} == {DSCP["background"]}


def test_each_stream_stands_for_its_demand() -> None:
    for each in map(_demand, STREAMS):
        assert (each.traffic_class, each.rate_mbit) == ("background", 10.0)
        assert each.source.endswith("-wan") and each.target.endswith("-wan")


def test_the_edges_have_what_the_program_gives() -> None:
    rules = RUN.order.exercise(ENGINEERED).rules
    program = allocate(topology_of(RUN.plan), [_demand(each) for each in STREAMS])
    assert sum(each.rate_kbps for each in rules.edges) == pytest.approx(1000 * program.total_mbit())
    assert RUN.order.exercise(ONE_PATH).rules.edges == ()
    assert rules.queues == RUN.order.exercise(ONE_PATH).rules.queues == QUEUES
    assert RUN.order.exercise(ONE_PATH).streams == STREAMS


DEMANDS = """
[[demands]]
from = "dub"
to = "sin"
class = "elastic"
rate_mbit = 4

[[demands]]
from = "syd"
to = "dub"
class = "interactive"
rate_mbit = 0.5
"""


def test_a_file_of_demands_is_what_is_offered(tmp_path: Path) -> None:
    path = tmp_path / "demands.toml"
    path.write_text(DEMANDS)
    _, order, _ = planned(EXPERIMENT, demands=str(path))
    one, two = order.exercise(ENGINEERED).streams
    assert (one.source, one.target, one.dscp, one.interval_us) == ("dub-fe", "sin-fe", DSCP["elastic"], 2500)
    assert (two.source, two.target, two.dscp, two.interval_us) == (
        "syd-fe",
        "dub-fe",
        DSCP["interactive"],
        20_000,
    )
    assert [_demand(each) for each in (one, two)] == [
        Demand(source="dub-wan", target="sin-wan", traffic_class="elastic", rate_mbit=4.0),
        Demand(source="syd-wan", target="dub-wan", traffic_class="interactive", rate_mbit=0.5),
    ]


@pytest.mark.parametrize(
    "change, told",
    [
        (('"dub"\nto', '"dup"\nto'), 'demands[0].from: unknown datacenter "dup"; did you mean "dub"?'),
        (('to = "sin"', 'to = "sim"'), 'demands[0].to: unknown datacenter "sim"; did you mean "sin"?'),
        (('"elastic"', '"plastic"'), "demands[0].class"),
        (("rate_mbit = 4", "rate_mbit = -4"), "demands[0].rate_mbit"),
    ],
    ids=["a source", "a target", "a class", "a rate"],
)
def test_a_file_with_something_unknown_is_told_with_what_would_be_right(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    path = tmp_path / "demands.toml"
    path.write_text(DEMANDS.replace(*change, 1))
    with pytest.raises(WorldError) as error:
        planned(EXPERIMENT, demands=str(path))
    assert str(error.value).startswith(f"{path}: {told}")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"none\.toml: cannot be read \(No such file or directory\)"):
        planned(EXPERIMENT, demands=str(tmp_path / "none.toml"))


def test_both_ends_have_sites_of_their_own_where_there_are_few() -> None:
    few = tuple(each for each in WORLD.datacenters if each.name in ("ams", "dub", "iad", "mwh", "sin"))
    here, there = ends(WORLD.model_copy(update={"datacenters": few, "backbone": ()}), "", "")
    found = engineered._across(WORLD.model_copy(update={"datacenters": few}), (here, there), 5.0)
    sources, targets = ({getattr(each, end) for each in found} for end in ("source", "target"))
    assert not sources & targets and len(found) == len(sources) * len(targets)
