"""What runs inside the machine, guest or native: build, serve, capture, drive; then only files are left.

Run as ``python3 -m experiments.inside RUN_DIR``; says each step on standard output, as ``@step TEXT``.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from controllers import process as controller
from experiments import order as orders
from experiments.order import Answers, Canary, Case, Order
from measurement import journey
from measurement.capture import Recorder, Window, capturing
from measurement.journey import Journey
from services import base, pki
from services.authority import Authority
from services.base import Service
from services.resolver import Resolver
from services.web import FrontEnd
from services.zones import PORTAL, STEERED_ZONE, zones_of
from topologies.errors import ClientpathError
from topologies.network import Network
from topologies.plan import Plan
from topologies.planning import front_end
from topologies.steering import steer_by_place, steer_nobody
from topologies.world import NameServer, World

QUIET_S = 1.0  # nothing is under way for this long around a case: its packets are its own


def say(text: str) -> None:
    """Tell the outside which step begins."""
    print(f"@step {text}", flush=True)


class Inside:
    """One run, from its folder's order to its folder's files."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.order: Order = orders.load(run_dir)
        self.world = World.model_validate_json((run_dir / "world.json").read_text())
        self.plan = Plan.model_validate_json((run_dir / "network.json").read_text())
        self.nodes = run_dir / "nodes"
        self.pki = self.nodes / "authority"
        self.journeys: list[Journey] = []

    def run(self) -> None:
        """Do everything; raise a ClientpathError that says what could not be done."""
        backbone = self.nodes / "backbone"
        say(f"building the network: {len(self.plan.nodes)} nodes, {len(self.plan.wires)} wires")
        with contextlib.ExitStack() as stack:
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientpath-")))
            control = stack.enter_context(
                controller.running(backbone / "flows.json", backbone / "controller.log")
            )
            network = stack.enter_context(Network(self.plan, backbone))
            control.wait_installed(len(self.plan.of_kind("switch")))
            captures = capturing(network, self.order.captures, work, self.run_dir / "pcap")
            recorder = stack.enter_context(captures)
            say("starting the services")
            pki.make_certificates(self.pki, (PORTAL,))
            stack.enter_context(base.running(network, self._lasting_services()))
            for answers, cases in itertools.groupby(self.order.cases, key=lambda case: case.answers):
                with base.running(network, self._steering(answers)):
                    for case in cases:
                        self._case(network, recorder, case)
            for canary in self.order.canaries:
                self._canary(network, recorder, canary)
            say("stopping; writing the captures")
        journey.save(self.journeys, self.run_dir / "journey.jsonl")

    def _case(self, network: Network, recorder: Recorder, case: Case) -> None:
        say(f"{case.name}: {case.text}")
        resolver = case.resolver, self._address(case.resolver)
        key_log = self.nodes / case.client / f"{case.name}.keys"
        with base.running(network, [self._resolver(case)]):
            journey.use_resolver(network, case.client, self.nodes / case.client, resolver[1])
            with _window(recorder, case.name, key_log):
                self.journeys.append(
                    journey.travel(
                        network,
                        case=case.name,
                        client=case.client,
                        resolver=resolver,
                        url=case.url,
                        authority=self.pki / "ca.pem",
                        key_log=key_log,
                    )
                )

    def _canary(self, network: Network, recorder: Recorder, canary: Canary) -> None:
        say(f"{canary.name}: an echo from {canary.source} to {canary.target}")
        echo = ["ping", "-n", "-c", "1", self._address(canary.target)]
        network.run(canary.source, echo)  # the first one pays for the switches' flow caches
        with _window(recorder, canary.name, None):
            network.run(canary.source, echo)

    def _lasting_services(self) -> list[Service]:
        services: list[Service] = [
            self._authority(server, self.nodes / server.name, "by place")
            for server in self._servers()
            if STEERED_ZONE not in server.zones
        ]
        for name in self.order.selection.datacenters:
            node = front_end(name)
            services.append(
                FrontEnd(
                    node,
                    self.nodes / node,
                    self._address(node),
                    datacenter=name,
                    names=(PORTAL,),
                    pki=self.pki,
                )
            )
        return services

    def _steering(self, answers: Answers) -> list[Service]:
        """Return the authorities whose answers depend on the case."""
        folder = answers.replace(" ", "-")
        return [
            self._authority(server, self.nodes / server.name / folder, answers)
            for server in self._servers()
            if STEERED_ZONE in server.zones
        ]

    def _resolver(self, case: Case) -> Resolver:
        """Return the case's own resolver: a new one, so that its cache is empty."""
        roots = {s.hostname: self._address(s.name) for s in self._servers() if "." in s.zones}
        return Resolver(
            case.resolver, self.nodes / case.resolver / case.name, self._address(case.resolver), roots
        )

    def _authority(self, server: NameServer, folder: Path, answers: Answers) -> Authority:
        default = self.order.default_datacenter
        by_place = answers == "by place"
        steering = (
            steer_by_place(self.world, self.order.cloud, default) if by_place else steer_nobody(default)
        )
        zones = zones_of(self.world, self.plan, self.order.selection, server, steering)
        return Authority(server.name, folder, self._address(server.name), zones)

    def _servers(self) -> list[NameServer]:
        return [self.world.nameserver(name) for name in self.order.selection.nameservers]

    def _address(self, node: str) -> str:
        return str(self.plan.node(node).address)


@contextlib.contextmanager
def _window(recorder: Recorder, case: str, key_log: Path | None) -> Iterator[None]:
    """Keep what is captured in the block for a case, with a quiet second on either side."""
    begin = time.time_ns()
    time.sleep(QUIET_S)
    yield
    time.sleep(QUIET_S)
    secrets = key_log.read_text() if key_log is not None and key_log.exists() else ""
    recorder.windows.append(Window(case, begin, time.time_ns(), secrets))


def main() -> int:
    """Run the folder's order; tell an error in words, without a trace, if it is one of ours."""
    try:
        Inside(Path(sys.argv[1])).run()
    except ClientpathError as error:
        for line in str(error).splitlines():
            print(f"@error {line}", flush=True)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
