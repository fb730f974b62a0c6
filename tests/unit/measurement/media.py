"""Media and TURN messages as captures have them: bytes by hand, frames by Scapy."""

from __future__ import annotations

import struct

from scapy.layers.inet import IP, UDP
from scapy.packet import Raw

from .captures import CLIENT, SERVER, Timed, ether

COOKIE = bytes.fromhex("2112a442")
PORTS = (50_000, 3478)
CHANNEL = 0x4000


def rtp(number: int, *, ssrc: int = 7, timestamp: int | None = None, kind: int = 8, size: int = 160) -> bytes:
    """Return an RTP packet; without a timestamp it has one that goes with its number."""
    when = (160 * number if timestamp is None else timestamp) % 2**32
    return struct.pack("!BBHII", 0x80, kind, number % 2**16, when, ssrc) + bytes(size)


def block(ssrc: int = 9, **changes: int) -> bytes:
    """Return a report block."""
    said = {
        "fraction": 5,
        "lost": 3,
        "highest": 0x10002,
        "jitter": 12,
        "last_sr": 77,
        "delay": 65536,
        **changes,
    }
    lost = said["lost"].to_bytes(3, "big", signed=True)
    rest = [said[name] for name in ("highest", "jitter", "last_sr", "delay")]
    return struct.pack("!IB", ssrc, said["fraction"]) + lost + struct.pack("!IIII", *rest)


def control(kind: int, count: int, body: bytes) -> bytes:
    """Return a part of an RTCP packet."""
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def sender_report(*blocks: bytes, ssrc: int = 7) -> bytes:
    body = struct.pack("!IQIII", ssrc, 0x0123456789ABCDEF, 1600, 10, 1600)
    return control(200, len(blocks), body + b"".join(blocks))


def receiver_report(*blocks: bytes, ssrc: int = 7) -> bytes:
    return control(201, len(blocks), struct.pack("!I", ssrc) + b"".join(blocks))


def in_channel(content: bytes, channel: int = CHANNEL) -> bytes:
    return struct.pack("!HH", channel, len(content)) + content


def in_tcp(content: bytes) -> bytes:
    """Return a message of a stream, filled up to whole words."""
    return content + bytes(-len(content) % 4)


def attribute(kind: int, value: bytes) -> bytes:
    return in_tcp(struct.pack("!HH", kind, len(value)) + value)


def address(text: str, port: int) -> bytes:
    """Return an address as XOR-MAPPED-ADDRESS and its like have it."""
    octets = bytes(int(part) ^ mask for part, mask in zip(text.split("."), COOKIE, strict=True))
    return b"\0\1" + (port ^ 0x2112).to_bytes(2, "big") + octets


def stun(kind: int, number: int, *attributes: bytes) -> bytes:
    """Return a STUN message with a transaction of that number."""
    body = b"".join(attributes)
    return struct.pack("!HH", kind, len(body)) + COOKIE + number.to_bytes(12, "big") + body


def sent(at_us: int, payload: bytes, ports: tuple[int, int] = PORTS, dscp: int = 46) -> Timed:
    packet = IP(src=CLIENT, dst=SERVER, tos=dscp << 2) / UDP(sport=ports[0], dport=ports[1]) / Raw(payload)
    return at_us, ether(packet)


def came(at_us: int, payload: bytes, ports: tuple[int, int] = PORTS) -> Timed:
    packet = IP(src=SERVER, dst=CLIENT, tos=46 << 2) / UDP(sport=ports[1], dport=ports[0]) / Raw(payload)
    return at_us, ether(packet)
