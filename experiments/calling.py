"""Doing calls inside the machine: relays that relay, an access line as the call has it, two participants."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from experiments.bulk import bulk
from experiments.call import Call
from experiments.cast import password_of
from experiments.dialling import forget, greet, keys_kept
from experiments.edges import edges_of, guard
from experiments.legs import Legs
from experiments.served import Served
from experiments.ways import led
from experiments.window import window
from measurement import gstreamer
from measurement.media import Told
from services.access_router import AccessRouter, in_force
from services.base import Service, last_lines
from services.turn import TurnRelay
from topologies.bgp import Routing
from topologies.errors import MeasurementError
from topologies.hosts import datacenter_of, host
from topologies.plan import Node
from topologies.reshaping import line_of, reshaped
from topologies.switching import undisturbed

BUSY_S = 3.0  # bulk alone, until it fills the queue
ARRIVAL_S = 1.0  # longer than any way and any queue
STOP_DEADLINE_S = 10.0

Learn = Callable[[Routing | None, str, Sequence[Service]], None]


class Calling:
    """Does calls, one after another, on a network with captures.

    ``learn`` has services run, and routers beside them that have learned what they know under some routing.
    """

    def __init__(self, served: Served, learn: Learn) -> None:
        self._served = served
        self._learn = learn
        self._network = served.network
        self._words = gstreamer.prepare(served.work)

    def do(self, call: Call) -> Told:
        """Let a client be in a meeting, when everything is as the call has it; return what both say of it."""
        served, network = self._served, self._network
        self._learn(call.routing, call.name, self._relays())
        if call.way.office or call.routing is not None:
            cast = served.cast
            guard(network, edges_of(cast.world, cast.order.selection, call.routing), cast.nodes)
        with undisturbed(), led(network, call.client, call.way), self._conditions(call):
            forget(network, call.client, call.way)
            with (
                window(served.recorder, call.name) as secrets,
                keys_kept(network, call.client, call.way, secrets),
            ):
                greet(network, call.client, call.way)
                return asyncio.run(self._meet(call))

    def _relays(self) -> list[Service]:
        """Return every datacenter's relay, for all who call."""
        cast = self._served.cast
        users = {call.client: password_of(call.client) for call in cast.order.calls}
        found: list[Service] = []
        for node in (each for each in cast.plan.of_kind("host") if _is_relay(each)):
            folder = cast.nodes / node.name / "turn"
            found.append(TurnRelay(node.name, folder, node.addresses, node.addresses[-1], users))
        return found

    @contextlib.contextmanager
    def _conditions(self, call: Call) -> Iterator[None]:
        """Have the client's access line as the call has it, for as long as the block lasts."""
        condition, network = call.condition, self._network
        client = self._served.cast.world.client(call.client)
        folder = self._served.cast.nodes
        with contextlib.ExitStack() as stack:
            if condition.reshapes:
                stack.enter_context(reshaped(network, client.name, *condition.shapes(client.access)))
            if condition.classes or condition.udp_blocked:
                line = line_of(network.plan, client.name)
                for end, blocked in ((line.a, condition.udp_blocked), (line.b, False)):
                    router = AccessRouter(
                        node=end.node, line=end.interface, classes=condition.classes, udp_blocked=blocked
                    )
                    stack.enter_context(in_force(network, router, folder / end.node / call.name))
            yield

    async def _meet(self, call: Call) -> Told:
        began_ns = ended_ns = None
        async with contextlib.AsyncExitStack() as stack:
            ends = call.client, host(call.server, "media")
            ways = Legs(self._network, ends, self._server(call), stack)
            legs = [await ways.lead(medium) for medium in call.media]
            if all(leg.transport is not None for leg in legs):
                if call.condition.busy:
                    near = self._served.cast.world.client(call.client).resolver
                    await stack.enter_async_context(bulk(self._network, call.client, near))
                    await asyncio.sleep(BUSY_S)
                began_ns = time.time_ns()
                await self._talk(call)
                ended_ns = time.time_ns()
        return Told(
            call=call.name,
            client=call.client,
            peer=host(call.server, "media"),
            legs=tuple(legs),
            began_ns=began_ns,
            ended_ns=ended_ns,
        )

    async def _talk(self, call: Call) -> None:
        """Have both participants send for as long as the call lasts, and take what comes a little longer."""
        peer = host(call.server, "media")
        with contextlib.ExitStack() as stack:
            talking = [
                self._participant(call, node, other, stack)
                for node, other in ((call.client, peer), (peer, call.client))
            ]
            await asyncio.sleep(call.seconds + ARRIVAL_S)
            for process, log in talking:
                if process.poll() is not None:
                    raise MeasurementError(
                        f"{call.name}: {gstreamer.PROGRAM} ended with code {process.returncode}; its last"
                        f" lines:\n{last_lines(log)}"
                    )

    def _participant(
        self, call: Call, node: str, other: str, stack: contextlib.ExitStack
    ) -> tuple[subprocess.Popen[bytes], Path]:
        """Start who speaks at a node; it ends with the stack."""
        log = self._served.cast.nodes / node / f"{call.name}.gstreamer.txt"
        log.parent.mkdir(parents=True, exist_ok=True)
        argv = [*self._words, *gstreamer.participant(call.name, node, other, call.media, call.seconds)]
        with log.open("wb") as words:
            process = self._network.start(node, argv, words)
        stack.callback(_stop, process)
        return process, log

    def _server(self, call: Call) -> str:
        """Return the address of a call's relay: its own, or the one that the nearest of all has."""
        cast = self._served.cast
        if call.relay:
            return cast.plan.node(host(call.relay, "relay")).addresses[-1]
        return cast.plan.node(host(call.server, "relay")).addresses[0]


def _is_relay(node: Node) -> bool:
    return node.name == host(datacenter_of(node.name), "relay")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a participant as a key on its keyboard does."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
