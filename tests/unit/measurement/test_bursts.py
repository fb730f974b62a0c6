"""A burst is what was sent in one go, in one direction of one flow, whenever the connection was opened."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.packet import Raw

from measurement.arithmetic import slow_start_rounds
from measurement.observation import TcpBurst
from measurement.observe import observe
from measurement.observers.bursts import tcp_bursts
from measurement.observers.source import Source
from measurement.observers.tcp import tcp_connections
from measurement.pcapng import Capture

from .captures import CLIENT, SERVER, START_NS, Conversation, Timed, capture_run, ether, frames

ISN = 0xFFFFFFC0


def source(timed: list[Timed]) -> Source:
    capture = Capture("traveller", "eth0", frames(timed), len(timed), 0, complete=True, problem="")
    return Source("main", "pcap/main/traveller.pcapng", capture)


def bursts(timed: list[Timed]) -> list[TcpBurst]:
    return list(tcp_bursts(source(timed)))


def segment(at_us: int, start: int, size: int, *, client: bool = False, port: int = 40000) -> Timed:
    """Bytes `start` to `start + size` of a flow; its SYN would have been number ISN."""
    ends = [(CLIENT, port), (SERVER, 443)]
    (src, sport), (dst, dport) = ends if client else reversed(ends)
    header = TCP(sport=sport, dport=dport, seq=(ISN + 1 + start) % (1 << 32), flags="A")
    packet = IP(src=src, dst=dst) / header
    return at_us, ether(packet / Raw(bytes(size)) if size else packet)


def sizes(rows: list[TcpBurst]) -> list[tuple[int, int, int]]:
    return [(row.frame, row.bytes, row.packets) for row in rows]


def test_a_request_and_its_answer_are_a_burst_each() -> None:
    request, answer = bursts(
        [
            segment(0, 0, 300, client=True),
            segment(40_000, 0, 1448),
            segment(40_000, 1448, 1448),
            segment(40_003, 2896, 100),
        ]
    )
    assert (request.src, request.src_port, request.dst, request.dst_port) == (CLIENT, 40000, SERVER, 443)
    assert (request.frame, request.bytes, request.packets) == (1, 300, 1)
    assert (request.last_frame, request.last_time_ns) == (1, request.time_ns)
    assert (answer.src, answer.src_port, answer.dst, answer.dst_port) == (SERVER, 443, CLIENT, 40000)
    assert (answer.frame, answer.bytes, answer.packets) == (2, 2996, 3)
    assert (answer.time_ns, answer.last_frame) == (START_NS + 40_000_000, 4)
    assert answer.last_time_ns == START_NS + 40_003_000


def test_a_run_shows_its_bursts(tmp_path: Path) -> None:
    run_dir = capture_run(tmp_path, [segment(0, 0, 300, client=True), segment(40_000, 0, 50)])
    rows = [row for row in observe(run_dir) if isinstance(row, TcpBurst)]
    assert sizes(rows) == [(1, 300, 1), (2, 50, 1)]
    assert {(row.case, row.node, row.file) for row in rows} == {
        ("main", "traveller", "pcap/main/traveller.pcapng")
    }


def test_rounds_of_slow_start_are_bursts() -> None:
    numbers = range(75)
    rounds = [slow_start_rounds((number + 1) * 1448) for number in numbers]
    rows = bursts([segment(rounds[number] * 40_000, number * 1448, 1448) for number in numbers])
    assert [row.packets for row in rows] == [10, 20, 40, 5]


def test_payload_the_other_way_ends_a_burst() -> None:
    rows = bursts([segment(0, 0, 100), segment(10, 0, 7, client=True), segment(20, 100, 100)])
    assert sizes(rows) == [(1, 100, 1), (2, 7, 1), (3, 100, 1)]


def test_an_acknowledgement_neither_ends_a_burst_nor_belongs_to_it() -> None:
    rows = bursts(
        [
            segment(0, 0, 0),
            segment(1, 0, 100),
            segment(2, 0, 0, client=True),
            segment(3, 100, 0),
            segment(4, 100, 100),
            segment(5, 200, 0),
        ]
    )
    assert sizes(rows) == [(2, 200, 2)]
    assert rows[0].last_frame == 5


@pytest.mark.parametrize(("gap_us", "expected"), [(1000, [(1, 200, 2)]), (1001, [(1, 100, 1), (2, 100, 1)])])
def test_more_than_a_millisecond_without_a_segment_ends_a_burst(gap_us: int, expected: Any) -> None:
    assert sizes(bursts([segment(0, 0, 100), segment(gap_us, 100, 100)])) == expected


def test_the_gap_counts_from_the_last_segment_and_not_from_the_first() -> None:
    assert sizes(bursts([segment(n * 900, n * 10, 10) for n in range(5)])) == [(1, 50, 5)]


def test_a_slow_line_gives_a_burst_every_tenth_of_a_second() -> None:
    rows = bursts([segment(n * 500, n * 10, 10) for n in range(500)])
    assert [(row.time_ns - START_NS) // 1000 for row in rows] == [0, 100_000, 200_000]
    assert [row.bytes for row in rows] == [2000, 2000, 1000]


def test_repeated_bytes_do_not_count() -> None:
    rows = bursts([segment(0, 0, 100), segment(1, 50, 100), segment(2, 0, 150), segment(300_000, 100, 50)])
    assert sizes(rows) == [(1, 150, 3), (4, 0, 1)]


def test_bytes_that_come_late_count_where_they_come() -> None:
    rows = bursts([segment(0, 100, 100), segment(1, 300, 100), segment(50_000, 0, 400)])
    assert sizes(rows) == [(1, 200, 2), (3, 200, 1)]


def test_sequence_numbers_wrap_around() -> None:
    timed = [segment(n, n * 30, 30) for n in range(5)]
    assert sizes(bursts([*timed, *timed])) == [(1, 150, 10)]


def test_a_stream_longer_than_all_sequence_numbers_is_not_a_repetition() -> None:
    quarter = 1 << 30
    assert [row.bytes for row in bursts([segment(0, n * quarter, 100) for n in range(6)])] == [600]


def test_flows_do_not_end_each_other() -> None:
    timed = []
    for n in range(3):
        timed.append(segment(n, n * 10, 10))
        timed.append(segment(n, n * 20, 20, port=40001))
        timed.append(segment(n, n * 30, 30, client=True, port=40002))
    assert sizes(bursts(timed)) == [(1, 30, 3), (2, 60, 3), (3, 90, 3)]


def opened(client_isn: int) -> list[Timed]:
    talk = Conversation(client_isn=client_isn)
    talk.open(rtt_us=10)
    talk.send(20, client=True, payload=b"x" * 100)
    return talk.timed


def test_a_syn_and_what_follows_are_counted_from_the_syn() -> None:
    assert sizes(bursts(opened(0xFFFFFFFF))) == [(4, 100, 1)]


def test_ports_used_again_carry_other_bytes() -> None:
    again = [(at_us + 90, data) for at_us, data in opened(1050)]
    assert sizes(bursts([*opened(1000), *again])) == [(4, 100, 1), (8, 100, 1)]


def test_a_repeated_syn_begins_nothing() -> None:
    timed = opened(1000)
    assert sizes(bursts([*timed, timed[0], timed[3]])) == [(4, 100, 2)]


def test_payload_in_a_syn_comes_after_its_number() -> None:
    talk = Conversation(client_isn=1000)
    talk.send(0, client=True, flags="S", payload=b"early")
    talk.next[True] = 1001  # The server did not take it (RFC 7413, section 4.2): the client sends it again.
    talk.send(1, client=True, payload=b"early")
    assert sizes(bursts(talk.timed)) == [(1, 5, 2)]


def test_padding_is_no_payload() -> None:
    at_us, data = segment(0, 0, 0)
    assert bursts([(at_us, data + bytes(60 - len(data)))]) == []


def test_what_is_malformed_or_not_tcp_changes_nothing() -> None:
    broken = ether(IP(src=CLIENT, dst=SERVER) / TCP(sport=40000, dport=443, dataofs=3) / Raw(b"x"))
    cut = segment(0, 0, 100)[1][:-1]
    udp = ether(IP(src=CLIENT, dst=SERVER) / UDP(sport=40000, dport=443) / Raw(b"x"))
    others = [(1, broken), (1, cut), (1, udp), (1, b"short")]
    assert sizes(bursts([segment(0, 0, 100), *others, segment(2, 100, 100)])) == [(1, 200, 2)]


def test_a_clock_that_goes_back_loses_nothing() -> None:
    rows = bursts([segment(5000, 0, 100), segment(0, 100, 100)])
    assert sizes(rows) == [(1, 200, 2)] and rows[0].last_time_ns == START_NS


def test_an_address_that_talks_to_itself_is_seen() -> None:
    packet = IP(src=CLIENT, dst=CLIENT) / TCP(sport=443, dport=443, flags="A") / Raw(b"x")
    assert sizes(bursts([(0, ether(packet))])) == [(1, 1, 1)]


SPANS = st.tuples(st.integers(0, 400), st.integers(1, 200))


@given(st.lists(SPANS, min_size=1, max_size=12), st.lists(st.integers(0, 2000), min_size=12, max_size=12))
def test_all_bursts_together_have_every_byte_once(spans: list[tuple[int, int]], waits: list[int]) -> None:
    timed = [segment(sum(waits[:n]), start, size) for n, (start, size) in enumerate(spans)]
    rows = bursts(timed)
    different = {byte for start, size in spans for byte in range(start, start + size)}
    assert sum(row.bytes for row in rows) == len(different)
    assert sum(row.packets for row in rows) == len(spans)
    assert len(rows) == 1 + sum(wait > 1000 for wait in waits[: len(spans) - 1])


@given(st.lists(st.tuples(st.booleans(), SPANS), max_size=10))
def test_bursts_and_the_connection_count_the_same_bytes(sent: list[tuple[bool, tuple[int, int]]]) -> None:
    talk = Conversation(client_isn=ISN, server_isn=ISN)
    talk.open()
    timed = [segment(50_000, start, size, client=client) for client, (start, size) in sent]
    seen = source([*talk.timed, *timed])
    (connection,) = tcp_connections(seen)
    rows = list(tcp_bursts(seen))
    for client, size_bytes in ((CLIENT, connection.client_bytes), (SERVER, connection.server_bytes)):
        assert sum(row.bytes for row in rows if row.src == client) == size_bytes


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0, 1, 2]), st.integers(0, 1500)), max_size=12))
def test_flows_mixed_together_have_the_bursts_of_each_by_itself(sent: list[tuple[bool, int, int]]) -> None:
    timed = [segment(at, 0, 9, client=client, port=flow) for client, flow, at in sent]

    def counted(chosen: list[Timed], port: int) -> list[tuple[int, int]]:
        own = [row for row in bursts(chosen) if port in (row.src_port, row.dst_port)]
        return [(row.bytes, row.packets) for row in own]

    for port in range(3):
        alone = [each for each, (_, flow, _) in zip(timed, sent, strict=True) if flow == port]
        assert counted(timed, port) == counted(alone, port)
