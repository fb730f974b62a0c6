"""Sees what BGP speakers tell each other, message by message."""

from collections.abc import Iterator

from measurement.bgp_messages import read_message
from measurement.observation import BgpMessage
from measurement.observers.source import Source
from measurement.packets import UnreadableError


def bgp_messages(source: Source) -> Iterator[BgpMessage]:
    """Yield every message that is whole."""
    for carried in source.bgp:
        packet = carried.packet
        try:
            message = read_message(carried)
        except UnreadableError:
            continue  # It has a row of its own.
        yield BgpMessage(
            **source.at(packet),
            src=packet.src,
            src_port=packet.src_port,
            dst=packet.dst,
            dst_port=packet.dst_port,
            **vars(message),
        )
