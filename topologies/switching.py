"""Open vSwitch for the WAN switches: all bridges and ports in one transaction."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topologies import ovsdb
from topologies.commands import run
from topologies.errors import BuildError
from topologies.ovsdb import Database, Operation, connected, insert, named
from topologies.plan import Plan, interface_at

RUN_DIR = Path("/var/run/openvswitch")
SOCKET = RUN_DIR / "db.sock"
CONTROLLER = "tcp:127.0.0.1:6653"
# How long a controller may say nothing before Open vSwitch asks whether it is there. Virtual time jumps over
# whatever is quiet, each question is two wake-ups a switch, and packets wait meanwhile. Who ends closes the
# connection, and that is heard at once.
PROBE_MS = 3_600_000
# The kernel keeps what it has learned of a path that nobody uses for longer than a case lasts, as the first
# packet on a path pays for learning it.
SETTINGS = {"max-idle": "3600000"}
SELDOM = {"max-revalidator": "3600000", "stats-update-interval": "3600000"}
MOST_PATHS = "200000"
DEADLINE_S = 30.0


@dataclass(frozen=True)
class Bridge:
    """A switch to be made: its datapath id, and its ports' interfaces by number."""

    name: str
    datapath_id: int
    ports: dict[str, int]
    controllers: tuple[str, ...] = (CONTROLLER,)
    protocols: tuple[str, ...] = ("OpenFlow13",)  # none of them is Open vSwitch's own choice
    fail_mode: str = "secure"


