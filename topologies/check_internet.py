"""What must hold between the Internet's own settings and the nodes that they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from topologies.faults import Fault, of_part

if TYPE_CHECKING:
    from topologies.internet_parts import Border
    from topologies.world import World


def check_internet(world: World) -> Iterator[Fault]:
    """Yield what is wrong with overrides and borders."""
    yield from check_overrides(world)
    for border in world.internet.borders:
        yield from check_border(world, border)


def check_overrides(world: World) -> Iterator[Fault]:
    """A path is overridden once, and leads from one node to another."""
    seen: set[frozenset[str]] = set()
    for number, override in enumerate(world.internet.overrides):
        ends = frozenset(override.between)
        text = ""
        if len(ends) == 1:
            text = f'both ends are "{override.between[0]}"; right would be two different nodes'
        elif ends in seen:
            text = f"{' and '.join(override.between)} are overridden twice; right would be once"
        if text:
            location = ("internet", "overrides", number, "between")
            yield Fault(location, f"internet.overrides[{number}].between: {text}")
        seen.add(ends)


def check_border(world: World, border: Border) -> Iterator[Fault]:
    """A border goes round each place once."""
    first: dict[tuple[float, float], str] = {}
    for name in border.around:
        point = world.place_of(name).point
        if point in first:
            text = f'"{name}" stands where "{first[point]}" does; right would be one of the two'
            if first[point] == name:
                text = f'"{name}" is named twice; right would be once'
            yield of_part("internet.borders", border.name, "around", text)
        first.setdefault(point, name)
