"""What TLS shows to those without its keys: the records' lengths, and both Hello messages.

Sources: RFC 8446 sections 4.1 (Hellos), 4.2.1 (supported_versions), 5.1 (records); RFC 6066 section 3 (server
name); RFC 7301 (ALPN); RFC 8701 (GREASE: values that mean nothing, which clients offer to keep servers
tolerant).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from measurement.packets import TcpPacket, UnreadableError
from measurement.streams import Stream

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23
CLIENT_HELLO, SERVER_HELLO = 1, 2
SERVER_NAME, ALPN, SUPPORTED_VERSIONS = 0, 16, 43
HEADER = 5
LONGEST = (1 << 14) + 2048
VERSIONS = {0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
# SHA-256 of "HelloRetryRequest", in the place of a ServerHello's random bytes (RFC 8446, section 4.1.3).
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


@dataclass(frozen=True)
class TlsRecord:
    """A record: its type, its bytes `start` to `end` of the stream, and the packet that made it whole."""

    type: int
    start: int
    end: int
    packet: TcpPacket

    @property
    def length(self) -> int:
        """The number of bytes after the record's header."""
        return self.end - self.start - HEADER


@dataclass(frozen=True)
class Hello:
    """A ClientHello or ServerHello; `versions` are those offered or the one selected, in hex if unknown."""

    record: TlsRecord
    versions: tuple[str, ...]
    server_name: str | None
    alpn: tuple[str, ...]


def tls_records(stream: Stream) -> list[TlsRecord]:
    """Return a stream's whole records, up to the first thing that is none."""
    return list(_records(stream))


def _records(stream: Stream) -> Iterator[TlsRecord]:
    start = 0
    while start + HEADER <= len(stream.data):
        type_, major = stream.data[start], stream.data[start + 1]
        length = int.from_bytes(stream.data[start + 3 : start + HEADER], "big")
        end = start + HEADER + length
        if type_ not in range(CHANGE_CIPHER_SPEC, APPLICATION_DATA + 1) or major != 3 or length > LONGEST:
            return
        if end > len(stream.data):
            return
        yield TlsRecord(type_, start, end, stream.completed_by(start, end))
        start = end


def client_hello(stream: Stream, records: list[TlsRecord]) -> Hello | None:
    """Return the first ClientHello, None where the stream does not begin with a whole handshake message.

    Raises UnreadableError where it begins with another one, or one that contradicts itself.
    """
    for record, type_, body in _handshakes(stream, records):
        if type_ != CLIENT_HELLO:
            raise UnreadableError(f"TLS handshake of a client that begins with a message of type {type_}")
        return _hello(record, type_, body)
    return None


def server_hello(stream: Stream, records: list[TlsRecord]) -> Hello | None:
    """Return the ServerHello that is not a request to try again; None and errors as in `client_hello`."""
    for record, type_, body in _handshakes(stream, records):
        if type_ == SERVER_HELLO and body[2:34] == RETRY:
            continue
        if type_ != SERVER_HELLO:
            raise UnreadableError(f"TLS handshake of a server that begins with a message of type {type_}")
        return _hello(record, type_, body)
    return None


def _handshakes(stream: Stream, records: list[TlsRecord]) -> Iterator[tuple[TlsRecord, int, bytes]]:
    """Yield the messages of the unencrypted handshake records, each with the record that completes it."""
    pending = b""
    for record in records:
        # Between two Hellos there may be a ChangeCipherSpec that means nothing (RFC 8446, appendix D.4).
        if record.type == CHANGE_CIPHER_SPEC:
            continue
        if record.type != HANDSHAKE:
            return
        pending += stream.data[record.start + HEADER : record.end]
        while len(pending) >= 4 and len(pending) >= (end := 4 + int.from_bytes(pending[1:4], "big")):
            yield record, pending[0], pending[4:end]
            pending = pending[end:]


class _Reader:
    """Takes fields off bytes, from the front."""

    def __init__(self, content: bytes) -> None:
        self.rest = content

    def take(self, size: int) -> bytes:
        if len(self.rest) < size:
            raise UnreadableError("TLS Hello is cut")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, length_size: int) -> "_Reader":
        return _Reader(self.take(self.number(length_size)))


def _hello(record: TlsRecord, type_: int, body: bytes) -> Hello:
    reader = _Reader(body)
    legacy_version = reader.number(2)
    reader.take(32)
    reader.vector(1)
    if type_ == CLIENT_HELLO:
        reader.vector(2)
        reader.vector(1)
    else:
        reader.take(3)
    extensions = _extensions(reader)
    versions = _versions(extensions.get(SUPPORTED_VERSIONS), type_) or (legacy_version,)
    return Hello(
        record=record,
        versions=tuple(VERSIONS.get(version, f"0x{version:04x}") for version in versions),
        server_name=_server_name(extensions.get(SERVER_NAME)),
        alpn=_alpn(extensions.get(ALPN)),
    )


def _extensions(reader: _Reader) -> dict[int, bytes]:
    # Before TLS 1.3 there may be none, not even their length.
    inner = reader.vector(2) if reader.rest else reader
    found = {}
    while inner.rest:
        code = inner.number(2)
        found[code] = inner.vector(2).rest
    return found


def _versions(extension: bytes | None, type_: int) -> tuple[int, ...]:
    if extension is None:
        return ()
    reader = _Reader(extension)
    inner = reader.vector(1) if type_ == CLIENT_HELLO else reader
    found = []
    while inner.rest:
        found.append(inner.number(2))
    return tuple(version for version in found if not _is_grease(version))


def _is_grease(value: int) -> bool:
    return value >> 8 == value & 0xFF and value & 0x0F == 0x0A


def _server_name(extension: bytes | None) -> str | None:
    # A server that used the name answers with an empty extension.
    if not extension:
        return None
    inner = _Reader(extension).vector(2)
    while inner.rest:
        is_host = inner.number(1) == 0
        name = inner.vector(2).rest
        if is_host:
            return name.decode(errors="backslashreplace").lower()
    return None


def _alpn(extension: bytes | None) -> tuple[str, ...]:
    if extension is None:
        return ()
    inner = _Reader(extension).vector(2)
    found = []
    while inner.rest:
        name = inner.vector(1).rest
        # GREASE again: the one kind of protocol name that is not text.
        if not (len(name) == 2 and _is_grease(int.from_bytes(name, "big"))):
            found.append(name.decode(errors="backslashreplace"))
    return tuple(found)
