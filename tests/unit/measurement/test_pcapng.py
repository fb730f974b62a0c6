"""Captures survive the conversion, and a capture that lacks anything never says that it is complete."""

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.utils import RawPcapNgReader

from measurement.blocks import DamagedError, block, read_blocks
from measurement.pcap import read_pcap
from measurement.pcapng import Capture, read_capture, write_pcapng, write_records

from .captures import START_NS, Timed, pcap_bytes, write_capture

PACKETS: list[Timed] = [(0, b"a" * 60), (46_000, b"b" * 61), (46_001, b"c" * 1514)]


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    path = tmp_path / "traveller.pcapng"
    write_capture(path, PACKETS, tls_secrets="CLIENT_RANDOM 00 11\n")
    return path


def rewritten(path: Path, content: bytes) -> Capture:
    path.write_bytes(content)
    return read_capture(path)


def blocks_of(path: Path) -> list[bytes]:
    return [block(each.type, each.body) for each in read_blocks(path.read_bytes())]


def test_what_was_written_is_read_back(path: Path) -> None:
    capture = read_capture(path)
    assert (capture.name, capture.interface) == ("traveller", "eth0")
    assert [(f.number, f.time_ns, f.data) for f in capture.frames] == [
        (n, START_NS + us * 1000, data) for n, (us, data) in enumerate(PACKETS, 1)
    ]
    assert (capture.received, capture.dropped, capture.complete, capture.problem) == (3, 0, True, "")


def test_scapy_reads_the_same(path: Path) -> None:
    with RawPcapNgReader(str(path)) as reader:
        packets: list[tuple[bytes, Any]] = list(reader)
    assert [data for data, _ in packets] == [data for _, data in PACKETS]
    times = [((meta.tshigh << 32) + meta.tslow) for _, meta in packets]
    assert times == [START_NS + us * 1000 for us, _ in PACKETS]
    assert {meta.tsresol for _, meta in packets} == {10**9}


def test_the_same_input_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again" / "traveller.pcapng"
    write_capture(again, PACKETS, tls_secrets="CLIENT_RANDOM 00 11\n")
    assert again.read_bytes() == path.read_bytes()


def test_the_secrets_come_before_the_packets_and_the_statistics_last(path: Path) -> None:
    assert [each.type for each in read_blocks(path.read_bytes())] == [0x0A0D0D0A, 1, 10, 6, 6, 6, 5]


def test_an_empty_capture_can_be_complete(tmp_path: Path) -> None:
    write_capture(tmp_path / "idle.pcapng", [])
    assert read_capture(tmp_path / "idle.pcapng").complete


@given(keep=st.integers(min_value=0))
def test_a_cut_file_is_never_complete(tmp_path_factory: pytest.TempPathFactory, keep: int) -> None:
    path = tmp_path_factory.mktemp("cut") / "cut.pcapng"
    write_capture(path, PACKETS[:2])
    content = path.read_bytes()
    capture = rewritten(path, content[: keep % len(content)])
    assert not capture.complete and capture.problem


def test_a_file_cut_anywhere_gives_the_frames_before_the_cut(path: Path) -> None:
    content = path.read_bytes()
    whole = read_capture(path).frames
    for length in range(len(content)):
        capture = rewritten(path, content[:length])
        assert not capture.complete and capture.problem
        assert capture.frames == whole[: len(capture.frames)]
    assert len(capture.frames) == 3


@pytest.mark.parametrize("removed", [3, 4, 5])
def test_a_removed_frame_is_noticed(path: Path, removed: int) -> None:
    parts = blocks_of(path)
    capture = rewritten(path, b"".join(parts[:removed] + parts[removed + 1 :]))
    assert not capture.complete
    assert capture.problem == "has 2 packets where 3 were received"


def test_a_doubled_frame_is_noticed(path: Path) -> None:
    parts = blocks_of(path)
    assert not rewritten(path, b"".join([*parts[:4], parts[3], *parts[4:]])).complete


def test_missing_statistics_are_noticed(path: Path) -> None:
    capture = rewritten(path, b"".join(blocks_of(path)[:-1]))
    assert (capture.received, capture.complete) == (None, False)


def test_dropped_packets_are_noticed(tmp_path: Path) -> None:
    write_capture(tmp_path / "busy.pcapng", PACKETS, dropped=2)
    capture = read_capture(tmp_path / "busy.pcapng")
    assert (capture.dropped, capture.complete) == (2, False)
    assert "2 packets" in capture.problem


def test_a_shortened_packet_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "short.pcap").write_bytes(pcap_bytes(PACKETS, cut_to=96))
    target = tmp_path / "short.pcapng"
    write_pcapng(tmp_path / "short.pcap", target, interface="eth0", node="short", received=3, dropped=0)
    capture = read_capture(target)
    assert not capture.complete and capture.problem == "has only a part of frame 3"


def test_a_pcap_that_ends_inside_a_packet_gives_a_capture_that_is_not_complete(tmp_path: Path) -> None:
    source, target = tmp_path / "cut.pcap", tmp_path / "cut.pcapng"
    source.write_bytes(pcap_bytes(PACKETS)[:-1])
    write_pcapng(source, target, interface="eth0", node="cut", received=2, dropped=0)
    capture = read_capture(target)
    assert len(capture.frames) == 2 and not capture.complete


def test_packets_of_which_nobody_counted_the_rest_are_not_complete(tmp_path: Path) -> None:
    (tmp_path / "part.pcap").write_bytes(pcap_bytes(PACKETS))
    records = read_pcap(tmp_path / "part.pcap").records[1:]
    target = tmp_path / "part.pcapng"
    write_records(records, target, interface="eth0", node="part", received=None, dropped=0)
    assert not read_capture(target).complete
    write_records(records, target, interface="eth0", node="part", received=2, dropped=0)
    assert read_capture(target).complete


