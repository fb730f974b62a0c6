"""Sees TLS handshakes: which name was asked for, and when each of the phases ended that curl reports."""

from collections.abc import Iterator
from dataclasses import dataclass

from measurement.observation import TlsHandshake
from measurement.observers.source import Source, frame_of, time_of
from measurement.packets import TcpPacket, UnreadableError
from measurement.streams import Connection
from measurement.tls_records import (
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    Hello,
    TlsRecord,
    client_hello,
    server_hello,
    tls_records,
)

TLS_1_3 = "TLS 1.3"
# In TLS 1.3 everything is application data from outside: the content, a byte with its type, 16 bytes of seal.
# An alert has 2 bytes of content; the smallest Finished has 4 and a hash of 32 (RFC 8446, sections 4.4.4,
# 5.2, 6).
SEAL = 17
ALERT_LENGTH = 2 + SEAL
FINISHED_LENGTH = 4 + 32 + SEAL


@dataclass(frozen=True)
class _Phases:
    """The records that end the phases, as far as they are there."""

    finished: TlsRecord | None = None
    request: TlsRecord | None = None
    response: TlsRecord | None = None
    last_response: TlsRecord | None = None


def tls_handshakes(source: Source) -> Iterator[TlsHandshake]:
    """Yield every handshake of which the ClientHello is in the capture."""
    for connection in source.connections:
        try:
            client, server = hellos(connection)
        except UnreadableError:
            continue  # It has a row of its own.
        if client:
            phases = _phases(connection, server) if server else _Phases()
            yield _row(source, connection, client, server, phases)


def hellos(connection: Connection) -> tuple[Hello | None, Hello | None]:
    """Return both Hellos, None for one not seen; raise UnreadableError where one contradicts itself."""
    client = client_hello(connection.client, tls_records(connection.client))
    server = server_hello(connection.server, tls_records(connection.server)) if client else None
    return client, server


def _phases(connection: Connection, hello: Hello) -> _Phases:
    sent = [r for r in tls_records(connection.client) if r.packet.number > hello.record.packet.number]
    finished = _finished(sent, encrypted=hello.versions == (TLS_1_3,))
    if finished is None:
        return _Phases()
    request = next((r for r in sent if r.start >= finished.end and _is_data(r)), None)
    if request is None:
        return _Phases(finished)
    received = [r for r in tls_records(connection.server) if _is_data(r) and _answers(connection, r, request)]
    return _Phases(finished, request, received[0] if received else None, received[-1] if received else None)


def _finished(sent: list[TlsRecord], *, encrypted: bool) -> TlsRecord | None:
    if encrypted:
        return next((r for r in sent if r.type == APPLICATION_DATA and r.length >= FINISHED_LENGTH), None)
    changed = next((r.end for r in sent if r.type == CHANGE_CIPHER_SPEC), None)
    if changed is None:
        return None
    return next((r for r in sent if r.start >= changed and r.type == HANDSHAKE), None)


def _is_data(record: TlsRecord) -> bool:
    return record.type == APPLICATION_DATA and record.length != ALERT_LENGTH


def _answers(connection: Connection, record: TlsRecord, request: TlsRecord) -> bool:
    return connection.client.offset(record.packet.ack) >= request.end


def _packet(record: TlsRecord | None) -> TcpPacket | None:
    return record.packet if record else None


def _row(
    source: Source, connection: Connection, client: Hello, server: Hello | None, phases: _Phases
) -> TlsHandshake:
    syn, hello = connection.syn, client.record.packet
    answered = _packet(server.record) if server else None
    finished, request = _packet(phases.finished), _packet(phases.request)
    response, last_response = _packet(phases.response), _packet(phases.last_response)
    return TlsHandshake(
        **source.at(hello),
        client=syn.src,
        client_port=syn.src_port,
        server=syn.dst,
        server_port=syn.dst_port,
        server_name=client.server_name,
        versions_offered=client.versions,
        version=server.versions[0] if server else None,
        alpn_offered=client.alpn,
        client_hello_frame=hello.number,
        server_hello_frame=frame_of(answered),
        client_finished_frame=frame_of(finished),
        client_hello_ns=hello.time_ns,
        server_hello_ns=time_of(answered),
        client_finished_ns=time_of(finished),
        first_request_frame=frame_of(request),
        first_request_ns=time_of(request),
        first_response_frame=frame_of(response),
        first_response_ns=time_of(response),
        last_response_ns=time_of(last_response),
    )
