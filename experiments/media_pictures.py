"""Pictures of calls: delay over time, loss over time, and how each sounds."""

from __future__ import annotations

from experiments.media_calls import WAYS, SeenCall, calls
from experiments.media_heard import heard_at
from experiments.media_tables import TO, is_seen
from experiments.reading import Reading
from measurement.chart import Axis, Series, chart_svg
from measurement.media import AUDIO
from measurement.media_targets import BURST_WINDOW_S
from measurement.opinion_chart import Score, Scores, opinions_svg
from measurement.rtp_quality import NS_PER_MS, NS_PER_S, losses


def pictures(reading: Reading) -> dict[str, str]:
    """Return the pictures of the calls that captures show."""
    shown = [seen for seen in calls(reading) if is_seen(seen)]
    lossy = [seen for seen in shown if seen.stream(seen.client, seen.peer, AUDIO, "up").lost]
    return {
        "delay.svg": chart_svg(
            "Audio from the client to the meeting, one way",
            Axis("seconds since it began", 1),
            Axis("ms"),
            [Series(seen.call.name, _delays(seen), "line") for seen in shown],
        ),
        "loss.svg": chart_svg(
            f"Audio that never came to the meeting, within {BURST_WINDOW_S * 1000:g} ms",
            Axis("seconds since it began", 1),
            Axis("% of packets"),
            [Series(seen.call.name, _losses(seen), "line") for seen in lossy],
        ),
        "opinions.svg": opinions_svg("How each call sounds, by the E-model", [scores_of(s) for s in shown]),
    }


def _delays(seen: SeenCall) -> list[tuple[float, float]]:
    passed = seen.stream(seen.client, seen.peer, AUDIO, "up").passed
    begin_ns = passed[0].sent_ns
    return [
        ((each.sent_ns - begin_ns) / NS_PER_S, each.delay_ns / NS_PER_MS)
        for each in passed
        if each.delay_ns is not None
    ]


def _losses(seen: SeenCall) -> list[tuple[float, float]]:
    passed = seen.stream(seen.client, seen.peer, AUDIO, "up").passed
    windows = losses(passed, round(BURST_WINDOW_S * NS_PER_S))
    begin_ns = passed[0].sent_ns
    return [((at_ns - begin_ns) / NS_PER_S, 100 * lost / sent) for at_ns, lost, sent in windows]


def scores_of(seen: SeenCall) -> Scores:
    """Return how a call sounds in each direction."""
    return Scores(seen.call.text, [Score(TO[way], heard_at(seen, way).mos) for way in WAYS])
