"""Runs inside a guest in place of the inside: routers tell each other by BGP, in one way after another.

Leaves told.json: for each try what routers knew, which ways their kernels took, and what was said of errors.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from services.base import Supervisor, supervised
from services.bird import Bird, Birds, enable
from services.convergence import wait_converged
from tests.emulation.bgp_network import plan, speakers
from topologies.access import Line
from topologies.bgp import Routing
from topologies.errors import ServiceError
from topologies.netlink_batch import send
from topologies.network import Network
from topologies.queues import access_queues

DROPPED = {("er1-m1", "hq-er"): "Route limit exceeded", ("er1-m2", "hq-er"): "Route limit exceeded"}
DEADLINE_S = 20.0
REFUSED = {("er1-m1", "hq-er"): "", ("er1-m2", "hq-er"): ""}
LINE = ("hq-er", "pri"), ("er1-m1", "line")


class Tries:
    """What is tried in the network, and what came of it."""

    def __init__(self, network: Network, supervisor: Supervisor, birds: Birds) -> None:
        self.network, self.supervisor, self.birds = network, supervisor, birds
        self.told: dict[str, dict[str, Any]] = {}

    def routing(
        self, name: str, routing: Routing, passwords: tuple[str, str] = ("", ""), **more: Any
    ) -> list[Bird]:
        """Let all routers do as they are told; note what they know when they have told each other everything.

        Those for which nothing has changed go on as they were.
        """
        print(f"@step {name}", flush=True)
        birds = self.birds.of(speakers(routing, passwords))
        told: dict[str, Any] = {}
        self.told[name] = told
        self.supervisor.become(birds)
        enable(birds)
        begin = time.monotonic()
        try:
            wait_converged(self.network, birds, **more)
        except ServiceError as error:
            told["error"] = str(error)
        told["took_s"] = time.monotonic() - begin
        told |= self.known(birds)
        return birds

    def known(self, birds: list[Bird]) -> dict[str, Any]:
        """Return what every router says that it knows, and its kernel's routes by BIRD."""
        return {
            "routes": {bird.node: _texts(bird, "show route all") for bird in birds},
            "filtered": {bird.node: _texts(bird, "show route filtered") for bird in birds},
            "kernel": {bird.node: self.kernel(bird.node) for bird in birds},
        }

    def kernel(self, node: str) -> dict[str, str]:
        """Return where a node's kernel sends what for routes that BIRD has given it."""
        lines = self.network.run(node, ["ip", "route", "show", "proto", "bird"]).splitlines()
        return {line.removeprefix("unreachable ").split()[0]: line for line in lines}

    def silence(self, *, on: bool) -> None:
        """Let the primary line lose everything, at both ends, or nothing any more: no end sees it go down."""
        wire = self.network.plan.wires_between("hq-er", "er1-m1")[0]
        line = Line(loss_percent=100) if on else wire.there
        for node, interface in LINE:
            with self.network.inside(node):
                send(list(access_queues(socket.if_nametoindex(interface), line, 1)))

    def cut(self, name: str, birds: list[Bird], look_s: float) -> None:
        """Silence the primary line, note after how long the customer's edge has noticed, and mend it."""
        edge = next(bird for bird in birds if bird.node == "hq-er")
        begin = time.monotonic()
        self.silence(on=True)
        while "Established" in _texts(edge, "show protocols 'er1-m1'"):
            time.sleep(look_s)
        self.told[name]["noticed_s"] = time.monotonic() - begin
        down = {("hq-er", "er1-m1"): ""}
        wait_converged(self.network, birds, down=down, deadline_s=200)
        self.told[name]["cut"] = self.known(birds)
        self.silence(on=False)
        wait_converged(self.network, birds)
        self.told[name]["mended"] = self.known(birds)


def _texts(bird: Bird, command: str) -> str:
    return "\n".join(text for _, text in bird.ask(command))


def main(run_dir: Path) -> None:
    """Try everything."""
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientpath-")))
        network = stack.enter_context(Network(plan(), run_dir / "nodes"))
        supervisor = stack.enter_context(supervised(network))
        tries = Tries(network, supervisor, Birds(run_dir / "nodes", work))
        tries.cut("hold", tries.routing("hold", Routing()), look_s=1.0)
        tries.cut("bfd", tries.routing("bfd", Routing(bfd=True), ("once", "once")), look_s=0.01)
        birds = tries.routing("201", Routing(extra=200), deadline_s=DEADLINE_S)
        wait_converged(network, birds, down=DROPPED)
        for name, routing in {
            "200": Routing(extra=199),
            "detached": Routing(services=(), leak="private"),
            "exchange": Routing(services=("exchange",), pools="shared", leak="default"),
            "internet": Routing(prefer="internet"),
        }.items():
            tries.routing(name, routing)
        birds = tries.routing("differ", Routing(), ("once", "twice"), deadline_s=DEADLINE_S)
        wait_converged(network, birds, down=REFUSED)
        tries.routing("only one", Routing(), ("once", ""), deadline_s=DEADLINE_S)
        tries.routing("again", Routing())
        supervisor.stop()
        tries.told["gone"] = {node.name: tries.kernel(node.name) for node in network.plan.nodes}
    (run_dir / "told.json").write_text(json.dumps(tries.told, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
