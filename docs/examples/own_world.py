"""A world of this project from a script of one's own: loaded, planned, built, measured, cut and mended.

.venv/bin/python docs/examples/in_guest.py docs/examples/own_world.py
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from topologies.errors import CommandError
from topologies.load import load_world
from topologies.network import Network
from topologies.paths import configured_rtt_ms
from topologies.planning import plan_network
from topologies.selection import Selection

CLIENT, TARGET = "traveller", "isplis"


def measured_ms(network: Network) -> float | None:
    """Return the round trip of one echo from the client to the resolver; None if none came back."""
    address = str(network.plan.node(TARGET).address)
    try:
        words = network.run(CLIENT, ["ping", "-n", "-c1", "-W1", address])
    except CommandError:
        return None
    found = re.search(r"time=([\d.]+) ms", words)
    return float(found[1]) if found else None


def main(folder: Path) -> None:
    """Build a part of the article's world, and see that its distances are those of the world."""
    world = load_world("article")
    selection = Selection(clients=(CLIENT,), resolvers=(TARGET,), nameservers=(), datacenters=())
    plan = plan_network(world, selection)
    print(f"configured: {configured_rtt_ms(plan, CLIENT, TARGET):.1f} ms", flush=True)
    with Network(plan, folder) as network:
        print(f"measured: {measured_ms(network):.1f} ms", flush=True)
        network.cut(CLIENT, f"{CLIENT}-cpe")
        print(f"cut: {measured_ms(network)}", flush=True)
        network.mend(CLIENT, f"{CLIENT}-cpe")
        print(f"mended: {measured_ms(network):.1f} ms", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        main(Path(work))
