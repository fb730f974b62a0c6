"""Rows of RTP and RTCP (RFC 3550), in the open: in UDP, or in a TURN channel (RFC 8656) over UDP or TCP.

Sequence numbers (16 bits), timestamps (32 bits) and synchronization sources are as they stand in the packets.
They are the same at every place that a packet passes, whatever NAT and relays make of its addresses; so one
packet is found again by source and number. `channel` is that of the ChannelData message that carries it, None
without one. What is inside a TCP stream is seen when the segment comes that makes it whole, as in Wireshark.
"""

from __future__ import annotations

from itertools import accumulate, groupby
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator
from typing_extensions import Self

from measurement.rows.base import Row

NUMBERS, TIMESTAMPS = 1 << 16, 1 << 32  # as many as there are, RFC 3550 section 5.1
TIMES = "x"


def _read(value: object) -> object:
    """Read "960x3 0 960" as 960, 960, 960, 0, 960; ValueError (pydantic's own kind) for another text."""
    if not isinstance(value, str):
        return value
    found: list[int] = []
    for part in value.split():
        number, _, times = part.partition(TIMES)
        found += [int(number)] * int(times or 1)
    return tuple(found)


def _written(values: tuple[int, ...]) -> str:
    """Write equal numbers that follow each other once: a steady stream has little else."""
    counted = ((value, len(list(same))) for value, same in groupby(values))
    return " ".join(f"{value}{TIMES}{count}" if count > 1 else str(value) for value, count in counted)


Series = Annotated[tuple[int, ...], BeforeValidator(_read), PlainSerializer(_written, return_type=str)]


class RtpRun(Row):
    """RTP packets of one source whose numbers follow each other, as they came by at one place.

    A run ends where a number does not follow, and where the addresses, the channel, the DSCP or the payload
    type is another one. A source is seen at all only where two numbers in turn follow each other (RFC 3550,
    A.1), so that nothing else is taken for RTP. `first` is the first packet's number, `timestamp` its time in
    units of the codec's clock; each of `steps` is how much more (modulo 2^32) the next packet's timestamp is,
    and each of `gaps_ns` how long after the one before it came: both have one entry less than there are
    packets. `bytes` are those of the payloads, without RTP's headers. `last_frame` is the last packet's.
    """

    kind: Literal["rtp_run"] = "rtp_run"
    src: str
    src_port: int
    dst: str
    dst_port: int
    transport: Literal["udp", "tcp"]
    channel: int | None
    dscp: int
    ssrc: int
    payload_type: int
    first: Annotated[int, Field(ge=0, lt=NUMBERS)]
    timestamp: Annotated[int, Field(ge=0, lt=TIMESTAMPS)]
    steps: Series
    gaps_ns: Series
    bytes: int
    last_frame: int

    @model_validator(mode="after")
    def _as_many_of_both(self) -> Self:
        if len(self.steps) != len(self.gaps_ns):
            raise ValueError(
                f"rtp_run has {len(self.steps)} steps and {len(self.gaps_ns)} gaps; right would be as many"
            )
        return self

    @property
    def packets(self) -> int:
        """How many packets the run has."""
        return len(self.gaps_ns) + 1

    @property
    def numbers(self) -> list[int]:
        """The packets' sequence numbers."""
        return [(self.first + place) % NUMBERS for place in range(self.packets)]

    @property
    def timestamps(self) -> list[int]:
        """The packets' timestamps."""
        return [each % TIMESTAMPS for each in accumulate(self.steps, initial=self.timestamp)]

    @property
    def times_ns(self) -> list[int]:
        """When the packets came by, in nanoseconds since the epoch."""
        return list(accumulate(self.gaps_ns, initial=self.time_ns))


class ReceptionReport(BaseModel):
    """A report block (RFC 3550, section 6.4.1): how one source is received by who reports.

    `fraction_lost` is in 256ths, since the report before; `lost` is since the beginning, and negative where
    packets came twice. `highest` is the greatest number received, with the cycles in its upper 16 bits.
    `jitter` is in units of the source's clock. `last_sr` is the middle of the NTP time in the last sender's
    report (0: none yet), `delay_since_sr` how long ago that came: both in 1/65536 s.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_sr: int
    delay_since_sr: int


class RtcpReport(Row):
    """A sender's report, or a receiver's (RFC 3550, section 6.4); there may be several in one packet.

    `ssrc` is who reports. The sender's information is None in a receiver's report: `ntp` are all 64 bits,
    `rtp_timestamp` is the same moment by the source's clock, `packets` and `bytes` are what it has sent.
    """

    kind: Literal["rtcp_report"] = "rtcp_report"
    src: str
    src_port: int
    dst: str
    dst_port: int
    transport: Literal["udp", "tcp"]
    channel: int | None
    ssrc: int
    ntp: int | None
    rtp_timestamp: int | None
    packets: int | None
    bytes: int | None
    reports: tuple[ReceptionReport, ...]
