"""Sees when a router's BFD session comes up or goes down."""

from collections.abc import Iterator

from measurement.bfd_messages import State, read_message
from measurement.observation import BfdState
from measurement.observers.source import Source
from measurement.packets import UdpPacket, UnreadableError


def bfd_states(source: Source) -> Iterator[BfdState]:
    """Yield each router's first state, and every other one after it."""
    states: dict[tuple[str, str], State] = {}
    for packet in source.packets:
        if not isinstance(packet, UdpPacket):
            continue
        try:
            message = read_message(packet)
        except UnreadableError:
            continue  # It has a row of its own.
        ends = packet.src, packet.dst
        if message and states.get(ends) != message.state:
            states[ends] = message.state
            yield BfdState(
                **source.at(packet),
                src=packet.src,
                dst=packet.dst,
                state=message.state,
                diagnostic=message.diagnostic,
            )
