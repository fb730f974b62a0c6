"""What it costs to bring networks up and down: Mininet's own classes beside ours, and plans of whole planets.

``python -m tests.bench_links`` prints the table; it is part of ``make bench``. All of it happens in one guest
in virtual time, one network after another; seconds are real, told by the guest's console.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import random
import statistics
import sys
import tempfile
import time
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from machine import guest, session
from machine.session import SOURCE_FD
from tests.emulation.guests import changed_source
from topologies.access import Line
from topologies.draft import Draft, Site
from topologies.places import Place
from topologies.plan import Neighbour, Node, Plan, Route

MEMORY_MB = 4096
SILENCE_S = 1800.0
SIZES = (10, 50, 100, 200)
PLANS = {f"planet of {hosts}": (50, 150, hosts) for hosts in (100, 300, 1000)}  # switches, trunks, hosts
SCRIPTED = "planet of 100"  # what is built by Mininet's scripts, too
SITES = IPv4Network("13.0.0.0/8")
HOSTS_BITS = 22  # a site's prefix
TEMPLATE = """Networks of Mininet's, with its own classes (TCLink, OVSSwitch, a shell for each node, `tc` and
`ovs-vsctl`) and the same script with ours. Links have 5 ms, those of the tree none. The planet has 50
switches, 150 trunks and 100 hosts. Seconds are real, of a guest in virtual time; stock ran once.

| network | stock: start | stop | MB | ours: start | stop | MB | times faster |
| --- | --- | --- | --- | --- | --- | --- | --- |
{rows}

Start grows with the number of hosts to the power of {stock_growth} (stock) and {our_growth} (ours), over
{sizes} hosts on one switch (goal: at 50 hosts, a twentieth of stock).

A plan, as runs have it, with routers, routes and neighbours (goals: 100 hosts in 10 s, a thousand hosts in
60 s and 4 GiB); each has 50 switches and 150 trunks:

| plan | nodes | wires | routes | start | stop | MB |
| --- | --- | --- | --- | --- | --- | --- |
{plans}

Start grows with the number of wires to the power of {plan_growth}.
"""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a network costs: real seconds up and down, and megabytes while it is there."""

    start_s: float
    stop_s: float
    memory_mb: float


