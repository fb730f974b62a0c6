"""What Microsoft wants of a network that carries calls, and where it calls a stream poor.

The targets are for one segment of the way, at peak times, and for the 90th percentile of samples; all are
upper bounds, not to be reached. Source of both tables: MicrosoftDocs/OfficeDocs-SkypeForBusiness,
Skype/SfbOnline/optimizing-your-network/media-quality-and-network-connectivity-performance.md (the same in
Teams/prepare-network.md), and Teams/stream-classification-in-call-quality-dashboard.md.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

LOSS_WINDOW_S, BURST_WINDOW_S = 15.0, 0.2
PERCENTILE = 90


@dataclass(frozen=True)
class Quality:
    """One segment of a call's way: what was found, or what is to be stayed below.

    Latency and jitter in milliseconds. Losses are the worst share within any 15 s, and within any 200 ms, the
    jitter the worst within any 15 s, in percent of packets, as `reorder_percent` is of a whole call.
    """

    one_way_ms: float
    rtt_ms: float
    burst_loss_percent: float
    loss_percent: float
    jitter_ms: float
    reorder_percent: float


CALLED = {
    "one_way_ms": "one-way latency",
    "rtt_ms": "RTT",
    "burst_loss_percent": "burst loss",
    "loss_percent": "loss",
    "jitter_ms": "jitter",
    "reorder_percent": "reorder",
}
CLIENT_TO_EDGE = Quality(50, 100, 10, 1, 30, 0.05)
CUSTOMER_EDGE_TO_EDGE = Quality(30, 60, 1, 0.1, 15, 0.01)


def missed(found: Quality, targets: Quality) -> list[str]:
    """Return the names of the targets that are not met, in the order of the table."""
    names = [field.name for field in fields(Quality)]
    return [CALLED[name] for name in names if not getattr(found, name) < getattr(targets, name)]


@dataclass(frozen=True)
class AudioStream:
    """What decides whether an audio stream is called poor; the last is the share of it that was made up."""

    degradation_mos: float
    rtt_ms: float
    loss_percent: float
    jitter_ms: float
    concealed_percent: float


POOR_ABOVE = AudioStream(1.0, 500, 10, 30, 7)


def is_poor(stream: AudioStream) -> bool:
    """Say whether an audio stream is poor: whether any of its values is above its bound."""
    names = (field.name for field in fields(AudioStream))
    return any(getattr(stream, name) > getattr(POOR_ABOVE, name) for name in names)
