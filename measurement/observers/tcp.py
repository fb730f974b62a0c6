"""Sees who connected where, how long the handshake took, and how much went each way."""

from collections.abc import Iterator

from measurement.observation import TcpConnection
from measurement.observers.source import Source, frame_of, microseconds
from measurement.packets import ACK, FIN, RST, SYN, TcpPacket
from measurement.streams import Connection


def tcp_connections(source: Source) -> Iterator[TcpConnection]:
    """Yield every connection that begins in the capture."""
    for connection in source.connections:
        yield _row(source, connection)


def _row(source: Source, connection: Connection) -> TcpConnection:
    syn, synack, ack = connection.syn, connection.synack, _ack(connection)
    return TcpConnection(
        **source.at(syn),
        client=syn.src,
        client_port=syn.src_port,
        server=syn.dst,
        server_port=syn.dst_port,
        syn_frame=syn.number,
        synack_frame=frame_of(synack),
        ack_frame=frame_of(ack),
        fin_frame=frame_of(next((p for p in connection.packets if p.has(FIN)), None)),
        rst=any(p.has(RST) for p in connection.packets),
        rtt_us=_round_trip_us(connection.from_client, syn, synack),
        ack_rtt_us=_round_trip_us(connection.from_server, synack, ack),
        client_bytes=connection.client.length,
        server_bytes=connection.server.length,
        retransmissions=connection.retransmissions,
        last_frame=connection.packets[-1].number,
        client_mss=syn.mss,
        server_mss=synack.mss if synack else None,
    )


def _ack(connection: Connection) -> TcpPacket | None:
    synack = connection.synack
    if synack is None:
        return None
    later = (p for p in connection.from_client if p.number > synack.number)
    return next((p for p in later if p.has(ACK) and not p.has(RST)), None)


def _round_trip_us(
    sender: list[TcpPacket], asked: TcpPacket | None, answered: TcpPacket | None
) -> float | None:
    if asked is None or answered is None:
        return None
    sent = [p for p in sender if p.has(SYN) and p.number < answered.number]
    return microseconds(asked, answered) if len(sent) == 1 else None
