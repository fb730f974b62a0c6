"""Front doors of a world with edges, and by arithmetic which of them a client lands at, and how far it is."""

from __future__ import annotations

from typing import NamedTuple

from experiments.reading import Reading
from experiments.survey import Survey, Turn
from topologies import names
from topologies.distance import great_circle_km
from topologies.handoff import landing
from topologies.hosts import front_door, host
from topologies.meetings import NEAREST, nearest_sites
from topologies.paths import configured_rtt_ms
from topologies.places import Place
from topologies.plan import Plan
from topologies.selection import Selection
from topologies.world import Datacenter, Edge, World

CLOUD = "worldwide"
(PORTAL,) = names.service("portal", CLOUD).hosts
EXCHANGE = names.service("exchange", CLOUD).hosts[0]


class Reach(NamedTuple):
    """A site, and the round trip to it in milliseconds."""

    site: str
    rtt_ms: float


def sites(world: World) -> list[str]:
    """Return the datacenters and edges of the cloud, the datacenters first."""
    everywhere: tuple[Datacenter | Edge, ...] = (*world.datacenters, *world.edges)
    return [each.name for each in everywhere if each.cloud == CLOUD]


def near(world: World, selection: Selection, place: Place) -> list[str]:
    """Return all sites that are built, the one with the shortest round trip over the Internet first."""
    return nearest_sites(world, selection, CLOUD, place)


def nearest_km(world: World, client: str) -> float:
    """Return how far a client is from the nearest site."""
    place = world.client(client).place
    return min(great_circle_km(place, world.site(site).place) for site in sites(world))


def doors_of(world: World, plan: Plan) -> list[str]:
    """Return the nodes of all front doors, and the hosts of tenants' sites: wherever a client can land."""
    built = {node.name for node in plan.of_kind("host")}
    found = [host(site, "edge") for site in sites(world)]
    for site in sites(world):
        found += [front_door(world, site, "portal"), front_door(world, site, "exchange")]
        found.append(host(site, "sharepoint"))
    return [name for name in dict.fromkeys(found) if name in built]


def best_of(reading: Reading, client: str) -> Reach:
    """Return the front door with the shortest round trip from a client."""
    world, plan = reading.world, reading.plan
    place = world.client(client).place
    found = (
        Reach(site, configured_rtt_ms(plan, client, front_door(world, site, "portal")))
        for site in near(world, reading.order.selection, place)[:NEAREST]
    )
    return min(found, key=lambda each: each.rtt_ms)


def expected_of(reading: Reading, survey: Survey, turn: Turn) -> Reach:
    """Return where a client lands by the rules of DNS and BGP, and the round trip that the world gives it."""
    world, plan, selection = reading.world, reading.plan, reading.order.selection
    if turn.name == PORTAL:
        told = survey.tells and survey.answers.client_subnet
        asker = world.client(turn.client) if told else world.resolver(turn.resolver)
        return _unicast(reading, turn, near(world, selection, asker.place)[0], "portal")
    if turn.name == EXCHANGE:
        where = landing(world, selection, plan, turn.resolver, CLOUD, survey.peering)
        return _unicast(reading, turn, where.site, "exchange")
    if survey.answers.site_edge:
        where = landing(world, selection, plan, turn.client, CLOUD, survey.peering)
        return Reach(where.site, where.rtt_ms)
    tenant = next(each for each in world.tenants if names.site_of(each) == turn.name)
    server = host(tenant.datacenter, "sharepoint")
    return Reach(tenant.datacenter, configured_rtt_ms(plan, turn.client, server))


def _unicast(reading: Reading, turn: Turn, site: str, service: names.Service) -> Reach:
    door = front_door(reading.world, site, service)
    return Reach(site, configured_rtt_ms(reading.plan, turn.client, door))
