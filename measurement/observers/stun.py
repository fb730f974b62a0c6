"""Sees STUN binding requests, and as whom the server knew the client."""

from collections.abc import Iterator

from measurement.observation import StunExchange
from measurement.observers.source import Source, frame_of, microseconds
from measurement.packets import UdpPacket
from measurement.stun import BINDING, HEADER, MAGIC_COOKIE, SUCCESS, mapped_address

Asked = tuple[str, int, str, int, bytes]  # client, its port, server, its port, transaction


def stun_exchanges(source: Source) -> Iterator[StunExchange]:
    """Yield one row for each transaction, at its first request."""
    requests: dict[Asked, list[UdpPacket]] = {}
    answers: dict[Asked, UdpPacket] = {}
    for packet in source.packets:
        if not isinstance(packet, UdpPacket) or len(packet.payload) < HEADER.size:
            continue
        kind, length, cookie, transaction = HEADER.unpack_from(packet.payload)
        if cookie != MAGIC_COOKIE or length != len(packet.payload) - HEADER.size:
            continue
        sender, receiver = (packet.src, packet.src_port), (packet.dst, packet.dst_port)
        if kind == BINDING:
            requests.setdefault((*sender, *receiver, transaction), []).append(packet)
        elif kind == SUCCESS and (asked := (*receiver, *sender, transaction)) in requests:
            answers.setdefault(asked, packet)
    for asked, sent in requests.items():
        yield _row(source, asked, sent, answers.get(asked))


def _row(source: Source, asked: Asked, sent: list[UdpPacket], answer: UdpPacket | None) -> StunExchange:
    client, client_port, server, server_port, transaction = asked
    return StunExchange(
        **source.at(sent[0]),
        client=client,
        client_port=client_port,
        server=server,
        server_port=server_port,
        transaction=transaction.hex(),
        answer_frame=frame_of(answer),
        rtt_us=microseconds(sent[0], answer) if answer and len(sent) == 1 else None,
        mapped=(mapped_address(answer.payload) or None) if answer else None,
    )
