"""Sees tunnels of WireGuard from outside: handshakes, and how much went to which session."""

from collections.abc import Iterator
from typing import TypedDict

from measurement.observation import WireGuardFlow, WireGuardHandshake, WireGuardStray
from measurement.observers.source import Source, frame_of, microseconds
from measurement.packets import UdpPacket, UnreadableError
from measurement.wireguard_messages import (
    COOKIE,
    DATA,
    INITIATION,
    KEEPALIVE,
    RESPONSE,
    Message,
    read_message,
)

Seen = tuple[UdpPacket, Message]


class _Ends(TypedDict):
    src: str
    src_port: int
    dst: str
    dst_port: int


def wireguard_handshakes(source: Source) -> Iterator[WireGuardHandshake]:
    """Yield every initiation, with the first response after it that answers its index."""
    seen = list(_messages(source))
    answers = _answers(seen)
    for packet, message in seen:
        if message.type == INITIATION:
            yield _handshake(source, packet, message, answers.get(packet.number))


def wireguard_strays(source: Source) -> Iterator[WireGuardStray]:
    """Yield every response that answers nothing in the capture, and every cookie."""
    seen = list(_messages(source))
    matched = {packet.number for packet, _ in _answers(seen).values()}
    for packet, message in seen:
        if message.type == COOKIE or (message.type == RESPONSE and packet.number not in matched):
            kind = "cookie" if message.type == COOKIE else "response"
            yield WireGuardStray(**source.at(packet), type=kind, **_ends(packet), receiver=message.receiver)


def wireguard_flows(source: Source) -> Iterator[WireGuardFlow]:
    """Yield the data to each index, by who sent it where."""
    flows: dict[tuple[str, int, str, int, int], list[Seen]] = {}
    for packet, message in _messages(source):
        if message.type == DATA:
            ends = packet.src, packet.src_port, packet.dst, packet.dst_port
            flows.setdefault((*ends, message.receiver), []).append((packet, message))
    for flow in flows.values():
        yield _flow(source, flow)


def _messages(source: Source) -> Iterator[Seen]:
    for packet in source.packets:
        if isinstance(packet, UdpPacket):
            try:
                message = read_message(packet)
            except UnreadableError:
                continue  # It has a row of its own.
            if message:
                yield packet, message


def _answers(seen: list[Seen]) -> dict[int, Seen]:
    """Return the response to each initiation, by the initiation's frame."""
    waiting: dict[tuple[str, int, str, int, int], UdpPacket] = {}
    found = {}
    for packet, message in seen:
        if message.type == INITIATION:
            waiting[packet.src, packet.src_port, packet.dst, packet.dst_port, message.sender] = packet
        elif message.type == RESPONSE:
            asked = packet.dst, packet.dst_port, packet.src, packet.src_port, message.receiver
            if asked in waiting:
                found[waiting.pop(asked).number] = packet, message
    return found


def _ends(packet: UdpPacket) -> _Ends:
    return _Ends(src=packet.src, src_port=packet.src_port, dst=packet.dst, dst_port=packet.dst_port)


def _handshake(
    source: Source, packet: UdpPacket, message: Message, answer: Seen | None
) -> WireGuardHandshake:
    response, answered = answer or (None, None)
    return WireGuardHandshake(
        **source.at(packet),
        initiator=packet.src,
        initiator_port=packet.src_port,
        responder=packet.dst,
        responder_port=packet.dst_port,
        sender=message.sender,
        receiver=answered.sender if answered else None,
        response_frame=frame_of(response),
        rtt_us=microseconds(packet, response) if response else None,
    )


def _flow(source: Source, flow: list[Seen]) -> WireGuardFlow:
    (first, message), (last, _) = flow[0], flow[-1]
    counters = {each.counter for _, each in flow}
    carried = [len(packet.payload) - KEEPALIVE for packet, _ in flow]
    return WireGuardFlow(
        **source.at(first),
        **_ends(first),
        receiver=message.receiver,
        packets=len(flow),
        keepalives=carried.count(0),
        bytes=sum(carried),
        first_counter=min(counters),
        last_counter=max(counters),
        missing=max(counters) - min(counters) + 1 - len(counters),
        last_frame=last.number,
        last_time_ns=last.time_ns,
    )