@contextlib.contextmanager
def open_vswitch(folder: Path) -> Iterator[None]:
    """Run an Open vSwitch of our own, which ends with the block: the inside has a /run of its own.

    Its logs go to ``folder``. Raises BuildError if one runs here already.
    """
    if SOCKET.exists():
        raise BuildError(f"an Open vSwitch is here already, at {SOCKET}: it can be used as it is")
    RUN_DIR.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    database = RUN_DIR / "conf.db"
    try:
        with _daemons(database, folder):
            yield
    finally:
        for path in (database, RUN_DIR / f".{database.name}.~lock~"):
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _daemons(database: Path, folder: Path) -> Iterator[None]:
    run(["ovsdb-tool", "create", str(database), "/usr/share/openvswitch/vswitch.ovsschema"])
    log = ["-vconsole:off", "-vsyslog:off", "-vfile:info"]
    server = ["ovsdb-server", str(database), f"--remote=punix:{SOCKET}", *log]
    switch = ["ovs-vswitchd", f"unix:{SOCKET}", *log]
    with _daemon(server, folder / "ovsdb-server.log"):
        _await(SOCKET)
        with connected(SOCKET) as opened:
            opened.transact(insert(ovsdb.ROOT, {"other_config": ovsdb.mapping(SETTINGS)}))
        with _daemon(switch, folder / "ovs-vswitchd.log"):
            yield


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Have Open vSwitch do nothing by itself, unless something changes, for a block.

    Else it goes through what the kernel has learned twice a second, and through its statistics every five
    seconds, and packets wait meanwhile. A controller that connects in the block is not seen.
    """
    with connected(SOCKET) as database:
        database.transact(_on_root(["other_config", "insert", ovsdb.mapping(SELDOM)]))
        try:
            yield
        finally:
            database.transact(_on_root(["other_config", "delete", ["set", sorted(SELDOM)]]))


@contextlib.contextmanager
def switches(plan: Plan) -> Iterator[None]:
    """Make the plan's WAN switches with their ports, bound to the controller; remove them at the end.

    Their interfaces have to exist. A switch forwards only what the controller tells it to.
    """
    bridges = [_bridge(plan, node.name) for node in plan.of_kind("switch")]
    if not bridges:
        yield
        return
    with connected(SOCKET) as database:
        try:
            make(database, bridges)
            # Open vSwitch begins with 10,000 paths in the kernel and finds out by itself whether more are
            # quick enough; fifty regions need more at once.
            run(["ovs-appctl", "upcall/set-flow-limit", MOST_PATHS])
            yield
        finally:
            remove(database, [bridge.name for bridge in bridges])


def make(database: Database, bridges: Sequence[Bridge]) -> None:
    """Make bridges, and wait until they are there; raise BuildError if a port has not the number it needs."""
    # Open vSwitch removes queues that it did not set, netem too, unless a port's QoS says to leave them.
    operations = [insert("QoS", {"type": "linux-noop"}, "leave")]
    for bridge in bridges:
        operations += _operations(bridge)
    rows = named([_row("bridge", bridge.name) for bridge in bridges])
    database.apply(*operations, _on_root(["bridges", "insert", rows]))
    wanted = {interface: number for bridge in bridges for interface, number in bridge.ports.items()}
    for row in database.select("Interface", [], ["name", "ofport", "error"]):
        number = wanted.get(row["name"], row["ofport"])
        if row["ofport"] != number:
            raise BuildError(
                f"Open vSwitch gave {row['name']} the port {row['ofport']}, not {number}:"
                f" {row['error'] or 'it says no reason'}"
            )


def remove(database: Database, names: Sequence[str]) -> None:
    """Remove bridges, those that are there, and wait until they are gone."""
    rows = database.select("Bridge", [], ["_uuid", "name"])
    gone = [row["_uuid"] for row in rows if row["name"] in set(names)]
    if gone:
        database.apply(_on_root(["bridges", "delete", ["set", gone]]))


def has_controller(database: Database, name: str) -> bool:
    """Return whether a bridge is connected to a controller."""
    (bridge,) = database.select("Bridge", [["name", "==", name]], ["controller"])
    rows = database.select("Controller", [], ["_uuid", "is_connected"])
    return any(row["is_connected"] for row in rows if row["_uuid"] in _rows(bridge["controller"]))


def add_port(database: Database, bridge: str, interface: str, number: int) -> None:
    """Add a port to a bridge that runs; raise BuildError if Open vSwitch cannot."""
    database.apply(
        insert("QoS", {"type": "linux-noop"}, "leave"),
        *_port(bridge, interface, number),
        _on_bridge(bridge, ["ports", "insert", named([_row("port", bridge, number)])]),
    )


def remove_port(database: Database, bridge: str, interface: str) -> None:
    """Remove a port from a bridge that runs."""
    rows = database.select("Port", [["name", "==", interface]], ["_uuid"])
    gone = ["set", [row["_uuid"] for row in rows]]
    database.apply(_on_bridge(bridge, ["ports", "delete", gone]))


def datapath_id(plan: Plan, name: str) -> int:
    """Return the OpenFlow datapath id of a switch: its number in the plan, from 1."""
    return plan.switch_numbers[name]


def port_number(plan: Plan, name: str, interface: str) -> int:
    """Return the OpenFlow port of a switch's interface: its number in the plan's order, from 1."""
    return plan.port_number(name, interface)


def _bridge(plan: Plan, name: str) -> Bridge:
    interfaces = [interface_at(wire, name) for wire in plan.wires_at(name)]
    return Bridge(
        name=name,
        datapath_id=datapath_id(plan, name),
        ports={interface: port_number(plan, name, interface) for interface in interfaces},
    )


def _operations(bridge: Bridge) -> Iterator[Operation]:
    """Yield what adds the rows of a bridge: its controllers, its ports and their interfaces."""
    for number, target in enumerate(bridge.controllers):
        # Out of band: no hidden flows that would forward for the controller's sake.
        controller = {"target": target, "inactivity_probe": PROBE_MS, "connection_mode": "out-of-band"}
        yield insert("Controller", controller, _row("controller", bridge.name, number))
    yield insert("Interface", {"name": bridge.name, "type": "internal"}, _row("interface", bridge.name))
    own: dict[str, Any] = {"name": bridge.name, "interfaces": named([_row("interface", bridge.name)])}
    yield insert("Port", own, _row("port", bridge.name))
    for interface, number in bridge.ports.items():
        yield from _port(bridge.name, interface, number)
    ports = [_row("port", bridge.name), *(_row("port", bridge.name, each) for each in bridge.ports.values())]
    settings = {
        "name": bridge.name,
        "protocols": ["set", list(bridge.protocols)],
        "fail_mode": bridge.fail_mode,
        "other_config": ovsdb.mapping({"datapath-id": f"{bridge.datapath_id:016x}"}),
        "controller": named(
            [_row("controller", bridge.name, each) for each in range(len(bridge.controllers))]
        ),
        "ports": named(ports),
    }
    yield insert("Bridge", settings, _row("bridge", bridge.name))


def _port(bridge: str, interface: str, number: int) -> Iterator[Operation]:
    row = _row("interface", bridge, number)
    yield insert("Interface", {"name": interface, "ofport_request": number}, row)
    port = {"name": interface, "interfaces": named([row]), "qos": ["named-uuid", "leave"]}
    yield insert("Port", port, _row("port", bridge, number))


def _row(table: str, bridge: str, number: int | None = None) -> str:
    """Return the name of a row within the transaction: letters, digits and underscores."""
    return f"{table}_{bridge.encode().hex()}" + ("" if number is None else f"_{number}")


def _on_root(mutation: list[Any]) -> Operation:
    return {"op": "mutate", "table": ovsdb.ROOT, "where": [], "mutations": [mutation]}


def _on_bridge(name: str, mutation: list[Any]) -> Operation:
    return {"op": "mutate", "table": "Bridge", "where": [["name", "==", name]], "mutations": [mutation]}


def _rows(value: list[Any]) -> list[Any]:
    """Return the rows of a set as the database has it: one row is written as itself."""
    return list(value[1]) if value[0] == "set" else [value]


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
