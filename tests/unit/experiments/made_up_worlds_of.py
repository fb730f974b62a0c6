"""Worlds in which a cut is of one kind or another: what leads around it goes on, back, or is shorter anew."""

from __future__ import annotations

from itertools import pairwise

from tests.unit.topologies.made_up_backbones import given_world
from topologies.world import World

from .made_up_backbone import WORLD

Link = tuple[str, str, float]
NAMES = [each.name for each in WORLD.datacenters_of("worldwide")]


def world_of(*links: Link) -> World:
    """Return the article's world with these links; whoever has none is far behind Dublin."""
    named = {name for a, b, _ in links for name in (a, b)}
    rest = [("dub", name, 150.0 + 5 * n) for n, name in enumerate(set_aside(named))]
    return given_world(*(f'between = ["{a}", "{b}"]\nrtt_ms = {rtt_ms}' for a, b, rtt_ms in (*links, *rest)))


def set_aside(named: set[str]) -> list[str]:
    """Return the datacenters that have no link yet."""
    return [name for name in NAMES if name not in named]


def bridged() -> World:
    """Return a world whose backbone is a line: every cut parts it."""
    return given_world(*(f'between = ["{a}", "{b}"]\nrtt_ms = 20.0' for a, b in pairwise(NAMES)))


# From Amsterdam by Dublin to Washington; the link behind Dublin is the longest that something leads around.
USUAL: tuple[Link, Link] = (("ams", "dub", 10.0), ("dub", "iad", 60.0))
BY_MWH: tuple[Link, Link] = (("dub", "mwh", 5.0), ("mwh", "iad", 75.0))
CUTS = {
    "around is back where it came from": world_of(*USUAL, ("ams", "iad", 100.0)),
    "around is the new way": world_of(*USUAL, ("dub", "mwh", 5.0), ("mwh", "iad", 70.0)),
    "the new way is shorter": world_of(
        *USUAL, ("dub", "mwh", 5.0), ("mwh", "iad", 75.0), ("ams", "iad", 80.0)
    ),
    "the new way is hardly shorter": world_of(
        *USUAL, ("dub", "mwh", 5.0), ("mwh", "iad", 75.0), ("ams", "iad", 89.6)
    ),
}
