"""Runs in a guest: an ordinary Mininet script with our classes, and Mininet's own checks, to checks.json."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mininet.cli import CLI
from mininet.link import TCLink
from mininet.log import lg, setLogLevel
from mininet.net import Mininet
from mininet.node import Host as MininetHost
from mininet.node import OVSSwitch
from mininet.topo import LinearTopo

from topologies.errors import BuildError
from topologies.mininet_link import Link
from topologies.mininet_nodes import Host
from topologies.mininet_switch import App, Switch
from topologies.switching import open_vswitch

FOLDER = Path("/srv/run")
DELAY_MS = 5
RATES_MBIT = (10, 20)
# Two hosts at each of two switches; a switch that learns needs no controller.
SCRIPT = """nodes
net
pingall
h1s1 ping -c1 h1s2
link s1 s2 down
h1s1 ping -c1 -W1 h1s2
link s1 s2 up
h1s1 ping -c1 h1s2
"""


def network(rate_mbit: float | None = None) -> Mininet:
    """Return a network of Mininet's."""
    shape = {"delay_ms": DELAY_MS} | ({} if rate_mbit is None else {"rate_mbit": rate_mbit})
    switch = partial(Switch, failMode="standalone")
    return Mininet(LinearTopo(k=2, n=2, lopts=shape), host=Host, link=Link, switch=switch, controller=None)


@contextlib.contextmanager
def running(net: Mininet) -> Any:
    """Run it for the block."""
    net.start()
    try:
        yield net
    finally:
        net.stop()


def command_line(net: Mininet) -> str:
    """Return what Mininet's command line says to a script of commands."""
    script = FOLDER / "commands"
    script.write_text(SCRIPT)
    said = io.StringIO()
    (handler,) = lg.handlers
    before = handler.setStream(said)
    try:
        CLI(net, script=str(script))
    finally:
        handler.setStream(before)
    return said.getvalue()


def commands(net: Mininet) -> dict[str, Any]:
    """Return what a host's ways to run commands give."""
    host, other = net["h1s1"], net["h1s2"]
    found: dict[str, Any] = {
        "simple": host.cmd("ping", "-c1", other.IP()),
        "shell": host.cmd("echo one; echo $((1 + 1)) | cat"),
        "unknown": host.cmd("no-such-program"),
        "killed": host.cmd("kill -9 $$"),
        "popen": host.popen(["cat", "/proc/net/dev"]).communicate()[0].decode(),
        "pexec": host.pexec("sh", "-c", "echo out; echo err >&2; exit 3"),
        "mounts": host.cmd("mount -t tmpfs tmpfs /opt && touch /opt/mine; ls /opt"),
        "others": other.cmd("ls /opt"),
    }
    host.sendCmd("ping", other.IP())
    time.sleep(3)
    host.sendInt()
    found["interrupted"] = host.waitOutput()
    host.cmd("sleep 1000 &")
    found["background"] = host.lastPid is not None and Path(f"/proc/{host.lastPid}").exists()
    return found | {"pid": host.lastPid}


def links(net: Mininet) -> list[float]:
    """Return which share of pings is lost, in percent, before a trunk is down, meanwhile and after."""
    lost = [net.pingAll(timeout="1")]
    for state in ("down", "up"):
        net.configLinkStatus("s1", "s2", state)
        lost.append(net.pingAll(timeout="1"))
    return lost


def mixed() -> list[float]:
    """Return which share of pings is lost where our classes stand beside Mininet's own."""
    lost = []
    for host, link, switch, shape in (
        (MininetHost, Link, Switch, {"delay_ms": DELAY_MS}),
        (Host, TCLink, OVSSwitch, {"delay": f"{DELAY_MS}ms"}),
    ):
        topo = LinearTopo(k=2, n=1, lopts=shape)
        standalone = partial(switch, failMode="standalone")
        with running(Mininet(topo, host=host, link=link, switch=standalone, controller=None)) as net:
            lost.append(net.pingAll(timeout="1"))
    return lost


def refusals() -> dict[str, str]:
    """Return how mistakes are told."""
    found = {}
    net = network()
    mistakes: dict[str, Callable[[], object]] = {
        "name": lambda: net.addLink("h1s1", "h1s2", delay="5ms"),
        "long": lambda: net.addLink("h1s1", "h1s2", intfName1="x" * 16),
        "unit": lambda: net.addLink("h1s1", "h1s2", rate_mbit=-1),
        "value": lambda: net.addLink("h1s1", "h1s2", delay_ms=1, jitter_ms=2),
        "controller": lambda: App("c1", argv=["false"]).start(),
    }
    for name, mistake in mistakes.items():
        try:
            mistake()
        except BuildError as error:
            found[name] = str(error)
    found["left"] = Path("/proc/net/dev").read_text()
    net.stop()
    return found


def runs_on(pid: int) -> bool:
    """Return whether a process still runs after a second that it has for ending."""
    time.sleep(1)
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def main() -> None:
    """Check everything, and write down what was seen."""
    setLogLevel("output")
    with open_vswitch(FOLDER):
        with running(network()) as net:
            found: dict[str, Any] = {"commands": commands(net), "links": links(net), "cli": command_line(net)}
        left = runs_on(found["commands"]["pid"])
        found["left"] = {"processes": left, "interfaces": Path("/proc/net/dev").read_text()}
        for rate_mbit in RATES_MBIT:
            with running(network(rate_mbit)) as net:
                found[f"iperf {rate_mbit}"] = net.iperf(seconds=2)
        with running(network(RATES_MBIT[0])) as net:
            found["udp"] = net.iperf(seconds=2, l4Type="UDP", udpBw="5M")
        found["mixed"] = mixed()
        found["refusals"] = refusals()
    (FOLDER / "checks.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
