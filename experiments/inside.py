"""What runs inside the machine, guest or native: build, serve, capture, drive; then only files are left.

Run as ``python3 -m experiments.inside RUN_DIR``; says each step on standard output, as ``@step TEXT``.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from controllers.process import Keeper
from experiments import order as orders
from experiments.calling import Calling
from experiments.cast import Cast
from experiments.dialling import keys_kept
from experiments.edges import edges_of, guard
from experiments.exercising import Exercising
from experiments.order import Named, Order, Probe
from experiments.served import Served
from experiments.shelling import Shelling
from experiments.spelling import Spelling
from experiments.surveying import Surveying
from experiments.travelling import Travelling
from experiments.window import QUIET_S, window
from measurement import journey, media, visit
from measurement.capture import Recorder, capturing
from measurement.journey import Journey
from measurement.visit import Visit
from measurement.work import SPELLS_FILE, Told, save_told
from services import base
from services.probe import ask_name
from topologies.errors import ClientpathError, CommandError
from topologies.network import Network
from topologies.plan import Plan
from topologies.world import World


def say(text: str) -> None:
    """Tell the outside which step begins."""
    print(f"@step {text}", flush=True)


def _begun(parts: Iterable[Named]) -> Iterator[Named]:
    """Yield parts of an order one after another; say each as it begins."""
    for part in parts:
        say(f"{part.name}: {part.text}")
        yield part


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
            travelling: Travelling | None = None
            if self.order.is_served:
                travelling = self._clients(self._served(network, recorder, stack, work))
            self._exercises(network, keeper, recorder, travelling)
            for probe in _begun(self.order.probes):
                self._probe(network, recorder, probe)
            say("stopping; writing the captures")
        journey.save(self.journeys, self.run_dir / "journey.jsonl")

    def _served(
        self, network: Network, recorder: Recorder, stack: contextlib.ExitStack, work: Path
    ) -> Served:
        """Return who can have services run; those end with the stack."""
        say("starting the services")
        cast = Cast(self.world, self.plan, self.order, self.nodes, work)
        cast.make_certificates()
        # What services say when they end is still under way then, and captures are to end whole.
        stack.callback(time.sleep, QUIET_S)
        supervisor = stack.enter_context(base.supervised(network))
        return Served(network, recorder, supervisor, cast, self.run_dir, work, say)

    def _clients(self, served: Served) -> Travelling:
        """Let clients do all that needs services, or a shell be used; return who has routers learn."""
        travelling = self._cases(served)
        self._surveys(served)
        self._spells(served)
        self._calls(served, travelling)
        if self.order.shell is not None:
            Shelling(served).do(self.order.shell)
        return travelling

    def _cases(self, served: Served) -> Travelling:
        """Let clients travel."""
        travelling = Travelling(served.network, served.recorder, served.supervisor, served.cast, say)
        if self.order.cases:
            travelling.serve(self.order.cases[0])
        self.journeys += [travelling.do(case) for case in self.order.cases]
        return travelling

    def _surveys(self, served: Served) -> None:
        """Let clients take their turns, survey by survey."""
        visits: list[Visit] = []
        for survey in _begun(self.order.surveys):
            visits += Surveying(served).do(survey)
        if visits:
            visit.save(visits, self.run_dir / "surveys.jsonl")

    def _spells(self, served: Served) -> None:
        """Let clients work, spell by spell."""
        told: list[Told] = []
        for spell in _begun(self.order.spells):
            told += Spelling(served).do(spell)
        if told:
            save_told(told, self.run_dir / SPELLS_FILE)

    def _calls(self, served: Served, travelling: Travelling) -> None:
        """Let clients call, one after another."""
        told: list[media.Told] = []
        for call in _begun(self.order.calls):
            told.append(Calling(served, travelling.learn).do(call))
        if told:
            media.save(told, self.run_dir / media.FILE)

    def _exercises(
        self, network: Network, keeper: Keeper, recorder: Recorder, travelling: Travelling | None
    ) -> None:
        """Exercise the backbone, under one control after another."""
        if self.order.exercises:
            guard(network, edges_of(self.world, self.order.selection, None), self.nodes)
        exercising = Exercising(network, keeper)
        for exercise in _begun(self.order.exercises):
            keeper.use(self.nodes / "backbone" / orders.control_file(exercise))
            if travelling is not None and exercise.routing is not None:
                travelling.learn(exercise.routing, exercise.name)
            with (
                exercising.prepared(exercise),
                window(recorder, exercise.name) as secrets,
                keys_kept(network, exercise.client, exercise.way, secrets),
            ):
                exercising.do(exercise)

    def _probe(self, network: Network, recorder: Recorder, probe: Probe) -> None:
        target = self._address(probe.target)
        if probe.name_asked:
            with window(recorder, probe.name), network.inside(probe.source):
                ask_name(target, probe.name_asked)
            return
        echo = ["ping", "-n", "-c", "1", "-W", "2", target]
        with contextlib.ExitStack() as stack:
            if not probe.comes_back:
                stack.enter_context(contextlib.suppress(CommandError))
            network.run(probe.source, echo)  # the first one pays for the switches' flow caches
        with window(recorder, probe.name), contextlib.ExitStack() as stack:
            if not probe.comes_back:
                stack.enter_context(contextlib.suppress(CommandError))
            network.run(probe.source, echo)

    def _address(self, node: str) -> str:
        return str(self.plan.node(node).address)


def main() -> int:
    """Run the folder's order; tell an error in words, without a trace, if it is one of ours."""
    try:
        Inside(Path(sys.argv[1])).run()
    except ClientpathError as error:
        for line in f"{error.code}: {error}".splitlines():
            print(f"@error {line}", flush=True)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
