"""What runs inside the machine, guest or native: build, serve, capture, drive; then only files are left.

Run as ``python3 -m experiments.inside RUN_DIR``; says each step on standard output, as ``@step TEXT``.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from controllers.process import Keeper
from experiments import order as orders
from experiments.cast import Cast
from experiments.exercising import Exercising
from experiments.order import Case, Order, Probe
from measurement import journey
from measurement.capture import Recorder, Window, capturing
from measurement.journey import Journey
from services import base
from services.probe import ask_name
from topologies.errors import ClientpathError, CommandError
from topologies.network import Network
from topologies.plan import Plan
from topologies.switching import undisturbed
from topologies.world import World

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
        self.journeys: list[Journey] = []

    def run(self) -> None:
        """Do everything; raise a ClientpathError that says what could not be done."""
        backbone = self.nodes / "backbone"
        say(f"building the network: {len(self.plan.nodes)} nodes, {len(self.plan.wires)} wires")
        with contextlib.ExitStack() as stack:
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientpath-")))
            keeper = stack.enter_context(Keeper(backbone / "controller.log"))
            keeper.begin(backbone / orders.control_file())
            network = stack.enter_context(Network(self.plan, backbone))
            keeper.wait_in_force()
            captures = capturing(network, self.order.captures, work, self.run_dir / "pcap")
            recorder = stack.enter_context(captures)
            if self.order.cases:
                self._cases(network, recorder, stack, work)
            exercising = Exercising(network, keeper)
            for exercise in self.order.exercises:
                say(f"{exercise.name}: {exercise.text}")
                keeper.use(backbone / orders.control_file(exercise))
                with exercising.undisturbed(exercise):
                    exercising.warm_up(exercise)
                    with _window(recorder, exercise.name, None):
                        exercising.do(exercise)
            for probe in self.order.probes:
                say(f"{probe.name}: {probe.text}")
                self._probe(network, recorder, probe)
            say("stopping; writing the captures")
        journey.save(self.journeys, self.run_dir / "journey.jsonl")

    def _cases(self, network: Network, recorder: Recorder, stack: contextlib.ExitStack, work: Path) -> None:
        """Serve, and let clients travel; the services end with the stack."""
        say("starting the services")
        cast = Cast(self.world, self.plan, self.order, self.nodes, work)
        cast.make_certificates()
        # What services say when they end is still under way then, and captures are to end whole.
        stack.callback(time.sleep, QUIET_S)
        supervisor = stack.enter_context(base.supervised(network))
        supervisor.become(cast.services(self.order.cases[0]))
        for case in self.order.cases:
            say(f"{case.name}: {case.text}")
            supervisor.become(cast.services(case))
            self._journey(network, recorder, cast, case)

    def _journey(self, network: Network, recorder: Recorder, cast: Cast, case: Case) -> None:
        resolver = case.resolver, self._address(case.resolver)
        key_log = self.nodes / case.client / f"{case.name}.keys"
        with undisturbed(), base.running(network, [cast.resolver(case)]):
            journey.use_resolver(network, case.client, self.nodes / case.client, resolver[1])
            with _window(recorder, case.name, key_log):
                self.journeys.append(
                    journey.travel(
                        network,
                        case=case.name,
                        client=case.client,
                        resolver=resolver,
                        requests=case.requests,
                        authority=cast.pki / "ca.pem",
                        key_log=key_log,
                    )
                )

    def _probe(self, network: Network, recorder: Recorder, probe: Probe) -> None:
        target = self._address(probe.target)
        if probe.name_asked:
            with _window(recorder, probe.name, None), network.inside(probe.source):
                ask_name(target, probe.name_asked)
            return
        echo = ["ping", "-n", "-c", "1", "-W", "2", target]
        with contextlib.ExitStack() as stack:
            if not probe.comes_back:
                stack.enter_context(contextlib.suppress(CommandError))
            network.run(probe.source, echo)  # the first one pays for the switches' flow caches
        with _window(recorder, probe.name, None), contextlib.ExitStack() as stack:
            if not probe.comes_back:
                stack.enter_context(contextlib.suppress(CommandError))
            network.run(probe.source, echo)

    def _address(self, node: str) -> str:
        return str(self.plan.node(node).address)


@contextlib.contextmanager
def _window(recorder: Recorder, case: str, key_log: Path | None) -> Iterator[None]:
    """Keep what is captured in the block for a case, with a quiet second on either side."""
    time.sleep(QUIET_S)
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
