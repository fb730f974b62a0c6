"""What must hold for the failures that a world announces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from topologies.faults import Fault

if TYPE_CHECKING:
    from topologies.failures import Failure
    from topologies.world import World


def check_failures(world: World) -> Iterator[Fault]:
    """Yield what is wrong with failures: of a link that there is not, or of what has failed already."""
    links = _links(world)
    for number, failure in enumerate(world.failures):
        if failure.between is not None and failure.of not in links:
            a, b = failure.between
            near = sorted(" - ".join(sorted(each)) for each in links if a in each or b in each)
            text = f'no link of the backbone joins "{a}" and "{b}"; right would be one of: {", ".join(near)}'
            yield Fault(("failures", number, "between"), f"failures[{number}].between: {text}")
        for before, other in enumerate(world.failures[:number]):
            if other.of == failure.of and _overlap(other, failure):
                text = f"begins while that of failures[{before}] lasts; right would be one after the other"
                yield Fault(("failures", number, "at_s"), f"failures[{number}].at_s: {text}")


def _links(world: World) -> set[frozenset[str]]:
    """Return what the backbone's links join, if any failure is one of a link: deriving them takes time."""
    if not any(failure.between is not None for failure in world.failures):
        return set()
    from topologies.wan_links import links_of  # it needs worlds, which this is a part of

    return {frozenset(link.between) for link in links_of(world, world.datacenters)}


def _overlap(a: Failure, b: Failure) -> bool:
    first, second = sorted((a, b), key=lambda each: each.at_s)
    return first.until_s is None or second.at_s < first.until_s
