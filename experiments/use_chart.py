"""Where the time to the first byte goes: a bar for each use of a service, in groups of the same case."""

from __future__ import annotations

from collections.abc import Iterable

from experiments.vpn_use import Use
from measurement.bars import Bar, Group, Segment, bars_svg
from measurement.journey import PHASES

US_PER_MS = 1000
PHASE_NAMES = {"name_lookup": "name lookup", "connect": "TCP", "tls": "TLS", "first_byte": "first byte"}


def first_bytes_svg(uses: Iterable[Use]) -> str:
    """Return a picture of how long each phase of some uses took, as the client itself says."""
    groups: dict[str, list[Bar]] = {}
    for use in uses:
        groups.setdefault(use.case.text, []).append(Bar(use.service, segments(use)))
    title = "Until the first byte, by the client's own clock"
    return bars_svg(title, [Group(text, bars) for text, bars in groups.items()])


def segments(use: Use) -> list[Segment]:
    """Return what the client itself says that each phase of a use took."""
    ends, before, found = use.fetch.phases_us, 0, []
    for phase in PHASES[:-1]:
        took_us = max(0, ends[phase] - before)
        before = max(before, ends[phase])
        if took_us:
            found.append(Segment(PHASE_NAMES[phase], took_us / US_PER_MS))
    return found
