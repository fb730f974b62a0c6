"""Runs inside a guest in place of the inside: starts two BIRDs, waits until they have converged, ends them.

Each begin and end is told as a step. Raises ServiceError if not every prefix has arrived.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

from services.base import running
from services.bird import Bird
from services.convergence import look, wait_converged
from topologies.bgp import Speaker
from topologies.errors import ServiceError
from topologies.network import Network
from topologies.plan import Plan

NODES = "er1-m1", "hq-er"


def say(text: str) -> None:
    """Tell the outside which step begins."""
    print(f"@step {text}", flush=True)


def main(folder: Path) -> None:
    """Let one router tell the other everything, as often as runs.txt says."""
    plan = Plan.model_validate_json((folder / "network.json").read_text())
    speakers = [Speaker.model_validate_json((folder / f"{name}.json").read_text()) for name in NODES]
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientpath-")))
        network = stack.enter_context(Network(plan, folder / "nodes"))
        for number in range(int((folder / "runs.txt").read_text())):
            birds = [Bird(each, folder / "nodes" / each.node / str(number), work) for each in speakers]
            say(f"{number} begin")
            with running(network, birds):
                say(f"{number} started")
                wait_converged(network, birds)
                say(f"{number} converged")
                require_all(birds[1], len(speakers[0].originates))


def require_all(customer: Bird, count: int) -> None:
    """Raise ServiceError unless a customer's edge has so many prefixes from Microsoft's."""
    channels = look(customer).reports[NODES[0]].channels
    arrived = sum(channel.received for channel in channels)
    if arrived != count:
        raise ServiceError(f"{customer.node}: {arrived} of {count} prefixes have arrived")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
