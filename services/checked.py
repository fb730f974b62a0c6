"""Names whose answer depends on what is up: what each may be answered with, and what has to be up for it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from topologies import names
from topologies.base import Frozen
from topologies.health import Health
from topologies.hosts import front_ends, host
from topologies.names import ServiceNames, Timed
from topologies.plan import Plan
from topologies.selection import Selection
from topologies.steering import Answers, prefer
from topologies.world import Tenant, World


class Choice(Frozen):
    """An answer of an alias, which is good as long as one of the `addresses` is up."""

    target: str
    addresses: tuple[str, ...]


class CheckedAlias(Frozen):
    """An alias whose target depends on who asks, and on what is up.

    `orders` has the choices' names, the best first, for each network; `default` those for everybody else.
    """

    name: str
    ttl_s: int
    choices: dict[str, Choice]
    orders: tuple[tuple[IPv4Network, tuple[str, ...]], ...] = ()
    default: tuple[str, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        """What has to be probed for it."""
        return tuple(address for choice in self.choices.values() for address in choice.addresses)


class CheckedHost(Frozen):
    """A name with several addresses: those are answered that are up."""

    name: str
    ttl_s: int
    addresses: tuple[str, ...]


Checked = CheckedAlias | CheckedHost


class Checking:
    """Finds the checked names of services, while the authorities answer in one way by what is up."""

    def __init__(self, world: World, plan: Plan, selection: Selection, answers: Answers) -> None:
        self.world = world
        self.plan = plan
        self.selection = selection
        self.answers = answers

    def of(self, service: ServiceNames) -> Iterator[Checked]:
        """Yield a service's checked names; none where nothing is checked."""
        health = self.answers.health
        if health is None:
            return
        if service.steered is not None:
            yield self._nearest(service, service.steered, health)
            yield from self._regional(service, health)
            return
        for tenant in self.world.tenants:
            if tenant.cloud == service.cloud and len(self.places(tenant)) > 1:
                yield self._of_tenant(service, tenant, health)

    def places(self, tenant: Tenant) -> tuple[str, ...]:
        """Return where a tenant's sites are answered from: where they are active, and the second place."""
        second = tenant.secondary if self.selection.copies and self.answers.health is not None else None
        return (tenant.datacenter, *filter(None, [second]))

    def _nearest(self, service: ServiceNames, alias: Timed, health: Health) -> CheckedAlias:
        """Return the alias that leads everybody to the nearest datacenter that is up."""
        built = self._built(service.cloud)
        preferred = prefer(self.world, service.cloud, self.answers, built)
        considered = 1 if health.profile == "geographic" else len(built)
        return CheckedAlias(
            name=alias.name,
            ttl_s=_kept_s(alias, health),
            choices={name: self._choice(self._regional_name(service, name), service, name) for name in built},
            orders=tuple((network, order[:considered]) for network, order in preferred.nearest),
            default=preferred.default[:considered],
        )

    def _regional(self, service: ServiceNames, health: Health) -> Iterator[CheckedHost]:
        """Yield the regional names of datacenters with several front ends."""
        for name in self._built(service.cloud):
            addresses = self._addresses(service, name)
            if len(addresses) > 1:
                regional = self._regional_name(service, name)
                yield CheckedHost(name=regional, ttl_s=_kept_s(service.regional, health), addresses=addresses)

    def _of_tenant(self, service: ServiceNames, tenant: Tenant, health: Health) -> CheckedAlias:
        """Return the alias that leads everybody to a tenant's sites: to the first place that is up."""
        number, places = names.lever(service), self.places(tenant)
        there = {place: names.of_tenant(self.world, service, tenant, place) for place in places}
        alias = there[tenant.datacenter].aliases[number]
        choices = {
            place: self._choice(own.aliases[number].target, service, place) for place, own in there.items()
        }
        return CheckedAlias(name=alias.name, ttl_s=_kept_s(alias, health), choices=choices, default=places)

    def _choice(self, target: str, service: ServiceNames, datacenter: str) -> Choice:
        return Choice(target=target, addresses=self._addresses(service, datacenter))

    def _addresses(self, service: ServiceNames, datacenter: str) -> tuple[str, ...]:
        """Return where a service is probed in a datacenter: one address of each of its hosts."""
        hosts = [host(datacenter, service.name)]
        if service.name == "portal":
            hosts = front_ends(self.world.datacenter(datacenter))
        return tuple(str(self.plan.node(each).address) for each in hosts)

    def _regional_name(self, service: ServiceNames, datacenter: str) -> str:
        return names.regional_name(service, self.world.datacenter(datacenter))

    def _built(self, cloud: str) -> list[str]:
        return [name for name in self.selection.datacenters if self.world.datacenter(name).cloud == cloud]


def _kept_s(name: Timed, health: Health) -> int:
    return name.ttl_s if health.ttl_s is None else health.ttl_s
