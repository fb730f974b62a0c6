"""What a run's last stage costs: merging 100 MB of captures, and the pages of saved runs.

``python -m tests.bench_merge`` prints the section "The last stage" of docs/benchmarks.md. Each figure is of a
process of its own: its processor seconds, and the most memory that it had.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from experiments import pipeline
from measurement.merge import merge
from measurement.pcap import Record
from measurement.pcapng import write_records
from tests.memory import Peak

SAVED = Path(__file__).parent / "golden"
TOTAL_MB, FILES, CASES = 100, 200, 5
SIZES_BYTES = {"names and handshakes": 100, "files that are moved": 1514}
SAMPLE_S = 0.02
START_NS = 1_700_000_000_000_000_000
SECTION = """## The last stage

{mb} MB of captures, in {files} files whose packets take turns, as one (goals: 20 s and 300 MB). Then
`clientpath report RUN_DIR` of saved runs, the whole command (goal: 3 s). Each is a process of its own;
seconds are of the processor.

| merging | bytes each | packets | seconds | peak MB |
| --- | --- | --- | --- | --- |
{merging}

| a report of | captures | seconds | peak MB |
| --- | --- | --- | --- |
{reports}
"""


@dataclass(frozen=True)
class Cost:
    """What a command printed, its processor seconds, and the most memory that it had."""

    said: str
    seconds: float
    peak_mb: float


def make_captures(run_dir: Path, size_bytes: int) -> None:
    """Write captures of packets of one size, which take turns: each packet comes out of another file."""
    count = TOTAL_MB * 1_000_000 // size_bytes // FILES
    for number in range(FILES):
        path = run_dir / "pcap" / f"case{number % CASES}" / f"place{number // CASES}.pcapng"
        path.parent.mkdir(parents=True, exist_ok=True)
        times = (START_NS + (at * FILES + number) * 1000 for at in range(count))
        records = [Record(time_ns, bytes(size_bytes), size_bytes) for time_ns in times]
        write_records(records, path, interface="lan", node=path.stem, received=count, dropped=0)


def merge_all(run_dir: Path) -> None:
    """Merge a folder's captures, and print how many packets there were."""
    files = sorted((run_dir / "pcap").glob("*/*.pcapng"))
    print(f"{merge(run_dir, files, run_dir / 'story.pcapng', {}, {}).packets:,}")


def cost(words: list[str]) -> Cost:
    """Run a command of this Python's; return what it cost."""
    argv = [sys.executable, "-m", *words]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        peak = Peak(process.pid, SAMPLE_S)
        peak.start()
        said = process.communicate()[0].strip()
        peak.stopped.set()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, argv)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(said, seconds, peak.highest_mb)


def merging() -> Iterator[str]:
    """Yield a line for each kind of packets."""
    for name, size_bytes in SIZES_BYTES.items():
        with tempfile.TemporaryDirectory() as work:
            make_captures(Path(work), size_bytes)
            own = cost(["tests.bench_merge", work])
            yield f"| {name} | {size_bytes:,} | {own.said} | {own.seconds:.1f} | {own.peak_mb:.0f} |"


def reports() -> Iterator[str]:
    """Yield a line for each saved run."""
    for saved in sorted(path.parent for path in SAVED.glob("*/order.json")):
        with tempfile.TemporaryDirectory() as work:
            run_dir = shutil.copytree(saved, Path(work) / "run")
            pipeline.judge(run_dir)
            own = cost(["clientpath.cli", "report", str(run_dir)])
            captures = len(list(run_dir.glob("pcap/*/*.pcapng")))
            yield f"| `{saved.name}` | {captures} | {own.seconds:.1f} | {own.peak_mb:.0f} |"


def section() -> str:
    """Measure; return the section of docs/benchmarks.md."""
    lines = {"merging": "\n".join(merging()), "reports": "\n".join(reports())}
    return SECTION.format(mb=TOTAL_MB, files=FILES, **lines)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        merge_all(Path(sys.argv[1]))
    else:
        print(section())
