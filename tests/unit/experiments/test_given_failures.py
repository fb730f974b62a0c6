"""What a world announces, as what happens in a spell."""

from __future__ import annotations

from experiments.exercise import Cut, Mend
from experiments.given_failures import events
from experiments.spell import Dark, Light
from topologies.load import load_world, parse_world

TEXT = """
name = "mine"
base = "article"
[[failures]]
datacenter = "dub"
at_s = 20.5
until_s = 97.25
[[failures]]
between = ["iad", "dub"]
at_s = 3
until_s = 50
[[failures]]
datacenter = "ams"
at_s = 30
"""


def test_failures_happen_in_the_order_of_time() -> None:
    assert events(parse_world(TEXT)) == (
        Cut(at_ms=3_000, a="iad-wan", b="dub-wan"),
        Dark(at_ms=20_500, place="dub"),
        Dark(at_ms=30_000, place="ams"),
        Mend(at_ms=50_000, a="iad-wan", b="dub-wan"),
        Light(at_ms=97_250, place="dub"),
    )


def test_in_a_world_that_announces_none_nothing_happens() -> None:
    assert events(load_world("article")) == ()
