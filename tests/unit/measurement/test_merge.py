"""One capture of many: nothing is lost, all is in the order of time, and each packet says where it was."""

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.utils import RawPcapNgReader

from measurement import blocks
from measurement.blocks import Block, read_blocks, read_options
from measurement.merge import COMMENT, Merged, merge
from measurement.pcap import Record
from measurement.pcapng import write_records
from measurement.result import FrameRef

START_NS = 1_700_000_000_000_000_000
Sent = tuple[int, bytes]  # nanoseconds since the start, and what was seen


def write(run: Path, name: str, packets: list[Sent], *, whole: bool = True, secrets: str = "") -> Path:
    path = run / "pcap" / f"{name}.pcapng"
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [Record(START_NS + at, data, len(data)) for at, data in packets]
    received = len(records) if whole else None
    node = path.stem
    write_records(
        records, path, interface="eth0", node=node, received=received, dropped=0, tls_secrets=secrets
    )
    return path


def merged(run: Path, told: dict[FrameRef, str] | None = None) -> Merged:
    files = sorted((run / "pcap").glob("*/*.pcapng"))
    return merge(run, files, run / "story.pcapng", {"192.0.2.1": "here", "192.0.2.2": "there"}, told or {})


def found(run: Path) -> list[Block]:
    return list(read_blocks((run / "story.pcapng").read_bytes()))


def packets_of(run: Path) -> list[tuple[int, int, bytes]]:
    """Return interface, nanoseconds since the start, and bytes of each packet."""
    heads = [
        (each, struct.unpack_from("<IIIII", each.body))
        for each in found(run)
        if each.type == blocks.ENHANCED_PACKET
    ]
    return [
        (number, ((high << 32) + low) - START_NS, each.body[20 : 20 + kept])
        for each, (number, high, low, kept, _) in heads
    ]


def test_packets_of_all_files_come_in_the_order_of_time(tmp_path: Path) -> None:
    write(tmp_path, "one/a", [(0, b"a" * 60), (30, b"b" * 61)])
    write(tmp_path, "one/b", [(10, b"c" * 62), (30, b"d" * 63)])
    write(tmp_path, "two/a", [(50, b"e" * 64)])
    told = merged(tmp_path)
    assert (told.packets, told.places, told.problems) == (5, ("a", "b"), ())
    assert [(number, at, data[:1]) for number, at, data in packets_of(tmp_path)] == [
        (0, 0, b"a"),
        (1, 10, b"c"),
        (0, 30, b"b"),
        (1, 30, b"d"),
        (0, 50, b"e"),
    ]


def test_another_library_reads_places_and_packets(tmp_path: Path) -> None:
    write(tmp_path, "one/a", [(0, b"a" * 60)])
    write(tmp_path, "one/b", [(10, b"c" * 62)])
    merged(tmp_path)
    with RawPcapNgReader(str(tmp_path / "story.pcapng")) as reader:
        packets: list[tuple[bytes, Any]] = list(reader)
    read = [(meta.ifname, data) for data, meta in packets]
    assert read == [(b"a", b"a" * 60), (b"b", b"c" * 62)]


def test_a_comment_stands_at_its_frame_and_nowhere_else(tmp_path: Path) -> None:
    write(tmp_path, "one/a", [(0, b"a" * 60), (30, b"b" * 61)])
    merged(tmp_path, {FrameRef(file="pcap/one/a.pcapng", frame=2): "step 1: shown"})
    comments = [
        read_options(each.body[20 + 4 * ((struct.unpack_from("<I", each.body, 12)[0] + 3) // 4) :], "<")
        for each in found(tmp_path)
        if each.type == blocks.ENHANCED_PACKET
    ]
    assert comments == [{}, {COMMENT: b"step 1: shown"}]


def test_names_and_secrets_stand_before_the_first_packet_and_once(tmp_path: Path) -> None:
    write(tmp_path, "one/a", [(0, b"a" * 60)], secrets="CLIENT_RANDOM 00 11\n")
    write(tmp_path, "one/b", [(0, b"a" * 60)], secrets="CLIENT_RANDOM 00 11\n")
    write(tmp_path, "two/b", [(9, b"a" * 60)], secrets="CLIENT_RANDOM 22 33\n")
    merged(tmp_path)
    kinds = [each.type for each in found(tmp_path)]
    first = kinds.index(blocks.ENHANCED_PACKET)
    assert kinds.count(blocks.DECRYPTION_SECRETS) == kinds[:first].count(blocks.DECRYPTION_SECRETS) == 2
    (names,) = [each for each in found(tmp_path) if each.type == blocks.NAME_RESOLUTION]
    record = struct.pack("<HH", 1, 9) + bytes([192, 0, 2, 1]) + b"here\0" + bytes(3)
    assert names.body.startswith(record) and names.body.endswith(bytes(4))


def test_counters_of_a_place_are_added_up(tmp_path: Path) -> None:
    write(tmp_path, "one/a", [(0, b"a" * 60), (30, b"b" * 61)])
    write(tmp_path, "two/a", [(50, b"e" * 64)])
    merged(tmp_path)
    (counters,) = [each for each in found(tmp_path) if each.type == blocks.INTERFACE_STATISTICS]
    assert struct.unpack("<Q", read_options(counters.body[12:], "<")[4]) == (3,)


def test_of_a_place_with_a_capture_that_never_ended_nobody_knows_how_much_it_received(tmp_path: Path) -> None:
    write(tmp_path, "one/a", [(0, b"a" * 60)])
    write(tmp_path, "two/a", [(50, b"e" * 64)], whole=False)
    told = merged(tmp_path)
    assert told.packets == 2
    assert told.problems == (
        "pcap/two/a.pcapng has no statistics at its end: the capture was cut, or never ended",
    )
    assert not [each for each in found(tmp_path) if each.type == blocks.INTERFACE_STATISTICS]


@pytest.mark.parametrize("cut", [1, 40, 120, 200])
def test_a_damaged_file_is_told_and_the_others_are_whole(tmp_path: Path, cut: int) -> None:
    damaged = write(tmp_path, "one/a", [(0, b"a" * 60), (30, b"b" * 61)])
    write(tmp_path, "one/b", [(10, b"c" * 62)])
    damaged.write_bytes(damaged.read_bytes()[:-cut])
    told = merged(tmp_path)
    assert len(told.problems) == 1 and told.problems[0].startswith("pcap/one/a.pcapng is cut")
    assert (10, b"c" * 62) in [(at, data) for _, at, data in packets_of(tmp_path)]


def test_a_file_that_is_no_capture_is_told(tmp_path: Path) -> None:
    write(tmp_path, "one/b", [(10, b"c" * 62)])
    (tmp_path / "pcap/one/a.pcapng").write_bytes(b"")
    told = merged(tmp_path)
    assert told.places == ("b",) and "is no pcapng file" in told.problems[0]


@given(
    files=st.lists(
        st.lists(st.tuples(st.integers(0, 100), st.binary(min_size=1, max_size=9)), max_size=6), max_size=4
    )
)
def test_nothing_is_lost_or_made_up(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[Sent]]
) -> None:
    run = tmp_path_factory.mktemp("run")
    for number, packets in enumerate(files):
        write(run, f"one/p{number}", sorted(packets, key=lambda each: each[0]))
    merged(run)
    read = packets_of(run)
    assert [at for _, at, _ in read] == sorted(at for packets in files for at, _ in packets)
    assert sorted((at, data) for _, at, data in read) == sorted(
        packet for packets in files for packet in packets
    )
