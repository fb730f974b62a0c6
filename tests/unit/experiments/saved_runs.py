"""The saved run, copied to be damaged: frames are lost and changed, files are cut, journeys say other things.

The saved run itself is never touched.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scapy.layers.dns import DNS
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from experiments.reading import Reading, read_run
from experiments.registry import find
from measurement.judge import Claim, judge
from measurement.pcap import Record
from measurement.pcapng import read_capture, write_records
from measurement.result import StepResult

SAVED = Path(__file__).resolve().parents[2] / "golden" / "nearest_datacenter"
CASES = ("nearest", "far-resolver", "at-home", "same-answer", "backbone-echo")
A, CNAME = 1, 5

Records = list[Record]


@dataclass(frozen=True)
class Damage:
    """A change of a copy, and the captures (as CASE/NODE) that it changes."""

    captures: tuple[str, ...]
    do: Callable[[Path], None]


def copied(target: Path, captures: Collection[str] | None = None) -> Path:
    """Copy the saved run, with all of its captures or only with some."""

    def unwanted(folder: str, names: list[str]) -> set[str]:
        case = Path(folder)
        if captures is None or case.parent.name != "pcap":
            return set()
        return {name for name in names if f"{case.name}/{Path(name).stem}" not in captures}

    shutil.copytree(SAVED, target, ignore=unwanted, dirs_exist_ok=True)
    return target


def damaged(run_dir: Path, *damages: Damage) -> Path:
    """Do several damages to a copy."""
    for damage in damages:
        damage.do(run_dir)
    return run_dir


def damaged_reading(saved: Reading, target: Path, *damages: Damage) -> Reading:
    """Read a damaged copy that has nothing but what is damaged, and take the rest from the saved run.

    Every capture is observed by itself, so the result is that of a whole copy; it takes a tenth of the time.
    """
    changed = {capture for damage in damages for capture in damage.captures}
    reading = read_run(damaged(copied(target, changed), *damages))
    rest = tuple(row for row in saved.observations if f"{row.case}/{row.node}" not in changed)
    return dataclasses.replace(reading, observations=(*reading.observations, *rest))


def claims(reading: Reading) -> dict[str, Claim]:
    """Return what the experiment claims of a run, as "step 1" or "control 1"."""
    experiment = find(reading.order.experiment)
    parts = {"step": experiment.steps(reading), "control": experiment.controls(reading)}
    return {f"{part} {n}": claim for part, listed in parts.items() for n, claim in enumerate(listed, 1)}


def judged(reading: Reading, claim: str) -> StepResult:
    """Judge one claim of a run."""
    return judge(int(claim.split()[1]), claims(reading)[claim])


def capture_path(run_dir: Path, capture: str) -> Path:
    """Return the path of a capture."""
    return run_dir / "pcap" / f"{capture}.pcapng"


def rewritten(
    capture: str, change: Callable[[Records], Records], *, counted: bool = True, dropped: int = 0
) -> Damage:
    """Change a capture's packets; unless they are ``counted``, its statistics stay as they were."""

    def do(run_dir: Path) -> None:
        path = capture_path(run_dir, capture)
        before = read_capture(path)
        records = change([Record(frame.time_ns, frame.data, len(frame.data)) for frame in before.frames])
        received = len(records) if counted else before.received
        settings = {"interface": before.interface, "node": before.name}
        link = before.link_type
        write_records(records, path, **settings, received=received, dropped=dropped, link_type=link)

    return Damage((capture,), do)


def without_frame(capture: str, frame: int, *, counted: bool) -> Damage:
    """Take a frame out of a capture."""
    return rewritten(capture, lambda records: [*records[: frame - 1], *records[frame:]], counted=counted)


def emptied(capture: str) -> Damage:
    """Take every frame out of a capture, and count none."""
    return rewritten(capture, lambda records: [])


def dropping(capture: str) -> Damage:
    """Let a capture's statistics say that packets were dropped."""
    return rewritten(capture, lambda records: records, dropped=3)


def cut(capture: str) -> Damage:
    """Cut a capture in the middle of a block: of its last packet, or of its head where it has none."""
    statistics_and_a_part = 90

    def do(run_dir: Path) -> None:
        path = capture_path(run_dir, capture)
        path.write_bytes(path.read_bytes()[:-statistics_and_a_part])

    return Damage((capture,), do)


def missing(capture: str) -> Damage:
    """Remove a capture's file."""
    return Damage((capture,), lambda run_dir: capture_path(run_dir, capture).unlink())


def with_packet(capture: str, packet: Any) -> Damage:
    """Add an IP packet at a capture's end, and count it."""
    data = bytes(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / packet)

    def add(records: Records) -> Records:
        last_ns = records[-1].time_ns if records else 0
        return [*records, Record(last_ns + 1000, data, len(data))]

    return rewritten(capture, add)


def later(capture: str, frame: int, by_us: int) -> Damage:
    """Let a frame arrive later."""

    def change(was: Record) -> Record:
        return dataclasses.replace(was, time_ns=was.time_ns + by_us * 1000)

    return _with_frame(capture, frame, change)


def patched(capture: str, frame: int, change: Callable[[Any], None]) -> Damage:
    """Change a frame's packet; lengths and checksums are made anew."""

    def patch(was: Record) -> Record:
        packet = Ether(was.data)
        change(packet)
        for layer in (IP, UDP):
            for name in ("len", "chksum"):
                if layer in packet:
                    packet[layer].delfieldval(name)
        data = bytes(packet)
        return Record(was.time_ns, data, len(data))

    return _with_frame(capture, frame, patch)


def _with_frame(capture: str, frame: int, change: Callable[[Record], Record]) -> Damage:
    return rewritten(
        capture, lambda records: [*records[: frame - 1], change(records[frame - 1]), *records[frame:]]
    )


def answering(capture: str, frame: int, kind: int, data: str) -> Damage:
    """Change the data of an answer's record of a kind, in a message that stays well-formed."""

    def change(packet: Any) -> None:
        record = next(each for each in packet[DNS].an if each.type == kind)
        record.rdata = data
        record.rdlen = None

    return patched(capture, frame, change)


def telling(case: str, change: Callable[[dict[str, Any]], None]) -> Damage:
    """Let the client say something else of a case, or of its first request: both are changed as one."""

    def do(run_dir: Path) -> None:
        path = run_dir / "journey.jsonl"
        journeys = [json.loads(line) for line in path.read_text().splitlines()]
        for journey in journeys:
            if journey["case"] == case:
                first = journey["fetches"][0]
                said = {**journey, **first}
                change(said)
                first.update({key: said[key] for key in first})
                journey.update({key: said[key] for key in journey})
        path.write_text("".join(json.dumps(journey) + "\n" for journey in journeys))

    return Damage((), do)


def saying(case: str, **other: object) -> Damage:
    """Let the client say other values of a case or of its first request."""
    return telling(case, lambda journey: journey.update(other))


def journeys_text(text: str | None) -> Damage:
    """Put something else into journey.jsonl; None removes it."""

    def do(run_dir: Path) -> None:
        path = run_dir / "journey.jsonl"
        if text is None:
            path.unlink()
        else:
            path.write_text(text)

    return Damage((), do)
