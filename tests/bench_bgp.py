"""What it takes until BGP has converged: all published prefixes, from Microsoft's edge to a customer's.

``python -m tests.bench_bgp`` prints the section "BGP" of docs/benchmarks.md. Seconds are real, told by a
guest's steps: inside it, time stands still while anything computes.
"""

from __future__ import annotations

import dataclasses
import statistics
import sys
import tempfile
import time
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

from machine import guest, session
from machine.session import SOURCE_FD
from tests.emulation.guests import changed_source
from topologies.access import Line
from topologies.bgp import CUSTOMER_AS, EXPRESSROUTE_AS, Neighbor, Origin, Policy, Routing, Speaker
from topologies.communities import community_of
from topologies.endpoint import AnyPrefix
from topologies.endpoints import load_list
from topologies.plan import End, Neighbour, Node, Plan, Route, Wire, mac

RUNS = 5
GOAL_S = 10.0
SILENCE_S = 60.0
DELAY_MS = 1.0
CUSTOMER, MICROSOFT = ("hq-er", "198.51.100.1", "2001:db8::1"), ("er1-m1", "198.51.100.2", "2001:db8::2")
SECTION = """## BGP

All {count} prefixes that Microsoft publishes for Office 365 ({count6} of them IPv6) go by BGP from its edge
to a customer's, BIRD on both sides, each prefix with its services' communities. Real seconds of a guest,
from the daemons' start until both say that everything has arrived; medians of {runs} runs, the slowest in
brackets. The goal is {goal:g} s.

| | seconds |
| --- | --- |
| daemons checked and started | {started} |
| converged | {converged} |
| in all | {whole} |
"""


def published() -> list[tuple[AnyPrefix, tuple[str, ...]]]:
    """Return every published prefix of the worldwide cloud with its services' communities."""
    found: dict[AnyPrefix, dict[str, None]] = {}
    for endpoint in load_list("worldwide").endpoints:
        for prefix in endpoint.ips:
            found.setdefault(prefix, {})[community_of(endpoint.service_area)] = None
    return [(prefix, tuple(communities)) for prefix, communities in found.items()]


def plan() -> Plan:
    """Return two routers and the line between them."""
    nodes, routes, neighbours = [], [], []
    ends = [
        End(node=CUSTOMER[0], interface="line", mac=mac(1)),
        End(node=MICROSOFT[0], interface="line", mac=mac(2)),
    ]
    for own, there, far in ((CUSTOMER, MICROSOFT, ends[1]), (MICROSOFT, CUSTOMER, ends[0])):
        nodes.append(Node(name=own[0], kind="router", site=own[0], address=IPv4Address(own[1])))
        via = IPv4Address(there[1])
        routes.append(Route(node=own[0], prefix=IPv4Network(via), interface="line", via=via))
        neighbours.append(Neighbour(node=own[0], interface="line", address=via, mac=far.mac))
    line = Line(delay_ms=DELAY_MS)
    wires = (Wire(a=ends[0], b=ends[1], there=line, back=line),)
    return Plan(seed=1, nodes=tuple(nodes), wires=wires, routes=tuple(routes), neighbours=tuple(neighbours))


def speakers() -> tuple[Speaker, Speaker]:
    """Return Microsoft's edge, which announces everything that is published, and the customer's."""
    origins = tuple(Origin(prefix=prefix, communities=found) for prefix, found in published())
    return (
        _speaker(MICROSOFT, EXPRESSROUTE_AS, _neighbor(MICROSOFT, CUSTOMER, CUSTOMER_AS, "msee-ce"), origins),
        _speaker(CUSTOMER, CUSTOMER_AS, _neighbor(CUSTOMER, MICROSOFT, EXPRESSROUTE_AS, "ce-msee"), ()),
    )


def _speaker(own: tuple[str, str, str], number: int, one: Neighbor, origins: tuple[Origin, ...]) -> Speaker:
    return Speaker(
        node=own[0],
        router_id=IPv4Address(own[1]),
        as_number=number,
        neighbors=(one,),
        originates=origins,
    )


def _neighbor(
    own: tuple[str, str, str], there: tuple[str, str, str], number: int, policy: Policy
) -> Neighbor:
    return Neighbor(
        name=there[0],
        policy=policy,
        as_number=number,
        address=IPv4Address(there[1]),
        own=IPv4Address(own[1]),
        interface="line",
        passive=policy == "msee-ce",
        filtered=Routing().communities,
        own6=IPv6Address(own[2]),
        address6=IPv6Address(there[2]),
    )


def measure(runs: int = RUNS) -> list[tuple[float, float]]:
    """Return real seconds to the daemons' start and from there to convergence, for each of some runs."""
    seen: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as work:
        source = changed_source(Path(work) / "source", {})
        inside = Path(__file__).with_name("bench_bgp_inside.py").read_text()
        (source / "experiments" / "inside.py").write_text(inside)
        folder = Path(work) / "run"
        folder.mkdir()
        (folder / "network.json").write_text(plan().model_dump_json())
        for speaker in speakers():
            (folder / f"{speaker.node}.json").write_text(speaker.model_dump_json())
        (folder / "runs.txt").write_text(str(runs))
        start = guest.start(folder, 1)
        start = dataclasses.replace(start, folders={**start.folders, SOURCE_FD: source})

        def on_step(text: str) -> None:
            seen[text] = time.monotonic()
            print(f"[bench] {text}", file=sys.stderr, flush=True)

        session.run(start, folder, on_step, SILENCE_S)
    return [
        (seen[f"{n} started"] - seen[f"{n} begin"], seen[f"{n} converged"] - seen[f"{n} started"])
        for n in range(runs)
    ]


def section(runs: int = RUNS) -> str:
    """Measure, and return the section in Markdown."""
    found = measure(runs)
    prefixes = [prefix for prefix, _ in published()]
    return SECTION.format(
        count=len(prefixes),
        count6=sum(isinstance(prefix, IPv6Network) for prefix in prefixes),
        runs=runs,
        goal=GOAL_S,
        started=_cell([started for started, _ in found]),
        converged=_cell([converged for _, converged in found]),
        whole=_cell([sum(each) for each in found]),
    )


def _cell(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} ({max(seconds):.2f})"


def main() -> None:
    """Print the section."""
    print(section(), end="")


if __name__ == "__main__":
    main()
