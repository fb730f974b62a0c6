"""Worlds that give their own backbone links: the article's, and whatever hypothesis draws."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import strategies as st

from topologies.load import parse_world
from topologies.world import World

from .made_up_plans import ARTICLE, ARTICLE_TEXT
from .made_up_worlds import worlds


def given_world(*links: str) -> World:
    """Return the article's world with these tables of [[backbone]]."""
    return parse_world("\n".join([ARTICLE_TEXT, *(f"[[backbone]]\n{link}" for link in links)]))


# A line of the nine, each with a rate, and one link across.
LINE = [*pairwise(each.name for each in ARTICLE.datacenters_of("worldwide"))]
GIVEN = given_world(
    *(f'between = ["{a}", "{b}"]\nrtt_ms = 10.0\nrate_mbit = 50.0' for a, b in LINE),
    'between = ["jnb", "ams"]\nlength_km = 900.0',
)


@st.composite
def given_worlds(draw: st.DrawFn) -> World:
    """Return a made-up world with links of its own in one of its clouds: a tree, and some beside it."""
    world = draw(worlds())
    names = [each.name for each in world.datacenters_of(world.datacenters[0].cloud)]
    pairs = {(draw(st.sampled_from(names[:number])), names[number]) for number in range(1, len(names))}
    if len(names) > 1:
        pairs |= draw(st.sets(st.sampled_from([*combinations(names, 2)])))
    known = st.fixed_dictionaries({"rtt_ms": st.floats(0, 1000)}) | st.fixed_dictionaries(
        {"length_km": st.floats(0, 1e5)}
    )
    rate_mbit = st.none() | st.floats(0.1, 1e5)
    links = [{"between": pair, **draw(known), "rate_mbit": draw(rate_mbit)} for pair in sorted(pairs)]
    return World.model_validate(world.model_dump() | {"backbone": links})
