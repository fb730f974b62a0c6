"""What the experiments on the backbone share: which datacenters, which link, and no services at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from statistics import median

from controllers.routes import Routes, all_routes
from controllers.topology import Topology, topology_of
from topologies.distance import great_circle_km
from topologies.errors import WorldError
from topologies.hosts import wan_switch
from topologies.places import Place
from topologies.plan import NS_PER_MS, Plan, Wire
from topologies.planning import plan_network
from topologies.selection import Selection
from topologies.shortest import TIE_BITS, Tree
from topologies.world import Datacenter, World

EUROPE = Place(name="Amsterdam", latitude=52.37, longitude=4.90)
AMERICA = Place(name="Washington", latitude=38.90, longitude=-77.04)


def largest_cloud(world: World) -> str:
    """Return the name of the cloud that has the most datacenters."""
    return Counter(datacenter.cloud for datacenter in world.datacenters).most_common(1)[0][0]


def nearest_first(world: World, place: Place, cloud: str) -> list[Datacenter]:
    """Return the datacenters of a cloud, the one nearest to a place first."""
    return sorted(
        world.datacenters_of(cloud), key=lambda each: (great_circle_km(each.place, place), each.name)
    )


def ends(world: World, source: str, target: str) -> tuple[Datacenter, Datacenter]:
    """Return the two datacenters that were asked for; without a name, one in Europe and one in America.

    Raises WorldError for an unknown name, for twice the same, or for two that no backbone joins.
    """
    cloud = largest_cloud(world)
    here = world.datacenter(source) if source else nearest_first(world, EUROPE, cloud)[0]
    there = world.datacenter(target) if target else nearest_first(world, AMERICA, cloud)[0]
    if here.name == there.name:
        raise WorldError(f'"{here.name}" is both ends; right would be two datacenters')
    if here.cloud != there.cloud:
        raise WorldError(
            f'"{here.name}" is in the cloud "{here.cloud}" and "{there.name}" in "{there.cloud}":'
            " no backbone joins two clouds; right would be two datacenters of one"
        )
    return here, there


def backbone_only(datacenters: Iterable[Datacenter]) -> Selection:
    """Return what a run needs that has no clients: the datacenters, and a host in each."""
    names = tuple(each.name for each in datacenters)
    return Selection(clients=(), resolvers=(), nameservers=(), datacenters=names, services=("portal",))


class Ways:
    """The backbone of a selection, and its paths with their backups, before anything runs."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.topology: Topology = topology_of(plan)
        self._routes = all_routes(self.topology)

    @classmethod
    def of(cls, world: World, selection: Selection) -> Ways:
        """Return the ways of what would be built."""
        return cls(plan_network(world, selection))

    def wire(self, trunk: int) -> Wire:
        """Return a trunk's wire."""
        return self.plan.trunks[trunk - 1]

    def routes_to(self, datacenter: str) -> Routes:
        """Return the routes to a datacenter's switch."""
        return self._routes[self.number(datacenter)]

    def number(self, datacenter: str) -> int:
        """Return the number of a datacenter's switch."""
        return self.plan.switch_numbers[wan_switch(datacenter)]

    def path(self, source: str, target: str) -> list[int]:
        """Return the trunks from one datacenter to another; WorldError if there is no way."""
        tree = self.routes_to(target).tree
        if self.number(source) not in tree.weight:
            raise WorldError(f'no backbone leads from "{source}" to "{target}"')
        return tree.way(self.number(source))

    def detour(self, source: str, target: str, trunk: int) -> list[int] | None:
        """Return the trunks from one datacenter to another when a trunk on the way is cut.

        They are those up to the cut, and from there those around it; None where nothing leads around.
        """
        tree = self.routes_to(target).tree
        way, here = [], self.number(source)
        while tree.trunk[here] != trunk:
            way.append(tree.trunk[here])
            here = tree.to[here]
        around = self.routes_to(target).detour(here)
        return None if around is None else [*way, *around]

    def without(self, source: str, target: str, trunk: int) -> list[int]:
        """Return the shortest way that does not use a trunk: where traffic is once paths are recomputed.

        Raises WorldError if the trunk is all that joins the two.
        """
        tree = all_routes(self.topology, {trunk})[self.number(target)].tree
        if self.number(source) not in tree.weight:
            raise WorldError(f'without trunk {trunk} no backbone leads from "{source}" to "{target}"')
        return tree.way(self.number(source))

    def control_delay_ms(self) -> float:
        """Return how long a message between controller and switch takes one way, in milliseconds.

        The controller stands where the ways to all switches are shortest, and the median is everybody's.
        """
        centre = min((routes.tree for routes in self._routes.values()), key=_total)
        one_way_ns = [(weight >> TIE_BITS) // 2 for weight in centre.weight.values()]
        return round(median(one_way_ns) / NS_PER_MS, 3)

    def rtt_ms(self, trunks: Iterable[int]) -> float:
        """Return the round trip over trunks, in milliseconds."""
        return sum(self.topology.trunk(each).rtt_ns for each in trunks) / NS_PER_MS


def _total(tree: Tree) -> tuple[int, int, int]:
    """Order the trees of the larger parts of the network first, and of those the shorter."""
    return -len(tree.weight), sum(tree.weight.values()), tree.target
