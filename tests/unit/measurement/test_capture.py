"""What tcpdump leaves is cut into cases, and each part says whether it has everything."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from measurement import blocks
from measurement.capture import COUNTERS, LONGEST_FRAME_BYTES, CapturePoint, Window, _cut, _Running, _start
from measurement.pcapng import Capture, read_capture
from topologies.errors import MeasurementError
from topologies.network import Network

from .captures import START_NS, Timed, pcap_bytes

TIMED: list[Timed] = [(number * 100, bytes([number]) * 60) for number in range(10)]


def said(captured: int, received: int, dropped: int) -> str:
    """Return tcpdump's last words, as version 4.99 says them."""
    return (
        "tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n"
        f"{captured} packet{'' if captured == 1 else 's'} captured\n"
        f"{received} packet{'' if received == 1 else 's'} received by filter\n"
        f"{dropped} packet{'' if dropped == 1 else 's'} dropped by kernel\n"
    )


def window(case: str, from_us: int, until_us: int, tls_secrets: str = "", keys: str = "") -> Window:
    return Window(case, START_NS + from_us * 1000, START_NS + until_us * 1000, tls_secrets, keys)


def cut(tmp_path: Path, words: str, *windows: Window, content: bytes | None = None) -> dict[str, Capture]:
    """Cut ten packets that are 100 us apart; return what each case has."""
    raw = tmp_path / "traveller.pcap"
    raw.write_bytes(pcap_bytes(TIMED) if content is None else content)
    point = CapturePoint(name="traveller", node="traveller", interface="eth0")
    _cut(_Running(point, raw, cast(Any, None)), words, windows, tmp_path / "pcap")
    return {each.case: read_capture(tmp_path / "pcap" / each.case / "traveller.pcapng") for each in windows}


@pytest.mark.parametrize("counts", [(0, 0, 0), (1, 1, 1), (10, 12, 2), (123456, 123456, 0)])
def test_tcpdumps_counters_are_read(counts: tuple[int, int, int]) -> None:
    names = ("captured", "received by filter", "dropped by kernel")
    found = COUNTERS.findall(said(*counts))
    assert found == [(str(count), name) for count, name in zip(counts, names, strict=True)]


def test_what_an_interface_dropped_is_another_counter() -> None:
    assert COUNTERS.findall("3 packets dropped by interface\n") == []


def test_each_case_has_the_packets_of_its_window(tmp_path: Path) -> None:
    found = cut(tmp_path, said(10, 10, 0), window("one", 0, 300), window("two", 500, 900))
    assert [frame.data for frame in found["one"].frames] == [data for _, data in TIMED[:3]]
    assert [frame.data for frame in found["two"].frames] == [data for _, data in TIMED[5:9]]
    for capture in found.values():
        assert (capture.complete, capture.received) == (True, len(capture.frames))
        assert (capture.name, capture.interface) == ("traveller", "eth0")


def test_a_window_begins_with_its_first_moment_and_ends_before_its_last(tmp_path: Path) -> None:
    found = cut(tmp_path, said(10, 10, 0), window("one", 100, 200), window("two", 200, 201))
    assert [frame.time_ns - START_NS for frame in found["one"].frames] == [100_000]
    assert [frame.time_ns - START_NS for frame in found["two"].frames] == [200_000]


def test_a_case_in_which_nothing_happened_is_whole_and_empty(tmp_path: Path) -> None:
    (capture,) = cut(tmp_path, said(10, 10, 0), window("quiet", 5000, 6000)).values()
    assert (capture.complete, capture.frames, capture.received) == (True, (), 0)


def test_without_a_window_nothing_is_written(tmp_path: Path) -> None:
    assert cut(tmp_path, said(10, 10, 0)) == {}
    assert not (tmp_path / "pcap").exists()


def test_each_case_has_its_own_tls_secrets(tmp_path: Path) -> None:
    key = "CLIENT_RANDOM 00 11\n"
    cut(tmp_path, said(10, 10, 0), window("one", 0, 300, key), window("two", 300, 900))
    kinds = {
        case: [
            each.type
            for each in blocks.read_blocks((tmp_path / f"pcap/{case}/traveller.pcapng").read_bytes())
        ]
        for case in ("one", "two")
    }
    assert blocks.DECRYPTION_SECRETS in kinds["one"]
    assert blocks.DECRYPTION_SECRETS not in kinds["two"]
    assert key.encode() in (tmp_path / "pcap/one/traveller.pcapng").read_bytes()


