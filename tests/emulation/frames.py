"""A run's captures read with Scapy alone, not with our own observers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from scapy.layers.inet import IP, TCP
from scapy.packet import Packet
from scapy.utils import rdpcap

Flow = tuple[str, int, str, int]


@lru_cache(maxsize=16)
def packets(path: Path) -> list[Packet]:
    return list(rdpcap(str(path)))


def payloads(path: Path, source: str, to: str, *, port: int) -> list[tuple[float, int]]:
    """Return time and length of every TCP payload from one address to another, to or from a port."""
    return [
        (float(packet.time), len(packet[TCP].payload))
        for packet in packets(path)
        if TCP in packet
        and (packet[IP].src, packet[IP].dst) == (source, to)
        and port in (packet[TCP].sport, packet[TCP].dport)
        and len(packet[TCP].payload)
    ]


def talkers(path: Path) -> set[tuple[str, str]]:
    """Return who sent anything to whom."""
    return {(packet[IP].src, packet[IP].dst) for packet in packets(path) if IP in packet}


def opened(path: Path) -> list[Flow]:
    """Return the connections whose SYN is in a capture, in its order."""
    return [
        (packet[IP].src, packet[TCP].sport, packet[IP].dst, packet[TCP].dport)
        for packet in packets(path)
        if TCP in packet and packet[TCP].flags == "S"
    ]
