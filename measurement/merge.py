"""One capture of a whole run: every place an interface, in the order of time.

Wireshark shows the names of nodes in place of addresses, decrypts TLS and WireGuard, and has the story of the
run in its comments: which frame shows which step.

Source: draft-ietf-opsawg-pcapng, sections 4.2 (interfaces), 4.3 (packets), 4.5 (names), 4.7 (secrets).
"""

from __future__ import annotations

import heapq
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import BinaryIO

from measurement import blocks
from measurement.blocks import Block, DamagedError, block, padded, read_blocks, read_options
from measurement.pcapng import (
    IF_DESCRIPTION,
    IF_NAME,
    IF_TSRESOL,
    ISB_IFRECV,
    ISB_OSDROP,
    NANOSECOND,
    SHB_USERAPPL,
    SNAP_LENGTH,
)
from measurement.result import FrameRef

COMMENT = 1  # section 3.5: an option that every block may have
NAME_IPV4 = 1  # section 4.5: a record of an IPv4 address and its names
PACKET_HEAD = struct.Struct("<IIIII")

Comments = Mapping[FrameRef, str]


@dataclass(frozen=True)
class Merged:
    """What went into a merged capture, and what of the run's files could not be read to their end."""

    packets: int
    places: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass
class _Place:
    """An interface of the merged capture: all captures of one place."""

    number: int
    node: str
    interface: str
    link_type: int
    received: int | None = 0
    dropped: int = 0


@dataclass
class _Source:
    """One capture file: what stands before its first packet, and the rest of its blocks."""

    file: str
    place: str
    rest: Iterator[Block]
    node: str = ""
    interface: str = ""
    link_type: int = 0
    secrets: list[bytes] = field(default_factory=list)
    first: Block | None = None
    ended: bool = False  # with its own counters
    received: int = 0
    dropped: int = 0
    problem: str = ""


def merge(
    run_dir: Path, files: Iterable[Path], target: Path, names: Mapping[str, str], told: Comments
) -> Merged:
    """Write one capture of several of a run; return what went into it. The same input gives the same bytes.

    ``names`` are those of addresses; ``told`` has comments by frame, files relative to ``run_dir``. A file
    that is damaged gives the packets before the damage. Raises OSError for what cannot be read or written.
    """
    sources = [_opened(run_dir, path) for path in files]
    places = _places(sources)
    with target.open("wb") as out:
        out.write(_head(sources, places, names))
        packets, last_ns = _write_packets(out, sources, places, told)
        _count(sources, places)
        out.write(b"".join(_statistics(place, last_ns) for place in places.values()))
    problems = tuple(f"{each.file} {each.problem}" for each in sources if each.problem)
    return Merged(packets, tuple(places), problems)


def _opened(run_dir: Path, path: Path) -> _Source:
    """Return a file with everything read that stands before its first packet."""
    source = _Source(path.relative_to(run_dir).as_posix(), path.stem, read_blocks(path.read_bytes()))
    source.first = _next_packet(source)
    return source


def _next_packet(source: _Source) -> Block | None:
    """Return the next packet's block, taking in whatever stands before it; None at the end."""
    try:
        for each in source.rest:
            if each.type == blocks.ENHANCED_PACKET:
                return each
            _take(source, each)
    except DamagedError as damage:
        source.problem = str(damage)
    if not source.ended and not source.problem:
        source.problem = "has no statistics at its end: the capture was cut, or never ended"
    return None


def _take(source: _Source, each: Block) -> None:
    if each.order != "<":
        raise DamagedError("is of another program: its numbers are big-endian")
    if each.type == blocks.INTERFACE_DESCRIPTION:
        options = read_options(each.body[8:], each.order)
        if options.get(IF_TSRESOL) != bytes([NANOSECOND]):
            raise DamagedError("is of another program: its times are not in nanoseconds")
        (source.link_type,) = struct.unpack_from("<H", each.body)
        source.interface, source.node = (
            options.get(code, b"").decode(errors="replace") for code in (IF_NAME, IF_DESCRIPTION)
        )
    elif each.type == blocks.DECRYPTION_SECRETS:
        source.secrets.append(each.body)
    elif each.type == blocks.INTERFACE_STATISTICS:
        options = read_options(each.body[12:], each.order)
        counts = [options.get(code, b"") for code in (ISB_IFRECV, ISB_OSDROP)]
        if all(len(count) == 8 for count in counts):
            source.received, source.dropped = (struct.unpack("<Q", count)[0] for count in counts)
            source.ended = True


