"""What computing paths costs: all shortest ways of a large backbone, each with what leads around every cut.

``python -m tests.bench_paths`` prints the section "Path computation" of docs/benchmarks.md. Each figure is of
a process of its own, so the peak memory is that of the computation; of several runs it is the fastest one.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from random import Random

import networkx

from controllers.routes import all_routes
from controllers.topology import Switch, Topology, Trunk
from topologies.shortest import weight

SIZES = ((250, 1_000), (500, 2_000), (1_000, 4_000))
GOAL_S = 20.0
RUNS = 3
NS_PER_MS = 1_000_000
SIDE_MS = 200.0  # round trip along one side of the square on which switches stand
KINDS = ("ours", "networkx")

SECTION = """## Path computation

All shortest ways between all switches of a generated backbone, for each switch and target with the way
around the trunk that it would use: `controllers.routes.all_routes`. Beside it, networkx's all-pairs Dijkstra
over the same backbone, which gives the ways alone. Each figure is of a process of its own, the fastest of
{runs} runs; seconds are of the processor, memory is the peak beyond what there was before. The goal for
{switches:,} switches and {trunks:,} trunks is {goal:g} s.

| switches | trunks | seconds | peak MB | networkx: seconds | peak MB |
| --- | --- | --- | --- | --- | --- |
{rows}

With n times the switches and trunks it takes n^{ours:.2f} times as long, networkx's n^{theirs:.2f} times.
{found:,} of {wanted:,} ways have one around their first trunk.
"""


@dataclass(frozen=True)
class Cost:
    """What one computation took."""

    seconds: float
    peak_mb: float
    ways: int
    around: int


def generated(switches: int, trunks: int, seed: int = 0) -> Topology:
    """Return a connected backbone: switches on a square, each joined to a near one before it, and the rest.

    The trunks beside the tree join switches that are near each other, as fibre does.
    """
    random = Random(seed)
    places = [(random.random(), random.random()) for _ in range(switches)]
    pairs: dict[tuple[int, int], float] = {}

    def join(a: int, among: range, candidates: int) -> None:
        near = min((random.choice(among) for _ in range(candidates)), key=lambda b: _apart(places, a, b))
        if near != a:
            pairs[min(a, near), max(a, near)] = _apart(places, a, near)

    for switch in range(1, switches):
        join(switch, range(switch), 8)
    while len(pairs) < trunks:
        join(random.randrange(switches), range(switches), 40)
    return _topology(switches, pairs)


def _apart(places: list[tuple[float, float]], a: int, b: int) -> float:
    return SIDE_MS * math.dist(places[a], places[b])


def _topology(switches: int, pairs: dict[tuple[int, int], float]) -> Topology:
    ports = [0] * switches
    made = []
    for number, ((a, b), rtt_ms) in enumerate(pairs.items(), start=1):
        ports[a] += 1
        ports[b] += 1
        ends = {"a": a + 1, "b": b + 1, "a_port": ports[a], "b_port": ports[b]}
        made.append(Trunk(number=number, rtt_ns=round(rtt_ms * NS_PER_MS), **ends))
    named = (
        Switch(number=n + 1, name=f"s{n + 1}", uplink=ports[n] + 1, mac=f"02:{n:010x}")
        for n in range(switches)
    )
    return Topology(switches=tuple(named), trunks=tuple(made))


def measure(kind: str, switches: int, trunks: int) -> Cost:
    """Compute all paths in this process."""
    made = generated(switches, trunks)
    graph: networkx.Graph[int] = networkx.Graph()
    graph.add_weighted_edges_from((t.a, t.b, weight(t.rtt_ns, t.number)) for t in made.trunks)
    before_mb, begin = _peak_mb(), time.process_time()
    if kind == "ours":
        routes = all_routes(made)
        seconds = time.process_time() - begin
        ways = sum(len(each.tree.to) for each in routes.values())
        around = sum(len(each.swaps) for each in routes.values())
    else:
        paths = dict(networkx.all_pairs_dijkstra(graph))
        seconds = time.process_time() - begin
        ways, around = sum(len(found) - 1 for _, found in paths.values()), 0
    return Cost(seconds, _peak_mb() - before_mb, ways, around)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def cost(kind: str, switches: int, trunks: int, runs: int = RUNS) -> Cost:
    """Return what the fastest of some runs took, each in a fresh process."""
    found = []
    for _ in range(runs):
        argv = [sys.executable, "-m", "tests.bench_paths", kind, str(switches), str(trunks)]
        found.append(Cost(**json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout)))
    return min(found, key=lambda each: each.seconds)


def growth(sizes: list[int], seconds: list[float]) -> float:
    """Return the exponent of the power of the size that seconds grow with: least squares over logarithms."""
    xs, ys = [math.log(each) for each in sizes], [math.log(each) for each in seconds]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def section(sizes: tuple[tuple[int, int], ...] = SIZES, runs: int = RUNS) -> str:
    """Measure everything, and return the section in Markdown."""
    found = {kind: [cost(kind, *size, runs=runs) for size in sizes] for kind in KINDS}
    switches = [size[0] for size in sizes]
    exponents = {kind: growth(switches, [each.seconds for each in costs]) for kind, costs in found.items()}
    rows = [
        f"| {size[0]:,} | {size[1]:,} | {ours.seconds:.2f} | {ours.peak_mb:.0f} |"
        f" {theirs.seconds:.2f} | {theirs.peak_mb:.0f} |"
        for size, ours, theirs in zip(sizes, found["ours"], found["networkx"], strict=True)
    ]
    return SECTION.format(
        runs=runs,
        goal=GOAL_S,
        rows="\n".join(rows),
        switches=sizes[-1][0],
        trunks=sizes[-1][1],
        ours=exponents["ours"],
        theirs=exponents["networkx"],
        found=found["ours"][-1].around,
        wanted=found["ours"][-1].ways,
    )


def main() -> None:
    """Print the section; with a kind and a size, measure that one."""
    if len(sys.argv) == 4:
        kind, switches, trunks = sys.argv[1:]
        print(json.dumps(vars(measure(kind, int(switches), int(trunks)))))
    else:
        print(section(), end="")


if __name__ == "__main__":
    main()
