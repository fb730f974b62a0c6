"""What a run costs, in real time and memory: ``make bench`` writes docs/benchmarks.md.

Every figure is of the whole command, as a user types it, in turn with its alternatives, so that a machine
whose speed drifts is fair to all. ``--set-up`` adds a set-up from nothing, in a cache of its own.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from experiments import pipeline
from experiments.registry import EXPERIMENTS, find
from machine import guest, kernel, session
from measurement.rtt import error_us
from tests import bench_bgp, bench_links, bench_merge, bench_paths, bench_vpn, bench_worlds, load, load_inside
from tests.emulation.guests import EXPERIMENT, fingerprints
from tests.memory import Peak
from topologies.load import load_world

REPORT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
FIRST_PACKET_STEP = "nearest:"
TEMPLATE = """# Benchmarks

`make bench`, {day}: {machine}.

`{experiment}` in the article's world, {count} runs of each kind in turn; medians, in real time. The goals for
the default are 20 s in all, 10 s to the client's first packet, and 600 MB.

| run | seconds | to the first packet | peak MB | farthest path off, microseconds |
| --- | --- | --- | --- | --- |
{rows}

Memory is the proportional set size of the command and everything that it started. In real time the quiet
seconds around each case and the wait before Open vSwitch starts really pass, and the load is in every figure.

Repeatability: {identical} runs one after another gave {different} different set of files (goal: 1).

## The other experiments

One run of each, the whole command; the goal is 45 s.

| run | seconds |
| --- | --- |
{others}

## Load

h2load asks a front end in Amsterdam {requests} times over 20 connections, ten requests at a time on each: the
portal's page, which nginx gives itself, and signing in to mail, which asks the directory and goes over the
backbone. Then {clients} clients at five places start Outlook, five requests each, in one run (goal: 120 s
without h2load). Seconds are real; requests a second are told by h2load, in its own time.

| | portal: s | a second | mail: s | a second | lost | {clients} clients: s | landed nearest |
| --- | --- | --- | --- | --- | --- | --- | --- |
{load}

## Bringing networks up

{links}

{paths}

{vpn}

{bgp}

{merge}

{worlds}
"""
CLIENTS = 200


@dataclasses.dataclass(frozen=True)
class Run:
    """One run: real seconds in all and to the client's first packet, peak memory, and the worst path."""

    seconds: float
    first_packet_s: float
    peak_mb: float
    worst_us: float


def measured(words: Callable[[list[str]], list[str]]) -> Run:
    """Run the experiment in a guest whose command line is changed by ``words``; return what it cost."""
    start, first_packet_s = time.monotonic(), 0.0

    def on_step(text: str) -> None:
        nonlocal first_packet_s
        if text.startswith(FIRST_PACKET_STEP):
            first_packet_s = time.monotonic() - start

    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "run"
        folder.mkdir()
        pipeline.prepare(pipeline.plan(find(EXPERIMENT), load_world("article"), 1, 10), folder)
        plan = guest.start(folder, 1)
        peak = Peak(os.getpid())
        peak.start()
        session.run(dataclasses.replace(plan, argv=words(plan.argv)), folder, on_step)
        result = pipeline.judge(folder)
        peak.stopped.set()
        worst_us = max(error_us(path) for path in result.paths)
        return Run(time.monotonic() - start, first_packet_s, peak.highest_mb, worst_us)


KINDS: dict[str, Callable[[list[str]], list[str]]] = {
    "guest, virtual time (the default)": lambda words: words,
    "the same without seccomp": lambda words: [word for word in words if word != "seccomp=on"],
    "the same in real time": lambda words: [word for word in words if not word.startswith("time-travel")],
}


def one_after_another(count: int) -> int:
    """Return how many different runs ``count`` runs from the command line are."""
    seen = set()
    with tempfile.TemporaryDirectory() as work:
        for number in range(count):
            folder = Path(work) / str(number)
            argv = [sys.executable, "-m", "clientpath.cli", "run", EXPERIMENT, "--out", str(folder)]
            subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seen.add(tuple(sorted(fingerprints(folder).items())))
    return len(seen)


def set_up_seconds() -> float:
    """Return how long a set-up from nothing takes, packages for Python not counted."""
    with tempfile.TemporaryDirectory() as cache:
        start = time.monotonic()
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        subprocess.run([sys.executable, "-m", "machine.setup"], check=True, env=environment)
        return time.monotonic() - start


