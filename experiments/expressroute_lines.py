"""Which of an office's lines a service's packets were on, and which routers they crossed."""

from __future__ import annotations

from experiments.order import Case
from experiments.passage import Passage
from experiments.reading import Reading
from experiments.vpn_use import MEDIA, Use, learned_way, use_of
from measurement import check
from measurement.check_trace import passed
from measurement.evidence import Evidence, Refuted
from measurement.judge import Finding
from measurement.observation import Row, StunExchange, TcpConnection
from topologies.hosts import customer_edge, gateway
from topologies.world import Circuit


def alone_on_its_line(reading: Reading, circuit: Circuit, case: str, service: str) -> Finding:
    """Return that a service's packets are on the line that routing says, and on no other."""
    use = use_of(reading, reading.case(case), service)
    evidence, edge = reading.evidence(case), customer_edge(circuit.office)
    lines = {
        "primary line": f"{edge}-pri",
        "secondary line": f"{edge}-sec",
        "Internet": gateway(circuit.office),
    }
    taken = "primary line" if use.way.way_out == edge else "Internet"
    seen = _on_the_line(evidence, lines[taken], use)
    for name, at in lines.items():
        if name != taken:
            check.never_seen(evidence, at, address=use.fetch.server_ip)
    text = f"{service}: {use.server} ({use.datacenter.place.name}) over the {taken}, seen as {use.seen_as}"
    return Finding(f"{text}, {use.rtt_ms:.3f} ms", (*use.rows, seen))


def _on_the_line(evidence: Evidence, at: str, use: Use) -> Row:
    ends = {"client": use.seen_as, "server": use.fetch.server_ip}
    kind: type[StunExchange] | type[TcpConnection] = StunExchange if use.service == MEDIA else TcpConnection
    for row in evidence.at(at, kind, **ends):
        return row
    raise Refuted(f"nothing of {use.service} from {use.seen_as} to {use.fetch.server_ip} at {at}", *use.rows)


def traces(reading: Reading, circuit: Circuit, case: str, line: str) -> list[Finding]:
    """Return the paths that the client traced over a line."""
    described, found = reading.case(case), []
    for target in described.traces:
        address = reading.address(target)
        way = reading.passage(case, address)
        if (way.way_out == customer_edge(circuit.office)) == (line == "circuit"):
            found.append(_traced(reading, described, way, target, address))
    return found


def _traced(reading: Reading, case: Case, way: Passage, target: str, address: str) -> Finding:
    inside = [gateway(reading.world.client(case.client).office or "")]
    beyond = [hop.source for hop in learned_way(reading, way, target)]
    switches = reading.plan.switch_numbers
    routers = [each for each in dict.fromkeys([*inside, *beyond]) if each not in switches]
    addresses = tuple(reading.address(each) for each in routers)
    hops = passed(reading.evidence(case.name), way.at, src=way.src, target=address, routers=addresses)
    return Finding(f"traceroute to {target}: {', '.join(routers)}", tuple(hops))
