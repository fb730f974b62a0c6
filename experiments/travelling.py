"""Doing a run's cases inside the machine: serve, let routers learn, and let clients travel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from experiments import order as orders
from experiments.cast import Cast
from experiments.dialling import forget, greet, keys_kept
from experiments.edges import edges_of, guard
from experiments.lines import dropped_sessions
from experiments.order import Case
from experiments.peering_routes import learn
from experiments.ways import led
from experiments.window import window
from measurement import journey
from measurement.capture import Recorder
from measurement.journey import Journey
from measurement.traceroute import trace
from services import base
from services.base import Service, Supervisor
from services.bird import enable
from services.convergence import wait_converged
from topologies.bgp import Routing
from topologies.network import Network
from topologies.switching import undisturbed


class Travelling:
    """Does cases, one after another, on a network with captures; says each as it begins."""

    def __init__(
        self,
        network: Network,
        recorder: Recorder,
        supervisor: Supervisor,
        cast: Cast,
        say: Callable[[str], None],
    ) -> None:
        self._network = network
        self._recorder = recorder
        self._supervisor = supervisor
        self._cast = cast
        self._say = say
        self._routing: Routing | None = None

    def serve(self, case: Case) -> None:
        """Run everything that a case is to have."""
        services, peers = self._cast.services(case), self._cast.peers(case.peering)
        if peers:
            learn(self._network, self._supervisor, services, peers)
        else:
            self._become(services, case.routing, case.name)

    def do(self, case: Case) -> Journey:
        """Let a case's client make its journey, when everything runs that the case is to have."""
        self._say(f"{case.name}: {case.text}")
        self.serve(case)
        self._guard(case.routing)
        key_log = self._cast.nodes / case.client / f"{case.name}.keys"
        with (
            undisturbed(),
            base.running(self._network, self._cast.resolvers(case)),
            led(self._network, case.client, case.way),
        ):
            asked = self._cast.asked(case)
            journey.use_resolver(self._network, case.client, self._cast.nodes / case.client, asked[1])
            forget(self._network, case.client, case.way)
            with (
                window(self._recorder, case.name, key_log) as secrets,
                keys_kept(self._network, case.client, case.way, secrets),
            ):
                greet(self._network, case.client, case.way)
                told = journey.travel(
                    self._network,
                    case=case.name,
                    client=case.client,
                    resolver=asked,
                    requests=case.requests,
                    authority=self._cast.pki / "ca.pem",
                    key_log=key_log,
                )
                for target in case.traces:
                    trace(self._network, case.client, str(self._network.plan.node(target).address))
        return told

    def learn(self, routing: Routing | None, name: str, others: Sequence[Service] = ()) -> None:
        """Let routers and some others run, and routers learn what they know in an exercise or a call."""
        self._become([*others, *self._cast.birds(routing)], routing, name)

    def _become(self, services: Sequence[Service], routing: Routing | None, name: str) -> None:
        """Run these services; what routers tell each other is captured, until all have learned it."""
        if routing is None or routing == self._routing:
            self._supervisor.become(services)
            self._routing = routing  # without any, routers end, and have forgotten it
            return
        self._guard(routing)
        birds = self._cast.birds(routing)
        with window(self._recorder, orders.learning(name)):
            self._supervisor.become(services)
            if self._routing is not None and self._dropped(self._routing):
                enable(birds)  # by itself Microsoft's edge does not take up what it has dropped
            wait_converged(self._network, birds, down=self._dropped(routing))
        self._routing = routing

    def _dropped(self, routing: Routing) -> dict[tuple[str, str], str]:
        return dropped_sessions(self._cast.world, self._cast.order.selection, routing)

    def _guard(self, routing: Routing | None) -> None:
        """Put the offices' edges in force, without memory of what passed before."""
        edges = edges_of(self._cast.world, self._cast.order.selection, routing)
        guard(self._network, edges, self._cast.nodes)
