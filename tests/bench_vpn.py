"""Many clients that dial in to one concentrator: what they cost, and whether their round trips stay true.

``python -m tests.bench_vpn`` prints the section "VPN" of docs/benchmarks.md. The article's world has as many
clients more, at five places; each has a tunnel to the office, asks the office's resolver, and gets a page
from the front door that is nearest to the office. Seconds are real, told by a guest's steps.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from experiments.order import Case, Order
from experiments.passage import capture_of
from experiments.people import nearest
from experiments.pipeline import Planned, prepare
from experiments.vpn_ways import way
from machine import guest, session
from machine.session import SOURCE_FD
from measurement.capture import CapturePoint
from measurement.journey import Request
from measurement.observation import TcpConnection
from measurement.observers.source import Source
from measurement.observers.tcp import tcp_connections
from measurement.pcapng import read_capture
from tests import bench_vpn_inside, load
from tests.emulation.guests import changed_source
from tests.memory import Peak
from topologies import names
from topologies.hosts import front_end, gateway
from topologies.paths import configured_rtt_ms
from topologies.planning import plan_network
from topologies.selection import select
from topologies.tunnel import INTERFACE
from topologies.world import Office, World

CLIENTS = 200
RUNS = 2
OFFICE, CLOUD = "hq", "worldwide"
GOAL_S, GOAL_MB, GOAL_US = 120, 2048, 20.0
MEMORY_MB = 1536
BUFFER_KIB = 64 << 10  # of the capture in the concentrator, which sees everybody
SAMPLE_S = 1.0
SILENCE_S = 300.0
US_PER_MS = 1000
ROUNDS = ("some at a time", "all at once")
FILES = {"bench_vpn_inside.py": "inside.py", "bench_vpn_crowd.py": "bench_vpn_crowd.py"}
SECTION = """## VPN

{clients} clients at five places dial in to one concentrator in {office}, in one run: {nodes} nodes, {tunnels}
ends of tunnels. First all send it an echo in the same instant, which begins {clients} sessions, and then
another one. Then each asks the office's resolver, and by HTTPS the front door nearest to the office:
{at_a_time} clients at a time, a program for each, as in any run; and then all in the same instant, forks of
one program. It is the faster of {runs} runs; the load average of the machine was {load:.0f} after them. The
goals are {goal_s} s, {goal_mb:,} MB, and {goal_us:g} microseconds.

| step | seconds |
| --- | --- |
{steps}
| in all | {whole:.1f} |

Peak memory is {peak:.0f} MB, the guest's and that of everything around it. Lost: {lost} requests, echoes and
segments. Landed elsewhere than at the front door nearest to the office: {misled}.

How far round trips are from the sum of their paths. In the tunnel is what a capture there shows, at the
concentrator: from it to the client and back, and to the front door and back. The client's is what libcurl
tells of its connection.

| round trip | number | median, microseconds | farthest off | off by more than {goal_us:g} |
| --- | --- | --- | --- | --- |
{trips}
"""


@dataclasses.dataclass(frozen=True)
class Trips:
    """How far some round trips are from what the world configures, in microseconds."""

    text: str
    errors_us: tuple[float, ...]

    @property
    def worst_us(self) -> float:
        """The farthest one off."""
        return max(self.errors_us)

    @property
    def over(self) -> int:
        """How many are farther off than the goal allows."""
        return sum(error > GOAL_US for error in self.errors_us)


@dataclasses.dataclass(frozen=True)
class Crowd:
    """One run: real seconds of each step, peak memory, round trips, and what did not arrive as it should."""

    plan: Planned
    seconds: dict[str, float]
    peak_mb: float
    trips: tuple[Trips, ...]
    lost: int
    misled: int

    @property
    def whole_s(self) -> float:
        """Real seconds of everything."""
        return sum(self.seconds.values())


def planned(count: int) -> Planned:
    """Return a run in which so many clients dial in."""
    world = load.world_of(count)
    clients = tuple(each for each in world.clients if each.name in {f"c{n}" for n in range(count)})
    office = world.office(OFFICE)
    selection = select(
        world,
        clients=tuple(each.name for each in clients),
        clouds=(CLOUD,),
        services=("portal",),
        vpn=tuple((each.name, office.name) for each in clients),
    )
    portal = Request(url=f"https://{names.service('portal', CLOUD).hosts[0]}/")
    how = way(world, "forced", office)
    cases = tuple(
        Case(
            name=each.name,
            text=each.name,
            client=each.name,
            resolver=office.resolver,
            requests=(portal,),
            way=how,
        )
        for each in clients
    )
    order = Order(
        experiment="vpn",
        world=world.name,
        seed=1,
        tolerance_us=GOAL_US,
        selection=selection,
        cases=cases,
        captures=(_point(office),),
    )
    return Planned(world, order, plan_network(world, selection, 1))


def _point(office: Office) -> CapturePoint:
    node = gateway(office.name)
    name = capture_of(node, INTERFACE)
    return CapturePoint(name=name, node=node, interface=INTERFACE, buffer_kib=BUFFER_KIB)


def measure(count: int) -> Crowd:
    """Run it in a guest; return what it cost and showed."""
    seen = [("preparing", time.monotonic())]

    def on_step(text: str) -> None:
        seen.append((text, time.monotonic()))
        print(f"[bench] {text}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as work:
        plan = planned(count)
        folder = Path(work) / "run"
        folder.mkdir()
        prepare(plan, folder)
        source = changed_source(Path(work) / "source", {})
        for name, there in FILES.items():
            text = Path(__file__).with_name(name).read_text()
            (source / "experiments" / there).write_text(text)
        start = guest.start(folder, 1, MEMORY_MB)
        start = dataclasses.replace(start, folders={**start.folders, SOURCE_FD: source})
        peak = Peak(os.getpid(), SAMPLE_S)
        peak.start()
        seen.append(("starting the guest", time.monotonic()))
        session.run(start, folder, on_step, SILENCE_S)
        seen.append(("", time.monotonic()))
        peak.stopped.set()
        seconds = {text: after - at for (text, at), (_, after) in pairwise(seen)}
        return _crowd(plan, folder, seconds, peak.highest_mb)


def _crowd(plan: Planned, folder: Path, seconds: dict[str, float], peak_mb: float) -> Crowd:
    """Return what a run's files show."""
    told = json.loads((folder / "vpn.json").read_text())
    captured = {name: _connections(folder, name) for name in ROUNDS}
    door = door_of(plan.world)
    fetched = [each for name in ROUNDS for each in told[name]]
    arrived = [each for each in fetched if each["status"] == 200 and not each["error"]]
    echoed = [len(told[name]) for name in ("dialling in", "echoes")]
    again = sum(each.retransmissions for rows in captured.values() for each in rows)
    return Crowd(
        plan=plan,
        seconds=seconds,
        peak_mb=peak_mb,
        trips=tuple(_trips(plan, told, captured)),
        lost=len(fetched) - len(arrived) + 2 * len(plan.order.cases) - sum(echoed) + again,
        misled=sum(each["datacenter"] != door for each in arrived),
    )


