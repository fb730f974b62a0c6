"""What must hold of the backbone links that a world gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from topologies.faults import Fault

if TYPE_CHECKING:
    from topologies.world import World


def check_backbone(world: World) -> Iterator[Fault]:
    """Yield what is wrong with backbone links that the world gives."""
    wrong = list(check_ends(world))
    yield from wrong
    if not wrong:
        for cloud in world.clouds:
            yield from check_reach(world, cloud.name)


def check_ends(world: World) -> Iterator[Fault]:
    """A link joins two datacenters of one cloud, and no two links join the same ones."""
    seen: set[frozenset[str]] = set()
    for number, link in enumerate(world.backbone):
        a, b = (world.datacenter(name) for name in link.between)
        text = ""
        if a == b:
            text = f'both ends are "{a.name}"; right would be two different datacenters'
        elif a.cloud != b.cloud:
            text = (
                f'"{a.name}" is in the cloud "{a.cloud}" and "{b.name}" in "{b.cloud}", and clouds'
                " are not joined; right would be two datacenters of one cloud"
            )
        elif frozenset(link.between) in seen:
            text = f"{a.name} and {b.name} are joined twice; right would be once"
        if text:
            yield Fault(("backbone", number, "between"), f"backbone[{number}].between: {text}")
        seen.add(frozenset(link.between))


def check_reach(world: World, cloud: str) -> Iterator[Fault]:
    """The links of a cloud, where any are given, lead from each of its datacenters to each other."""
    links = world.given_links(cloud)
    if not links:
        return
    names = [each.name for each in world.datacenters_of(cloud)]
    reached, found = {names[0]}, True
    while found:
        more = {name for link in links if reached & set(link.between) for name in link.between}
        found = bool(more - reached)
        reached |= more
    unreached = [name for name in names if name not in reached]
    if unreached:
        verb, them = ("are", "one of them") if len(unreached) > 1 else ("is", "it")
        there = ", ".join(name for name in names if name in reached)
        yield Fault(
            ("backbone",),
            f'backbone: {_joined(unreached)} {verb} not reached from "{names[0]}";'
            f" right would be a link between {them} and one of: {there}",
        )


def _joined(names: list[str]) -> str:
    *most, last = (f'"{name}"' for name in names)
    return f"{', '.join(most)} and {last}" if most else last
