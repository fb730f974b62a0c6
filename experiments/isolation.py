"""That two clouds share nothing: no packet, no credential, no name. And that all of it was tried."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network

from experiments.order import Probe
from experiments.reading import Reading
from measurement.evidence import Missing, Refuted
from measurement.exchanges import answers_to
from measurement.judge import Claim, Finding
from measurement.observation import DnsAnswer, IcmpEcho, Row, Talk
from services.zones import Naming
from topologies import names
from topologies.hosts import prefixes_of
from topologies.plan import Plan
from topologies.selection import Selection, all_names
from topologies.steering import Answers
from topologies.world import World

ACROSS = "across"
ACCEPTED, REFUSED = "accepted", "refused"
Clouds = tuple[str, str]


def authority_of(world: World, plan: Plan, selection: Selection, cloud: str) -> str:
    """Return a name server of the zone that a cloud's portal is in."""
    (name,) = names.service("portal", cloud).hosts
    return Naming(world, plan, selection, Answers()).servers_of(name)[0].name


def claims(reading: Reading, credentials: str, clouds: Clouds) -> list[Claim]:
    """Return the claims; ``credentials`` is the case in which users of one cloud sign in at the other."""
    hosts = " and ".join(names.service("portal", cloud).hosts[0] for cloud in clouds)
    across = reading.order.probe(ACROSS)
    return [
        Claim(
            "credentials of one cloud, at the other",
            f"refused with 403, naming {hosts}; accepted each at home",
            lambda: _credentials_are_refused(reading, credentials, clouds),
        ),
        Claim(
            "names of one cloud, asked of the other's authority",
            "REFUSED, both ways; and no authority has answered for a name of the other cloud",
            lambda: _names_are_apart(reading, clouds),
        ),
        Claim(
            "no packet between the clouds' networks",
            "not in any capture in any case, the sovereign borders' towards the Internet among them; an echo"
            " from one to the other has no way",
            lambda: _networks_are_apart(reading, clouds, across),
        ),
    ]


def _credentials_are_refused(reading: Reading, case: str, clouds: Clouds) -> Finding:
    journey = reading.journey(case)
    client_ip = reading.address(reading.case(case).client)
    for request in reading.case(case).requests:
        if journey.fetch(request.name) is None:
            raise Missing(f"the client made no request {request.name}")
    rows: list[Row] = []
    networks = {cloud: _networks(reading, cloud) for cloud in clouds}
    for answer in answers_to(reading.evidence(case), journey, client_ip):
        word, service, cloud = answer.fetch.name.split(" ", 2)
        fetch = answer.fetch
        if _cloud_of(networks, fetch.server_ip) != cloud:
            raise Refuted(
                f"{fetch.name}: {fetch.server_ip}, which answered, is not of that cloud", *answer.rows
            )
        if word == ACCEPTED and fetch.status != 200:
            raise Refuted(f"{fetch.name}: status {fetch.status}: {fetch.body}", *answer.rows)
        if word == REFUSED:
            other = clouds[0] if cloud == clouds[1] else clouds[1]
            right = next(s for s in names.services() if (s.name, s.cloud) == (service, other)).hosts[0]
            if fetch.status != 403 or _host_in(fetch.body) != right:
                raise Refuted(f"{fetch.name}: status {fetch.status}: {fetch.body}", *answer.rows)
        rows += answer.rows[-1:]
    told = [fetch.name for fetch in journey.fetches if fetch.name.startswith(REFUSED)]
    return Finding(f"{len(told)} refused with the right host, {len(rows) - len(told)} accepted", tuple(rows))


