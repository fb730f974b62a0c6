"""RTP and RTCP: what their bytes say. Source: RFC 3550, sections 5.1 and 6.4; RFC 5761, section 4."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from measurement.packets import UnreadableError
from measurement.rows.rtp import ReceptionReport

HEADER = struct.Struct("!BBHII")  # flags, payload type, number, timestamp, source
VERSION, PADDING, EXTENSION, CONTRIBUTORS = 0xC0, 0x20, 0x10, 0x0F
VERSION_2 = 0x80
PAYLOAD_TYPE = 0x7F
WORD = 4
CONTROL = range(192, 224)  # a second byte that tells RTCP from RTP
CONTROL_HEADER = struct.Struct("!BBH")  # flags, type, length in words less one
SENDER_REPORT, RECEIVER_REPORT = 200, 201
SENDER_INFORMATION = struct.Struct("!QIII")  # NTP, RTP timestamp, packets, bytes
REPORT_BLOCK = struct.Struct("!IB3sIIII")  # as `ReceptionReport` has it
COUNT = 0x1F


@dataclass(frozen=True)
class RtpMessage:
    """An RTP packet; `payload_bytes` is without headers and padding."""

    payload_type: int
    number: int
    timestamp: int
    ssrc: int
    payload_bytes: int


@dataclass(frozen=True)
class Report:
    """A sender's or a receiver's report, as `measurement.rows.rtp.RtcpReport` has it."""

    ssrc: int
    ntp: int | None
    rtp_timestamp: int | None
    packets: int | None
    bytes: int | None
    reports: tuple[ReceptionReport, ...]


def is_control(content: bytes) -> bool:
    """Say whether this is RTCP, if it is RTP or RTCP at all."""
    return len(content) > 1 and content[1] in CONTROL


def read_rtp(content: bytes) -> RtpMessage | None:
    """Return what an RTP packet says; None for what cannot be one."""
    if len(content) < HEADER.size or is_control(content):
        return None
    flags, marked, number, timestamp, ssrc = HEADER.unpack_from(content)
    if flags & VERSION != VERSION_2:
        return None
    start = HEADER.size + WORD * (flags & CONTRIBUTORS)
    if flags & EXTENSION:
        start += WORD * (1 + int.from_bytes(content[start + 2 : start + 4], "big"))
    end = len(content) - (content[-1] if flags & PADDING else 0)
    if start > end:
        return None
    return RtpMessage(marked & PAYLOAD_TYPE, number, timestamp, ssrc, end - start)


def read_rtcp(content: bytes) -> list[Report]:
    """Return the reports of a compound packet; raise UnreadableError for one that contradicts itself.

    Each part has its own length, and together they fill the packet (RFC 3550, A.2).
    """
    found: list[Report] = []
    start = 0
    while start < len(content):
        if len(content) - start < CONTROL_HEADER.size:
            raise UnreadableError(f"RTCP packet cut off: {len(content) - start} bytes are left for a header")
        flags, kind, words = CONTROL_HEADER.unpack_from(content, start)
        end = start + WORD * (words + 1)
        if flags & VERSION != VERSION_2 or end > len(content):
            raise UnreadableError(
                f"RTCP packet that cannot be: version {flags >> 6}, {end - start} bytes in"
                f" {len(content) - start}"
            )
        if kind in (SENDER_REPORT, RECEIVER_REPORT):
            body = content[start + CONTROL_HEADER.size : end]
            found.append(_report(body, kind == SENDER_REPORT, flags & COUNT))
        start = end
    return found


def _report(body: bytes, from_sender: bool, count: int) -> Report:
    blocks = WORD + (SENDER_INFORMATION.size if from_sender else 0)
    needed = blocks + count * REPORT_BLOCK.size
    if needed > len(body):
        raise UnreadableError(f"RTCP report that cannot be: {count} blocks in {len(body)} bytes")
    ntp, timestamp, packets, size = (
        SENDER_INFORMATION.unpack_from(body, WORD) if from_sender else (None, None, None, None)
    )
    return Report(
        ssrc=int.from_bytes(body[:WORD], "big"),
        ntp=ntp,
        rtp_timestamp=timestamp,
        packets=packets,
        bytes=size,
        reports=tuple(_block(body, blocks + number * REPORT_BLOCK.size) for number in range(count)),
    )


def _block(body: bytes, start: int) -> ReceptionReport:
    ssrc, fraction, lost, highest, jitter, last_sr, delay = REPORT_BLOCK.unpack_from(body, start)
    return ReceptionReport(
        ssrc=ssrc,
        fraction_lost=fraction,
        lost=int.from_bytes(lost, "big", signed=True),
        highest=highest,
        jitter=jitter,
        last_sr=last_sr,
        delay_since_sr=delay,
    )
