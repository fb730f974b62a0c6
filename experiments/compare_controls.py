"""What is claimed of the comparing: only the way makes a difference, and times are those of the wires."""

from __future__ import annotations

from experiments.common import paths_are_true
from experiments.compare_seen import Called, Served, served, services, vias
from experiments.compare_ways import DIRECT, ONCE_MORE, Via
from experiments.media_controls import ends_agree
from experiments.reading import Reading
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from measurement.observation import Row

FIRST_BYTE_OFF = 0.01  # of what round trips add up to
TOTAL_OFF = 0.01
US_PER_MS = 1000


def controls(reading: Reading) -> list[Claim]:
    """Return the controls."""
    tolerance_us = reading.order.tolerance_us
    found = []
    if reading.order.cases:
        found += [_direct_once_more(reading), _in_time(reading), _clocks_agree(reading)]
        found.append(paths_are_true(reading))
    if reading.order.calls:
        text = "a call's packets are under way as long as the world says"
        expected = f"round trips, at their median, differ from arithmetic by {tolerance_us:g} us at most"
        found += [Claim(text, expected, lambda: _calls_in_time(reading)), *ends_agree(reading)]
    return found


def _all_served(reading: Reading) -> list[Served]:
    cases = [(via, via.case) for via in vias(reading)] + [(Via(DIRECT), ONCE_MORE)]
    return [served(reading, via, service, case) for via, case in cases for service in services(reading)]


def _direct_once_more(reading: Reading) -> Claim:
    return Claim(
        "direct once more, after all other ways",
        f"the same front doors, round trips that differ by {reading.order.tolerance_us:g} us at most, and"
        f" totals that differ by {TOTAL_OFF:.0%}: what differs between ways is not when they were taken",
        lambda: _same_again(reading),
    )


def _same_again(reading: Reading) -> Finding:
    rows: list[Row] = []
    words = []
    for service in services(reading):
        first, last = (served(reading, Via(DIRECT), service, case) for case in (DIRECT, ONCE_MORE))
        rows += [*first.rows, *last.rows]
        off_us = abs(first.use.rtt_ms - last.use.rtt_ms) * US_PER_MS
        text = f"{service}: {last.use.server}, {last.total_ms:.3f} ms ({first.total_ms:.3f} before)"
        text += f", round trips differ by {off_us:.3f} us"
        other = abs(first.total_ms - last.total_ms) / first.total_ms > TOTAL_OFF
        if first.use.server != last.use.server or off_us > reading.order.tolerance_us or other:
            raise Refuted(text, *rows)
        words.append(text)
    return Finding("; ".join(words), tuple(rows))


def _in_time(reading: Reading) -> Claim:
    return Claim(
        "every service, over each way, is as far away as the wires on its way say",
        f"round trips differ by {reading.order.tolerance_us:g} us at most, times to the first byte by"
        f" {FIRST_BYTE_OFF:.0%}",
        lambda: _as_far_as_said(reading),
    )


def _as_far_as_said(reading: Reading) -> Finding:
    found = [each.use for each in _all_served(reading)]
    farthest = max(found, key=lambda use: abs(use.rtt_ms - use.expected_rtt_ms))
    latest = max(found, key=lambda use: use.off)
    off_us = abs(farthest.rtt_ms - farthest.expected_rtt_ms) * US_PER_MS
    text = (
        f"{len(found)} uses; round trips: farthest off {farthest.service} ({farthest.case.name}), by"
        f" {off_us:.3f} us; first bytes: {latest.service} ({latest.case.name}), by {latest.off:.3%}"
    )
    rows = (*farthest.rows, *latest.rows)
    if off_us > reading.order.tolerance_us or latest.off > FIRST_BYTE_OFF:
        raise Refuted(text, *rows)
    return Finding(text, rows)


def _clocks_agree(reading: Reading) -> Claim:
    return Claim(
        "the client's own clock beside its packets",
        "from a connection's first packet to a service's last byte: they differ by"
        f" {_clock_off_us(reading):g} us at most",
        lambda: _same_clocks(reading),
    )


def _clock_off_us(reading: Reading) -> float:
    """Return what a client may need around its packets: it computes nothing, and looks at its clock often."""
    return 10 * reading.order.tolerance_us


def _same_clocks(reading: Reading) -> Finding:
    found = _all_served(reading)
    worst = max(found, key=lambda each: abs(each.client_ms - each.total_ms))
    text = (
        f"{len(found)} uses; farthest off: {worst.use.service} ({worst.use.case.name}),"
        f" {worst.client_ms:.3f} ms by the client, {worst.total_ms:.3f} by its packets"
    )
    if abs(worst.client_ms - worst.total_ms) * US_PER_MS > _clock_off_us(reading):
        raise Refuted(text, *worst.rows)
    return Finding(text, worst.rows)


def _calls_in_time(reading: Reading) -> Finding:
    found = [
        (each, each.rtt_ms, each.expected_rtt_ms) for each in (Called(reading, via) for via in vias(reading))
    ]
    worst, rtt_ms, expected_ms = max(found, key=lambda each: abs(each[1] - each[2]))
    off_us = abs(rtt_ms - expected_ms) * US_PER_MS
    text = f"{len(found)} calls; farthest off: {worst.call.name}, {rtt_ms:.3f} ms, by {off_us:.3f} us"
    if off_us > reading.order.tolerance_us:
        raise Refuted(text, *worst.rows)
    return Finding(text, worst.rows)
