"""GStreamer as who speaks and shows: its pipeline for one participant of a call, and how it is started.

Audio is G.711 in packets of 20 ms, video VP8 in 15 pictures a second; rtpbin adds RTCP (RFC 3550). Nobody
listens: what arrives is taken from its packets, and dropped. Of GStreamer's plugins only those are loaded
that are needed, because otherwise each participant begins with a look at all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from measurement.media import Medium, MediumName, ssrc_of
from measurement.meeting import LOOPBACK, inner_ports

PROGRAM = "gst-launch-1.0"
PLUGINS = Path("/usr/lib/x86_64-linux-gnu/gstreamer-1.0")
USED = ("coreelements", "audiotestsrc", "alaw", "rtp", "rtpmanager", "udp", "videotestsrc", "vpx")
NS_PER_MS = 1_000_000
MTU = 1200  # of video's packets: what WebRTC's senders use, so that tunnels can add to it
SOURCE: dict[MediumName, str] = {
    "audio": (
        "audiotestsrc is-live=true num-buffers={count} samplesperbuffer={samples}"
        " ! audio/x-raw,rate={clock},channels=1 ! alawenc"
        " ! rtppcmapay pt={payload} ssrc={ssrc} min-ptime={packet_ns} max-ptime={packet_ns}"
    ),
    # A moving pattern that is hard enough to code to need several packets for a picture.
    "video": (
        "videotestsrc is-live=true num-buffers={count} pattern=zone-plate kx2=10 ky2=10 kt=3"
        " ! video/x-raw,format=I420,width=320,height=180,framerate={rate}/1"
        " ! vp8enc deadline=1 cpu-used=8 threads=1 target-bitrate=300000 keyframe-max-dist=150"
        " ! rtpvp8pay pt={payload} ssrc={ssrc} mtu={mtu}"
    ),
}
ENCODING: dict[MediumName, str] = {"audio": "PCMA", "video": "VP8"}
OPENING: dict[MediumName, str] = {"audio": "rtppcmadepay", "video": "rtpvp8depay"}
SESSION = (
    "{source} ! bin.send_rtp_sink_{number}"
    " bin.send_rtp_src_{number} ! udpsink host={host} port={out}"
    " bin.send_rtcp_src_{number} ! udpsink host={host} port={out} sync=false async=false"
    " udpsrc address={host} port={rtp} caps=application/x-rtp,media={medium},clock-rate={clock},"
    "encoding-name={encoding},payload={payload} ! bin.recv_rtp_sink_{number}"
    " udpsrc address={host} port={rtcp} ! bin.recv_rtcp_sink_{number}"
    " bin.recv_rtp_src_{number}_{far_ssrc}_{payload} ! {opening} ! fakesink sync=false async=false"
)


def prepare(work: Path) -> list[str]:
    """Return the words before GStreamer's own, by which it finds the plugins that are used only."""
    folder = work / "gstreamer"
    if not folder.exists():
        folder.mkdir()
        for name in USED:
            (folder / f"libgst{name}.so").symlink_to(PLUGINS / f"libgst{name}.so")
    registry = work / "gstreamer.registry"
    return [
        "env",
        f"GST_PLUGIN_SYSTEM_PATH_1_0={folder}",
        f"GST_REGISTRY={registry}",
        "GST_REGISTRY_FORK=no",
        f"HOME={work}",
    ]


def participant(call: str, node: str, other: str, media: Sequence[Medium], seconds: int) -> list[str]:
    """Return the command of a call's participant at a node, who hears the other one."""
    bin_words = ["rtpbin", "name=bin", f"sdes=application/x-rtp-source-sdes,cname=(string){node}"]
    sessions = [_session(call, node, other, *each, seconds) for each in enumerate(media)]
    return [PROGRAM, "-q", *bin_words, *" ".join(sessions).split()]


def _session(call: str, node: str, other: str, number: int, medium: Medium, seconds: int) -> str:
    out, rtp, rtcp = inner_ports(medium)
    source = SOURCE[medium.name].format(
        count=round(seconds * 1000 / medium.packet_ms),
        samples=round(medium.clock_hz * medium.packet_ms / 1000),
        rate=round(1000 / medium.packet_ms),
        clock=medium.clock_hz,
        payload=medium.payload_type,
        ssrc=ssrc_of(call, medium.name, node),
        packet_ns=round(medium.packet_ms * NS_PER_MS),
        mtu=MTU,
    )
    return SESSION.format(
        source=source,
        number=number,
        host=LOOPBACK,
        out=out,
        rtp=rtp,
        rtcp=rtcp,
        medium=medium.name,
        clock=medium.clock_hz,
        payload=medium.payload_type,
        encoding=ENCODING[medium.name],
        far_ssrc=ssrc_of(call, medium.name, other),
        opening=OPENING[medium.name],
    )
