"""Plans of whole worlds, and how thoroughly hypothesis looks at them."""

from hypothesis import settings

from topologies.load import BUILTIN, load_world, parse_world
from topologies.plan import End, Plan
from topologies.planning import plan_network
from topologies.selection import select_all
from topologies.world import World

# A plan of a made-up world has some hundred wires. A busy machine takes its time, and that is no fault.
MODEST = settings(deadline=None, max_examples=20)

ARTICLE = load_world("article")
ARTICLE_TEXT = (BUILTIN / "article.toml").read_text(encoding="utf-8")


def planned(world: World) -> Plan:
    """Return the plan of everything that a world has."""
    return plan_network(world, select_all(world))


def changed(right: str, instead: str) -> World:
    """Return the article's world with one thing in its file changed."""
    assert right in ARTICLE_TEXT
    return parse_world(ARTICLE_TEXT.replace(right, instead, 1))


def overridden(a: str, b: str, rtt_ms: float) -> World:
    """Return the article's world with one known round trip."""
    return changed("path_stretch = 1.5", f'overrides = [{{ between = ["{a}", "{b}"], rtt_ms = {rtt_ms} }}]')


def ends(plan: Plan) -> list[End]:
    """Return both ends of every wire."""
    return [end for wire in plan.wires for end in (wire.a, wire.b)]
