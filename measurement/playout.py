"""What is heard of what came: a receiver plays each packet so long after it was sent, or not at all.

How long it waits is its own choice: the longer, the fewer come too late. Here it chooses as well as anyone
could who waits the same time for all of a call, so that what is left is the network's fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measurement.emodel import G711, Codec, opinion, rating

NS_PER_MS = 1_000_000


@dataclass(frozen=True)
class Heard:
    """A call's one direction as it is heard.

    ``delay_ms`` is from mouth to ear, the packet's own length included; ``missing_percent`` is what was lost
    or came too late; ``late`` is how many packets of these came.
    """

    delay_ms: float
    missing_percent: float
    late: int
    r: float

    @property
    def mos(self) -> float:
        """The mean opinion score."""
        return opinion(self.r)


def heard(delays_ns: Sequence[int], sent: int, packet_ms: float, codec: Codec = G711) -> Heard:
    """Return how a direction is heard at its best: ``delays_ns`` of those that came, of so many ``sent``.

    Raises ValueError where more came than were sent, or where nothing did: then nothing is heard.
    """
    if not 0 < len(delays_ns) <= sent:
        raise ValueError(f"{len(delays_ns)} of {sent} packets came; right would be 1 to {sent}")
    return max(
        (
            _played(delay_ns / NS_PER_MS + packet_ms, in_time, len(delays_ns), sent, codec)
            for in_time, delay_ns in enumerate(sorted(delays_ns), 1)
        ),
        key=lambda each: each.r,
    )


def _played(delay_ms: float, in_time: int, came: int, sent: int, codec: Codec) -> Heard:
    missing_percent = 100 * (sent - in_time) / sent
    return Heard(delay_ms, missing_percent, came - in_time, rating(delay_ms, missing_percent, codec))
