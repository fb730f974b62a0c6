"""The failures that a world announces, as what happens in a spell: places go dark, links are cut."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.exercise import Cut, Mend
from experiments.spell import Dark, Happening, Light
from topologies.failures import Failure
from topologies.hosts import wan_switch
from topologies.world import World

MS_PER_S = 1000


def events(world: World) -> tuple[Happening, ...]:
    """Return what happens, in the order of time; the clock begins when everything serves."""
    found = (event for failure in world.failures for event in of_failure(failure))
    return tuple(sorted(found, key=lambda event: event.at_ms))


def of_failure(failure: Failure) -> Iterator[Happening]:
    """Yield the beginning of a failure, and its end if it has one."""
    at_ms = failure.at_s * MS_PER_S
    until_ms = None if failure.until_s is None else failure.until_s * MS_PER_S
    if failure.between is not None:
        a, b = map(wan_switch, failure.between)
        yield Cut(at_ms=at_ms, a=a, b=b)
        if until_ms is not None:
            yield Mend(at_ms=until_ms, a=a, b=b)
        return
    place = failure.datacenter or ""
    yield Dark(at_ms=at_ms, place=place)
    if until_ms is not None:
        yield Light(at_ms=until_ms, place=place)


def first_failure(world: World, *, of_link: bool) -> tuple[int, Failure | None]:
    """Return the first failure of a link, or of a datacenter, in the world's file, and its number there."""
    found = (pair for pair in enumerate(world.failures) if (pair[1].between is not None) == of_link)
    return next(found, (0, None))
