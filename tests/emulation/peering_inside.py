"""Runs inside a guest in place of the inside: providers and sites tell each other by BGP, in several ways.

Leaves told.json: for each way where the routers of the providers send what is for the front doors, and what a
client's packets met on the way there; and which routes sites have learned.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from services.base import Supervisor, supervised
from services.bird import Bird, Birds
from services.convergence import wait_converged
from topologies.edge_speakers import edge_speakers_of
from topologies.network import Network
from topologies.peering import Peering
from topologies.plan import Plan
from topologies.selection import Selection
from topologies.world import World

VIP = "13.107.136.9"
TRACE = ["-n", "-I", "-q", "1", "-N", "1", "-w", "2", "-m", "8"]
TRACED = ("denver", "moscow", "joburg")
WAYS = {
    "as it is": Peering(),
    "opened": Peering(opened=(("mtn", "den"), ("afr", "jnb"))),
    "prepended": Peering(prepended=(("rus", "sto", 3), ("nwe", "lon", 1))),
    "lowered": Peering(lowered=(("rus", "sto"),)),
    "again": Peering(),
}


class Told:
    """What routers say and do."""

    def __init__(self, network: Network, supervisor: Supervisor, birds: Birds) -> None:
        self.network, self.supervisor, self.birds = network, supervisor, birds

    def way(self, world: World, selection: Selection, peering: Peering) -> dict[str, Any]:
        """Let all routers tell each other everything; return what came of it."""
        birds = self.birds.of(edge_speakers_of(world, selection, self.network.plan, peering))
        self.supervisor.become(birds)
        wait_converged(self.network, birds)
        routers = [bird.node for bird in birds if bird.node.count("-") and not bird.node.endswith("-br")]
        return {
            "next": {node: self.next_of(node) for node in routers},
            "learned": {bird.node: _learned(bird) for bird in birds if bird.node.endswith("-br")},
            "traced": {client: self.traced(client) for client in TRACED},
        }

    def next_of(self, node: str) -> str:
        """Return the interface by which a router sends what is for the front doors."""
        words = self.network.run(node, ["ip", "route", "get", VIP]).split()
        return words[words.index("dev") + 1]

    def traced(self, client: str) -> list[str]:
        """Return the nodes that a client's packets to the front doors meet."""
        said = self.network.run(client, ["traceroute", *TRACE, VIP])
        return [self.node_at(line.split()[1]) for line in said.splitlines()[1:]]

    def node_at(self, address: str) -> str:
        """Return the node that has an address, or the address."""
        node = self.network.plan.node_at(address)
        return address if node is None else node.name


def _learned(bird: Bird) -> list[str]:
    """Return the prefixes that a site has from providers."""
    lines = [text for _, text in bird.ask("show route where source = RTS_BGP")]
    return sorted({line.split()[0] for line in lines if line and line[0].isdigit()})


def main(run_dir: Path) -> None:
    """Try every way."""
    world = World.model_validate_json((run_dir / "world.json").read_text())
    selection = Selection.model_validate_json((run_dir / "selection.json").read_text())
    plan = Plan.model_validate_json((run_dir / "network.json").read_text())
    found = {}
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientpath-")))
        network = stack.enter_context(Network(plan, run_dir / "nodes"))
        supervisor = stack.enter_context(supervised(network))
        told = Told(network, supervisor, Birds(run_dir / "nodes", work))
        for name, peering in WAYS.items():
            print(f"@step {name}", flush=True)
            found[name] = told.way(world, selection, peering)
    (run_dir / "told.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
