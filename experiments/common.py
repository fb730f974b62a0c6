"""What every experiment needs: capture points, and the controls of the measuring itself."""

from __future__ import annotations

from experiments.order import Probe
from experiments.reading import Reading
from measurement import check
from measurement.capture import SMALL_BUFFER_KIB, CapturePoint
from measurement.evidence import Refuted, frames
from measurement.judge import Claim, Finding
from measurement.result import PathResult
from measurement.rtt import error_us, used_paths
from topologies.paths import path
from topologies.plan import Plan

BACKBONE_ECHO = "backbone-echo"


def at(node: str, interface: str = "eth0", *, buffer_kib: int = SMALL_BUFFER_KIB) -> CapturePoint:
    """Return a capture point that is named for its node."""
    return CapturePoint(name=node, node=node, interface=interface, buffer_kib=buffer_kib)


def backbone_echo(source: str, target: str) -> Probe:
    """Return an echo over the backbone, which captures there have to see."""
    text = f"an echo from {source} to {target}"
    return Probe(name=BACKBONE_ECHO, text=text, source=source, target=target)


def backbone_is_seen(reading: Reading) -> Claim:
    """Claim that captures on the backbone see what crosses it."""
    probe = reading.order.probe(BACKBONE_ECHO)
    return Claim(
        "captures on the backbone see what crosses it",
        f"an echo from {probe.source} to {probe.target} is in the captures at both borders",
        lambda: _echo_is_seen(reading, probe),
    )


def paths_are_true(reading: Reading) -> Claim:
    """Claim that every path takes the time that the world gives it."""
    return Claim(
        "every path takes the time that the world gives it",
        f"measured and configured round trips differ by {reading.order.tolerance_us:g} us at most",
        lambda: _paths_are_true(reading),
    )


def _echo_is_seen(reading: Reading, probe: Probe) -> Finding:
    evidence = reading.evidence(probe.name)
    ends = {"src": reading.address(probe.source), "dst": reading.address(probe.target)}
    points = [reading.plan.node(node).site for node in (probe.source, probe.target)]
    seen = [check.echoed(evidence, point, **ends) for point in points]
    sent = check.echoed(evidence, probe.source, **ends)
    rtt_ms = (sent.rtt_us or 0) / 1000
    return Finding(f"seen at {' and '.join(points)}; round trip {rtt_ms:.3f} ms", (sent, *seen))


def _is_limited(plan: Plan, used: PathResult) -> bool:
    """Say whether a path has a rate on its way, as behind a closed border: there a packet's length counts."""
    wires = path(plan, used.source, used.to)
    return any(
        line.rate_mbit is not None and line.delay_ms for wire in wires for line in (wire.there, wire.back)
    )


def _paths_are_true(reading: Reading) -> Finding:
    order = reading.order
    cases = [reading.evidence(name) for name in order.steady]
    for evidence in cases:
        for point in order.captures:
            evidence.require(point.name)
    paths = [each for each in used_paths(cases, reading.plan) if not _is_limited(reading.plan, each)]
    if not paths:
        raise Refuted("no round trip was seen")
    worst = max(paths, key=error_us)
    text = f"{len(paths)} paths; farthest off: {worst.source} to {worst.to}, by {error_us(worst):.3f} us"
    rows = tuple(row for each in cases for row in each.rows if set(frames(row)) & set(worst.frames))
    if error_us(worst) > order.tolerance_us:
        raise Refuted(text, *rows)
    return Finding(text, rows)
