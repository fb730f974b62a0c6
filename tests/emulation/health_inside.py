"""Runs inside a guest in place of the inside: a region fails and comes back while names are asked for.

Leaves captures of each way of checking, and told.json: when what was done, and what services said.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import dns.message
import dns.query

from controllers.process import Keeper
from experiments import order as orders
from experiments.cast import Cast
from experiments.order import Case, Order
from experiments.window import window
from measurement.capture import Recorder, capturing
from measurement.journey import Request
from services.base import Service, Supervisor, supervised
from services.web import FrontEnd
from tests.emulation.health_world import (
    ACTIVE,
    AUTHORITY,
    BACK_AFTER_S,
    CLIENT,
    FAILS,
    FAILS_AFTER_S,
    FAST,
    OF,
    OFTEN_S,
    PORTAL,
    REGIONAL,
    RESOLVER,
    SECOND,
    SELDOM_S,
    SITE,
    TENANT,
    WAYS,
)
from topologies import names
from topologies.health import Health
from topologies.network import Network
from topologies.plan import Plan
from topologies.steering import Answers
from topologies.world import World

CLOSE_S = 0.2  # before and after the moment of a new verdict
SITE_TTL_S = 30  # of the alias that moves, as published
REQUEST = Request(name="none", url="https://none")


class Asking:
    """Asks DNS servers, and does not wait for answers: captures have them."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._number = 0

    def ask(self, node: str, server: str, name: str, *, recursive: bool) -> None:
        """Ask from a node; each question comes from a port of its own."""
        self._number += 1
        question = dns.message.make_query(name, "A", id=self._number)
        if not recursive:
            question.flags = 0
        with (
            self._network.inside(node),
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking,
        ):
            asking.connect((self._network.plan.node(server).addresses[0], 53))
            asking.send(question.to_wire())