def test_each_case_has_its_own_keys_of_tunnels(tmp_path: Path) -> None:
    key = "LOCAL_STATIC_PRIVATE_KEY = AA==\n"
    cut(tmp_path, said(10, 10, 0), window("one", 0, 300, keys=key), window("two", 300, 900))
    contents = [(tmp_path / f"pcap/{case}/traveller.pcapng").read_bytes() for case in ("one", "two")]
    assert [key.encode() in content for content in contents] == [True, False]
    assert [b"LKGW" in content for content in contents] == [True, False]


def test_a_tunnels_capture_stays_one_without_ethernet(tmp_path: Path) -> None:
    raw = pcap_bytes(TIMED, link_type=101)
    (capture,) = cut(tmp_path, said(10, 10, 0), window("one", 0, 300), content=raw).values()
    assert capture.complete and capture.link_type == 101


@pytest.mark.parametrize(
    "words, content",
    [
        pytest.param(said(11, 11, 0), None, id="tcpdump captured more than the file has"),
        pytest.param(said(10, 11, 0), None, id="tcpdump received more than it captured"),
        pytest.param(said(9, 9, 0), None, id="the file has more than tcpdump captured"),
        pytest.param(said(10, 10, 0), pcap_bytes(TIMED)[:-5], id="the file ends inside a packet"),
        pytest.param(said(9, 9, 0), pcap_bytes(TIMED)[:-5], id="the file ends inside one packet too many"),
    ],
)
def test_no_case_is_whole_where(tmp_path: Path, words: str, content: bytes | None) -> None:
    windows = window("one", 0, 300), window("two", 300, 600)
    for capture in cut(tmp_path, words, *windows, content=content).values():
        assert not capture.complete
        assert capture.problem == "has no statistics at its end: the capture was cut, or never ended"
        assert len(capture.frames) == 3


def test_packets_that_the_kernel_dropped_are_told_in_every_case(tmp_path: Path) -> None:
    windows = window("one", 0, 300), window("two", 300, 600)
    for capture in cut(tmp_path, said(10, 10, 2), *windows).values():
        assert (capture.complete, capture.problem) == (False, "lacks 2 packets that were dropped")


@pytest.mark.parametrize(
    "words",
    ["", "tcpdump: eth0: No such device exists\n", said(10, 10, 0).rpartition("0 packets")[0]],
    ids=["it said nothing", "it failed", "one counter is missing"],
)
def test_tcpdump_without_its_counters_is_an_error_with_its_words(tmp_path: Path, words: str) -> None:
    with pytest.raises(MeasurementError) as error:
        cut(tmp_path, words, window("one", 0, 300))
    assert str(error.value) == f"traveller: tcpdump gave no counters: {words.strip()}"
    assert not (tmp_path / "pcap").exists()


class FakeNetwork:
    """Keeps what is started."""

    def __init__(self) -> None:
        self.started: list[tuple[str, list[str]]] = []

    def start(self, node: str, argv: list[str], output: object) -> None:
        self.started.append((node, argv))


def test_a_capture_is_made_where_it_is_to_be_with_a_buffer_as_large_as_it_is_to_be(tmp_path: Path) -> None:
    network = FakeNetwork()
    point = CapturePoint(name="dub-to-lis", node="dub-br", interface="to-lis", buffer_kib=12345)
    running = _start(cast(Network, network), point, tmp_path)
    ((node, argv),) = network.started
    options = dict(pairwise(argv))
    assert (node, argv[0], options["-i"], options["-B"]) == ("dub-br", "tcpdump", "to-lis", "12345")
    assert (running.point, options["-w"]) == (point, str(tmp_path / "dub-to-lis.pcap"))


def test_no_frame_is_cut_and_every_slot_of_the_buffer_is_for_one(tmp_path: Path) -> None:
    network = FakeNetwork()
    _start(cast(Network, network), CapturePoint(name="a", node="a", interface="eth0"), tmp_path)
    ((_, argv),) = network.started
    options = dict(pairwise(argv))
    longest, slot = 1514, 2048  # Ethernet's, without its checksum; the kernel's
    assert longest < int(options["-s"]) == LONGEST_FRAME_BYTES < slot
    assert int(options["-B"]) * 1024 // slot >= 1000
