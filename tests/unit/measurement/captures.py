"""Captures made in memory: frames by Scapy, TLS by Python's own ssl, files by the writer under test."""

import dataclasses
import ssl
import struct
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from measurement.observers.source import Source
from measurement.pcapng import Capture, Frame, write_pcapng

START_NS = 1_700_000_000_000_000_000
CLIENT, SERVER, RESOLVER = "100.64.0.10", "13.107.6.156", "100.64.0.53"
Timed = tuple[int, bytes]


def ether(packet: Any) -> bytes:
    return bytes(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / packet)


def frames(timed: Iterable[Timed]) -> tuple[Frame, ...]:
    return tuple(Frame(n, START_NS + us * 1000, data) for n, (us, data) in enumerate(timed, 1))


def pcap_bytes(timed: Iterable[Timed], *, cut_to: int | None = None, link_type: int = 1) -> bytes:
    """A nanosecond pcap as tcpdump writes it; times in microseconds; `cut_to` is a snap length."""
    parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link_type)]
    for time_us, data in timed:
        seconds, nanoseconds = divmod(START_NS + time_us * 1000, 10**9)
        kept = data[:cut_to]
        parts.append(struct.pack("<IIII", seconds, nanoseconds, len(kept), len(data)) + kept)
    return b"".join(parts)


def write_capture(path: Path, timed: list[Timed], *, link_type: int = 1, **changes: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".pcap")
    source.write_bytes(pcap_bytes(timed, link_type=link_type))
    settings = {"interface": "eth0", "node": path.stem, "received": len(timed), "dropped": 0}
    write_pcapng(source, path, **{**settings, **changes})
    source.unlink()


def capture_run(run_dir: Path, timed: list[Timed], **changes: Any) -> Path:
    write_capture(run_dir / "pcap/main/traveller.pcapng", timed, **changes)
    return run_dir


def source_of(timed: Iterable[Timed], link_type: int = 1) -> Source:
    """What observers are given of some frames, without a file."""
    found = tuple(dataclasses.replace(each, link_type=link_type) for each in frames(timed))
    capture = Capture("traveller", "eth0", found, len(found), 0, complete=True, problem="")
    return Source("main", "pcap/main/traveller.pcapng", capture)


class Conversation:
    """Builds a TCP connection's segments; `at_us` is the time of each."""

    def __init__(self, port: int = 443, client_isn: int = 0xFFFFFFF0, server_isn: int = 5000) -> None:
        self.ends = {True: (CLIENT, 40000), False: (SERVER, port)}
        self.next = {True: client_isn, False: server_isn}
        self.timed: list[Timed] = []

    def send(self, at_us: int, *, client: bool, flags: str = "PA", payload: bytes = b"") -> bytes:
        (src, sport), (dst, dport) = self.ends[client], self.ends[not client]
        ack = self.next[not client] if "A" in flags else 0
        header = TCP(sport=sport, dport=dport, seq=self.next[client], ack=ack, flags=flags)
        packet = IP(src=src, dst=dst) / header
        data = ether(packet / Raw(payload) if payload else packet)
        self.timed.append((at_us, data))
        used = len(payload) + ("S" in flags) + ("F" in flags)
        self.next[client] = (self.next[client] + used) % (1 << 32)
        return data

    def open(self, rtt_us: int = 40_000) -> None:
        self.send(0, client=True, flags="S")
        self.send(rtt_us, client=False, flags="SA")
        self.send(rtt_us + 7, client=True, flags="A")


class Peer:
    """One end of a TLS connection that exists in memory only."""

    def __init__(self, context: ssl.SSLContext, name: str | None) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(
            self.incoming, self.outgoing, server_side=name is None, server_hostname=name
        )

    def handshake(self) -> None:
        with suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()


@cache
def tls_flights(version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> list[tuple[bool, bytes]]:
    """A true TLS conversation as (from the client?, bytes): the handshake, a request, the answer."""
    contexts = tls_contexts(version)
    client, server = Peer(contexts[0], "portal.office.com"), Peer(contexts[1], None)
    flights: list[tuple[bool, bytes]] = []

    def deliver(sender: Peer, receiver: Peer) -> None:
        if data := sender.outgoing.read():
            flights.append((sender is client, data))
            receiver.incoming.write(data)

    for _ in range(3):
        client.handshake()
        deliver(client, server)
        server.handshake()
        deliver(server, client)
    client.tls.write(b"GET / HTTP/1.1\r\n\r\n")
    deliver(client, server)
    server.tls.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    deliver(server, client)
    return flights


def tls_contexts(version: ssl.TLSVersion) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as directory:
        pem = Path(directory) / "server.pem"
        pem.write_bytes(server_certificate())
        server.load_cert_chain(pem)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.set_alpn_protocols(["h2", "http/1.1"])
    client.maximum_version = version
    return client, server


@cache
def server_certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal.office.com")])
    day = datetime(2023, 11, 14, tzinfo=timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = (
        builder.not_valid_before(day).not_valid_after(day + timedelta(days=9)).sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
