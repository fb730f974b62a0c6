"""Sees media streams, and what their participants report of them, in the open and inside TURN's channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypedDict

from measurement.observation import RtcpReport, RtpRun
from measurement.observers.source import Source
from measurement.packets import UnreadableError
from measurement.rtp_messages import read_rtcp
from measurement.turn_streams import Carried


class Ends(TypedDict):
    """The fields that say between whom something was carried, and in what."""

    src: str
    src_port: int
    dst: str
    dst_port: int
    transport: Literal["udp", "tcp"]
    channel: int | None


def rtp_runs(source: Source) -> Iterator[RtpRun]:
    """Yield every run of every source, by its first packet."""
    for run in source.media.runs:
        yield RtpRun(
            **source.at(run.first.packet),
            **_ends(run.first),
            dscp=run.first.packet.dscp,
            ssrc=run.began.ssrc,
            payload_type=run.began.payload_type,
            first=run.began.number,
            timestamp=run.began.timestamp,
            steps=tuple(run.steps),
            gaps_ns=tuple(run.gaps_ns),
            bytes=run.bytes,
            last_frame=run.last.packet.number,
        )


def rtcp_reports(source: Source) -> Iterator[RtcpReport]:
    """Yield every report that can be read."""
    for carried in source.media.control:
        try:
            reports = read_rtcp(carried.content)
        except UnreadableError:
            continue  # It has a row of its own.
        for report in reports:
            yield RtcpReport(**source.at(carried.packet), **_ends(carried), **vars(report))


def _ends(carried: Carried) -> Ends:
    packet = carried.packet
    return Ends(
        src=packet.src,
        src_port=packet.src_port,
        dst=packet.dst,
        dst_port=packet.dst_port,
        transport=carried.transport,
        channel=carried.channel,
    )
