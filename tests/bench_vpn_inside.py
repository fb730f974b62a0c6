"""Runs inside a guest in place of the inside: many clients dial in to one concentrator, and use the office.

First each sends an echo to the concentrator, all in the same instant, and another one when all have a
session. Then each asks the office's resolver for a name and the front door for a page: some at a time, and
then all at once. Writes vpn.json: what echoes took, and what each client was told. What the concentrator saw
is in the captures.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from controllers.process import Keeper
from experiments import order as orders
from experiments.cast import Cast
from experiments.edges import edges_of, guard
from experiments.order import Case
from experiments.ways import led
from experiments.window import window
from measurement import journey
from measurement.capture import Recorder, capturing
from services import base
from topologies.commands import run
from topologies.network import Network
from topologies.plan import Plan
from topologies.switching import undisturbed
from topologies.world import World

AT_A_TIME = 20  # clients that are started together
PATIENCE_S = 5.0
PAUSE_S = 1.0
SO_TIMESTAMPNS = 35  # asm-generic/socket.h: the kernel says when a packet came
TIMESPEC = struct.Struct("=qq")
ECHO = bytes.fromhex("0800f7ff00000000")  # RFC 792, with its checksum; number 0 of identifier 0
ECHO_REPLY, IPV4_HEADER = 0, 20


def say(text: str) -> None:
    """Tell the outside which step begins."""
    print(f"@step {text}", flush=True)


class Echoes:
    """A socket at each client that sends echoes to the concentrator, through the tunnel."""

    def __init__(self, network: Network, target: str, clients: list[str]) -> None:
        self._target = target
        self._open: dict[int, tuple[str, socket.socket]] = {}
        for client in clients:
            with network.inside(client):
                made = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
            made.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            self._open[made.fileno()] = client, made

    def all_at_once(self) -> dict[str, float]:
        """Send one from each client; return the round trips of those that came back, in microseconds."""
        sent_ns: dict[str, int] = {}
        found: dict[str, float] = {}
        waiting = select.poll()
        for number, (client, each) in self._open.items():
            waiting.register(number, select.POLLIN)
            sent_ns[client] = time.time_ns()
            each.sendto(ECHO, (self._target, 0))
            os.sched_yield()  # whoever encrypts waits for the processor, and reading a clock takes time
        until = time.monotonic() + PATIENCE_S
        while len(found) < len(sent_ns) and (left_s := until - time.monotonic()) > 0:
            for number, _ in waiting.poll(left_s * 1000):
                client, each = self._open[number]
                packet, more, _, _ = each.recvmsg(1024, 64)
                if packet[IPV4_HEADER] == ECHO_REPLY:
                    seconds, nanoseconds = TIMESPEC.unpack(more[0][2])
                    found[client] = (seconds * 10**9 + nanoseconds - sent_ns[client]) / 1000
        return found

    def close(self) -> None:
        """Close every socket."""
        for _, each in self._open.values():
            each.close()


def main(run_dir: Path) -> None:
    """Build, serve, dial in, drive."""
    order = orders.load(run_dir)
    world = World.model_validate_json((run_dir / "world.json").read_text())
    plan = Plan.model_validate_json((run_dir / "network.json").read_text())
    nodes, backbone = run_dir / "nodes", run_dir / "nodes" / "backbone"
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientpath-")))
        say("building")
        keeper = stack.enter_context(Keeper(backbone / "controller.log"))
        keeper.begin(backbone / orders.control_file())
        network = stack.enter_context(Network(plan, backbone))
        keeper.wait_in_force()
        say("serving")
        recorder = stack.enter_context(capturing(network, order.captures, work, run_dir / "pcap"))
        cast = Cast(world, plan, order, nodes, work)
        cast.make_certificates()
        supervisor = stack.enter_context(base.supervised(network))
        supervisor.become([*cast.services(order.cases[0]), *cast.resolvers(order.cases[0])])
        guard(network, edges_of(world, order.selection, None), nodes)
        stack.enter_context(undisturbed())
        say("leading")
        for case in order.cases:
            stack.enter_context(led(network, case.client, case.way))
            journey.use_resolver(
                network, case.client, nodes / case.client, str(plan.node(case.resolver).address)
            )
        found = _driven(network, recorder, cast, order.cases, plan)
        say("stopping")
    (run_dir / "vpn.json").write_text(json.dumps(found))


def _driven(
    network: Network, recorder: Recorder, cast: Cast, cases: tuple[Case, ...], plan: Plan
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    target = next(str(each.address) for each in plan.tunnels if len(each.peers) == len(cases))
    echoes = Echoes(network, target, [case.client for case in cases])
    with contextlib.closing(echoes):
        for name in ("dialling in", "echoes"):
            time.sleep(PAUSE_S)
            say(name)
            found[name] = echoes.all_at_once()
    for name, round_of in (("some at a time", _some_at_a_time), ("all at once", _all_at_once)):
        say(name)
        with window(recorder, name):
            fetches = round_of(network, cast, cases)
        found[name] = [_kept(case.client, each) for case, each in zip(cases, fetches, strict=True)]
    return found


def _some_at_a_time(network: Network, cast: Cast, cases: tuple[Case, ...]) -> list[dict[str, Any]]:
    """Let every client make its journey, a program for each, as in any run."""

    def travel(case: Case) -> dict[str, Any]:
        told = journey.travel(
            network,
            case=case.name,
            client=case.client,
            resolver=cast.asked(case),
            requests=case.requests,
            authority=cast.pki / "ca.pem",
            key_log=cast.nodes / case.client / "keys",
        )
        return told.first.model_dump()

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(travel, cases))


def _all_at_once(network: Network, cast: Cast, cases: tuple[Case, ...]) -> list[dict[str, Any]]:
    """Let every client ask for the same in the same instant."""
    order = {
        "program": str(journey.CLIENT),
        "authority": str(cast.pki / "ca.pem"),
        "after_s": PAUSE_S,
        "clients": [
            (network.pid(case.client), [request.model_dump() for request in case.requests]) for case in cases
        ],
    }
    asked = cast.work / "crowd.json"
    asked.write_text(json.dumps(order))
    crowd = Path(__file__).with_name("bench_vpn_crowd.py")
    return [fetches[0] for fetches in json.loads(run([journey.PYTHON, "-I", str(crowd), str(asked)]))]


def _kept(client: str, fetch: dict[str, Any]) -> dict[str, Any]:
    """Return what is looked at of a client's request."""
    phases_us = fetch["phases_us"]
    return {
        "client": client,
        "datacenter": fetch["headers"].get("x-datacenter"),
        "status": fetch["status"],
        "error": fetch["error"],
        "connect_us": phases_us["connect"] - phases_us["name_lookup"],
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
