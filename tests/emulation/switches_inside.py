"""The inside of a guest that looks into its switches: what they have, and whether they get it back."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from controllers.process import Keeper
from topologies.commands import run
from topologies.network import Network
from topologies.plan import Plan

FORGETFUL = "ams-wan"
CONTROLLER = "tcp:127.0.0.1:6653"
DEADLINE_S = 30.0
COUNTERS = re.compile(r"(duration|n_packets|n_bytes|idle_age|hard_age)=[^,]*, ")


def told(switch: str) -> list[str]:
    """Return what a switch has been told, as it prints it, without counters."""
    found = []
    for command in ("dump-flows", "dump-groups"):
        lines = run(["ovs-ofctl", "-O", "OpenFlow13", command, switch]).splitlines()
        found += [COUNTERS.sub("", line.strip()) for line in lines if "actions=" in line or "bucket=" in line]
    return sorted(found)


def forget_and_return(switch: str) -> list[str]:
    """Let a switch lose everything, and its controller; return what it has when it has found it again."""
    run(["ovs-vsctl", "del-controller", switch])
    for command in ("del-flows", "del-groups"):
        run(["ovs-ofctl", "-O", "OpenFlow13", command, switch])
    empty = told(switch)
    run(["ovs-vsctl", "set-controller", switch, CONTROLLER])
    deadline, before = time.monotonic() + DEADLINE_S, empty
    while time.monotonic() < deadline:
        time.sleep(1)
        now = told(switch)
        if now != empty and now == before:
            break
        before = now
    return [f"{len(empty)} while it had forgotten", *told(switch)]


def main(run_dir: Path) -> None:
    """Write down what all switches have, and what one has after it has lost it."""
    plan = Plan.model_validate_json((run_dir / "network.json").read_text())
    backbone = run_dir / "nodes" / "backbone"
    with Keeper(backbone / "controller.log") as keeper:
        keeper.begin(backbone / "control.json")
        with Network(plan, backbone):
            keeper.wait_in_force()
            print("@step looking into the switches", flush=True)
            found = {node.name: told(node.name) for node in plan.of_kind("switch")}
            found["returned"] = forget_and_return(FORGETFUL)
            keeper.die()
            found["alone"] = told(FORGETFUL)
    (run_dir / "switches.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