class Tries:
    """What is tried in the network, and what came of it."""

    def __init__(self, network: Network, recorder: Recorder, supervisor: Supervisor, cast: Cast) -> None:
        self.network, self.recorder, self.supervisor, self.cast = network, recorder, supervisor, cast
        self.asking = Asking(network)
        self.told: dict[str, dict[str, float]] = {}
        self._planned: list[tuple[float, Callable[[], None]]] = []
        self.said: dict[str, dict[str, object]] = {}

    def services(self, name: str, health: Health) -> list[Service]:
        """Return everything that runs under one way of checking, with a resolver that knows nothing yet."""
        case = Case(
            name=name,
            text=name,
            client=CLIENT,
            resolver=RESOLVER,
            requests=(REQUEST,),
            answers=Answers(health=health),
        )
        return [*self.cast.services(case), *self.cast.resolvers(case)]

    def region(self, name: str, health: Health) -> None:
        """Let a region be silent and come back, while a client and its resolver ask."""
        print(f"@step {name}", flush=True)
        with window(self.recorder, name):
            self.supervisor.become(self.services(name, health))
            begin_s = health.next_probe_s(time.time())
            failed_s = begin_s + FAILS_AFTER_S
            down_s = health.down_s(failed_s)
            kept_until_s = down_s + (health.ttl_s or 0) + 1
            back_s = health.next_probe_s(kept_until_s) + health.timeout_s + BACK_AFTER_S
            up_s = health.up_s(back_s, rtt_s=0.0)
            end_s = up_s + 2 + (health.ttl_s or 0)
            told = {"failed_s": failed_s, "down_s": down_s, "back_s": back_s, "up_s": up_s}
            self.told[name] = told
            self._at(failed_s, self._dark)
            self._at(back_s, self._light)
            self._ask_until(begin_s, end_s, (begin_s + 1, down_s, up_s))

    def nothing(self, name: str, health: Health) -> None:
        """Let every front end of the portal end, and ask when all of them count as down."""
        print(f"@step {name}", flush=True)
        services = self.services(name, health)
        with window(self.recorder, name):
            self.supervisor.become(services)
            failed_s = health.next_probe_s(time.time()) + FAILS_AFTER_S
            down_s = health.down_s(failed_s, refused_after_s=0.0)
            self.told[name] = {"failed_s": failed_s, "down_s": down_s}
            self._wait(failed_s)
            self.supervisor.become([each for each in services if type(each) is not FrontEnd])
            self._wait(down_s + 1)
            self.asking.ask(CLIENT, AUTHORITY, PORTAL, recursive=False)
            self.asking.ask(CLIENT, REGIONAL, OF[FAILS], recursive=False)
            time.sleep(1)

    def _ask_until(self, begin_s: float, end_s: float, closely_s: tuple[float, ...]) -> None:
        often, seldom = int(2 * CLOSE_S / OFTEN_S), int((end_s - begin_s) / SELDOM_S)
        moments = [(begin_s + each * SELDOM_S, RESOLVER) for each in range(seldom)]
        for moment_s in closely_s:
            moments += [(moment_s - CLOSE_S + each * OFTEN_S, AUTHORITY) for each in range(often)]
        for moment_s, server in sorted(moments):
            self._wait(moment_s)
            self.asking.ask(CLIENT, server, PORTAL, recursive=server == RESOLVER)
        self._wait(end_s)

    def _at(self, moment_s: float, do: Callable[[], None]) -> None:
        self._planned.append((moment_s, do))

    def _wait(self, until_s: float) -> None:
        """Wait, and do on the way what is planned for a moment before."""
        while self._planned and self._planned[0][0] <= until_s:
            moment_s, do = self._planned.pop(0)
            time.sleep(max(0.0, moment_s - time.time()))
            do()
        time.sleep(max(0.0, until_s - time.time()))

    def _dark(self) -> None:
        self.network.cut(f"{FAILS}-br", f"{FAILS}-wan")

    def _light(self) -> None:
        self.network.mend(f"{FAILS}-br", f"{FAILS}-wan")

    def one_of_three(self, name: str, health: Health) -> None:
        """Let one front end of a region end while its host runs on, and start again."""
        print(f"@step {name}", flush=True)
        services = self.services(name, health)
        others = [each for each in services if each.node != f"{FAILS}-fe2"]
        with window(self.recorder, name):
            self.supervisor.become(services)
            begin_s = health.next_probe_s(time.time())
            failed_s = begin_s + FAILS_AFTER_S
            rtt_s = 0.0
            down_s = health.down_s(failed_s, refused_after_s=rtt_s)
            back_s = health.next_probe_s(down_s) + FAILS_AFTER_S
            up_s = health.up_s(back_s, rtt_s)
            self.told[name] = {"failed_s": failed_s, "down_s": down_s, "back_s": back_s, "up_s": up_s}
            self._at(failed_s, lambda: self.supervisor.become(others))
            self._at(back_s, lambda: self.supervisor.become(services))
            for moment_s in (begin_s + 1, failed_s + 1, down_s - 0.5, down_s + 1, up_s - 0.5, up_s + 1):
                self._wait(moment_s)
                self.asking.ask(CLIENT, AUTHORITY, PORTAL, recursive=False)
                self.asking.ask(CLIENT, REGIONAL, OF[FAILS], recursive=False)
            time.sleep(1)

    def site(self, name: str, health: Health) -> None:
        """Let a tenant's site end where it is active, and start again; write and read meanwhile."""
        print(f"@step {name}", flush=True)
        services = self.services(name, health)
        others = [each for each in services if each.node != f"{ACTIVE}-spo"]
        site = Site(self.network, self.cast)
        with window(self.recorder, name):
            self.supervisor.become(services)
            begin_s = health.next_probe_s(time.time())
            failed_s = begin_s + FAILS_AFTER_S
            down_s = health.down_s(failed_s, refused_after_s=0.0)
            back_s = health.next_probe_s(down_s + SITE_TTL_S) + FAILS_AFTER_S
            up_s = health.up_s(back_s, rtt_s=0.0)
            self.told[name] = {"failed_s": failed_s, "down_s": down_s, "back_s": back_s, "up_s": up_s}
            said = self.said[name] = {}
            said["first"] = site.put("a.txt", b"first")
            said["second"] = site.put("b.txt", b"second")
            self._wait(failed_s)
            self.supervisor.become(others)
            self._wait(down_s + SITE_TTL_S + 2)
            said["moved"] = site.get("a.txt")
            said["alone"] = site.put("a.txt", b"third")
            said["as before"] = site.get("a.txt")
            self._wait(back_s)
            self.supervisor.become(services)
            self._wait(up_s + SITE_TTL_S + 2)
            said["back"] = site.get("a.txt")
            said["again"] = site.put("a.txt", b"fourth")
        for place in (ACTIVE, SECOND):
            said[place] = [site.kept(place, each) for each in ("a.txt", "b.txt")]


