"""What must hold between the Internet's own settings and the nodes that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topologies.errors import WorldError

if TYPE_CHECKING:
    from topologies.internet_parts import Border
    from topologies.world import World


def check_internet(world: World) -> None:
    """Raise WorldError for the first rule about overrides and borders that the world breaks."""
    check_overrides(world)
    for border in world.internet.borders:
        check_border(world, border)


def check_overrides(world: World) -> None:
    """A path is overridden once, and leads from one node to another."""
    seen: set[frozenset[str]] = set()
    for number, override in enumerate(world.internet.overrides):
        ends = frozenset(override.between)
        where = f"internet.overrides[{number}].between: "
        if len(ends) == 1:
            raise WorldError(
                f'{where}both ends are "{override.between[0]}"; right would be two different nodes'
            )
        if ends in seen:
            raise WorldError(
                f"{where}{' and '.join(override.between)} are overridden twice; right would be once"
            )
        seen.add(ends)


def check_border(world: World, border: Border) -> None:
    """A border goes round each place once."""
    first: dict[tuple[float, float], str] = {}
    where = f'border "{border.name}": around: '
    for name in border.around:
        place = world.place_of(name)
        point = place.latitude, place.longitude
        if first.get(point) == name:
            raise WorldError(f'{where}"{name}" is named twice; right would be once')
        if point in first:
            raise WorldError(
                f'{where}"{name}" stands where "{first[point]}" does; right would be one of the two'
            )
        first[point] = name
