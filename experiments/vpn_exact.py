"""How exactly a VPN's figures are those of arithmetic: times, round trips through the tunnel, and sizes."""

from __future__ import annotations

from experiments.passage import capture_of
from experiments.reading import Reading
from experiments.vpn_use import Use, uses
from experiments.ways import tunnel_of
from measurement import check
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from measurement.observation import Row, TcpConnection
from topologies.hosts import gateway
from topologies.paths import configured_rtt_ms
from topologies.tunnel import MTU

TOLERANCE = 0.01
US_PER_MS = 1000
HEADERS_BYTES = 40  # IPv4's and TCP's, without options


def in_time(reading: Reading) -> Claim:
    """Claim that arithmetic over the world's round trips gives what was measured."""
    return Claim(
        "every service answers as soon as the round trips of its way allow",
        f"measured and expected times to the first byte differ by {TOLERANCE:.0%} at most",
        lambda: _in_time(uses(reading)),
    )


def tunnel_is_the_sum(reading: Reading) -> Claim:
    """Claim that a round trip through the tunnel is that of its two paths."""
    return Claim(
        "a round trip through the tunnel is that to the office and that from there, added up",
        f"they differ by {reading.order.tolerance_us:g} us at most",
        lambda: _is_the_sum(reading),
    )


def segments_fit(reading: Reading, case: str) -> Claim:
    """Claim that what goes through the tunnel fits, so that nothing is cut into fragments."""
    return Claim(
        "segments fit the tunnel",
        f"both ends are told segments of {MTU - HEADERS_BYTES} bytes at most, for a tunnel of"
        f" {MTU}; no packet is a fragment",
        lambda: _fit(reading, case),
    )


def _in_time(found: list[Use]) -> Finding:
    worst = max(found, key=lambda use: use.off)
    text = f"{len(found)} uses; farthest off: {worst.service} ({worst.case.name}), by {worst.off:.3%}"
    if worst.off > TOLERANCE:
        told = f"{worst.first_byte_ms:.3f} ms instead of {worst.expected_ms:.3f}"
        raise Refuted(f"{text}: {told}", *worst.rows)
    return Finding(text, worst.rows)


def _is_the_sum(reading: Reading) -> Finding:
    through = [use for use in uses(reading) if use.way.office]
    found = [(abs(use.rtt_ms - use.expected_rtt_ms), use.case.name, use.service, use.rows) for use in through]
    for case in reading.order.cases:
        if case.way.office:
            found.append(_echo(reading, case.name))
    off_ms, case_name, what, rows = max(found, key=lambda each: each[0])
    text = f"{len(found)} round trips; farthest off: {what} ({case_name}), by {off_ms * US_PER_MS:.3f} us"
    if off_ms * US_PER_MS > reading.order.tolerance_us:
        raise Refuted(text, *rows)
    return Finding(text, rows)


def _echo(reading: Reading, case: str) -> tuple[float, str, str, tuple[Row, ...]]:
    """Return how far the echo to the concentrator is off, in milliseconds, and what shows it."""
    described = reading.case(case)
    concentrator = gateway(described.way.office)
    own = tunnel_of(reading.plan, described.client, concentrator)
    there = tunnel_of(reading.plan, concentrator, described.client)
    at = capture_of(described.client, own.interface)
    # The first echo waits for the handshake; the second tells the path.
    echo = list(check.echoes(reading.evidence(case), at, src=str(own.address), dst=str(there.address)))[-1]
    expected = configured_rtt_ms(reading.plan, described.client, concentrator)
    return abs((echo.rtt_us or 0) / US_PER_MS - expected), case, "an echo to the concentrator", (echo,)


def _fit(reading: Reading, case: str) -> Finding:
    described, evidence = reading.case(case), reading.evidence(case)
    tunnel = tunnel_of(reading.plan, described.client, gateway(described.way.office))
    at = capture_of(described.client, tunnel.interface)
    evidence.require_readable(at)
    evidence.require_readable(described.client)
    seen = list(evidence.at(at, TcpConnection, client=str(tunnel.address)))
    most = MTU - HEADERS_BYTES
    if not seen:
        raise Refuted(f"no connection was opened in the tunnel of {described.client}")
    for each in seen:
        if max(each.client_mss or most + 1, each.server_mss or most + 1) > most:
            raise Refuted(f"segments of {each.client_mss} and {each.server_mss} bytes are told", each)
    told = sorted({(each.client_mss, each.server_mss) for each in seen}, key=str)
    return Finding(f"{len(seen)} connections, told (client, server): {told}; no fragments", tuple(seen))
