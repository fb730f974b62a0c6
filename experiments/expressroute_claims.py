"""What is claimed of services with a circuit: which line each takes, and that names are as before."""

from __future__ import annotations

from experiments.expressroute_lines import alone_on_its_line, traces
from experiments.expressroute_routes import sessions_of, too_many_end_it
from experiments.landing import Landing
from experiments.lines import line_to
from experiments.order import learning
from experiments.reading import Reading
from experiments.route_filter import COMMUNITY_OF
from experiments.vpn_use import EXCHANGE, MEDIA, PORTAL, SHAREPOINT, use_of
from measurement import check
from measurement.check_bgp import never_announced
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding, together
from measurement.observation import DnsQuery
from topologies.bgp import MOST_PREFIXES
from topologies.hosts import Role, customer_edge, gateway, host
from topologies.world import Circuit

TOLERANCE = 0.01
US_PER_MS = 1000
ROLES: dict[str, Role] = {
    EXCHANGE: "exchange",
    SHAREPOINT: "sharepoint",
    PORTAL: "portal",
    MEDIA: "relay",
}


def same_answer(reading: Reading, circuit: Circuit, none: str, landing: Landing) -> Claim:
    """Claim that a circuit changes nothing about names: neither the answer, nor the way of the questions."""
    without = Landing(reading, none, landing.expected, "exchange")

    def unchanged() -> Finding:
        asks, told = landing.client_asks_its_resolver(), landing.microsoft_names_the_region()
        answers = [each.client_answer() for each in (landing, without)]
        found = [set(check.addresses_in(answer, landing.regional)) for answer in answers]
        if found[0] != found[1]:
            raise Refuted(
                f"{landing.name} is {sorted(found[0])}, without a circuit {sorted(found[1])}", *answers
            )
        line = _asks_over_the_internet(reading, circuit, landing)
        text = f"{asks.observed}; {told.observed}, with a route filter and without one; {line.observed}"
        return Finding(text, (*asks.rows, *told.rows, *answers, *line.rows))

    return Claim(
        f"{landing.client} asks its DNS server for {landing.name}, and the answer is as without a circuit",
        f"{landing.regional}, nearest to {landing.resolver}; questions to Microsoft's servers leave over the"
        " Internet line",
        unchanged,
    )


def over_the_circuit(reading: Reading, circuit: Circuit, case: str) -> Claim:
    """Claim which services take the circuit, and that the Internet line sees none of them."""
    services = [name for name in _services(reading, case) if _line(reading, circuit, case, name) == "circuit"]
    return Claim(
        f"{_listed(services)}: over the circuit",
        f"frames on the primary line, from the pool {circuit.pool}; not one on the Internet line",
        lambda: together(
            *(alone_on_its_line(reading, circuit, case, name) for name in services),
            *traces(reading, circuit, case, "circuit"),
        ),
    )


def over_the_internet(reading: Reading, circuit: Circuit, case: str) -> Claim:
    """Claim which services are in no announced prefix, and stay on the Internet."""
    services = [
        name for name in _services(reading, case) if _line(reading, circuit, case, name) == "internet"
    ]
    return Claim(
        f"{_listed(services)}: in no announced prefix, and so over the Internet",
        "frames on the Internet line, from the office's own address; not one on the circuit",
        lambda: together(
            *(alone_on_its_line(reading, circuit, case, name) for name in services),
            *traces(reading, circuit, case, "internet"),
        ),
    )


def without_a_filter(reading: Reading, circuit: Circuit, case: str) -> Claim:
    """Claim that without a route filter the circuit carries nothing."""
    return Claim(
        "the same client, without a route filter",
        "every service over the Internet, from the same front doors; the circuit carries none of it",
        lambda: together(
            *(alone_on_its_line(reading, circuit, case, name) for name in _services(reading, case)),
            *traces(reading, circuit, case, "internet"),
        ),
    )


def without_exchange(reading: Reading, circuit: Circuit, case: str) -> Claim:
    """Claim that a service goes back to the Internet when its community leaves the filter; others stay."""
    return Claim(
        f"a route filter without Exchange ({COMMUNITY_OF['exchange']})",
        "Exchange goes back to the Internet, to the same front door; the others stay where they were",
        lambda: together(
            *(alone_on_its_line(reading, circuit, case, name) for name in _services(reading, case))
        ),
    )