def door_of(world: World) -> str:
    """Return the datacenter that is nearest to the office's resolver."""
    return nearest(world, world.resolver(world.office(OFFICE).resolver), CLOUD).name


def _connections(folder: Path, name: str) -> list[TcpConnection]:
    path = folder / "pcap" / name / f"{capture_of(gateway(OFFICE), INTERFACE)}.pcapng"
    source = Source(case=name, file=path.name, capture=read_capture(path))
    return list(tcp_connections(source))


def _trips(plan: Planned, told: dict[str, Any], captured: dict[str, list[TcpConnection]]) -> Iterable[Trips]:
    """Yield how far each kind of round trip is from the sum of its paths."""
    office, door = gateway(OFFICE), front_end(door_of(plan.world))
    near_us = {
        case.client: configured_rtt_ms(plan.network, case.client, office) * US_PER_MS
        for case in plan.order.cases
    }
    far_us = configured_rtt_ms(plan.network, office, door) * US_PER_MS
    inside = {str(each.address): each.node for each in plan.network.tunnels}

    def trips(text: str, pairs: Iterable[tuple[float, float]]) -> Trips:
        return Trips(text, tuple(abs(measured - configured) for measured, configured in pairs))

    yield trips("handshake and echo", ((us, 2 * near_us[name]) for name, us in told["dialling in"].items()))
    yield trips("echo", ((us, near_us[name]) for name, us in told["echoes"].items()))
    for name in ROUNDS:
        rows = captured[name]
        halves = [(each.ack_rtt_us, each.rtt_us, near_us[inside[each.client]]) for each in rows]
        whole = [(near + far, path) for near, far, path in halves if near is not None and far is not None]
        yield trips(f"{name}: in the tunnel", ((us, path + far_us) for us, path in whole))
        told_us = ((each["connect_us"], near_us[each["client"]] + far_us) for each in told[name])
        yield trips(f"{name}: the client's", told_us)


def section(runs: int = RUNS, clients: int = CLIENTS) -> str:
    """Measure, and return the section in Markdown."""
    found = []
    for _ in range(runs):
        found.append(measure(clients))
        print(f"[bench] {found[-1].whole_s:.1f} s, load {os.getloadavg()}", file=sys.stderr, flush=True)
    best = min(found, key=lambda each: each.whole_s)
    return SECTION.format(
        clients=clients,
        office=best.plan.world.office(OFFICE).place.name,
        nodes=len(best.plan.network.nodes),
        tunnels=len(best.plan.network.tunnels),
        runs=runs,
        load=os.getloadavg()[0],
        at_a_time=bench_vpn_inside.AT_A_TIME,
        goal_s=GOAL_S,
        goal_mb=GOAL_MB,
        goal_us=GOAL_US,
        steps="\n".join(f"| {text} | {seconds:.1f} |" for text, seconds in best.seconds.items()),
        whole=best.whole_s,
        peak=best.peak_mb,
        lost=best.lost,
        misled=best.misled,
        trips="\n".join(_row(each) for each in best.trips),
    )


def _row(trips: Trips) -> str:
    median = statistics.median(trips.errors_us)
    return f"| {trips.text} | {len(trips.errors_us)} | {median:.1f} | {trips.worst_us:.1f} | {trips.over} |"


def main() -> None:
    """Print the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS, help="how many dial in")
    parser.add_argument("--runs", type=int, default=RUNS, help="of which the fastest is told")
    options = parser.parse_args()
    print(section(options.runs, options.clients), end="")


if __name__ == "__main__":
    main()
