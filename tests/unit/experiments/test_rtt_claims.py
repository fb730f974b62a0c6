"""What is claimed of round trips: held by a sound run, refuted by other times, unknown without evidence."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from experiments import rtt_claims
from experiments.backbone_rtt import EXPERIMENT
from experiments.reading import Reading
from experiments.rtt_claims import ALL, DETOUR, Pairs
from measurement.judge import judge
from measurement.result import Verdict
from topologies.azure import published_rtt_ms
from topologies.paths import configured_rtt_ms

from .changes import Change, all_of, cut, lost, minus, plus, where
from .made_up_backbone import pairs
from .made_up_worlds_of import CUTS, world_of
from .saved_runs import claims, judged

RUN = pairs()
CLAIMS = tuple(claims(RUN))
ANSWERED, CONFIGURED, PUBLISHED, LONGER = ("step 1", "step 2", "step 3", "control 1")
A, B = "ams-fe", "iad-fe"


def verdicts(reading: Reading) -> dict[str, str]:
    """Return the claims that are not held."""
    found = {claim: judge(1, each) for claim, each in claims(reading).items()}
    return {claim: each.verdict.value for claim, each in found.items() if each.verdict is not Verdict.HELD}


def echo(source: str, target: str, **values: Any) -> Change:
    ends: dict[str, Any] = {"src": RUN.address(source), "dst": RUN.address(target)}
    return where(ALL, source, "icmp_echo", lambda row: values, **ends)


def longer(us: float, source: str = A, target: str = B) -> Change:
    ends: dict[str, Any] = {"src": RUN.address(source), "dst": RUN.address(target)}
    return where(ALL, source, "icmp_echo", lambda row: {"rtt_us": row.rtt_us + us}, **ends)


def every(factor: float) -> Change:
    """Let every echo take longer by a part of its time."""
    sources = dict.fromkeys(each.source for each in RUN.order.exercise(ALL).echoes)
    return all_of(
        *(where(ALL, node, "icmp_echo", lambda row: {"rtt_us": row.rtt_us * factor}) for node in sources)
    )


def around(**values: Any) -> Change:
    return where(DETOUR, "ams-fe", "icmp_echo", lambda row: values, seq=2)


# A sound run


def test_a_sound_run_holds_every_claim_with_frames() -> None:
    assert set(CLAIMS) == {ANSWERED, CONFIGURED, PUBLISHED, LONGER}
    for claim in CLAIMS:
        found = judged(RUN, claim)
        assert (found.verdict, bool(found.frames)) == (Verdict.HELD, True), found.observed
    assert len(judged(RUN, ANSWERED).frames) == len(judged(RUN, CONFIGURED).frames) == 36


def test_every_pair_is_told_as_measured_configured_and_published() -> None:
    found = Pairs(RUN).measured
    assert [(each.a, each.b) for each in found][:2] == [("ams", "dub"), ("ams", "mwh")]
    for each in found:
        regions = [RUN.world.datacenter(name).region or "" for name in (each.a, each.b)]
        assert each.published_ms == published_rtt_ms(*regions)
        assert each.configured_ms == configured_rtt_ms(RUN.plan, f"{each.a}-fe", f"{each.b}-fe")
        assert each.measured_ms == pytest.approx(each.configured_ms)
        assert each.off_percent == pytest.approx(100 * (each.measured_ms / each.published_ms - 1))
        assert (each.row.src, each.row.dst) == (RUN.address(f"{each.a}-fe"), RUN.address(f"{each.b}-fe"))


def test_what_is_expected_is_told_in_numbers() -> None:
    assert judged(RUN, ANSWERED).expected.startswith("36 echoes, 36 replies")
    assert judged(RUN, LONGER).text == "a link of a path cut: ams-wan - dub-wan"
    assert judged(RUN, LONGER).expected == "ams-fe to dub-fe takes 156.000 ms instead of 18.000"


# Changes, and what they refute

ALL_THREE = {ANSWERED, CONFIGURED, PUBLISHED}
MOVED: dict[str, tuple[Change, set[str]]] = {
    "one was not answered": (echo(A, B, rtt_us=None, reply_frame=None), ALL_THREE),
    "one was never sent": (minus(ALL, A, "icmp_echo", dst=RUN.address(B)), ALL_THREE),
    "one was sent elsewhere": (echo(A, B, dst="192.0.2.1"), ALL_THREE),
    "one was sent by somebody else": (echo(A, B, src="192.0.2.1"), ALL_THREE),
    "one of 36 took longer than the tolerance": (longer(10.1), set()),
    "two of 36 took longer than the tolerance": (
        all_of(longer(10.1), longer(10.1, "ams-fe", "dub-fe")),
        {CONFIGURED},
    ),
    "two of 36 took less than the tolerance allows": (
        all_of(longer(-10.1), longer(-10.1, "ams-fe", "dub-fe")),
        {CONFIGURED},
    ),
    "two of 36 took longer by less than the tolerance": (
        all_of(longer(9.9), longer(9.9, "ams-fe", "dub-fe")),
        set(),
    ),
    "all took 2 percent longer": (every(1.02), {CONFIGURED, PUBLISHED}),
    "all took 2 percent less": (every(0.98), {CONFIGURED, PUBLISHED}),
    "all took 1 percent longer": (every(1.01), {CONFIGURED}),
    "two of 36 are far from what is published": (
        all_of(longer(9_000), longer(9_000, "ams-fe", "dub-fe")),
        {CONFIGURED, PUBLISHED},
    ),
    "one of 36 is far from what is published": (longer(9_000), set()),
    "around the cut it took longer": (around(rtt_us=156_011.0), {LONGER}),
    "around the cut it took longer by less than the tolerance": (around(rtt_us=156_009.0), set()),
    "around the cut it took the usual time": (around(rtt_us=18_000.0), {LONGER}),
    "around the cut it was not answered": (around(rtt_us=None, reply_frame=None), {LONGER}),
}


@pytest.mark.parametrize("what", MOVED)
def test_what_is_otherwise_refutes_the_claims_that_it_is_about_and_no_other(what: str) -> None:
    change, refuted = MOVED[what]
    assert verdicts(change(RUN)) == dict.fromkeys(refuted, "refuted")


def test_those_without_an_answer_are_named_but_not_all_of_many() -> None:
    changed = all_of(*(echo("ams-fe", f"{name}-fe", rtt_us=None) for name in ("dub", "iad")))
    found = judged(changed(RUN), ANSWERED)
    assert found.observed == "34 of 36 were answered; not ams-fe-dub-fe, ams-fe-iad-fe"
    none = judged(minus(ALL, "ams-fe", "icmp_echo")(RUN), ANSWERED)
    assert none.observed.startswith("28 of 36 were answered; not ") and none.observed.count(", ") == 4


# What nobody can tell


@pytest.mark.parametrize("node", [point.name for point in RUN.order.captures])
@pytest.mark.parametrize("how", [lost, cut])
def test_without_any_capture_of_the_pairs_nothing_is_known_of_them(node: str, how: Any) -> None:
    assert verdicts(how(ALL, node)(RUN)) == dict.fromkeys(ALL_THREE, "inconclusive")
    assert Pairs(how(ALL, node)(RUN)).figures() == []


@pytest.mark.parametrize("how", [lost, cut])
def test_without_its_capture_nothing_is_known_of_the_way_around(how: Any) -> None:
    assert verdicts(how(DETOUR, "ams-fe")(RUN)) == {LONGER: "inconclusive"}
    assert verdicts(how(DETOUR, "sin-fe")(RUN)) == {}


def test_the_echo_that_pays_for_caches_is_not_taken_for_the_one_after_it() -> None:
    assert verdicts(minus(DETOUR, "ams-fe", "icmp_echo", seq=2)(RUN)) == {LONGER: "inconclusive"}
    assert verdicts(where(DETOUR, "ams-fe", "icmp_echo", lambda row: {"rtt_us": 1.0}, seq=1)(RUN)) == {}
    assert verdicts(around(dst="192.0.2.1")(RUN)) == {LONGER: "inconclusive"}


def test_a_way_around_that_takes_as_long_shows_nothing() -> None:
    """Three links of which two are as long as the third: cut that, and nobody can tell."""
    alike = pairs(world_of(("ams", "dub", 20.0), ("ams", "iad", 10.0), ("dub", "iad", 10.0)))
    found = judged(alike, LONGER)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "the other way takes as long as the usual one" in found.observed


def test_another_echo_of_somebody_elses_changes_nothing() -> None:
    (row, *_) = [each.row for each in Pairs(RUN).measured]
    foreign = row.model_copy(update={"src": "192.0.2.1", "rtt_us": 1.0})
    assert verdicts(plus(foreign)(RUN)) == {}


# Figures, and a large run


def test_figures_are_the_errors_against_what_is_published() -> None:
    found = {each.case: each for each in Pairs(every(1.01)(RUN)).figures()}
    assert found["median"].measured == pytest.approx(1.0, abs=0.01)
    assert found["largest"].measured == pytest.approx(1.0, abs=0.5)
    assert found["median"].measured <= found["95 % of pairs within"].measured <= found["largest"].measured
    assert {each.unit for each in found.values()} == {"%"}
    assert Pairs(echo(A, B, rtt_us=None)(RUN)).figures() == []


def test_the_picture_has_a_dot_for_each_pair() -> None:
    (picture,) = EXPERIMENT.pictures(RUN).values()
    assert picture.count("<circle") == 36
    empty = dataclasses.replace(RUN, observations=())
    assert "<circle" not in EXPERIMENT.pictures(empty)["rtt.svg"]


def test_pairs_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be a thousand: each is looked up for all steps together."""
    looked: list[tuple[str, str]] = []

    def configured(plan: Any, a: str, b: str) -> float:
        looked.append((a, b))
        return configured_rtt_ms(plan, a, b)

    monkeypatch.setattr(rtt_claims, "configured_rtt_ms", configured)
    for claim in Pairs(RUN).steps():
        assert judge(1, claim).verdict is Verdict.HELD
    assert len(looked) == 36


def test_a_world_of_which_nothing_is_as_published_refutes_just_that() -> None:
    run = pairs(CUTS["around is the new way"])
    assert judged(run, PUBLISHED).verdict is Verdict.REFUTED
    assert {judged(run, claim).verdict for claim in (ANSWERED, CONFIGURED)} == {Verdict.HELD}
