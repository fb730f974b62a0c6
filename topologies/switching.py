"""Open vSwitch for the WAN switches: all bridges and ports in one transaction."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from topologies.commands import run
from topologies.errors import BuildError
from topologies.plan import Node, Plan, interface_at

RUN_DIR = Path("/var/run/openvswitch")
CONTROLLER = "tcp:127.0.0.1:6653"
DEADLINE_S = 30.0


@contextlib.contextmanager
def open_vswitch(folder: Path) -> Iterator[None]:
    """Run an Open vSwitch of our own, which ends with the block: the inside has a /run of its own."""
    RUN_DIR.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    database = RUN_DIR / "conf.db"
    run(["ovsdb-tool", "create", str(database), "/usr/share/openvswitch/vswitch.ovsschema"])
    log = ["-vconsole:off", "-vsyslog:off", "-vfile:info"]
    server = ["ovsdb-server", str(database), f"--remote=punix:{RUN_DIR}/db.sock", *log]
    switch = ["ovs-vswitchd", f"unix:{RUN_DIR}/db.sock", *log]
    with _daemon(server, folder / "ovsdb-server.log"):
        _await(RUN_DIR / "db.sock")
        run(["ovs-vsctl", "--no-wait", "init"])
        with _daemon(switch, folder / "ovs-vswitchd.log"):
            run(["ovs-vsctl", f"--timeout={DEADLINE_S:g}", "show"])
            yield


@contextlib.contextmanager
def switches(plan: Plan) -> Iterator[None]:
    """Make the plan's WAN switches with their ports, bound to the controller; remove them at the end.

    Their interfaces have to exist. A switch forwards only what the controller tells it to.
    """
    nodes = plan.of_kind("switch")
    if not nodes:
        yield
        return
    # Open vSwitch removes queues that it did not set, netem too, unless a port's QoS says to leave them.
    adding = ["--", "--id=@leave", "create", "qos", "type=linux-noop"]
    for number, node in enumerate(nodes, start=1):
        adding += _bridge(plan, node, number)
    run(["ovs-vsctl", f"--timeout={DEADLINE_S:g}", *adding])
    try:
        yield
    finally:
        run(["ovs-vsctl", *(word for node in nodes for word in ("--", "--if-exists", "del-br", node.name))])


def datapath_id(plan: Plan, name: str) -> int:
    """Return the OpenFlow datapath id of a switch: its number in the plan, from 1."""
    return [node.name for node in plan.of_kind("switch")].index(name) + 1


def port_number(plan: Plan, name: str, interface: str) -> int:
    """Return the OpenFlow port of a switch's interface: its number in the plan's order, from 1."""
    return [interface_at(wire, name) for wire in plan.wires_at(name)].index(interface) + 1


def _bridge(plan: Plan, node: Node, number: int) -> list[str]:
    words = ["--", "add-br", node.name, "--", "set", "bridge", node.name, "protocols=OpenFlow13"]
    words += ["fail_mode=secure", f"other-config:datapath-id={number:016x}"]
    for wire in plan.wires_at(node.name):
        port = interface_at(wire, node.name)
        wanted = port_number(plan, node.name, port)
        words += ["--", "add-port", node.name, port]
        words += ["--", "set", "interface", port, f"ofport_request={wanted}"]
        words += ["--", "set", "port", port, "qos=@leave"]
    return [*words, "--", "set-controller", node.name, CONTROLLER]


@contextlib.contextmanager
def _daemon(argv: list[str], log: Path) -> Iterator[None]:
    process = subprocess.Popen([*argv, f"--log-file={log}", "--pidfile"], stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _await(path: Path) -> None:
    """Wait until a daemon has made its socket."""
    deadline = time.monotonic() + DEADLINE_S
    while not path.exists():
        if time.monotonic() > deadline:
            raise BuildError(f"{path} did not appear within {DEADLINE_S:g} s: ovsdb-server does not start")
        time.sleep(0.01)
