"""Runs of a stream, put together, are what was captured: nothing is lost between them, nothing is added."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Dot1Q
from scapy.packet import Raw

from measurement import numbered
from measurement.observation import DatagramRun
from measurement.observe import observe
from measurement.observers.datagrams import JUMP_US, datagram_runs
from measurement.observers.source import Source
from measurement.pcapng import Capture

from .captures import CLIENT, RESOLVER, SERVER, START_NS, Timed, capture_run, ether, frames
from .streams import FIRST_PORT, datagram


def runs(timed: list[Timed]) -> list[DatagramRun]:
    capture = Capture("traveller", "eth0", frames(timed), len(timed), 0, complete=True, problem="")
    return list(datagram_runs(Source("main", "pcap/main/traveller.pcapng", capture)))


def numbers(found: list[DatagramRun]) -> list[tuple[int, int]]:
    return [(run.first, run.last) for run in found]


# One stream


def test_a_stream_without_a_gap_is_one_run() -> None:
    (run,) = runs([datagram(n * 1000, n, delay_us=40 + n % 3, dscp=46) for n in range(10)])
    assert (run.src, run.dst, run.dst_port, run.dscp, run.tag) == (CLIENT, SERVER, FIRST_PORT, 46, None)
    assert (run.first, run.last, run.datagrams) == (0, 9, 10)
    assert (run.frame, run.last_frame) == (1, 10)
    assert (run.time_ns, run.last_time_ns) == (START_NS, START_NS + 9_000_000)
    assert (run.least_delay_us, run.most_delay_us) == (40.0, 42.0)


def test_a_run_shows_its_streams_and_where_they_were_seen(tmp_path: Path) -> None:
    run_dir = capture_run(tmp_path, [datagram(0, 0), datagram(5, 1)])
    (row,) = (row for row in observe(run_dir) if isinstance(row, DatagramRun))
    assert (row.case, row.node, row.file) == ("main", "traveller", "pcap/main/traveller.pcapng")


@pytest.mark.parametrize(
    "order, expected",
    [
        ([0, 1, 3, 4], [(0, 1), (3, 4)]),
        ([0, 1, 1, 2], [(0, 1), (1, 2)]),
        ([0, 2, 1, 3], [(0, 0), (2, 2), (1, 1), (3, 3)]),
        ([5, 6, 0], [(5, 6), (0, 0)]),
        ([2, 1, 0], [(2, 2), (1, 1), (0, 0)]),
    ],
    ids=["lost", "twice", "overtaken", "begun again", "backwards"],
)
def test_a_run_ends_where_a_number_does_not_follow(order: list[int], expected: list[tuple[int, int]]) -> None:
    assert numbers(runs([datagram(at, number) for at, number in enumerate(order)])) == expected


def test_a_run_ends_where_the_tag_is_another() -> None:
    tags = [None, 1000, 1000, 1999, 1000]
    found = runs([datagram(n, n, tag=tag) for n, tag in enumerate(tags)])
    assert [(run.tag, run.first, run.last) for run in found] == [
        (None, 0, 0),
        (1000, 1, 2),
        (1999, 3, 3),
        (1000, 4, 4),
    ]


@pytest.mark.parametrize("jump_us, count", [(JUMP_US, 1), (-JUMP_US, 1), (JUMP_US + 1, 2), (-JUMP_US - 1, 2)])
def test_a_run_ends_where_the_delay_jumps_by_more_than_half_a_millisecond(jump_us: float, count: int) -> None:
    delays = (5000, 5000 + round(jump_us))
    assert len(runs([datagram(9000 * n, n, delay_us=us) for n, us in enumerate(delays)])) == count


def test_a_delay_that_creeps_is_one_run_with_its_least_and_its_most() -> None:
    (run,) = runs([datagram(1000 * n, n, delay_us=400 * n) for n in range(20)])
    assert (run.least_delay_us, run.most_delay_us) == (0.0, 7600.0)


def test_a_clock_that_goes_back_gives_a_negative_delay_and_no_error() -> None:
    (run,) = runs([datagram(10, 0, delay_us=-3)])
    assert run.least_delay_us == -3.0


# Several streams, and what is none


def test_streams_do_not_end_each_other() -> None:
    timed = []
    for n in range(4):
        timed.append(datagram(n, n))
        timed.append(datagram(n, n, ports=(40_000, FIRST_PORT + 1)))
        timed.append(datagram(n, n, ends=(SERVER, CLIENT)))
    assert numbers(runs(timed)) == [(0, 3)] * 3


def test_a_stream_may_come_from_many_ports() -> None:
    assert numbers(runs([datagram(n, n, ports=(40_000 + n % 4, FIRST_PORT)) for n in range(9)])) == [(0, 8)]


def test_other_packets_neither_belong_to_a_run_nor_end_it() -> None:
    content = numbered.payload(1, START_NS, 100)
    plain = IP(src=CLIENT, dst=SERVER)
    others = [
        plain / UDP(sport=1, dport=FIRST_PORT) / Raw(b"something else"),
        plain / UDP(sport=1, dport=FIRST_PORT) / Raw(content[: numbered.FORMAT.size - 1]),
        plain / UDP(sport=1, dport=FIRST_PORT),
        plain / TCP(sport=1, dport=FIRST_PORT) / Raw(content),
        IP(src=CLIENT, dst=RESOLVER) / UDP(sport=5353, dport=53) / Raw(b"cpt"),
    ]
    timed = [datagram(0, 0), *((1, ether(each)) for each in others), (1, b"short"), datagram(2, 1)]
    assert numbers(runs(timed)) == [(0, 1)]
    assert runs(timed[1:-1]) == []


def test_a_datagram_that_was_cut_in_the_capture_is_not_counted() -> None:
    at_us, data = datagram(1, 1)
    assert numbers(runs([datagram(0, 0), (at_us, data[:-1]), datagram(2, 2)])) == [(0, 0), (2, 2)]


def test_a_datagram_behind_two_tags_is_not_seen() -> None:
    twice = Dot1Q(vlan=1000) / Dot1Q(vlan=7) / IP(src=CLIENT, dst=SERVER) / UDP(dport=FIRST_PORT)
    assert runs([(0, ether(twice / Raw(numbered.payload(0, START_NS, 100))))]) == []


# Whatever comes


@dataclass(frozen=True)
class Came:
    """A datagram that was captured."""

    stream: int
    number: int
    tag: int | None
    delay_us: int


CAME = st.builds(
    Came,
    stream=st.integers(0, 2),
    number=st.integers(0, 6),
    tag=st.sampled_from([None, 1000, 1007, 1999]),
    delay_us=st.sampled_from([40_000, 40_400, 40_900, 45_000]),
)


@st.composite
def streamed(draw: st.DrawFn) -> list[Came]:
    """Return what comes of streams: mostly in order, with losses, repetitions, jumps; streams mixed."""
    wild = draw(st.lists(CAME, max_size=12))
    tame = []
    for stream in range(draw(st.integers(1, 3))):
        tag, delay_us = draw(st.sampled_from([None, 1000])), 40_000
        for number in range(draw(st.integers(0, 12))):
            what = draw(st.sampled_from(["comes"] * 6 + ["lost", "twice", "moved"]))
            if what == "moved":
                tag, delay_us = draw(st.sampled_from([1999, 2000])), draw(st.sampled_from([40_000, 41_000]))
            count = {"lost": 0, "twice": 2}.get(what, 1)
            tame += [Came(stream, number, tag, delay_us)] * count
    places = draw(st.lists(st.integers(0, len(tame)), min_size=len(wild), max_size=len(wild)))
    for place, each in zip(places, wild, strict=True):
        tame.insert(place, each)
    return tame


def captured(came: list[Came]) -> list[Timed]:
    return [
        datagram(
            n * 100, each.number, delay_us=each.delay_us, tag=each.tag, ports=(1, FIRST_PORT + each.stream)
        )
        for n, each in enumerate(came)
    ]


@given(streamed())
def test_runs_put_together_are_what_was_captured(came: list[Came]) -> None:
    found = runs(captured(came))
    for stream in range(3):
        mine = [(frame, each) for frame, each in enumerate(came, 1) if each.stream == stream]
        for run in (run for run in found if run.dst_port == FIRST_PORT + stream):
            part, mine = mine[: run.datagrams], mine[run.datagrams :]
            assert [each.number for _, each in part] == [*range(run.first, run.last + 1)]
            assert {each.tag for _, each in part} == {run.tag}
            assert (part[0][0], part[-1][0]) == (run.frame, run.last_frame)
            times = [START_NS + (frame - 1) * 100_000 for frame, _ in (part[0], part[-1])]
            assert times == [run.time_ns, run.last_time_ns]
            delays = [each.delay_us for _, each in part]
            assert (min(delays), max(delays)) == (run.least_delay_us, run.most_delay_us)
        assert mine == []


@given(streamed())
def test_no_run_could_have_gone_on(came: list[Came]) -> None:
    found = runs(captured(came))
    assert [run.frame for run in found] == sorted(run.frame for run in found)
    for stream in range(3):
        mine = [run for run in found if run.dst_port == FIRST_PORT + stream]
        for one, two in pairwise(mine):
            delays = [came[frame - 1].delay_us for frame in (one.last_frame, two.frame)]
            jumps = abs(delays[0] - delays[1]) > JUMP_US
            assert two.first != one.last + 1 or one.tag != two.tag or jumps


@given(streamed())
def test_a_stream_mixed_with_others_has_the_runs_that_it_has_alone(came: list[Came]) -> None:
    whole = runs(captured(came))
    timed = captured(came)
    for stream in range(3):
        alone = runs([packet for packet, each in zip(timed, came, strict=True) if each.stream == stream])
        mine = [run for run in whole if run.dst_port == FIRST_PORT + stream]
        assert [(run.first, run.last, run.tag, run.time_ns) for run in mine] == [
            (run.first, run.last, run.tag, run.time_ns) for run in alone
        ]