def other_cloud(reading: Reading, circuit: Circuit, case: str, main: str, cloud: str) -> Claim:
    """Claim that a cloud without ExpressRoute is not among the announced prefixes."""

    def none_of_it() -> Finding:
        evidence = reading.evidence(learning(main))
        for datacenter in reading.world.datacenters_of(cloud):
            for within in (datacenter.prefix, datacenter.exchange, datacenter.sharepoint):
                for session in sessions_of(circuit):
                    ends = {"src": session.microsoft, "dst": session.customer}
                    if within is not None:
                        never_announced(evidence, session.at, **ends, within=str(within))
        return alone_on_its_line(reading, circuit, case, reading.case(case).requests[0].name)

    return Claim(
        f"{reading.case(case).client}, with a tenant in the cloud {cloud}",
        "no prefix of that cloud is announced on the circuit: over the Internet",
        none_of_it,
    )


def too_many(reading: Reading, circuit: Circuit, case: str) -> Claim:
    """Claim that one prefix too many ends both sessions, and what then happens to services."""
    return Claim(
        f"the customer announces {MOST_PREFIXES + 1} prefixes",
        "Microsoft's edge ends both sessions (maximum number of prefixes); Exchange over the Internet",
        lambda: together(
            too_many_end_it(reading, circuit, case), alone_on_its_line(reading, circuit, case, EXCHANGE)
        ),
    )


def in_time(reading: Reading, unanswered: str) -> Claim:
    """Claim that every round trip is that of the wires it goes over, learned by BGP or not.

    In the case ``unanswered`` nothing is to be answered; in all others everything is.
    """
    return Claim(
        "every service, over each of the ways, is as far away as the wires on its way say",
        f"round trips differ by {reading.order.tolerance_us:g} us at most, times to the first byte by"
        f" {TOLERANCE:.0%}",
        lambda: _in_time(reading, unanswered),
    )


def _services(reading: Reading, case: str) -> list[str]:
    return [request.name for request in reading.case(case).requests]


def _listed(services: list[str]) -> str:
    return ", ".join(services) or "nothing"


def _line(reading: Reading, circuit: Circuit, case: str, service: str) -> str:
    """Return the line that the published prefixes say of a service: of all its hosts the same."""
    server = next(
        name
        for each in reading.order.selection.datacenters
        if (name := host(each, ROLES[service])) in {node.name for node in reading.plan.of_kind("host")}
    )
    return line_to(circuit, reading.case(case).routing, reading.address(server))


def _asks_over_the_internet(reading: Reading, circuit: Circuit, landing: Landing) -> Finding:
    """Return that the resolver's questions left over the Internet line, and none over the circuit."""
    line, edge = gateway(circuit.office), customer_edge(circuit.office)
    asked = list(landing.evidence.at(line, DnsQuery, src=landing.resolver_ip))
    if not asked:
        raise Refuted(f"no question of {landing.resolver} in the capture at {line}")
    for name in (f"{edge}-pri", f"{edge}-sec"):
        check.never_seen(landing.evidence, name, address=landing.resolver_ip)
    return Finding(f"{len(asked)} questions of {landing.resolver} on the Internet line", tuple(asked))


def _in_time(reading: Reading, unanswered: str) -> Finding:
    found = [
        use_of(reading, case, request.name)
        for case in reading.order.cases
        if case.name != unanswered
        for request in case.requests
    ]
    farthest = max(found, key=lambda use: abs(use.rtt_ms - use.expected_rtt_ms))
    latest = max(found, key=lambda use: use.off)
    off_us = abs(farthest.rtt_ms - farthest.expected_rtt_ms) * US_PER_MS
    text = (
        f"{len(found)} uses; round trips: farthest off {farthest.service} ({farthest.case.name}),"
        f" by {off_us:.3f} us; first bytes: {latest.service} ({latest.case.name}), by {latest.off:.3%}"
    )
    rows = (*farthest.rows, *latest.rows)
    if off_us > reading.order.tolerance_us or latest.off > TOLERANCE:
        raise Refuted(text, *rows)
    return Finding(text, rows)
