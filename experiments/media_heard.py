"""What is heard of a call, and how its way was, in values and in words."""

from __future__ import annotations

from experiments.media_calls import WAYS, SeenCall, Way
from measurement.emodel import opinion, rating
from measurement.media import AUDIO
from measurement.media_targets import (
    CLIENT_TO_EDGE,
    AudioStream,
    Quality,
    is_poor,
    missed,
)
from measurement.playout import Heard, heard


def to_the_edge(seen: SeenCall) -> Quality:
    """Return how the segment from the client to Microsoft's edge was for a call's audio."""
    return seen.quality(seen.client, seen.edge, AUDIO)


def heard_at(seen: SeenCall, way: Way) -> Heard:
    """Return what is heard of the audio where it ends."""
    stream = seen.stream(seen.client, seen.peer, AUDIO, way)
    return heard(stream.ages_ns(AUDIO.clock_hz), len(stream.passed), AUDIO.packet_ms)


def worse_mos(seen: SeenCall) -> float:
    """Return how the call sounds where it sounds worse."""
    return min(heard_at(seen, way).mos for way in WAYS)


def expected_mos(one_way_ms: float) -> float:
    """Return how a call sounds by arithmetic where nothing but its length matters."""
    return opinion(rating(one_way_ms + AUDIO.packet_ms, 0))


def poor(seen: SeenCall, way: Way) -> bool:
    """Say whether Microsoft would call a direction's audio poor."""
    whole = seen.quality(seen.client, seen.peer, AUDIO)
    stream, ear = seen.stream(seen.client, seen.peer, AUDIO, way), heard_at(seen, way)
    return is_poor(
        AudioStream(
            degradation_mos=opinion(rating(0, 0)) - ear.mos,
            rtt_ms=whole.rtt_ms,
            loss_percent=100 * stream.lost / len(stream.passed),
            jitter_ms=whole.jitter_ms,
            concealed_percent=ear.missing_percent,
        )
    )


def shown(found: Quality) -> str:
    """Return how a segment was, in words."""
    return (
        f"one way {found.one_way_ms:.3f} ms, RTT {found.rtt_ms:.3f} ms, jitter {found.jitter_ms:.3f} ms,"
        f" loss {found.loss_percent:.2f} % (burst {found.burst_loss_percent:.1f} %)"
    )


def misses(found: Quality) -> str:
    """Return which targets from client to edge a segment misses, in words."""
    return f"misses {' and '.join(missed(found, CLIENT_TO_EDGE)) or 'no target'}"
