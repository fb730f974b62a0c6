"""What is claimed of each way: at which front door it ends, and by which line it leaves."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.compare_seen import Called, expected_front_door, expected_relay, services, vias
from experiments.compare_ways import Via
from experiments.expressroute_claims import ROLES
from experiments.expressroute_lines import alone_on_its_line
from experiments.lines import circuit_of
from experiments.passage import Passage, capture_of
from experiments.reading import Reading
from experiments.vpn_use import Use, use_of
from experiments.ways import tunnel_of
from measurement import check
from measurement.check_tunnel import only_tunnel
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding, together
from measurement.media import AUDIO
from measurement.observation import Row
from topologies.hosts import customer_edge, gateway, host
from topologies.world import Circuit


def steps(reading: Reading) -> list[Claim]:
    """Return what becomes of the services over each way, and then of a call over each."""
    web = [_web(reading, via) for via in vias(reading) if reading.order.cases]
    return [*web, *(_call(reading, via) for via in vias(reading) if reading.order.calls)]


def line_of(reading: Reading, way: Passage) -> str:
    """Return where packets leave, in words: a client's own line, or an office's Internet line or circuit."""
    client = reading.order.selection.clients[0]
    office = way.office or reading.world.client(client).office
    if way.way_out == client or not office:
        return reading.world.client(client).place.name
    place = reading.world.office(office).place.name
    return f"{place} circuit" if way.way_out == customer_edge(office) else place


def _web(reading: Reading, via: Via) -> Claim:
    """Claim where each service's connection ends, and where it leaves."""
    expected = []
    for service in services(reading):
        there = expected_front_door(reading, via.case, service)
        way = reading.passage(via.case, reading.address(host(there.name, ROLES[service])))
        expected.append(f"{service} in {there.place.name} ({there.name}), out at {line_of(reading, way)}")
    return Claim(
        f"{via.label}: {reading.case(via.case).text}",
        "; ".join(expected),
        lambda: together(*_web_findings(reading, via)),
    )


def _web_findings(reading: Reading, via: Via) -> Iterator[Finding]:
    circuit = _circuit(reading, via)
    for service in services(reading):
        use = use_of(reading, reading.case(via.case), service)
        yield _ends_there(reading, via, use)
        if circuit is not None:
            yield alone_on_its_line(reading, circuit, via.case, service)
        elif via.kind == "split" and not use.way.office:
            yield _past_the_tunnel(reading, via, use)
    if via.kind == "vpn":
        yield _nothing_in_clear(reading, via)


def _circuit(reading: Reading, via: Via) -> Circuit | None:
    return circuit_of(reading.world, reading.plan, via.office) if via.kind == "expressroute" else None


def _ends_there(reading: Reading, via: Via, use: Use) -> Finding:
    """Return that a service's front door is the expected one, seen as who it is to be by way of that line."""
    expected = expected_front_door(reading, via.case, use.service)
    text = (
        f"{use.service}: {use.server} ({use.datacenter.place.name}), seen as {use.seen_as}, out at"
        f" {line_of(reading, use.way)}"
    )
    if use.datacenter.name != expected.name or use.seen_as != use.way.arrives_as:
        raise Refuted(text, *use.rows)
    return Finding(text, use.rows)


def _past_the_tunnel(reading: Reading, via: Via, use: Use) -> Finding:
    """Return that nothing between the client and a front door was in the tunnel."""
    inside = _tunnel_capture(reading, via)
    check.never_seen(reading.evidence(via.case), inside, address=use.fetch.server_ip)
    return Finding(f"none of {use.service} in the tunnel", use.rows)


def _tunnel_capture(reading: Reading, via: Via) -> str:
    client = reading.order.selection.clients[0]
    return capture_of(client, tunnel_of(reading.plan, client, gateway(via.office)).interface)


def _nothing_in_clear(reading: Reading, via: Via) -> Finding:
    client, far = reading.order.selection.clients[0], gateway(via.office)
    ends = {"client": reading.address(client), "concentrator": reading.address(far)}
    seen = only_tunnel(reading.evidence(via.case), client, **ends)
    return Finding(
        f"on the line of {client} {seen.packets} messages of WireGuard to {far}, no others", (seen,)
    )


def _call(reading: Reading, via: Via) -> Claim:
    """Claim by which relay a call is led, and where its audio leaves."""
    called = Called(reading, via)
    there = expected_relay(reading, called.call)
    return Claim(
        f"{via.label}: a call",
        f"over UDP to the relay in {there.place.name} ({there.name}), out at {line_of(reading, called.way)}",
        lambda: _led(reading, called, there.name),
    )


def _led(reading: Reading, called: Called, expected: str) -> Finding:
    way, rows = called.way, list[Row](called.rows)
    over, at = called.seen.transport, called.seen.client.point
    text = f"over {over.upper()} to {called.seen.relay}, seen at {at}"
    if (called.relay.name, over, at) != (expected, "udp", way.at):
        raise Refuted(text, *rows)
    for point, used in _lines(reading, called).items():
        found = called.runs(point)
        rows += found
        if bool(found) is not used:
            raise Refuted(f"{text}; {len(found)} streams at {point}", *rows)
        text += f"; {'all of it' if used else 'none'} at {point}"
    quality = called.seen.quality(called.seen.client, called.seen.edge, AUDIO)
    return Finding(f"{text}; RTT to the edge {quality.rtt_ms:.3f} ms", tuple(rows))


def _lines(reading: Reading, called: Called) -> dict[str, bool]:
    """Return the captures at an office's lines, and whether the call is to be there."""
    office = called.via.office
    if not office:
        return {}
    way, near, edge = called.way, gateway(office), customer_edge(office)
    found = {near: way.way_out == near}
    if _circuit(reading, called.via) is not None:
        found |= {f"{edge}-pri": way.way_out == edge, f"{edge}-sec": False}
    return found
