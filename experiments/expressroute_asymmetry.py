"""What is claimed of local preference that leads packets out by one line, and back by the other."""

from __future__ import annotations

from experiments.expressroute_lines import alone_on_its_line
from experiments.reading import Reading
from experiments.vpn_use import EXCHANGE
from measurement import check
from measurement.evidence import Evidence, Refuted
from measurement.judge import Claim, Finding
from measurement.observation import Row, Talk, TcpConnection
from services.web import HTTPS_PORT
from topologies.hosts import customer_edge, gateway
from topologies.world import Circuit


def asymmetric(reading: Reading, circuit: Circuit, case: str) -> Claim:
    """Claim what becomes of a connection whose answers come back by another line than it left by."""
    return Claim(
        "local preference for the Internet line, with the circuit's pool of addresses on both",
        "SYN leaves over the Internet, SYN/ACK comes back over the circuit, and the customer edge's stateful"
        " firewall drops it: no connection",
        lambda: _dropped(reading, circuit, case),
    )


def pools_apart(reading: Reading, circuit: Circuit, case: str) -> Claim:
    """Claim that the documented fix, a pool of addresses for each line, makes paths symmetric."""
    return Claim(
        "the same preference, with a pool of addresses for each line",
        "Exchange answers, there and back over the Internet",
        lambda: alone_on_its_line(reading, circuit, case, EXCHANGE),
    )


def _dropped(reading: Reading, circuit: Circuit, case: str) -> Finding:
    described, evidence = reading.case(case), reading.evidence(case)
    client, edge = reading.address(described.client), customer_edge(circuit.office)
    tried = list(evidence.at(described.client, TcpConnection, client=client, server_port=HTTPS_PORT))
    if not tried:
        raise Refuted(f"{described.client} opened no connection")
    rows: list[Row] = []
    for each in tried:
        if each.synack_frame is not None:
            raise Refuted(f"{each.server} answered {described.client}", each)
        rows += [each, *_came_back_elsewhere(reading, circuit, evidence, each.server)]
        check.never_seen(evidence, f"{edge}-gw", address=each.server)
    addresses = ", ".join(sorted({each.server for each in tried}))
    text = f"{len(tried)} times SYN to {addresses} on the Internet line, SYN/ACK on the primary line"
    text += f", none behind {edge}"
    return Finding(text, tuple(rows))


def _came_back_elsewhere(reading: Reading, circuit: Circuit, evidence: Evidence, server: str) -> list[Row]:
    """Return a SYN on the Internet line, the server's SYN/ACK, and what came of it on the primary line."""
    line, pri = gateway(circuit.office), f"{customer_edge(circuit.office)}-pri"
    for left in evidence.at(line, TcpConnection, server=server):
        if left.synack_frame is not None:
            raise Refuted(f"{server} answered on the Internet line", left)
        for back in evidence.at(pri, Talk, src=server, dst=left.client):
            return [left, back]
        raise Refuted(f"nothing from {server} to {left.client} at {pri}", left)
    raise Refuted(f"no SYN to {server} in the capture at {line}")