class Site:
    """A client's view of its tenant's site: what it says, and where."""

    def __init__(self, network: Network, cast: Cast) -> None:
        self._network = network
        self._cast = cast
        self._user = names.user(CLIENT, cast.world.tenant(TENANT))
        self._tls = ssl.create_default_context(cafile=str(cast.pki / "ca.pem"))

    def put(self, name: str, document: bytes) -> list[object]:
        """Put a document into the library; return where that was answered, how, and after how long."""
        return self._ask("PUT", name, document)

    def get(self, name: str) -> list[object]:
        """Get a document; return where that was answered, how, and after how long."""
        return self._ask("GET", name, None)

    def _ask(self, method: str, name: str, document: bytes | None) -> list[object]:
        began_s = time.monotonic()
        with self._network.inside(CLIENT):
            question = dns.message.make_query(SITE, "A")
            answer = dns.query.udp(question, str(self._network.plan.node(RESOLVER).address), timeout=5)
            (address,) = (each.address for each in answer.answer[-1])
            with socket.create_connection((address, 443), 5) as opened:
                with self._tls.wrap_socket(opened, server_hostname=SITE) as secured:
                    asking = http.client.HTTPConnection(SITE)
                    asking.sock = secured
                    path = f"/Shared%20Documents/{name}"
                    asking.request(method, path, document, {"X-AnchorMailbox": self._user})
                    told = asking.getresponse()
                    words = told.read().decode()
        return [told.headers["X-Datacenter"], told.status, words, time.monotonic() - began_s]

    def kept(self, datacenter: str, name: str) -> str | None:
        """Return what a server keeps as a document, None where it has none."""
        document = self._cast.work / f"{datacenter}-spo" / SITE / name
        return document.read_text() if document.exists() else None


def main(run_dir: Path) -> None:
    """Try everything."""
    order: Order = orders.load(run_dir)
    world = World.model_validate_json((run_dir / "world.json").read_text())
    plan = Plan.model_validate_json((run_dir / "network.json").read_text())
    nodes = run_dir / "nodes"
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientpath-")))
        keeper = stack.enter_context(Keeper(nodes / "backbone" / "controller.log"))
        keeper.begin(nodes / "backbone" / orders.control_file())
        network = stack.enter_context(Network(plan, nodes / "backbone"))
        keeper.wait_in_force()
        recorder = stack.enter_context(capturing(network, order.captures, work, run_dir / "pcap"))
        cast = Cast(world, plan, order, nodes, work)
        cast.make_certificates()
        supervisor = stack.enter_context(supervised(network))
        tries = Tries(network, recorder, supervisor, cast)
        for name, health in WAYS.items():
            tries.region(name, health)
        tries.one_of_three("one-of-three", WAYS["ttl-30"])
        tries.nothing("nothing", FAST)
        tries.site("site", FAST)
        supervisor.stop()
    (run_dir / "told.json").write_text(json.dumps({"told": tries.told, "said": tries.said}, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
