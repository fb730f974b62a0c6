"""Captures: one tcpdump at each place for the whole run, cut afterwards into the run's cases.

A capture counts as started when tcpdump says that it listens. Its own counters at the end say whether it
has everything; they go into every file that is cut from it.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from measurement.pcap import read_pcap
from measurement.pcapng import write_records
from topologies.base import Frozen
from topologies.errors import MeasurementError
from topologies.network import Network

READY_DEADLINE_S = 30.0
SMALL_BUFFER_KIB = 2048
LONGEST_FRAME_BYTES = 1600  # Ethernet's 1,514, and some: every slot of the buffer is for one of these
COUNTERS = re.compile(r"(\d+) packets? (captured|received by filter|dropped by kernel)")


class CapturePoint(Frozen):
    """Where is captured: an interface of a node. Files are named ``name``.

    ``buffer_kib`` holds packets, 2 KiB for each, until tcpdump comes to write them: where no time passes
    while anybody computes, a whole window of packets arrives before that.
    """

    name: str
    node: str
    interface: str
    buffer_kib: int = SMALL_BUFFER_KIB


@dataclass(frozen=True)
class Window:
    """A case's time: from and until, in nanoseconds since the epoch, with the TLS secrets made in it.

    `wireguard_keys` are the keys of the tunnels that were used in it, as Wireshark's wg.keylog_file has them.
    """

    case: str
    from_ns: int
    until_ns: int
    tls_secrets: str
    wireguard_keys: str = ""


class Recorder:
    """Running captures; `windows` says what belongs to which case."""

    def __init__(self) -> None:
        self.windows: list[Window] = []


@dataclass(frozen=True)
class _Running:
    point: CapturePoint
    raw: Path
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def capturing(
    network: Network, points: Sequence[CapturePoint], work: Path, target: Path
) -> Iterator[Recorder]:
    """Capture at every point for as long as the block lasts, then write ``target/CASE/NAME.pcapng``.

    ``work`` receives the raw files. Raises MeasurementError if a capture does not start or ends by itself.
    """
    recorder = Recorder()
    running: list[_Running] = []
    try:
        for point in points:
            running.append(_start(network, point, work))
        for each in running:
            _wait_listening(each)
        yield recorder
    finally:
        words = {each.point.name: _stop(each) for each in running}
    for each in running:
        _cut(each, words[each.point.name], recorder.windows, target)


def _start(network: Network, point: CapturePoint, work: Path) -> _Running:
    raw = work / f"{point.name}.pcap"
    argv = ["tcpdump", "-i", point.interface, "-n", "-U", "-Z", "root", "--immediate-mode"]
    argv += ["-s", str(LONGEST_FRAME_BYTES), "-B", str(point.buffer_kib)]
    argv += ["--time-stamp-precision=nano", "-w", str(raw)]
    process = network.start(point.node, argv, subprocess.PIPE)
    return _Running(point, raw, process)


def _wait_listening(each: _Running) -> None:
    assert each.process.stdout is not None
    deadline, words = time.monotonic() + READY_DEADLINE_S, ""
    with selectors.DefaultSelector() as selector:
        selector.register(each.process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise MeasurementError(
                    f"{each.point.name}: tcpdump does not listen after {READY_DEADLINE_S:g} s"
                )
            line = each.process.stdout.readline().decode()
            if "listening on" in line:
                return
            if not line:
                raise MeasurementError(
                    f"{each.point.name}: tcpdump ended before it listened: {words.strip()}"
                )
            words += line


def _stop(each: _Running) -> str:
    each.process.terminate()
    words, _ = each.process.communicate()
    return words.decode()


def _cut(each: _Running, words: str, windows: Sequence[Window], target: Path) -> None:
    counters = {name: int(count) for count, name in COUNTERS.findall(words)}
    if len(counters) != 3:
        raise MeasurementError(f"{each.point.name}: tcpdump gave no counters: {words.strip()}")
    source = read_pcap(each.raw)
    whole = source.whole and len(source.records) == counters["captured"] == counters["received by filter"]
    for window in windows:
        own = [record for record in source.records if window.from_ns <= record.time_ns < window.until_ns]
        folder = target / window.case
        folder.mkdir(parents=True, exist_ok=True)
        write_records(
            own,
            folder / f"{each.point.name}.pcapng",
            interface=each.point.interface,
            node=each.point.node,
            received=len(own) if whole else None,
            dropped=counters["dropped by kernel"],
            tls_secrets=window.tls_secrets,
            wireguard_keys=window.wireguard_keys,
            link_type=source.link_type,
        )
