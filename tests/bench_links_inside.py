"""Runs inside a guest in place of the inside: builds networks one after another, and takes each down again.

Reads bench.json: a list of [kind, name, repeats]. Kinds are ``stock`` (Mininet's own classes), ``ours`` (the
same script with ours), and ``plan`` (a plan, without Mininet's script). Each begin and end is told as a step,
because real time can only be read outside; memory, which is read here, goes to memory.json.
"""

from __future__ import annotations

import contextlib
import gc
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mininet.link import TCLink
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.node import OVSSwitch
from mininet.topo import LinearTopo, SingleSwitchTopo, Topo
from mininet.topolib import TreeTopo

from topologies.mininet_link import Link
from topologies.mininet_nodes import Host
from topologies.mininet_switch import Switch
from topologies.network import Network
from topologies.plan import Plan
from topologies.switching import open_vswitch

STOCK_CLASSES = {"link": TCLink, "switch": OVSSwitch}
OUR_CLASSES = {"host": Host, "link": Link, "switch": Switch}
SETTLE_S = 2.0  # virtual: what the kernel removes later is removed before the next one begins


class PlanTopo(Topo):  # type: ignore[misc]
    """A plan's switches, trunks and hosts as a topology of Mininet's; every host at its site's switch."""

    def build(self, plan: Plan, ours: bool) -> None:
        """Add them."""
        numbers = {name: f"s{number}" for name, number in plan.switch_numbers.items()}
        sites = {plan.node(name).site: switch for name, switch in numbers.items()}
        for switch in numbers.values():
            self.addSwitch(switch)
        for node in plan.of_kind("host"):
            self.addHost(node.name)
            self.addLink(node.name, sites[node.site])
        for wire in plan.trunks:
            delay_ms = wire.there.delay_ms
            shape: dict[str, Any] = {"delay_ms": delay_ms} if ours else {"delay": f"{delay_ms}ms"}
            self.addLink(numbers[wire.a.node], numbers[wire.b.node], **shape)


def topology(name: str, ours: bool, folder: Path) -> Any:
    """Return a topology by its name: "single,50", "linear,50", "tree,3,4", or a plan's file."""
    shape: dict[str, Any] = {"delay_ms": 5} if ours else {"delay": "5ms"}
    kind, *numbers = name.split(",")
    counts = [int(number) for number in numbers]
    if kind == "single":
        return SingleSwitchTopo(counts[0], lopts=shape)
    if kind == "linear":
        return LinearTopo(counts[0], lopts=shape)
    if kind == "tree":
        return TreeTopo(depth=counts[0], fanout=counts[1])
    return PlanTopo(plan=_plan(name, folder), ours=ours)


@contextlib.contextmanager
def built(kind: str, name: str, folder: Path) -> Iterator[None]:
    """Build a network for the block."""
    if kind == "plan":
        with Network(_plan(name, folder), folder):
            yield
        return
    # Closed without a controller, as loops of trunks would carry one broadcast for ever.
    classes = OUR_CLASSES if kind == "ours" else STOCK_CLASSES
    with open_vswitch(folder):
        net = Mininet(topology(name, kind == "ours", folder), controller=None, **classes)
        net.start()
        yield
        net.stop()


def available_mb() -> float:
    """Return how much memory is left."""
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) / 1024


def _plan(name: str, folder: Path) -> Plan:
    return Plan.model_validate_json((folder / f"{name}.json").read_text())


def say(text: str) -> None:
    """Tell the outside which step begins."""
    print(f"@step {text}", flush=True)


def main(folder: Path) -> None:
    """Build everything that is asked for."""
    setLogLevel("error")
    used: dict[str, float] = {}
    for kind, name, repeats in json.loads((folder / "bench.json").read_text()):
        for number in range(repeats):
            before = available_mb()
            mark = f"{kind} {name} {number}"
            say(f"{mark} start")
            with built(kind, name, folder):
                say(f"{mark} up")
                used.setdefault(f"{kind} {name}", before - available_mb())
                say(f"{mark} stop")
            say(f"{mark} gone")
            gc.collect()
            time.sleep(SETTLE_S)
    (folder / "memory.json").write_text(json.dumps(used))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
