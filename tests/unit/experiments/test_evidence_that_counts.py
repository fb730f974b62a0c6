"""What once passed and must not: things in a capture that cannot be read, or that no TCP connection shows."""

import shutil
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.packet import Raw

from experiments import pipeline
from measurement.pcap import Record
from measurement.pcapng import read_capture, write_records
from measurement.result import Result, Verdict
from tests.unit.measurement.captures import ether

GOLDEN = Path(__file__).parents[2] / "golden" / "nearest_datacenter"
CLIENT, ELSEWHERE = "100.64.0.10", "13.107.6.82"
FRAGMENT = ether(IP(src=CLIENT, dst=ELSEWHERE, flags="MF") / UDP() / Raw(b"a part"))
QUIC = ether(IP(src=CLIENT, dst=ELSEWHERE) / UDP(sport=50000, dport=443) / Raw(b"hello"))
CUT_QUESTION = ether(IP(src=CLIENT, dst=ELSEWHERE) / UDP(dport=53) / Raw(b"\0\1\0\0\0\1"))


def judged_with(tmp_path: Path, node: str, frame: bytes) -> Result:
    """Judge a copy of the saved run in which one more frame was captured at a node."""
    run_dir = tmp_path / "run"
    shutil.copytree(GOLDEN, run_dir)
    path = run_dir / "pcap" / "nearest" / f"{node}.pcapng"
    capture = read_capture(path)
    records = [Record(each.time_ns, each.data, len(each.data)) for each in capture.frames]
    records.append(Record(records[-1].time_ns + 1 if records else 1, frame, len(frame)))
    write_records(records, path, interface=capture.interface, node=node, received=len(records), dropped=0)
    return pipeline.judge(run_dir)


@pytest.mark.parametrize(
    "node, frame, step",
    [
        ("dub-br", FRAGMENT, 5),
        ("mwh-fe", FRAGMENT, 5),
        ("dub-fe", FRAGMENT, 5),
        ("traveller", CUT_QUESTION, 1),
    ],
    ids=["on the backbone", "at home", "at the front end", "a question of the client"],
)
def test_what_cannot_be_read_could_be_what_must_not_be_there(
    tmp_path: Path, node: str, frame: bytes, step: int
) -> None:
    assert judged_with(tmp_path, node, frame).steps[step - 1].verdict is Verdict.INCONCLUSIVE


def test_a_client_that_also_talks_without_tcp_has_another_connection(tmp_path: Path) -> None:
    assert judged_with(tmp_path, "traveller", QUIC).steps[4].verdict is Verdict.REFUTED
