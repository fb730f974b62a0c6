"""The world with edges, changed, and what hypothesis makes up of its providers."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from topologies.edge_parts import USUAL_PREFERENCE, Pop
from topologies.load import BUILTIN, parse_world
from topologies.meetings import meetings
from topologies.peering import LAST_CHOICE, Peering
from topologies.plan import Plan
from topologies.planning import plan_network
from topologies.selection import Selection, select
from topologies.world import World

CLOUD = "worldwide"
EDGES_TEXT = (BUILTIN / "edges.toml").read_text(encoding="utf-8")
EDGES = parse_world(EDGES_TEXT)
CITIES = ("denver", "saltlake", "moscow", "joburg", "milan", "sydney")
# Values on both sides of what a route is worth that is to be taken last.
PREFERENCES = (LAST_CHOICE - 1, LAST_CHOICE, USUAL_PREFERENCE, USUAL_PREFERENCE + 10)


def changed(right: str, instead: str) -> World:
    """Return the world with edges, with one thing in its file changed."""
    assert right in EDGES_TEXT
    return parse_world(EDGES_TEXT.replace(right, instead, 1))


def chosen(world: World = EDGES, clients: tuple[str, ...] = CITIES) -> Selection:
    """Return a run of some clients with their own resolvers, and who meets whom in it."""
    found = select(
        world,
        clients=clients,
        clouds=(CLOUD,),
        services=("portal", "exchange", "sharepoint"),
        anycast=True,
        edges=True,
    )
    lookups = [(name, world.client(name).resolver) for name in clients]
    return found.model_copy(update={"meets": meetings(world, found, CLOUD, lookups)})


@cache
def edges_plan() -> Plan:
    """Return the plan of `chosen()`."""
    return plan_network(EDGES, chosen())


def with_pops(*pops: Pop, isp: str = "mtn") -> World:
    """Return the world with other routers of a provider."""
    found = [each.model_copy(update={"pops": pops}) if each.name == isp else each for each in EDGES.isps]
    return World.model_validate(EDGES.model_copy(update={"isps": tuple(found)}).model_dump())


@st.composite
def providers(draw: st.DrawFn) -> tuple[World, Peering]:
    """Return the world with other routers of Denver's provider, and how it peers in a run."""
    edges = {each.name: each for each in EDGES.edges}
    sites = draw(st.lists(st.sampled_from(sorted(edges)), min_size=1, max_size=5, unique=True))
    peers = [Pop(name=site, site=site, preference=draw(st.sampled_from(PREFERENCES))) for site in sites]
    free = [each for name, each in edges.items() if name not in sites]
    hubs = draw(st.lists(st.sampled_from(free), unique=True, max_size=3))
    own = [*peers, *(Pop(name=f"h{each.name}", place=each.place) for each in hubs)]
    world = with_pops(*draw(st.permutations(own)))
    opened = draw(st.lists(st.sampled_from(hubs), unique=True)) if hubs else []
    there = st.lists(st.sampled_from(sites), unique=True)
    peering = Peering(
        opened=tuple(("mtn", f"h{each.name}") for each in opened),
        prepended=tuple(("mtn", site, draw(st.integers(1, 3))) for site in draw(there)),
        lowered=tuple(("mtn", site) for site in draw(there)),
    )
    return world, peering
