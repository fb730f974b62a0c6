"""What happened to a stream is what a list of its datagrams says: lost, twice, late, and when."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from experiments.exercise import FIRST_PORT, Exercise, Stream
from experiments.order import Order
from experiments.reading import Reading
from experiments.registry import find
from experiments.streaming import Watched, on_its_way, require_delay
from measurement.capture import CapturePoint
from measurement.evidence import Missing, Refuted
from measurement.observation import DatagramRun
from tests.unit.measurement import rows
from tests.unit.measurement.captures import START_NS
from topologies.selection import Selection

from .changes import cut, lost
from .made_up_backbone import WORLD, Seen, planned, runs_of

PLAN = planned(find("backbone_rtt"))[2]
SOURCE, TARGET, PORT = "dub-fe", "mwh-fe", "dub-mwh"
ENDS: dict[str, Any] = {"src": str(PLAN.node(SOURCE).address), "dst": str(PLAN.node(TARGET).address)}
DELAY_NS = 40_000_000


def stream(**values: Any) -> Stream:
    found = {"source": SOURCE, "target": TARGET, "interval_us": 100, "count": 10}
    return Stream.model_validate({**found, **values})


def reading(streams: Sequence[Stream], places: dict[str, list[list[Seen]]]) -> Reading:
    """Return a run of one exercise; ``places`` has what a capture saw of each stream, in its order."""
    exercise = Exercise(name="main", text="streams", streams=tuple(streams))
    selection = Selection(clients=(), resolvers=(), nameservers=(), datacenters=())
    points = tuple(CapturePoint(name=name, node=name, interface="eth0") for name in places)
    order = Order(
        experiment="x",
        world="w",
        seed=1,
        tolerance_us=10.0,
        selection=selection,
        exercises=(exercise,),
        captures=points,
    )
    observed: list[Any] = [rows.capture(case="main", node=name) for name in places]
    for name, seen in places.items():
        where = {"case": "main", "node": name, "file": f"pcap/main/{name}.pcapng", "kind": "datagram_run"}
        for number, each in enumerate(seen):
            observed += runs_of(each, 1000 * number, **where, **ENDS, dst_port=FIRST_PORT + number)
    return Reading(order, WORLD, PLAN, (), tuple(observed))


def sent(what: Stream) -> list[Seen]:
    times = [START_NS + number * what.interval_us * 1000 for number in range(what.count)]
    return [Seen(number, at, at) for number, at in enumerate(times)]


def watched(came: Sequence[int], what: Stream | None = None, passed: Sequence[Seen] | None = None) -> Watched:
    """Return a stream of which these numbers arrived, in this order; another place may have some."""
    what = what or stream()
    out = sent(what)
    arrived = [Seen(n, out[n].sent_ns, START_NS + DELAY_NS + place * 100_000) for place, n in enumerate(came)]
    other = {} if passed is None else {PORT: [[*passed]]}
    read = reading([what], {SOURCE: [out], TARGET: [arrived], **other})
    return Watched(read, read.order.exercise("main"))


ARRIVALS = st.lists(st.integers(0, 9), min_size=1, max_size=25)


# Against a list


@given(ARRIVALS)
def test_lost_is_what_was_sent_and_never_arrived(came: list[int]) -> None:
    assert watched(came).lost() == [number for number in range(10) if number not in came]


@given(ARRIVALS)
def test_doubled_is_what_had_arrived_before(came: list[int]) -> None:
    assert watched(came).doubled() == [number for place, number in enumerate(came) if number in came[:place]]


@given(ARRIVALS)
def test_late_is_what_arrived_after_one_that_was_sent_later(came: list[int]) -> None:
    expected = sum(any(other > number for other in came[:place]) for place, number in enumerate(came))
    assert watched(came).late() == expected


@given(ARRIVALS, st.integers(0, 9))
def test_the_run_of_a_datagram_has_it(came: list[int], number: int) -> None:
    one = watched(came)
    if number in came:
        run = one.run_of(number)
        assert run.first <= number <= run.last and run.frame <= came.index(number) + 1 <= run.last_frame
    else:
        with pytest.raises(Refuted, match=f"datagram {number} was not seen at {TARGET}"):
            one.run_of(number)


@given(ARRIVALS)
def test_what_arrived_is_everything_in_its_order(came: list[int]) -> None:
    runs = watched(came).arrived()
    assert [number for run in runs for number in range(run.first, run.last + 1)] == came


NICE_MS = st.integers(0, 30_000).map(lambda tenths: tenths / 10) | st.integers(0, 3_000_000).map(
    lambda us: us / 1000
)


@given(at_ms=NICE_MS, start_ms=NICE_MS, interval_us=st.sampled_from([1, 50, 100, 333, 1000, 2500]))
def test_the_number_at_a_time_is_the_first_that_leaves_then_or_later(
    at_ms: float, start_ms: float, interval_us: int
) -> None:
    one = watched([0], stream(start_ms=start_ms, interval_us=interval_us))
    after_us = Fraction(round((at_ms) * 1_000_000) - round(start_ms * 1_000_000), 1000)
    number = one.number_at(at_ms)
    assert number >= 0
    assert number * interval_us >= after_us
    assert number == 0 or (number - 1) * interval_us < after_us


def test_a_datagram_that_leaves_at_that_very_time_is_the_one() -> None:
    one = watched([0])
    assert [one.number_at(tenths / 10) for tenths in range(3000)] == [*range(3000)]


@given(at_ms=NICE_MS, start_ms=NICE_MS)
def test_the_exercises_clock_is_the_streams(at_ms: float, start_ms: float) -> None:
    one = watched([0], stream(start_ms=start_ms))
    assert abs(one.at_ns(at_ms) - START_NS - (Fraction(at_ms) - Fraction(start_ms)) * 1_000_000) <= 1


# Several streams and places


def test_streams_are_told_apart_by_their_ports() -> None:
    both = [stream(), stream(count=4)]
    arrived = [[Seen(n, START_NS, START_NS + n) for n in range(count)] for count in (10, 3)]
    read = reading(both, {SOURCE: [sent(each) for each in both], TARGET: arrived})
    one, two = (Watched(read, read.order.exercise("main"), number) for number in (0, 1))
    assert (one.lost(), two.lost()) == ([], [3])
    assert (one.stream.count, two.stream.count) == (10, 4)


def test_what_goes_elsewhere_by_the_same_port_is_another_stream() -> None:
    one = watched([0, 1])
    (row,) = one.arrived()
    foreign = row.model_copy(update={"dst": "192.0.2.1", "first": 5, "last": 9})
    changed = Reading(one.reading.order, WORLD, PLAN, (), (*one.reading.observations, foreign))
    assert Watched(changed, one.exercise).lost() == [*range(2, 10)]


def test_at_another_place_other_datagrams_were_seen() -> None:
    passed = [Seen(n, START_NS, START_NS + n, 1000) for n in (4, 5)]
    one = watched([0], passed=passed)
    assert one.run_of(5, PORT).tag == 1000
    with pytest.raises(Refuted, match=f"datagram 0 was not seen at {PORT}"):
        one.run_of(0, PORT)


# What nobody can tell, and what was not sent


@pytest.mark.parametrize("node", [SOURCE, TARGET])
def test_nothing_is_known_of_losses_without_both_captures(node: str) -> None:
    one = watched([0, 1])
    for change in (cut("main", node), lost("main", node)):
        with pytest.raises(Missing, match=f"main/{node}"):
            Watched(change(one.reading), one.exercise).lost()


@pytest.mark.parametrize(
    "numbers, told",
    [
        ([], "sent 0 of 10, in 0 runs"),
        ([*range(9)], "sent 9 of 10, in 1 runs"),
        ([*range(1, 11)], "sent 10 of 10, in 1 runs"),
        ([0, 1, 2, 4, 5, 6, 7, 8, 9], "sent 9 of 10, in 2 runs"),
        ([*range(11)], "sent 11 of 10, in 1 runs"),
        ([*range(9, -1, -1)], "sent 10 of 10, in 10 runs"),
    ],
    ids=["nothing", "one less", "another first", "a gap", "one more", "backwards"],
)
def test_a_stream_that_was_not_sent_as_ordered_shows_nothing(numbers: list[int], told: str) -> None:
    what = stream()
    out = [Seen(n, START_NS + n, START_NS + n) for n in numbers]
    read = reading([what], {SOURCE: [out], TARGET: [[Seen(0, START_NS, START_NS)]]})
    one = Watched(read, read.order.exercise("main"))
    for look in (one.sent, one.lost, lambda: one.at_ns(1.0)):
        with pytest.raises(Refuted, match=f"^{SOURCE} {told}$"):
            look()


def test_of_a_stream_of_which_nothing_arrived_its_sending_is_shown() -> None:
    with pytest.raises(Refuted, match=f"nothing of the stream arrived at {TARGET}") as found:
        watched([]).arrived()
    (row,) = found.value.rows
    assert isinstance(row, DatagramRun) and row.node == SOURCE


# Delays


def run(least_us: float, most_us: float) -> DatagramRun:
    (found,) = runs_of(
        [Seen(0, 0, 0)], case="main", node=TARGET, file="f", kind="datagram_run", dst_port=1, **ENDS
    )
    return found.model_copy(update={"least_delay_us": least_us, "most_delay_us": most_us})


TAKEN = {
    "exactly": (run(42_000, 42_000), {}, True),
    "to the tolerance": (run(41_990, 42_010), {}, True),
    "too late": (run(42_000, 42_011), {}, False),
    "too soon": (run(41_989, 42_000), {}, False),
    "all too late": (run(45_000, 45_000), {}, False),
    "its first pay for caches": (run(42_000, 42_090), {"first_us": 100.0}, True),
    "its first pay too much": (run(42_000, 42_111), {"first_us": 100.0}, False),
    "all of them pay for caches": (run(42_050, 42_090), {"first_us": 100.0}, False),
    "caches make nobody faster": (run(41_950, 42_000), {"first_us": 100.0}, False),
    "some on another way": (run(42_000, 42_300), {"or_ms": 42.3}, True),
    "some on a shorter one": (run(41_700, 42_000), {"or_ms": 41.7}, True),
    "all on the other way": (run(42_300, 42_300), {"or_ms": 42.3}, False),
    "on neither": (run(42_000, 42_150), {"or_ms": 42.3}, False),
    "on another way, whose first pay": (run(42_000, 42_390), {"or_ms": 42.3, "first_us": 100.0}, True),
}


@pytest.mark.parametrize("what", TAKEN)
def test_a_run_took_a_delay(what: str) -> None:
    row, more, holds = TAKEN[what]
    if holds:
        require_delay(row, 42.0, 10.0, **more)
    else:
        with pytest.raises(Refuted, match=r"took .* ms one way instead of 42\.000") as found:
            require_delay(row, 42.0, 10.0, **more)
        assert found.value.rows == (row,)


@given(st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0, 100), st.floats(1, 100))
def test_without_anything_else_both_ends_of_a_run_are_within_the_tolerance(
    one_us: float, two_us: float, expected_ms: float, tolerance_us: float
) -> None:
    least, most = sorted((one_us, two_us))
    off = [abs(us - expected_ms * 1000) for us in (least, most)]
    assume(all(abs(each - tolerance_us) > 1e-6 for each in off))
    try:
        require_delay(run(least, most), expected_ms, tolerance_us)
    except Refuted:
        assert max(off) > tolerance_us
    else:
        assert max(off) <= tolerance_us


@pytest.mark.parametrize(
    "tag, told",
    [
        (None, "untagged"),
        (1000, "tag 1000 (version 1, on its shortest way)"),
        (2007, "tag 2007 (version 2, around trunk 7)"),
        (3999, "tag 3999 (version 3, past the cut)"),
        (7, "tag 7 (no tag of the backbone: 7)"),
    ],
)
def test_a_tag_is_told_with_its_meaning(tag: int | None, told: str) -> None:
    assert on_its_way(run(0, 0).model_copy(update={"tag": tag})) == told
