"""Cutting a wire in the middle of a run, and mending it: both of its ends down, or up.

Where the ends are in one namespace, as those of a trunk between two WAN switches are, it is one message.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping

from topologies.namespaces import entered
from topologies.netlink_batch import send
from topologies.netlink_requests import link_state, settled
from topologies.plan import Wire, grouped


def set_wire(pids: Mapping[str, int], wire: Wire, *, up: bool) -> None:
    """Take both ends of a wire up or down; ``pids`` gives a process in each namespace.

    A node that ``pids`` does not have is in the namespace of the caller. What is under way on the wire is
    lost; its queues stay. At an end that goes down, the kernel forgets routes and neighbours. Raises OSError
    if the kernel refuses.
    """
    ends = (wire.a, wire.b)
    send_each((pids.get(end.node), link_state(end.interface, up=up)) for end in ends)
    if up:
        send_each((pids.get(end.node), settled(end.interface)) for end in ends)


def send_each(requests: Iterable[tuple[int | None, bytes]]) -> None:
    """Send each request in the namespace of a process, or of the caller: one message for each of them."""
    for home, found in grouped(requests).items():
        with entered(home) if home is not None else contextlib.nullcontext():
            send(found)
