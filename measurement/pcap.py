"""Reading what tcpdump writes: the classic pcap file, in microseconds or nanoseconds.

Sources: draft-ietf-opsawg-pcap, sections 4 (file header) and 5 (packet record); the registry of link types,
draft-ietf-opsawg-pcaplinktype.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from measurement.blocks import DamagedError

ETHERNET = 1
# Packets without a link's header, as a WireGuard interface has them: in files 101, and 12 where a writer took
# the kernel's number for the file's.
RAW_IP = 101
LINK_TYPES = {ETHERNET: ETHERNET, RAW_IP: RAW_IP, 12: RAW_IP}
FILE_HEADER = 24
RECORD_HEADER = 16
NANOSECONDS_PER_TICK = {0xA1B23C4D: 1, 0xA1B2C3D4: 1000}


@dataclass(frozen=True)
class Record:
    """One packet: nanoseconds since the epoch, the bytes kept, and how many bytes it had on the wire."""

    time_ns: int
    data: bytes
    wire_length: int


@dataclass(frozen=True)
class Pcap:
    """A pcap file's packets; `whole` is False where the file ends inside one.

    `link_type` is ETHERNET or RAW_IP.
    """

    records: tuple[Record, ...]
    whole: bool
    link_type: int


def read_pcap(path: Path) -> Pcap:
    """Return the packets of a pcap file, of Ethernet or of IP without it, as far as they are whole.

    Raises DamagedError where the file is no pcap or of another link, FileNotFoundError where there is none.
    """
    content = path.read_bytes()
    order, tick_ns = _format(path, content)
    link_type = known_link_type(struct.unpack_from(f"{order}I", content, 20)[0] & 0xFFFF, f"{path} ")
    records = tuple(_records(content, order, tick_ns))
    read = FILE_HEADER + sum(RECORD_HEADER + len(record.data) for record in records)
    return Pcap(records, read == len(content), link_type)


def known_link_type(number: int, where: str = "") -> int:
    """Return ETHERNET or RAW_IP for a file's link type; raise DamagedError for any other."""
    if number not in LINK_TYPES:
        raise DamagedError(
            f"{where}has link type {number}; right would be {ETHERNET}, Ethernet, or {RAW_IP}, raw IP"
        )
    return LINK_TYPES[number]


def _format(path: Path, content: bytes) -> tuple[str, int]:
    if len(content) >= FILE_HEADER:
        for order in "<>":
            tick_ns = NANOSECONDS_PER_TICK.get(struct.unpack_from(f"{order}I", content)[0])
            if tick_ns:
                return order, tick_ns
    raise DamagedError(f"{path} is no pcap file; right would be one that tcpdump has written")


def _records(content: bytes, order: str, tick_ns: int) -> Iterator[Record]:
    position = FILE_HEADER
    while position + RECORD_HEADER <= len(content):
        seconds, ticks, kept, length = struct.unpack_from(f"{order}IIII", content, position)
        start = position + RECORD_HEADER
        position = start + kept
        if position > len(content):
            return
        yield Record(seconds * 1_000_000_000 + ticks * tick_ns, content[start:position], length)