@pytest.mark.parametrize("content", [b"", b"no capture at all", b"\x0a\x0d\x0d\x0a", pcap_bytes(PACKETS)])
def test_a_file_of_another_kind_has_a_problem(tmp_path: Path, content: bytes) -> None:
    capture = rewritten(tmp_path / "other.pcapng", content)
    assert not capture.complete and not capture.frames and capture.problem


def test_a_missing_file_is_the_callers_business(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_capture(tmp_path / "none.pcapng")


@given(content=st.binary(max_size=300), begin=st.booleans())
def test_any_bytes_can_be_read(tmp_path_factory: pytest.TempPathFactory, content: bytes, begin: bool) -> None:
    path = tmp_path_factory.getbasetemp() / "any.pcapng"
    start = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) if begin else b""
    assert not rewritten(path, start + content).complete


@given(type_=st.sampled_from([1, 3, 5, 6, 10]), body=st.binary(max_size=60), at=st.integers(0, 6))
def test_any_block_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, type_: int, body: bytes, at: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "block.pcapng"
    write_capture(path, PACKETS)
    parts = blocks_of(path)
    rewritten(path, b"".join([*parts[:at], block(type_, body), *parts[at:]]))


def test_big_endian_and_microseconds_are_read(tmp_path: Path) -> None:
    def big(type_: int, body: bytes) -> bytes:
        length = struct.pack(">I", 12 + len(body))
        return struct.pack(">I", type_) + length + body + length

    statistics = struct.pack(">IIIHHQHHQ", 0, 0, 0, 4, 8, 1, 7, 8, 0)
    packet = struct.pack(">IIIII", 0, 0, 1_000_001, 4, 4) + b"data"
    content = [
        big(0x0A0D0D0A, struct.pack(">IHHq", 0x1A2B3C4D, 1, 0, -1)),
        big(1, struct.pack(">HHI", 1, 0, 0)),
        big(6, packet),
        big(5, statistics),
    ]
    capture = rewritten(tmp_path / "big.pcapng", b"".join(content))
    assert capture.complete
    assert capture.frames[0].time_ns == 1_000_001_000


def test_a_pcap_in_microseconds_and_big_endian_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.pcap"
    path.write_bytes(struct.pack(">IHHiIIIIIII", 0xA1B2C3D4, 2, 4, 0, 0, 9, 1, 5, 7, 1, 1) + b"x")
    assert read_pcap(path).records[0].time_ns == 5_000_007_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no pcap file"),
        (b"x" * 99, "is no pcap file"),
        (
            struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 9, 113),
            r"bad\.pcap has link type 113; right would be 1, Ethernet, or 101, raw IP",
        ),
    ],
)
def test_what_is_no_pcap_of_a_known_link_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.pcap"
    path.write_bytes(content)
    with pytest.raises(DamagedError, match=message):
        read_pcap(path)


@pytest.mark.parametrize("written, link_type", [(1, 1), (12, 101), (101, 101)])
def test_a_link_is_the_same_in_both_kinds_of_file(tmp_path: Path, written: int, link_type: int) -> None:
    path = tmp_path / "tunnel.pcapng"
    source = tmp_path / "source.pcap"
    source.write_bytes(pcap_bytes(PACKETS, link_type=written))
    assert read_pcap(source).link_type == link_type
    write_pcapng(source, path, interface="wg0", node="tunnel", received=3, dropped=0)
    capture = read_capture(path)
    assert capture.complete and capture.link_type == link_type
    assert {frame.link_type for frame in capture.frames} == {link_type}
    (interface,) = (each for each in read_blocks(path.read_bytes()) if each.type == 1)
    assert struct.unpack_from("<H", interface.body)[0] == link_type


def test_a_pcapng_of_another_link_is_damaged(path: Path) -> None:
    parts = blocks_of(path)
    other = block(1, struct.pack("<HHI", 113, 0, 0))
    capture = rewritten(path, b"".join([parts[0], other, *parts[2:]]))
    assert capture.problem == "has link type 113; right would be 1, Ethernet, or 101, raw IP"


def secrets_in(path: Path) -> list[tuple[int, bytes]]:
    """Return the type and the text of every block of secrets (draft-ietf-opsawg-pcapng, section 4.7)."""
    found = []
    for each in read_blocks(path.read_bytes()):
        if each.type == 10:
            kind, length = struct.unpack_from("<II", each.body)
            found.append((kind, each.body[8 : 8 + length]))
    return found


@pytest.mark.parametrize(
    "secrets, blocks",
    [
        ({}, []),
        ({"tls_secrets": "T 1\n"}, [(0x544C534B, b"T 1\n")]),
        ({"wireguard_keys": "K = 1\n"}, [(0x57474B4C, b"K = 1\n")]),
        (
            {"tls_secrets": "T 1\n", "wireguard_keys": "K = 1\n"},
            [(0x544C534B, b"T 1\n"), (0x57474B4C, b"K = 1\n")],
        ),
    ],
    ids=["none", "tls", "wireguard", "both"],
)
def test_each_kind_of_secrets_has_its_block(
    tmp_path: Path, secrets: dict[str, Any], blocks: list[tuple[int, bytes]]
) -> None:
    path = tmp_path / "secret.pcapng"
    write_capture(path, PACKETS, **secrets)
    assert secrets_in(path) == blocks
    assert read_capture(path).complete
