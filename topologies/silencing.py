"""A wire that carries nothing any more, and whose ends do not notice: as when it fails at a provider's.

No carrier is lost at either end, so routers find out by what they no longer hear.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

from topologies.access import Line
from topologies.errors import BuildError
from topologies.netlink import seed_of
from topologies.netlink_batch import send
from topologies.network import Network
from topologies.plan import Wire, other_end
from topologies.queues import access_queues

EVERYTHING_PERCENT = 100.0


class Silencing:
    """Silences wires of a network; `heard_again` at the end of a block."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._silent: list[Wire] = []

    def silence(self, a: str, b: str) -> None:
        """Let nothing get through between two nodes; raise BuildError if no wire with a delay joins them.

        Only such a wire has queues that lose what they are given.
        """
        wires = [wire for wire in self._network.plan.wires_between(a, b) if wire.delay_ms]
        if not wires:
            raise BuildError(f'there is no wire with a delay between "{a}" and "{b}"')
        for wire in wires:
            self._set(wire, loss_percent=EVERYTHING_PERCENT)
            self._silent.append(wire)

    @contextlib.contextmanager
    def heard_again(self) -> Iterator[None]:
        """Have every wire carry packets again when the block ends."""
        try:
            yield
        finally:
            while self._silent:
                self._set(self._silent.pop(), loss_percent=None)

    def _set(self, wire: Wire, *, loss_percent: float | None) -> None:
        for end, line in ((wire.a, wire.there), (wire.b, wire.back)):
            lossy = line if loss_percent is None else _lossy(line, loss_percent)
            seed = seed_of(self._network.plan.seed, end.node, end.interface)
            try:
                with self._network.inside(end.node):
                    send(list(access_queues(socket.if_nametoindex(end.interface), lossy, seed)))
            except OSError as error:
                there = other_end(wire, end.node).node
                raise BuildError(f'the wire from "{end.node}" to "{there}" cannot be set: {error}') from error


def _lossy(line: Line, loss_percent: float) -> Line:
    return line.model_copy(update={"loss_percent": loss_percent})