def _places(sources: Sequence[_Source]) -> dict[str, _Place]:
    """Return the interfaces by their places, in the order in which their captures come."""
    places: dict[str, _Place] = {}
    for each in sources:
        if each.place not in places and each.interface:
            places[each.place] = _Place(len(places), each.node, each.interface, each.link_type)
    return places


def _head(sources: Sequence[_Source], places: Mapping[str, _Place], names: Mapping[str, str]) -> bytes:
    """Return everything that stands before the first packet: what comes later decrypts and names nothing."""
    header = struct.pack("<IHHq", blocks.BYTE_ORDER_MAGIC, 1, 0, -1)
    parts = [block(blocks.SECTION_HEADER, header, {SHB_USERAPPL: b"clientpath"})]
    parts += [_interface(name, place) for name, place in places.items()]
    parts.append(_names(names))
    secrets = dict.fromkeys(body for each in sources for body in each.secrets)
    parts += [block(blocks.DECRYPTION_SECRETS, body) for body in secrets]
    return b"".join(parts)


def _interface(name: str, place: _Place) -> bytes:
    body = struct.pack("<HHI", place.link_type, 0, SNAP_LENGTH)
    options = {
        IF_NAME: name.encode(),
        IF_DESCRIPTION: f"{place.node}, {place.interface}".encode(),
        IF_TSRESOL: bytes([NANOSECOND]),
    }
    return block(blocks.INTERFACE_DESCRIPTION, body, options)


def _names(names: Mapping[str, str]) -> bytes:
    body = b""
    for address, name in names.items():
        value = IPv4Address(address).packed + name.encode() + b"\0"
        body += struct.pack("<HH", NAME_IPV4, len(value)) + padded(value)
    return block(blocks.NAME_RESOLUTION, body + bytes(4))  # an empty record ends them


def _write_packets(
    out: BinaryIO, sources: Sequence[_Source], places: Mapping[str, _Place], told: Comments
) -> tuple[int, int]:
    """Write all packets in the order of time, those of one moment in that of the files.

    Returns how many there are, and the time of the last one.
    """
    commented = {frame.file for frame in told}
    lines = [
        _packets(source, places[source.place].number, told if source.file in commented else {}, order)
        for order, source in enumerate(sources)
        if source.first is not None
    ]
    count = last_ns = 0
    for time_ns, _, written in heapq.merge(*lines):
        out.write(written)
        count, last_ns = count + 1, time_ns
    return count, last_ns


def _packets(
    source: _Source, interface: int, told: Comments, order: int
) -> Iterator[tuple[int, tuple[int, int], bytes]]:
    """Yield a file's packets: time, what tells apart those of one moment, and the block to be written."""
    number, each = 0, source.first
    while each is not None:
        number += 1
        _, high, low, kept, length = PACKET_HEAD.unpack_from(each.body)
        head = PACKET_HEAD.pack(interface, high, low, kept, length)
        words = told.get(FrameRef(file=source.file, frame=number)) if told else None
        options = {COMMENT: words.encode()} if words else None
        body = head + each.body[PACKET_HEAD.size : PACKET_HEAD.size + kept]
        yield (high << 32) + low, (order, number), block(blocks.ENHANCED_PACKET, body, options)
        each = _next_packet(source)


def _count(sources: Sequence[_Source], places: Mapping[str, _Place]) -> None:
    """Add up each place's counters; where one file has none, nobody knows how much the place received."""
    for each in sources:
        place = places.get(each.place)
        if place is not None:
            whole = each.ended and place.received is not None
            place.received = (place.received or 0) + each.received if whole else None
            place.dropped += each.dropped


def _statistics(place: _Place, last_ns: int) -> bytes:
    if place.received is None:
        return b""
    high, low = divmod(last_ns, 1 << 32)
    options = {ISB_IFRECV: struct.pack("<Q", place.received), ISB_OSDROP: struct.pack("<Q", place.dropped)}
    return block(blocks.INTERFACE_STATISTICS, struct.pack("<III", place.number, high, low), options)
