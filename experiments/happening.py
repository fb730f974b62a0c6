"""Making happen what is announced: places go dark and come back, what joins two nodes is cut and mended."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from experiments.exercise import Cut, Mend
from experiments.spell import Dark, Happening, Light
from services.base import Supervisor
from topologies.darkness import Darkness, nodes_of
from topologies.network import Network


class Happenings:
    """Makes things happen to a network, and to the services on it."""

    def __init__(self, network: Network, supervisor: Supervisor) -> None:
        self._network = network
        self._supervisor = supervisor
        self._darkness = Darkness(network)

    def do(self, event: Happening) -> None:
        """Have something happen now; raises BuildError if it cannot, and as `Supervisor.revive` does."""
        match event:
            case Dark(place=place):
                nodes = nodes_of(self._network.plan, place)
                self._darkness.fall(nodes)
                self._supervisor.kill(nodes)
            case Light(place=place):
                nodes = nodes_of(self._network.plan, place)
                self._darkness.lift(nodes)
                self._supervisor.revive(nodes)
            case Cut(a=a, b=b):
                self._network.cut(a, b)
            case Mend(a=a, b=b):
                self._network.mend(a, b)

    @contextlib.contextmanager
    def whole_again(self) -> Iterator[None]:
        """Have power everywhere again when the block ends."""
        try:
            yield
        finally:
            self._darkness.lifted()
