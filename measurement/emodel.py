"""The E-model: how people would rate a call, from its delay and its loss (ITU-T G.107, narrowband).

Simplified as is usual for a network that changes nothing but those two: all other parameters have their
default values, which leave 93.2 of 100. Of the delay, what is above 177.3 ms hurts more: that is where people
begin to interrupt each other (Cole and Rosenbluth, "Voice over IP performance monitoring", 2001).
"""

from __future__ import annotations

from dataclasses import dataclass

BEST_R = 93.2
TALKING_OVER_MS = 177.3
WORST_MOS, BEST_MOS = 1.0, 4.5


@dataclass(frozen=True)
class Codec:
    """How a codec sounds: its impairment without loss, and its robustness against random loss (Bpl)."""

    name: str
    impairment: float
    robustness: float


G711 = Codec("G.711 with loss concealment", 0.0, 25.1)  # ITU-T G.113, appendix I


def rating(delay_ms: float, loss_percent: float, codec: Codec = G711) -> float:
    """Return R for a delay from mouth to ear in one direction, and what share of packets is not heard.

    Raises ValueError for a delay below 0, or a share that is none.
    """
    if delay_ms < 0:
        raise ValueError(f"a delay of {delay_ms} ms; right would be 0 or more")
    if not 0 <= loss_percent <= 100:
        raise ValueError(f"a loss of {loss_percent} %; right would be 0 to 100")
    late = 0.024 * delay_ms + 0.11 * max(0.0, delay_ms - TALKING_OVER_MS)
    missing = (95 - codec.impairment) * loss_percent / (loss_percent + codec.robustness)
    return BEST_R - late - codec.impairment - missing


def opinion(r: float) -> float:
    """Return the mean opinion score, 1 to 4.5, for a rating R (G.107, annex B).

    Just above R = 0 the formula would give less than 1, the worst that there is.
    """
    if r <= 0:
        return WORST_MOS
    if r >= 100:
        return BEST_MOS
    return max(WORST_MOS, 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r))
