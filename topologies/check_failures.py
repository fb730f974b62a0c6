"""What must hold for the failures that a world announces."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING

from topologies.faults import Fault

if TYPE_CHECKING:
    from topologies.world import World


def check_failures(world: World) -> Iterator[Fault]:
    """Yield what is wrong with failures: of a link that there is not, or of what has failed already."""
    yield from _of_no_link(world)
    yield from _of_what_has_failed(world)


def _of_no_link(world: World) -> Iterator[Fault]:
    links = _links(world)
    for number, failure in enumerate(world.failures):
        if failure.between is not None and failure.of not in links:
            a, b = failure.between
            near = sorted(" - ".join(sorted(each)) for each in links if a in each or b in each)
            right = f"one of: {', '.join(near)}" if near else "another one, as no link leads to either"
            text = f'no link of the backbone joins "{a}" and "{b}"; right would be {right}'
            yield Fault(("failures", number, "between"), f"failures[{number}].between: {text}")


def _links(world: World) -> set[frozenset[str]]:
    """Return what the backbone's links join, if any failure is one of a link: deriving them takes time."""
    if not any(failure.between is not None for failure in world.failures):
        return set()
    from topologies.wan_links import links_of  # it needs worlds, which this is a part of

    return {frozenset(link.between) for link in links_of(world, world.datacenters)}


def _of_what_has_failed(world: World) -> Iterator[Fault]:
    """Of the failures of one thing, in the order of time, each begins when the others are over."""
    longest: dict[frozenset[str], tuple[int, float]] = {}  # of what has begun: its number, and its end
    for number, failure in sorted(enumerate(world.failures), key=lambda each: each[1].at_s):
        until_s = inf if failure.until_s is None else failure.until_s
        other, over_s = longest.get(failure.of, (number, 0.0))
        if failure.at_s < over_s:
            text = f"begins while that of failures[{other}] lasts; right would be one after the other"
            yield Fault(("failures", number, "at_s"), f"failures[{number}].at_s: {text}")
        if until_s > over_s:
            longest[failure.of] = number, until_s
