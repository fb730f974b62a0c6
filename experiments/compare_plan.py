"""What is run to compare ways: a case and a call for each, in an order in which routers learn seldom."""

from __future__ import annotations

from experiments.call import Call
from experiments.common import at
from experiments.compare_cast import Compared
from experiments.compare_visits import requests_to
from experiments.compare_ways import DIRECT, ONCE_MORE, WEB, Via
from experiments.order import Case
from experiments.passage import in_tunnels
from experiments.people import home_of, nearest
from experiments.vpn_offices import CLOUD
from experiments.vpn_use import MEDIA
from experiments.vpn_ways import way
from experiments.way import Way
from measurement.capture import CapturePoint
from measurement.journey import Request
from measurement.media import AUDIO
from topologies.bgp import AREA_OF, Routing
from topologies.hosts import Role, customer_edge, gateway, host
from topologies.offices import expressroute_datacenters, peering_datacenter
from topologies.planning import plan_network
from topologies.selection import Selection
from topologies.steering import nearest_datacenter

UNFILTERED, FILTERED = Routing(services=()), Routing(services=tuple(AREA_OF))
TOLD = {
    "direct": "from the office in {place}",
    "vpn": "everything through the office in {place}",
    "split": "through the office in {place}, but past it what is in the category Optimize",
    "expressroute": "by the office in {place}, and on over its circuit",
}


def cases_of(seen: Compared, services: tuple[str, ...]) -> tuple[Case, ...]:
    """Return a case for each way, and the direct one once more; none without a service of the web."""
    web = tuple(service for service in WEB if service in services)
    if not web:
        return ()
    requests = tuple(each for service in web for each in requests_to(seen.world, seen.client, service))
    found = [_case(seen, via, requests) for via in sorted(seen.vias, key=_is_filtered)]
    # Whoever is inside has another way out where there is a route filter; to all others it is the same.
    routing = found[-1 if seen.client.office is None else 0].routing
    again = {"name": ONCE_MORE, "text": f"{told(seen, seen.vias[0])} once more", "routing": routing}
    return (*found, found[0].model_copy(update=again))


def _case(seen: Compared, via: Via, requests: tuple[Request, ...]) -> Case:
    return Case(
        name=via.case,
        text=told(seen, via),
        client=seen.client.name,
        resolver=seen.world.office(via.office).resolver if via.office else seen.client.resolver,
        requests=requests,
        way=way_of(seen, via),
        routing=routing_of(seen, via),
    )


def calls_of(seen: Compared, services: tuple[str, ...], seconds: int) -> tuple[Call, ...]:
    """Return a call over each way, to a meeting where the tenant's data is; none without media.

    Each is sent from a port of its own, as from clients that choose one: the same one would be the same
    conversation to an office's firewall, which keeps the address that it had over another line.
    """
    if MEDIA not in services:
        return ()
    order = sorted(seen.vias, key=_is_filtered, reverse=True)
    return tuple(
        Call(
            name=via.call,
            text=f"a call, {told(seen, via)}",
            client=seen.client.name,
            server=home_of(seen.world, seen.client).name,
            way=way_of(seen, via),
            routing=routing_of(seen, via),
            media=(AUDIO.model_copy(update={"port": AUDIO.port + number}),),
            seconds=seconds,
        )
        for number, via in enumerate(order)
    )


def told(seen: Compared, via: Via) -> str:
    """Return a way in words."""
    office = via.office or seen.client.office
    if not office:
        return "from its own line"
    place = seen.world.office(office).place.name
    return TOLD[via.kind].format(place=place)


def way_of(seen: Compared, via: Via) -> Way:
    """Return how a client's packets go."""
    if via.kind == DIRECT or via.office == seen.client.office:
        return Way()
    office = seen.world.office(via.office)
    if via.kind == "split":
        return way(seen.world, "few", office, split_dns=True)
    return way(seen.world, "forced", office)


def routing_of(seen: Compared, via: Via) -> Routing | None:
    """Return how circuits are set: without a route filter they carry nothing. None where there are none."""
    if not seen.circuits:
        return None
    return FILTERED if _is_filtered(via) else UNFILTERED


def _is_filtered(via: Via) -> bool:
    return via.kind == "expressroute"


def captures_of(seen: Compared, selection: Selection) -> tuple[CapturePoint, ...]:
    """Return where is captured: the client, its tunnels, the offices' lines, and servers that are asked."""
    plan = plan_network(seen.world, selection)
    built = {node.name for node in plan.nodes}
    edges = [customer_edge(seen.world.circuit(name).office) for name in selection.circuits]
    return (
        *(at(name) for name in (*selection.clients, *selection.resolvers)),
        *in_tunnels(each for each in plan.tunnels if each.node in selection.clients),
        *(at(gateway(name), "line") for name in selection.offices),
        *(
            CapturePoint(name=f"{edge}-{line}", node=edge, interface=line)
            for edge in edges
            for line in ("pri", "sec")
        ),
        *(at(name) for name in selection.nameservers if seen.world.nameserver(name).anycast is None),
        *(at(name) for name in _servers(seen, selection) if name in built),
    )


def _servers(seen: Compared, selection: Selection) -> list[str]:
    """Return the servers at which any of the ways can end."""
    world = seen.world
    near = [nearest(world, world.resolver(name), CLOUD).name for name in selection.resolvers]
    offices = [world.office(name).place for name in selection.offices]
    relays = [nearest_datacenter(world, place, CLOUD).name for place in (seen.client.place, *offices)]
    there = expressroute_datacenters(list(world.datacenters_of(CLOUD)))
    relays += [peering_datacenter(world, world.circuit(name), there).name for name in selection.circuits]
    home = home_of(world, seen.client).name
    ends: list[tuple[str, Role]] = [(name, "portal") for name in near]
    ends += [(name, "exchange") for name in near]
    ends += [(home, "sharepoint"), (home, "media"), *((name, "relay") for name in relays)]
    return list(dict.fromkeys(host(name, role) for name, role in ends))