def plan_of(switches: int, trunks: int, hosts: int) -> Plan:
    """Return a made-up plan: a ring of sites with chords, and hosts at each of them in turn."""
    draft, chance = Draft(), random.Random(1)
    prefixes = list(SITES.subnets(new_prefix=HOSTS_BITS))[:switches]
    sites = [_site(draft, number, prefix) for number, prefix in enumerate(prefixes)]
    for number in range(hosts):
        site = sites[number % switches]
        draft.host(f"h{number}", (site.prefixes[0][2 + number // switches],), site)
    uplinks = []
    for number, site in enumerate(sites):
        draft.nodes.append(Node(name=f"d{number}-wan", kind="switch", site=site.router))
        uplinks.append(draft.wire(site.router, "wan", f"d{number}-wan", site.router))
    pairs = {(number, (number + 1) % switches): None for number in range(switches)}
    while len(pairs) < trunks:
        a, b = sorted(chance.sample(range(switches), 2))
        if (b, a) not in pairs:
            pairs[a, b] = None
    for a, b in pairs:
        line = Line(delay_ms=chance.randrange(1, 50))
        draft.wire(f"d{a}-wan", f"d{a}-d{b}", f"d{b}-wan", f"d{b}-d{a}", line, line)
    for here in range(switches):
        for there in range(switches):
            if here != there:
                _over_backbone(draft, sites[here], sites[there], uplinks[there].a.mac)
    return draft.finished(1, "cubic")


def _site(draft: Draft, number: int, prefix: IPv4Network) -> Site:
    place = Place(name=f"d{number}", latitude=number, longitude=0)
    return draft.site(f"d{number}", Site(f"d{number}-br", place, prefix[1], f"d{number}", [prefix]))


def _over_backbone(draft: Draft, here: Site, there: Site, mac: str) -> None:
    via: IPv4Address = there.address
    draft.routes.append(Route(node=here.router, prefix=there.prefixes[0], interface="wan", via=via))
    draft.neighbours[Neighbour(node=here.router, interface="wan", address=via, mac=mac)] = None


def measure(cases: list[tuple[str, str, int]], plans: dict[str, Plan]) -> dict[tuple[str, str], Cost]:
    """Build networks, each as often as its case says, in one guest; return the medians."""
    seen: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as work:
        source = changed_source(Path(work) / "source", {})
        inside = Path(__file__).with_name("bench_links_inside.py").read_text()
        (source / "experiments" / "inside.py").write_text(inside)
        folder = Path(work) / "run"
        folder.mkdir()
        (folder / "bench.json").write_text(json.dumps(cases))
        for name, plan in plans.items():
            (folder / f"{name}.json").write_text(plan.model_dump_json())
        start = guest.start(folder, 1, MEMORY_MB)
        start = dataclasses.replace(start, folders={**start.folders, SOURCE_FD: source})

        def on_step(text: str) -> None:
            seen[text] = time.monotonic()
            print(f"[bench] {text}", file=sys.stderr, flush=True)

        session.run(start, folder, on_step, SILENCE_S)
        memory = json.loads((folder / "memory.json").read_text())
    return {(kind, name): _cost(seen, memory, kind, name, repeats) for kind, name, repeats in cases}


def _cost(seen: dict[str, float], memory: dict[str, float], kind: str, name: str, repeats: int) -> Cost:
    def median(begin: str, end: str) -> float:
        marks = [f"{kind} {name} {number}" for number in range(repeats)]
        return statistics.median(seen[f"{mark} {end}"] - seen[f"{mark} {begin}"] for mark in marks)

    return Cost(median("start", "up"), median("stop", "gone"), memory[f"{kind} {name}"])


def growth(starts_s: dict[int, float]) -> str:
    """Return the power with which a start grows: the slope of its logarithm over that of a number."""
    x, y = zip(*((math.log(number), math.log(start_s)) for number, start_s in starts_s.items()), strict=True)
    return f"{statistics.linear_regression(x, y).slope:.2f}"


def table(sizes: tuple[int, ...], our_repeats: int) -> str:
    """Measure, and return the report in Markdown."""
    names = [f"single,{size}" for size in sizes] + ["linear,50", "tree,3,4", SCRIPTED]
    plans = {name: plan_of(*counts) for name, counts in PLANS.items()}
    cases = [("ours", "single,2", 1)]  # what only a first network pays for
    for name in names:
        cases += [("ours", name, our_repeats), ("stock", name, 1)]
    cases += [("plan", name, our_repeats) for name in plans]
    costs = measure(cases, plans)
    return TEMPLATE.format(
        rows="\n".join(_row(name, costs["stock", name], costs["ours", name]) for name in names),
        plans="\n".join(_plan_row(name, plan, costs["plan", name]) for name, plan in plans.items()),
        stock_growth=growth({size: costs["stock", f"single,{size}"].start_s for size in sizes}),
        our_growth=growth({size: costs["ours", f"single,{size}"].start_s for size in sizes}),
        plan_growth=growth({len(plan.wires): costs["plan", name].start_s for name, plan in plans.items()}),
        sizes=f"{sizes[0]} to {sizes[-1]}",
    )


def _row(name: str, stock: Cost, ours: Cost) -> str:
    cells = [f"{cost.start_s:.1f} | {cost.stop_s:.1f} | {cost.memory_mb:.0f}" for cost in (stock, ours)]
    return f"| {name} | {' | '.join(cells)} | {stock.start_s / ours.start_s:.0f} |"


def _plan_row(name: str, plan: Plan, cost: Cost) -> str:
    counts = f"{len(plan.nodes)} | {len(plan.wires)} | {len(plan.routes)}"
    return f"| {name} | {counts} | {cost.start_s:.1f} | {cost.stop_s:.1f} | {cost.memory_mb:.0f} |"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="hosts on one switch")
    parser.add_argument("--runs", type=int, default=3, help="runs of ours; stock runs once")
    options = parser.parse_args()
    print(table(tuple(options.sizes), options.runs))


if __name__ == "__main__":
    main()