def row(name: str, runs: list[Run]) -> str:
    """Return a line of the table: medians, and the range of the seconds."""
    seconds = [run.seconds for run in runs]
    first = statistics.median(run.first_packet_s for run in runs)
    peak = statistics.median(run.peak_mb for run in runs)
    worst = max(run.worst_us for run in runs)
    times = f"{statistics.median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})"
    return f"| {name} | {times} | {first:.1f} | {peak:.0f} | {worst:.1f} |"


def machine() -> str:
    """Return what this machine is, in a line."""
    words = [line.partition(": ") for line in Path("/proc/cpuinfo").read_text().splitlines()]
    model = next((value for name, _, value in words if "model name" in name), platform.machine())
    return (
        f"{model}, {os.cpu_count()} cores, Linux {platform.release()}; the guest's kernel: {kernel.source()}"
    )


def whole_command_s(experiment: str) -> float:
    """Return how long an experiment's command takes."""
    with tempfile.TemporaryDirectory() as work:
        argv = [sys.executable, "-m", "clientpath.cli", "run", experiment, "--out", f"{work}/run"]
        start = time.monotonic()
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.monotonic() - start


def load_row(name: str, one: load.Load) -> str:
    """Return a line of the load's table."""
    portal, mail = one.load["portal"], one.load["mail"]
    without_h2load_s = sum(s for step, s in one.seconds.items() if not step.startswith("load: "))
    cells = [
        f"{one.seconds['load: portal']:.1f}",
        f"{portal['per_second']:.0f}",
        f"{one.seconds['load: mail']:.1f}",
        f"{mail['per_second']:.0f}",
        f"{portal['failed'] + mail['failed']}",
        f"{without_h2load_s:.0f}",
        f"{one.arrived - one.misled} of {one.clients}",
    ]
    return f"| {name} | {' | '.join(cells)} |"


def report(
    runs: dict[str, list[Run]],
    identical: tuple[int, int],
    others: dict[str, float],
    loads: dict[str, load.Load],
    sections: tuple[str, ...],
    set_up_s: float | None,
) -> str:
    """Return docs/benchmarks.md."""
    text = TEMPLATE.format(
        day=date.today().isoformat(),
        machine=machine(),
        experiment=EXPERIMENT,
        count=len(next(iter(runs.values()))),
        rows="\n".join(row(name, each) for name, each in runs.items()),
        identical=identical[0],
        different=identical[1],
        others="\n".join(f"| `{name}` | {seconds:.1f} |" for name, seconds in others.items()),
        requests=load_inside.REQUESTS,
        clients=CLIENTS,
        load="\n".join(load_row(name, one) for name, one in loads.items()),
        links=sections[0].rstrip(),
        paths=sections[1].rstrip(),
        vpn=sections[2].rstrip(),
        bgp=sections[3].rstrip(),
        merge=sections[4].rstrip(),
        worlds=sections[5].rstrip(),
    )
    if set_up_s is not None:
        text += f"\nSet-up from nothing, kernel and tree: {set_up_s:.0f} s (goal: 600).\n"
    return text


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each kind")
    parser.add_argument("--identical", type=int, default=20, help="runs that have to be the same")
    parser.add_argument("--set-up", action="store_true", help="measure a set-up from nothing, too (minutes)")
    options = parser.parse_args()
    runs: dict[str, list[Run]] = {name: [] for name in KINDS}
    for number in range(options.runs):
        for name, words in KINDS.items():
            runs[name].append(measured(words))
            print(f"[bench] {number + 1} of {options.runs}, {name}: {runs[name][-1]}", flush=True)
    identical = options.identical, one_after_another(options.identical)
    others = {name: whole_command_s(name) for name in EXPERIMENTS if name != EXPERIMENT}
    print(f"[bench] {others}", flush=True)
    loads = {name: load.measure(CLIENTS, words) for name, words in KINDS.items() if "seccomp" not in name}
    links = bench_links.table(bench_links.SIZES, our_repeats=3)
    benches = (bench_paths, bench_vpn, bench_bgp, bench_merge, bench_worlds)
    sections = (links, *(each.section() for each in benches))
    set_up_s = set_up_seconds() if options.set_up else None
    REPORT.write_text(report(runs, identical, others, loads, sections, set_up_s))
    print(REPORT.read_text())


if __name__ == "__main__":
    main()
