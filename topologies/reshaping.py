"""A client's access line as something else than the world has it, for as long as a block lasts."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from topologies.access import Line
from topologies.errors import BuildError
from topologies.netlink import seed_of
from topologies.netlink_batch import send
from topologies.netlink_requests import no_queue
from topologies.network import Network
from topologies.plan import End, Plan, Wire
from topologies.queues import access_queues
from topologies.shape import Shape, shape_queues


def line_of(plan: Plan, client: str) -> Wire:
    """Return the wire behind a client's own router, from there on; BuildError if it has no such router."""
    for wire in plan.wires:
        if wire.a == End(node=f"{client}-cpe", interface="line", mac=wire.a.mac):
            return wire
    raise BuildError(f'"{client}" has no access line; right would be a client that is outside of an office')


@contextlib.contextmanager
def reshaped(network: Network, client: str, up: Shape, down: Shape) -> Iterator[None]:
    """Have a client's line treat packets so, both ways; raise BuildError if the client has no line.

    What is under way on the line is lost, at either end of the block. Random numbers begin anew: the same
    shape loses the same packets, whatever came before.
    """
    line = line_of(network.plan, client)
    try:
        for end, shape in ((line.a, up), (line.b, down)):
            _set(network, end, partial(shape_queues, shape=shape))
        yield
    finally:
        for end, usual in ((line.a, line.there), (line.b, line.back)):
            _set(network, end, partial(_usual_queues, line=usual))


def _usual_queues(index: int, seed: int, line: Line) -> Iterator[bytes]:
    yield no_queue(index)  # with what is below it: its handles may be those of the usual ones
    yield from access_queues(index, line, seed)


def _set(network: Network, end: End, requests: Callable[..., Iterable[bytes]]) -> None:
    seed = seed_of(network.plan.seed, end.node, end.interface)
    try:
        with network.inside(end.node):
            send(list(requests(socket.if_nametoindex(end.interface), seed=seed)))
    except OSError as error:
        raise BuildError(f'{end.node}: the queue of "{end.interface}" cannot be set: {error}') from error