def _host_in(body: str) -> object:
    """Return the host that a refusal names; None where it names none."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return told.get("host") if isinstance(told, dict) else None


def _names_are_apart(reading: Reading, clouds: Clouds) -> Finding:
    rows: list[Row] = []
    for probe in reading.order.probes:
        if probe.name_asked:
            ends: dict[str, object] = {"src": reading.address(probe.target), "name": probe.name_asked}
            answer = next(reading.evidence(probe.name).at(probe.source, DnsAnswer, **ends), None)
            if answer is None or answer.rcode != "REFUSED":
                told = answer.rcode if answer else "nothing"
                raise Refuted(
                    f"{probe.target} answered {told} for {probe.name_asked}", *([answer] if answer else [])
                )
            rows.append(answer)
    counted, authorities = 0, _authorities(reading)
    owned = {cloud: _names_of(reading, cloud) for cloud in clouds}
    for row in reading.observations:
        if isinstance(row, DnsAnswer) and row.src in authorities and row.rcode == "NOERROR":
            server, nodes, cloud = authorities[row.src]
            counted += row.node in nodes
            for other in clouds:
                if other != cloud and row.name in owned[other]:
                    raise Refuted(f"{server} of {cloud} answered for {row.name}", row)
    text = (
        f"REFUSED {len(rows)} times; the clouds' servers gave {counted} answers, none for the other's names"
    )
    return Finding(text, tuple(rows))


def _names_of(reading: Reading, cloud: str) -> set[str]:
    """Return every name of a cloud's chains."""
    services = [each for each in names.services() if each.cloud == cloud]
    return {name for each in services for name in all_names(reading.world, each)}


def _authorities(reading: Reading) -> dict[str, tuple[str, set[str], str]]:
    """Return each cloud's name servers by address: name, nodes, cloud. The root is no cloud's.

    Raises Missing unless the captures at all of them are whole, in every case.
    """
    world, selection = reading.world, reading.order.selection
    naming = Naming(world, reading.plan, selection, Answers())
    found = {}
    for each in selection.nameservers:
        server = world.nameserver(each)
        home = server.datacenter
        cloud = server.anycast if home is None else world.datacenter(home).cloud
        if cloud is not None:
            nodes = {node for node, _ in naming.instances(server)}
            found[naming.address_of(server.name)] = server.name, nodes, cloud
            for name in reading.order.names:
                for node in nodes:
                    reading.evidence(name).require_readable(node)
    return found


def _networks_are_apart(reading: Reading, clouds: Clouds, source: Probe) -> Finding:
    networks = {cloud: _networks(reading, cloud) for cloud in clouds}
    points = [point.name for point in reading.order.captures]
    everywhere = reading.order.names
    for name in everywhere:
        evidence = reading.evidence(name)
        for point in points:
            evidence.require_readable(point)
    own, other = reading.address(source.source), reading.address(source.target)
    for row in reading.observations:
        if not isinstance(row, Talk) or {_cloud_of(networks, end) for end in (row.src, row.dst)} != set(
            clouds
        ):
            continue
        if (row.case, row.node, row.src) != (ACROSS, source.source, own):
            raise Refuted(f"{row.packets} packets from {row.src} to {row.dst} at {row.node}", row)
    at_source = reading.evidence(ACROSS)
    attempt = next(at_source.at(source.source, IcmpEcho, src=own, dst=other), None)
    if attempt is None:
        raise Missing(f"{source.source} did not try to reach {source.target}")
    router = reading.address(reading.plan.node(source.source).site)
    refused = next(at_source.at(source.source, Talk, src=router, dst=own, protocol="icmp"), None)
    if refused is None:
        raise Refuted(f"{source.source}'s router did not say that there is no way", attempt)
    seen = f"{len(points)} captures in {len(everywhere)} cases"
    return Finding(f"{seen}; {source.source}'s router answered its echo: no way", (attempt, refused))


def _networks(reading: Reading, cloud: str) -> list[IPv4Network]:
    selection = reading.order.selection
    built = [reading.world.datacenter(name) for name in selection.datacenters]
    return [prefix for each in built if each.cloud == cloud for prefix in prefixes_of(selection, each)]


def _cloud_of(networks: dict[str, list[IPv4Network]], address: str) -> str | None:
    try:
        found = IPv4Address(address)
    except ValueError:
        return None  # Not IPv4: a name of something below it.
    return next(
        (cloud for cloud, each in networks.items() if any(found in network for network in each)), None
    )
