"""What crowds a link: two background streams and an elastic one, and the request that goes among them."""

from __future__ import annotations

from collections.abc import Callable

from controllers.classes import DSCP
from controllers.control import Rules
from controllers.demands import TrafficClass
from experiments.exercise import Ask, Exercise, Stream

IDLE, CLASSES, EQUAL = "idle", "classes", "no-classes"
FRAME_BYTES, BITS = 1250, 8
# Of what a link carries: background offers three times as much, one stream of it twice the other; the elastic
# one half of it, so that background has the other half.
OFFERED: tuple[tuple[TrafficClass, float], ...] = (("background", 2.0), ("background", 1.0), ("elastic", 0.5))
OFFERED_MS, ASKED_MS = 2000.0, 800.0


def interval_us(rate_mbit: float) -> int:
    """Return the time between two frames at a rate."""
    return max(1, round(FRAME_BYTES * BITS / rate_mbit))


def stream(
    source: str, target: str, traffic_class: TrafficClass, rate_mbit: float, lasts_ms: float, flows: int = 1
) -> Stream:
    """Return a stream of a class at a rate, for a time."""
    apart_us = interval_us(rate_mbit)
    return Stream(
        source=source,
        target=target,
        interval_us=apart_us,
        count=max(1, int(lasts_ms * 1000 / apart_us)),
        frame_bytes=FRAME_BYTES,
        dscp=DSCP[traffic_class],
        flows=flows,
    )


def load(source: str, target: str, rate_mbit: float) -> Callable[..., Exercise]:
    """Return what makes an exercise of a request, alone or among streams in both directions of its way."""

    def crowd(name: str, text: str, rules: Rules, *, streams: bool = True) -> Exercise:
        offered = [
            stream(*ends, traffic_class, share * rate_mbit, OFFERED_MS)
            for ends in ((source, target), (target, source))
            for traffic_class, share in OFFERED
        ]
        ask = Ask(at_ms=ASKED_MS, source=source, target=target, dscp=DSCP["interactive"])
        return Exercise(
            name=name,
            text=text,
            rules=rules,
            streams=tuple(offered) if streams else (),
            asks=(ask,),
            steady=False,
        )

    return crowd
