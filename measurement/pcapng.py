"""A run's captures: pcapng files that carry the proof of their own completeness.

tcpdump counts what it received and what the kernel dropped. Its counters go into a statistics block, which is
the file's last. A reader therefore knows a whole capture from one that was cut, lost packets or lost a frame
since.

Source: draft-ietf-opsawg-pcapng, section 4. Wireshark opens the files, and decrypts TLS and WireGuard with
the secrets inside.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from measurement import blocks
from measurement.blocks import Block, DamagedError, block, read_blocks, read_options
from measurement.pcap import ETHERNET, Record, known_link_type, read_pcap

# Option codes: section 4.1 (shb), 4.2 (if), 4.6 (isb).
SHB_USERAPPL = 4
IF_NAME, IF_DESCRIPTION, IF_TSRESOL, IF_TSOFFSET = 2, 3, 9, 14
ISB_IFRECV, ISB_IFDROP, ISB_OSDROP = 4, 5, 7

SNAP_LENGTH = 262_144
TLS_KEY_LOG = 0x544C534B
WIREGUARD_KEY_LOG = 0x57474B4C
NANOSECOND = 9
MICROSECOND = 6
SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class Frame:
    """One packet: its number as Wireshark shows it (from 1), nanoseconds since the epoch, and its bytes.

    `link_type` says what the bytes begin with: pcap.ETHERNET or pcap.RAW_IP.
    """

    number: int
    time_ns: int
    data: bytes
    link_type: int = ETHERNET


@dataclass(frozen=True)
class Capture:
    """A capture as far as it could be read.

    `name` is the node's. `received` and `dropped` are tcpdump's counters of packets, None where the file has
    none. `complete` promises that the file has every packet in full; where it is False, `problem` says why.
    `link_type` is the frames'.
    """

    name: str
    interface: str
    frames: tuple[Frame, ...]
    received: int | None
    dropped: int | None
    complete: bool
    problem: str
    link_type: int = ETHERNET


def write_pcapng(
    pcap: Path,
    pcapng: Path,
    *,
    interface: str,
    node: str,
    received: int,
    dropped: int,
    tls_secrets: str = "",
    wireguard_keys: str = "",
) -> None:
    """Convert tcpdump's pcap; the same input gives the same bytes.

    `received` and `dropped` are tcpdump's counters of packets. `tls_secrets` is a key log in NSS's format,
    `wireguard_keys` one in Wireshark's (wg.keylog_file). A pcap that ends inside a packet gets no statistics,
    so that nobody takes it for whole. Raises DamagedError where `pcap` is no pcap file of a link that is
    known, OSError where a file cannot be read or written.
    """
    source = read_pcap(pcap)
    write_records(
        source.records,
        pcapng,
        interface=interface,
        node=node,
        received=received if source.whole else None,
        dropped=dropped,
        tls_secrets=tls_secrets,
        wireguard_keys=wireguard_keys,
        link_type=source.link_type,
    )


def write_records(
    records: Sequence[Record],
    pcapng: Path,
    *,
    interface: str,
    node: str,
    received: int | None,
    dropped: int,
    tls_secrets: str = "",
    wireguard_keys: str = "",
    link_type: int = ETHERNET,
) -> None:
    """Write packets as `write_pcapng` does; where `received` is None, without statistics: as not whole."""
    parts = [_section_header(), _interface_description(interface, node, link_type)]
    for kind, secrets in ((TLS_KEY_LOG, tls_secrets), (WIREGUARD_KEY_LOG, wireguard_keys)):
        if secrets:
            parts.append(_decryption_secrets(kind, secrets.encode()))
    parts += [_enhanced_packet(record) for record in records]
    if received is not None:
        last_ns = records[-1].time_ns if records else 0
        parts.append(_interface_statistics(last_ns, received, dropped))
    pcapng.write_bytes(b"".join(parts))


def _section_header() -> bytes:
    unknown_length = -1
    body = struct.pack("<IHHq", blocks.BYTE_ORDER_MAGIC, 1, 0, unknown_length)
    return block(blocks.SECTION_HEADER, body, {SHB_USERAPPL: b"clientpath"})


def _interface_description(interface: str, node: str, link_type: int) -> bytes:
    body = struct.pack("<HHI", link_type, 0, SNAP_LENGTH)
    options = {
        IF_NAME: interface.encode(),
        IF_DESCRIPTION: node.encode(),
        IF_TSRESOL: bytes([NANOSECOND]),
    }
    return block(blocks.INTERFACE_DESCRIPTION, body, options)


def _decryption_secrets(kind: int, secrets: bytes) -> bytes:
    return block(blocks.DECRYPTION_SECRETS, struct.pack("<II", kind, len(secrets)) + secrets)


def _enhanced_packet(record: Record) -> bytes:
    high, low = divmod(record.time_ns, 1 << 32)
    head = struct.pack("<IIIII", 0, high, low, len(record.data), record.wire_length)
    return block(blocks.ENHANCED_PACKET, head + record.data)


def _interface_statistics(time_ns: int, received: int, dropped: int) -> bytes:
    high, low = divmod(time_ns, 1 << 32)
    counters = {ISB_IFRECV: received, ISB_IFDROP: 0, ISB_OSDROP: dropped}
    options = {code: struct.pack("<Q", count) for code, count in counters.items()}
    return block(blocks.INTERFACE_STATISTICS, struct.pack("<III", 0, high, low), options)


def read_capture(path: Path) -> Capture:
    """Return what can be read of a pcapng file; damage ends the reading and is told in `problem`.

    Raises FileNotFoundError where there is no such file.
    """
    reading = _Reading()
    damage = ""
    try:
        for each in read_blocks(path.read_bytes()):
            reading.take(each)
    except DamagedError as error:
        damage = str(error)
    problem = damage or reading.problem()
    return Capture(
        name=path.stem,
        interface=reading.interface or "",
        frames=tuple(reading.frames),
        received=reading.received,
        dropped=reading.dropped,
        complete=not problem,
        problem=problem,
        link_type=reading.link_type,
    )


@dataclass
class _Reading:
    """What has been learnt from the blocks so far."""

    interface: str | None = None
    link_type: int = ETHERNET
    ticks_per_second: int = 10**MICROSECOND
    offset_ns: int = 0
    frames: list[Frame] = field(default_factory=list)
    cut_frame: int | None = None
    received: int | None = None
    dropped: int | None = None

    def take(self, each: Block) -> None:
        if each.type == blocks.INTERFACE_DESCRIPTION:
            self._take_interface(each)
        elif each.type == blocks.ENHANCED_PACKET:
            self._take_packet(each)
        elif each.type == blocks.INTERFACE_STATISTICS:
            self._take_statistics(each)
        elif each.type == blocks.SIMPLE_PACKET:
            raise DamagedError(f"has no time for frame {len(self.frames) + 1}")

    def problem(self) -> str:
        """Say why a file without damage is not a whole capture; nothing where it is."""
        if self.received is None or self.dropped is None:
            return "has no statistics at its end: the capture was cut, or never ended"
        if self.dropped:
            return f"lacks {self.dropped} packets that were dropped"
        if self.cut_frame:
            return f"has only a part of frame {self.cut_frame}"
        if len(self.frames) != self.received:
            return f"has {len(self.frames)} packets where {self.received} were received"
        return ""

    def _take_interface(self, each: Block) -> None:
        if self.interface is not None:
            raise DamagedError("has more than one interface; right would be one file for each")
        self.link_type = known_link_type(_unpack(each, "HHI")[0])
        options = read_options(each.body[8:], each.order)
        self.interface = options.get(IF_NAME, b"").decode(errors="replace")
        resolution = (options.get(IF_TSRESOL) or bytes([MICROSECOND]))[0]
        self.ticks_per_second = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
        self.offset_ns = _count(options, IF_TSOFFSET, each.order, "q") * SECOND_NS

    def _take_packet(self, each: Block) -> None:
        interface, high, low, kept, length = _unpack(each, "IIIII")
        data = each.body[20 : 20 + kept]
        if self.interface is None or interface != 0 or len(data) < kept:
            raise DamagedError(
                f"is damaged: frame {len(self.frames) + 1} does not fit its block or interface"
            )
        time_ns = ((high << 32) + low) * SECOND_NS // self.ticks_per_second + self.offset_ns
        self.frames.append(Frame(len(self.frames) + 1, time_ns, data, self.link_type))
        if kept != length and self.cut_frame is None:
            self.cut_frame = len(self.frames)

    def _take_statistics(self, each: Block) -> None:
        _unpack(each, "III")
        options = read_options(each.body[12:], each.order)
        if ISB_IFRECV in options and ISB_OSDROP in options:
            self.received = _count(options, ISB_IFRECV, each.order)
            self.dropped = sum(_count(options, code, each.order) for code in (ISB_IFDROP, ISB_OSDROP))


def _unpack(each: Block, layout: str) -> tuple[int, ...]:
    if len(each.body) < struct.calcsize(f"={layout}"):
        raise DamagedError(f"is damaged: a block of type {each.type} is too short")
    return struct.unpack_from(f"{each.order}{layout}", each.body)


def _count(options: dict[int, bytes], code: int, order: str, layout: str = "Q") -> int:
    value = options.get(code, bytes(8))
    if len(value) != 8:
        raise DamagedError(f"is damaged: option {code} has {len(value)} bytes, not 8")
    count: int = struct.unpack(f"{order}{layout}", value)[0]
    return count
