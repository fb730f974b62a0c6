"""What is claimed of a cut: each change of the evidence moves the claims that it is about, and no other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from experiments.backbone_failover import ALONE, CUT, EXPERIMENT, FAST, NO_CUT, SUCCESSOR
from experiments.reading import Reading
from measurement.judge import judge
from measurement.result import Verdict

from .changes import Change, all_of, cut, lost, minus, where
from .made_up_backbone import Seen, failover, restreamed
from .made_up_worlds_of import CUTS
from .saved_runs import claims, judged

RUN = failover()
CLAIMS = tuple(claims(RUN))
TO_SHORTER = failover(CUTS["the new way is shorter"], source="ams", target="iad")
# Where the stream is sent, comes to the cut, would cross it, comes off it, leaves instead, and arrives.
SOURCE, ENTRANCE, LINK, OFF, EXIT, TARGET = "ams-fe", "ams-br", "ams-iad", "iad-ams", "ams-dub", "iad-fe"
MS = 1_000_000
FIRST_LOST, LAST_LOST, MENDED, BACK = 459, 500, 1301, 1537


# Changes of single datagrams


def only(wanted: Iterable[int], change: Callable[[Seen], list[Seen]]) -> Callable[[Seen], list[Seen]]:
    numbers = set(wanted)
    return lambda seen: change(seen) if seen.number in numbers else [seen]


def gone(*numbers: int, at: str = TARGET, case: str = CUT) -> Change:
    """Let datagrams not be seen at a place."""
    return restreamed(case, at, only(numbers, lambda seen: []))


def twice(number: int, at: str = TARGET, case: str = CUT) -> Change:
    """Let a datagram be seen again, a little later."""
    again = only([number], lambda seen: [seen, dataclasses.replace(seen, time_ns=seen.time_ns + 1000)])
    return restreamed(case, at, again)


def later(us: float, *numbers: int, at: str = TARGET, case: str = CUT) -> Change:
    """Let datagrams be seen later."""
    moved = only(numbers, lambda seen: [dataclasses.replace(seen, time_ns=seen.time_ns + round(us * 1000))])
    return restreamed(case, at, moved)


def tagged(tag: int | None, *numbers: int, at: str, case: str = CUT) -> Change:
    return restreamed(case, at, only(numbers, lambda seen: [dataclasses.replace(seen, tag=tag)]))


def also(like: int, *numbers: int, at: str, case: str = CUT, interval_us: int = 1000) -> Change:
    """Let datagrams be seen after another one, that far apart, as that one was."""

    def more(seen: Seen) -> list[Seen]:
        apart_ns = [(number - like) * interval_us * 1000 for number in numbers]
        return [
            seen,
            *(
                Seen(n, seen.sent_ns + ns, seen.time_ns + ns, seen.tag)
                for n, ns in zip(numbers, apart_ns, strict=True)
            ),
        ]

    return restreamed(case, at, only([like], more))


def plus(case: str, at: str, *more: Seen) -> Change:
    """Let other datagrams be seen at a place."""
    return restreamed(case, at, lambda seen: [seen], more=more)


def echo(number: int, case: str = CUT, **values: Any) -> Change:
    return where(case, SOURCE, "icmp_echo", lambda row: values, seq=number)


def slower_echo(number: int, us: float = 20.0) -> Change:
    return where(CUT, SOURCE, "icmp_echo", lambda row: {"rtt_us": row.rtt_us + us}, seq=number)


def hearing_after(ms: float) -> Change:
    """Let the controller be that near."""
    return lambda reading: dataclasses.replace(
        reading, order=reading.order.model_copy(update={"control_delay_ms": ms})
    )


def verdicts(reading: Reading) -> dict[str, str]:
    """Return the claims that are not held."""
    found = {claim: judge(1, each) for claim, each in claims(reading).items()}
    return {claim: each.verdict.value for claim, each in found.items() if each.verdict is not Verdict.HELD}


# A sound run


@pytest.mark.parametrize("what", [None, *CUTS])
def test_a_sound_run_holds_every_claim_with_frames(what: str | None) -> None:
    run = RUN if what is None else failover(CUTS[what], source="ams", target="iad")
    assert len(claims(run)) == 10
    for claim in claims(run):
        found = judged(run, claim)
        assert (found.verdict, bool(found.frames)) == (Verdict.HELD, True), (claim, found.observed)


def test_what_is_expected_is_told_in_numbers() -> None:
    told = {claim: judge(1, each) for claim, each in claims(RUN).items()}
    assert told["step 1"].expected == "42.000 ms one way, over ams-wan - iad-wan, tagged as on its way"
    assert told["step 2"].expected.startswith("42 packets at most: those that entered in the last 42.000 ms")
    assert told["step 2"].observed == "42 were lost, numbers 459 to 500; 42 may have been on the link"
    assert "left 0.500 ms after the cut, tag 1999 (version 1, past the cut)" in told["step 3"].observed
    assert told["step 4"].observed.endswith("tag 2000 (version 2, on its shortest way)")
    assert "2 overtaken where 4 can be" in told["step 5"].observed
    assert told["step 6"].expected.startswith("lost are the 420 on the link at most")
    assert told["control 2"].expected.startswith("the stream goes on 236.0 ms after the cut: 4 messages")


# What each claim looks at

_ALL = (SOURCE, ENTRANCE, LINK, OFF, EXIT, TARGET)
NEEDS: dict[str, set[tuple[str, str]]] = {
    "step 1": {(CUT, node) for node in (SOURCE, LINK, TARGET)},
    "step 2": {(CUT, node) for node in (SOURCE, ENTRANCE, OFF, TARGET)},
    "step 3": {(CUT, node) for node in (SOURCE, LINK, EXIT, TARGET)},
    "step 4": {(CUT, node) for node in (SOURCE, LINK, EXIT, TARGET)},
    "step 5": {(CUT, node) for node in (SOURCE, LINK, TARGET)},
    "step 6": {(FAST, node) for node in _ALL},
    "control 1": {(NO_CUT, node) for node in (SOURCE, LINK, EXIT, TARGET)},
    "control 2": {(ALONE, node) for node in (SOURCE, ENTRANCE, OFF, TARGET)},
    "control 3": {(SUCCESSOR, node) for node in (SOURCE, LINK, EXIT, TARGET)},
    "control 4": {(case, node) for case in (NO_CUT, SUCCESSOR) for node in _ALL},
}


@pytest.mark.parametrize("case", [CUT, FAST, NO_CUT, SUCCESSOR, ALONE])
@pytest.mark.parametrize("node", _ALL)
@pytest.mark.parametrize("how", [lost, cut])
def test_without_a_capture_nothing_is_known_of_what_is_claimed_from_it(
    case: str, node: str, how: Callable[[str, str], Change]
) -> None:
    unknown = {claim for claim, needed in NEEDS.items() if (case, node) in needed}
    assert verdicts(how(case, node)(RUN)) == dict.fromkeys(unknown, "inconclusive")


# Changes, and the claims that they move

TAGS = {"step 1", "step 3", "step 4"}  # in each of them the version before the cut has a part
STEP_1 = {
    "the first ones are late": (later(20, *range(5)), {"step 1"}),
    "one before the cut is late": (later(20, 400), {"step 1"}),
    "one before the cut is late by less than the tolerance": (later(9, 400), set()),
    "all before the cut took another way": (later(3000, *range(FIRST_LOST)), {"step 1"}),
    "the first one took another way": (later(3000, 0), {"step 1"}),
    "it is untagged on the link": (tagged(None, *range(FIRST_LOST), at=LINK), TAGS),
    "it is in a tunnel on the link": (
        tagged(1501, *range(FIRST_LOST), at=LINK),
        {"step 1", "step 3", "step 4"},
    ),
    "it is past a cut on the link": (
        tagged(1999, *range(FIRST_LOST), at=LINK),
        {"step 1", "step 3", "step 4"},
    ),
    "it is on the link for a while only": (gone(*range(200, FIRST_LOST), at=LINK), {"step 1"}),
    "it changed its tag before the cut": (tagged(2000, *range(200, FIRST_LOST), at=LINK), {"step 1"}),
    "its echo took longer": (slower_echo(2), {"step 1"}),
    "its echo is not answered": (echo(2, rtt_us=None, reply_frame=None), {"step 1"}),
    "the echo before it, which pays for caches, took longer": (slower_echo(1), set()),
}

STEP_2 = {
    "nothing was lost": (also(458, *range(459, 501), at=TARGET), {"step 2"}),
    "one on the link arrived": (also(458, 459, at=TARGET), {"step 2"}),
    "only one was lost": (also(458, *range(459, 500), at=TARGET), {"step 2"}),
    "one more was lost before": (gone(458), {"step 1", "step 2"}),
    "one more was lost before the switch saw the cut": (all_of(gone(501), gone(501, at=EXIT)), set()),
    "two more were lost": (all_of(gone(501, 502), gone(501, 502, at=EXIT)), {"step 2", "step 3", "step 4"}),
    "one was lost long before": (gone(100), {"step 1", "step 2"}),
    "one that was lost never came there": (gone(470, at=ENTRANCE), {"step 2"}),
    "none that was lost came there": (gone(*range(459, 501), at=ENTRANCE), {"step 2"}),
    "one that was lost had crossed the link": (also(458, 459, at=OFF), {"step 2"}),
    "another one never came there": (gone(100, at=ENTRANCE), set()),
    "it was not sent whole": (gone(1999, at=SOURCE), {"step 2", "step 3", "step 4", "step 5"}),
}

STEP_3 = {
    "none left another way": (minus(CUT, EXIT, "datagram_run"), {"step 3", "step 4"}),
    "it left as on its way": (tagged(1000, *range(501, 737), at=EXIT), {"step 3"}),
    "it left around another trunk": (tagged(1007, *range(501, 737), at=EXIT), {"step 3"}),
    "it left past the cut of another version": (tagged(2999, *range(501, 737), at=EXIT), {"step 3"}),
    "it left without a tag": (tagged(None, *range(501, 737), at=EXIT), {"step 3"}),
    "it left later than two milliseconds": (later(1510, *range(501, 737), at=EXIT), {"step 3"}),
    "it left within two milliseconds": (later(1490, *range(501, 737), at=EXIT), set()),
    "it left before the cut": (later(-510, 501, at=EXIT), {"step 3"}),
    "one before it left that way, too": (also(501, 500, at=EXIT), {"step 3"}),
    "it left, but never arrived": (gone(501), {"step 3"}),
    "it arrived by another way": (later(1000, *range(501, 600)), {"step 3"}),
    "the first ones pay for the switches' caches": (later(200, 501), set()),
    "the first ones take longer than caches do": (later(300, 501), {"step 3", "step 4"}),
    "its echo took longer": (slower_echo(4), {"step 3"}),
    "its echo is not answered": (echo(4, rtt_us=None, reply_frame=None), {"step 3"}),
}

STEP_4 = {
    "it stays past the cut": (tagged(1999, *range(737, BACK), at=EXIT), {"step 4"}),
    "it is on its way in the old version": (tagged(1000, *range(737, BACK), at=EXIT), {"step 4"}),
    "it is in a tunnel": (tagged(2501, *range(737, BACK), at=EXIT), {"step 4"}),
    "it leaves by another port": (gone(*range(737, BACK), at=EXIT), {"step 4"}),
    "it took another way": (later(2000, *range(1200, 1305)), {"step 4"}),
    "one was lost": (gone(900), {"step 2", "step 4"}),
    "the last one before the link was mended was lost": (gone(1300), {"step 2", "step 4"}),
    "one came twice": (twice(900), {"step 4"}),
    "one was overtaken": (later(1500, 900), {"step 4"}),
    "its echo took longer": (slower_echo(6), {"step 4"}),
    "its echo is not answered": (echo(6, rtt_us=None, reply_frame=None), {"step 4"}),
}

STEP_5 = {
    "it stays on the other way": (later(3000, *range(BACK, 2000)), {"step 5"}),
    "it does not return to the link": (gone(*range(BACK, 2000), at=LINK), {"step 5"}),
    "it is past a cut on the link": (tagged(3999, *range(BACK, 2000), at=LINK), {"step 5"}),
    "the last one is not on the link": (gone(1999, at=LINK), {"step 5"}),
    "the last one is later than caches explain": (later(270, 1999), {"step 5"}),
    "one was lost": (gone(1700), {"step 5"}),
    "the first one after the link was mended was lost": (gone(MENDED), {"step 5"}),
    "one came twice": (twice(1700), {"step 5"}),
    "more were overtaken than can be": (all_of(*(later(1500, n) for n in range(1600, 1620, 4))), {"step 5"}),
    "as many were overtaken as can be": (all_of(*(later(1500, n) for n in (1600, 1604))), set()),
    "its echo took longer": (slower_echo(8), {"step 5"}),
    "its echo is not answered": (echo(8, rtt_us=None, reply_frame=None), {"step 5"}),
}

IN_FAST: dict[str, tuple[Change, set[str]]] = {
    "nothing was lost": (
        also(1580, *range(1581, 2001), at=TARGET, case=FAST, interval_us=100),
        {"step 6"},
    ),
    "those of the switch's reaction were lost, too": (
        all_of(*(gone(*range(2001, 2010), at=at, case=FAST) for at in (TARGET, EXIT))),
        set(),
    ),
    "more than those were lost": (
        all_of(*(gone(*range(2001, 2013), at=at, case=FAST) for at in (TARGET, EXIT))),
        {"step 6"},
    ),
    "one of those lost never came there": (gone(1600, at=ENTRANCE, case=FAST), {"step 6"}),
    "none left another way": (minus(FAST, EXIT, "datagram_run"), {"step 6"}),
    "it left as on its way": (tagged(2000, *range(2001, 4000), at=EXIT, case=FAST), {"step 6"}),
}

ASTRAY: dict[str, Callable[[str], Change]] = {
    "one was lost": lambda case: gone(700, case=case),
    "the last one was lost": lambda case: gone(1999, case=case),
    "one came twice": lambda case: twice(700, case=case),
    "one was overtaken": lambda case: later(1500, 700, case=case),
    "one was late": lambda case: later(270, 700, case=case),
    "all were late": lambda case: later(20, *range(2000), case=case),
    "one left another way": lambda case: plus(case, EXIT, Seen(700, 0, 9, 1999)),
    "one was tagged otherwise": lambda case: tagged(1999, 700, at=LINK, case=case),
    "one was not on the link": lambda case: gone(700, at=LINK, case=case),
    "nothing arrived": lambda case: minus(case, TARGET, "datagram_run"),
    "it was not sent whole": lambda case: gone(1999, at=SOURCE, case=case),
}
WHOLE = {
    f"{name}: {what}": (change(case), {claim})
    for name, case, claim in (("no cut", NO_CUT, "control 1"), ("a successor", SUCCESSOR, "control 3"))
    for what, change in ASTRAY.items()
}

BY_ITSELF = {
    "nothing was lost": (also(458, *range(459, 737), at=TARGET, case=ALONE), {"control 2"}),
    "it went on too soon": (also(458, *range(730, 737), at=TARGET, case=ALONE), {"control 2"}),
    "it went on too late": (gone(*range(737, 749), case=ALONE), {"control 2"}),
    "it went on as late as looks at clocks explain": (gone(*range(737, 747), case=ALONE), set()),
    "it went on a packet later": (gone(737, case=ALONE), set()),
    "one in between arrived": (also(458, 600, at=TARGET, case=ALONE), {"control 2"}),
    "only the last one was lost": (also(458, *range(459, 736), at=TARGET, case=ALONE), {"control 2"}),
    "one was lost long before the cut": (gone(100, case=ALONE), {"control 2"}),
    "those lost never came there": (gone(*range(459, 737), at=ENTRANCE, case=ALONE), {"control 2"}),
    "it went on by another way": (later(1000, *range(737, BACK), case=ALONE), {"control 2"}),
    "groups healed it": (also(458, *range(501, 737), at=TARGET, case=ALONE), {"control 2"}),
}

TABLES = {
    "1": STEP_1,
    "2": STEP_2,
    "3": STEP_3,
    "4": STEP_4,
    "5": STEP_5,
    "6": IN_FAST,
    "whole": WHOLE,
    "alone": BY_ITSELF,
}
MOVED = {f"{name}: {what}": row for name, table in TABLES.items() for what, row in table.items()}


@pytest.mark.parametrize("what", MOVED)
def test_what_is_otherwise_refutes_the_claims_that_it_is_about_and_no_other(what: str) -> None:
    change, refuted = MOVED[what]
    assert verdicts(change(RUN)) == dict.fromkeys(refuted, "refuted")


UNKNOWN = {
    "an echo in each phase": [(number, f"step {step}") for number, step in ((2, 1), (4, 3), (6, 4), (8, 5))],
}


@pytest.mark.parametrize("case", [NO_CUT, SUCCESSOR])
def test_one_that_finds_switches_at_work_may_be_a_little_late(case: str) -> None:
    assert verdicts(later(200, 700, case=case)(RUN)) == {}


@pytest.mark.parametrize("number, claim", UNKNOWN["an echo in each phase"])
def test_without_its_echo_nothing_is_known(number: int, claim: str) -> None:
    assert verdicts(minus(CUT, SOURCE, "icmp_echo", seq=number)(RUN)) == {claim: "inconclusive"}


@pytest.mark.parametrize("number, claim", UNKNOWN["an echo in each phase"])
def test_an_echo_to_somebody_else_is_none(number: int, claim: str) -> None:
    other = RUN.address("sin-fe")
    assert verdicts(echo(number, dst=other)(RUN)) == {claim: "inconclusive"}
    assert verdicts(echo(number, src=other)(RUN)) == {claim: "inconclusive"}


def test_who_left_when_the_controller_may_have_heard_has_not_left_by_itself() -> None:
    found = judged(hearing_after(0.4)(RUN), "step 3")
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.observed == "left 0.500 ms after the cut: by then the controller may have heard"


def test_an_echo_whose_reply_may_find_new_paths_is_not_asked_for() -> None:
    near = hearing_after(20.0)(RUN)
    for reading in (near, minus(CUT, SOURCE, "icmp_echo", seq=4)(near)):
        assert judged(reading, "step 3").verdict is Verdict.HELD
    assert "round trip" not in judged(near, "step 3").observed


def test_a_wait_that_is_not_the_controllers_refutes_what_it_does_alone() -> None:
    for ms in (56.0, 60.0):
        assert judged(hearing_after(ms)(RUN), "control 2").verdict is Verdict.REFUTED
    assert judged(hearing_after(59.2)(RUN), "control 2").verdict is Verdict.HELD


# Where the new way leaves by another port


def test_a_stream_that_still_leaves_as_a_group_sent_it_has_not_moved() -> None:
    run = TO_SHORTER
    assert judged(run, "step 4").observed.startswith("40.000 ms one way, round trip 80.000 ms; 0 lost")
    exit_port = "dub-mwh"
    stays = plus(CUT, exit_port, Seen(1300, 0, 10**19, 1002))
    found = judged(stays(run), "step 4")
    assert (found.verdict, found.observed) == (
        Verdict.REFUTED,
        "tag 1002 (version 1, around trunk 2), still at dub-mwh",
    )


@pytest.mark.parametrize("count, holds", [(2, True), (3, False)])
def test_of_a_shorter_way_no_more_are_overtaken_than_it_explains(count: int, holds: bool) -> None:
    late = all_of(*(later(1500, 900 + 4 * n) for n in range(count)))
    found = judged(late(TO_SHORTER), "step 4")
    assert (found.verdict is Verdict.HELD) is holds
    assert f"{4 + count} overtaken where 6 can be" in found.observed


def test_a_new_way_that_is_hardly_shorter_is_told_from_the_detour_by_its_tag() -> None:
    run = failover(CUTS["the new way is hardly shorter"], source="ams", target="iad")
    assert "44.800 to 45.000 ms one way" in judged(run, "step 3").observed
    odd = [later(us, *range(1200, 1301)) for us in (200, -100, 600)]
    found = [judged(change(run), "step 4").verdict for change in odd]
    assert found == [Verdict.HELD, Verdict.REFUTED, Verdict.REFUTED]


# A link that is shorter than from packet to packet


def test_of_a_cut_that_meets_no_packet_nobody_can_tell_what_it_loses() -> None:
    sparse = _with_interval(RUN, 100_000)
    found = judged(sparse, "step 2")
    assert (found.verdict, found.observed) == (
        Verdict.INCONCLUSIVE,
        "nothing was on the link when it was cut: it is shorter than from packet to packet",
    )


def _with_interval(reading: Reading, interval_us: int) -> Reading:
    """Return the run with a stream of few datagrams: none of them is on the link when it is cut."""
    (first, *others) = reading.order.exercises
    stream = first.streams[0].model_copy(update={"interval_us": interval_us, "count": 4, "start_ms": 50.0})
    order = reading.order.model_copy(
        update={"exercises": (first.model_copy(update={"streams": (stream,)}), *others)}
    )
    few = all_of(
        *(restreamed(CUT, at, lambda seen: [seen] if seen.number < 4 else []) for at in (SOURCE, TARGET))
    )
    return dataclasses.replace(few(reading), order=order)


def test_the_experiment_makes_these_claims() -> None:
    assert EXPERIMENT.steps(RUN) and len(CLAIMS) == len(NEEDS)
