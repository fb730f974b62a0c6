"""Where one part of a world names another, the other exists."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from topologies.faults import Fault, called
from topologies.keypath import Location
from topologies.nearest import hint

if TYPE_CHECKING:
    from topologies.world import World

Reference = tuple[Location, str, str, str]  # where it is, whose it is, the kind of part, its name

MOST_HINTS = 20

# Section, its key, and the kind of part that the key names.
KEYS = (
    ("datacenters", "cloud", "cloud"),
    ("offices", "resolver", "resolver"),
    ("clients", "resolver", "resolver"),
    ("clients", "tenant", "tenant"),
    ("clients", "office", "office"),
    ("circuits", "office", "office"),
    ("tenants", "cloud", "cloud"),
    ("tenants", "datacenter", "datacenter"),
    ("tenants", "copies", "datacenter"),
    ("tenants", "secondary", "datacenter"),
    ("edges", "cloud", "cloud"),
    ("nameservers", "datacenter", "datacenter"),
    ("nameservers", "anycast", "cloud"),
)


def check_references(world: "World") -> Iterator[Fault]:
    """Yield each name that nothing in the world has, with the nearest ones."""
    known, told = _known(world), 0
    for location, owner, kind, name in _references(world):
        if name not in known[kind]:
            told += 1
            # Who is near takes a while to find among thousands; of thousands of faults nobody asks it.
            right = hint(name, known[kind]) if told <= MOST_HINTS else f"right would be a {kind} of the world"
            text = f'{owner}: {location[-1]}: unknown {kind} "{name}"; {right}'
            yield Fault(location, text, names=(kind, name))


def _known(world: "World") -> dict[str, set[str]]:
    known = {
        "cloud": {cloud.name for cloud in world.clouds},
        "tenant": {tenant.name for tenant in world.tenants},
        "datacenter": {datacenter.name for datacenter in world.datacenters},
        "site": {each.name for each in world.datacenters} | {each.name for each in world.edges},
        "resolver": {resolver.name for resolver in world.resolvers},
        "office": {office.name for office in world.offices},
    }
    placed = (each.name for each in world.nameservers if each.anycast is None)
    others = {*known["office"], *(each.name for each in world.clients), *placed}
    return {**known, "node": known["site"] | known["resolver"] | others}


def _references(world: "World") -> Iterator[Reference]:
    for section, key, kind in KEYS:
        for part in getattr(world, section):
            value = getattr(part, key)
            for name in value if isinstance(value, tuple) else () if value is None else (value,):
                yield (section, part.name, key), called(section, part.name), kind, name
    for isp in world.isps:
        for pop in isp.pops:
            if pop.site is not None:
                owner = f'{called("isps", isp.name)}: pop "{pop.name}"'
                yield ("isps", isp.name, "pops", pop.name, "site"), owner, "site", pop.site
    yield from _references_of_paths(world)


def _references_of_paths(world: "World") -> Iterator[Reference]:
    for number, link in enumerate(world.backbone):
        for name in link.between:
            yield ("backbone", number, "between"), f"backbone[{number}]", "datacenter", name
    for number, failure in enumerate(world.failures):
        datacenter = () if failure.datacenter is None else (("datacenter", failure.datacenter),)
        for key, name in (*datacenter, *(("between", name) for name in failure.between or ())):
            yield ("failures", number, key), f"failures[{number}]", "datacenter", name
    for number, override in enumerate(world.internet.overrides):
        for name in override.between:
            owner = f"internet.overrides[{number}]"
            yield ("internet", "overrides", number, "between"), owner, "node", name
    for border in world.internet.borders:
        for name in border.around:
            yield ("internet", "borders", border.name, "around"), called("borders", border.name), "node", name
