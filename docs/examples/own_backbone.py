"""An ordinary Mininet script, with this project's hosts, links and switches, and a controller of one's own.

Three cities, a triangle of trunks; then one trunk breaks, and the controller sends everything the other way.

    .venv/bin/python docs/examples/in_guest.py docs/examples/own_backbone.py
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from mininet.net import Mininet
from mininet.topo import Topo

from topologies.mininet_link import Link
from topologies.mininet_nodes import Host
from topologies.mininet_switch import App, Switch
from topologies.switching import open_vswitch

CONTROLLER = Path(__file__).with_name("own_controller.py")
CITIES = ("dublin", "amsterdam", "marseille")
TRUNKS = {(1, 2): 5.0, (1, 3): 9.0, (2, 3): 7.0}  # milliseconds, one way
DEADLINE_S = 30.0


class Triangle(Topo):  # type: ignore[misc]
    """A switch and a host in each city, and a trunk between every two of them."""

    def build(self) -> None:
        """Add them: the host at port 1 of its switch, then the trunks in their order."""
        for number, city in enumerate(CITIES, start=1):
            self.addSwitch(f"s{number}")
            self.addHost(city, ip=f"10.0.0.{number}/8")
            self.addLink(city, f"s{number}", delay_ms=0.25)
        for (a, b), delay_ms in TRUNKS.items():
            self.addLink(f"s{a}", f"s{b}", delay_ms=delay_ms, rate_mbit=100)


def measured_ms(net: Mininet, source: str, target: str) -> float:
    """Return the round trip of one echo; the first one over a path pays for the switches' flow caches."""
    words = net[source].cmd("ping", "-n", "-c1", "-W1", net[target].IP())
    found = re.search(r"time=([\d.]+) ms", words)
    return float(found[1]) if found else float("nan")


def wait_ready(log: Path, ports_down: Sequence[list[int]]) -> None:
    """Wait until the controller has told every switch of the ports that are down at it."""
    deadline = time.monotonic() + DEADLINE_S
    wanted = {str(number): f"without {ports}" for number, ports in enumerate(ports_down, start=1)}
    while wanted != dict(re.findall(r"^ready (\d+) (.*)$", log.read_text(), re.MULTILINE)):
        if time.monotonic() > deadline:
            sys.exit(f"the controller did not say {wanted}, but: {log.read_text()}")
        time.sleep(0.01)


def main(folder: Path) -> None:
    """Build, measure, break a trunk, measure again, mend it."""
    log = folder / "controller.log"
    with open_vswitch(folder):
        net = Mininet(
            Triangle(), host=Host, link=Link, switch=Switch, controller=None, autoStaticArp=True, build=False
        )
        net.addController("c0", App, argv=[sys.executable, str(CONTROLLER)], log=log)
        try:
            net.start()
            wait_ready(log, [[], [], []])
            net.pingAll()
            measured_ms(net, "dublin", "amsterdam")
            print(f"direct: {measured_ms(net, 'dublin', 'amsterdam'):.1f} ms", flush=True)
            net.configLinkStatus("s1", "s2", "down")
            wait_ready(log, [[2], [2], []])
            measured_ms(net, "dublin", "amsterdam")
            print(f"by Marseille: {measured_ms(net, 'dublin', 'amsterdam'):.1f} ms", flush=True)
            net.configLinkStatus("s1", "s2", "up")
            wait_ready(log, [[], [], []])
            measured_ms(net, "dublin", "amsterdam")
            print(f"mended: {measured_ms(net, 'dublin', 'amsterdam'):.1f} ms", flush=True)
        finally:
            net.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        main(Path(work))
