"""Plans of whole worlds, and how thoroughly hypothesis looks at them."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address

from hypothesis import HealthCheck, settings

from topologies.load import BUILTIN, parse_world
from topologies.plan import End, Plan, interface_at, other_end
from topologies.planning import plan_network
from topologies.selection import select_all
from topologies.world import World

from .made_up_worlds import ARTICLE as ARTICLE
from .made_up_worlds import datacenter

# A plan of a made-up world has some hundred wires. A busy machine takes its time, and that is no fault.
PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
MODEST = settings(PATIENT, max_examples=10)

ARTICLE_TEXT = (BUILTIN / "article.toml").read_text(encoding="utf-8")


@lru_cache(maxsize=8)
def planned(world: World) -> Plan:
    """Return the plan of everything that a world has."""
    return plan_network(world, select_all(world))


def changed(right: str, instead: str) -> World:
    """Return the article's world with one thing in its file changed."""
    assert right in ARTICLE_TEXT
    return parse_world(ARTICLE_TEXT.replace(right, instead, 1))


def without_lines(*starts: str) -> World:
    """Return the article's world without the lines of its file that start so."""
    return parse_world("\n".join(line for line in ARTICLE_TEXT.split("\n") if not line.startswith(starts)))


def renamed(names: Mapping[str, str]) -> World:
    """Return the article's world with other names for some things, wherever their names stand."""
    text = ARTICLE_TEXT
    for old, new in names.items():
        assert f'"{old}"' in text
        text = text.replace(f'"{old}"', f'"{new}"')
    return parse_world(text)


def overridden(a: str, b: str, rtt_ms: float) -> World:
    """Return the article's world with one known round trip."""
    return changed("path_stretch = 1.5", f'overrides = [{{ between = ["{a}", "{b}"], rtt_ms = {rtt_ms} }}]')


def backbone_of(*regions: str) -> World:
    """Return the article's world with other datacenters, dc0, dc1 ..., in these regions."""
    sites = tuple(datacenter(number, region) for number, region in enumerate(regions))
    servers = tuple(each for each in ARTICLE.nameservers if each.datacenter is None)
    return ARTICLE.model_copy(update={"datacenters": sites, "nameservers": servers})


def ends(plan: Plan) -> list[End]:
    """Return both ends of every wire."""
    return [end for wire in plan.wires for end in (wire.a, wire.b)]


def reached(plan: Plan, source: str, address: IPv4Address) -> str:
    """Return the node at which a packet to an address arrives, as routers forward it."""
    here = source
    for _ in plan.nodes:
        node = plan.node(here)
        if address in (node.address, *node.aliases):
            return here
        routes = [route for route in plan.routes if route.node == here and address in route.prefix]
        best = max(routes, key=lambda route: route.prefix.prefixlen)
        (wire,) = (wire for wire in plan.wires_at(here) if interface_at(wire, here) == best.interface)
        here = other_end(wire, here).node
    raise AssertionError(f"from {source} to {address} it goes in a circle")
