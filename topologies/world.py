"""The world: everything that a run's network is made from, as one frozen value.

A `World` that exists is sound: its parts were checked one by one and against each other. It holds no state
and reads no file, and `model_dump_json` and `model_validate_json` carry it through a run's folder unchanged.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeVar

from pydantic import model_validator

from topologies.access import Access, Line
from topologies.base import Frozen
from topologies.check import check_world
from topologies.edge_parts import Edge, Isp, Pop
from topologies.errors import UnknownName, WorldError
from topologies.failures import Failure
from topologies.internet_parts import Border, Internet, PathOverride, WanLink
from topologies.nearest import hint
from topologies.parts import (
    Circuit,
    Client,
    Cloud,
    Datacenter,
    NameServer,
    Office,
    Resolver,
    Tenant,
)
from topologies.places import Place
from topologies.plan import Congestion

__all__ = [
    "Access",
    "Border",
    "Circuit",
    "Client",
    "Cloud",
    "Datacenter",
    "Edge",
    "Failure",
    "Internet",
    "Isp",
    "Line",
    "NameServer",
    "Office",
    "PathOverride",
    "Pop",
    "Resolver",
    "Tenant",
    "WanLink",
    "World",
]

Named = TypeVar("Named", Circuit, Client, Cloud, Datacenter, Edge, Isp, NameServer, Office, Resolver, Tenant)


class World(Frozen):
    """Everything there is, by kind, in the order of its file; `congestion` is how TCP controls it.

    Making one by hand raises pydantic's ValidationError; `topologies.load.load_world` raises WorldError.
    """

    name: str
    title: str = ""
    congestion: Congestion = "cubic"
    internet: Internet = Internet()
    clouds: tuple[Cloud, ...]
    datacenters: tuple[Datacenter, ...]
    edges: tuple[Edge, ...] = ()
    backbone: tuple[WanLink, ...] = ()
    isps: tuple[Isp, ...] = ()
    tenants: tuple[Tenant, ...]
    offices: tuple[Office, ...] = ()
    circuits: tuple[Circuit, ...] = ()
    resolvers: tuple[Resolver, ...]
    clients: tuple[Client, ...]
    nameservers: tuple[NameServer, ...]
    failures: tuple[Failure, ...] = ()

    @model_validator(mode="after")
    def _is_sound(self) -> "World":
        check_world(self)
        return self

    def datacenter(self, name: str) -> Datacenter:
        """Return the datacenter of that name; raise WorldError with the nearest names when there is none."""
        return self._found("datacenter", name, self.datacenters)

    def edge(self, name: str) -> Edge:
        """Return the edge of that name; raise WorldError with the nearest names when there is none."""
        return self._found("edge", name, self.edges)

    def isp(self, name: str) -> Isp:
        """Return the provider of that name; raise WorldError with the nearest names when there is none."""
        return self._found("isp", name, self.isps)

    def site(self, name: str) -> Datacenter | Edge:
        """Return the datacenter or edge of that name; raise WorldError with the nearest names without one."""
        sites: tuple[Datacenter | Edge, ...] = (*self.datacenters, *self.edges)
        for site in sites:
            if site.name == name:
                return site
        raise UnknownName(f'unknown site "{name}"; {hint(name, (site.name for site in sites))}')

    def client(self, name: str) -> Client:
        """Return the client of that name; raise WorldError with the nearest names when there is none."""
        return self._found("client", name, self.clients)

    def resolver(self, name: str) -> Resolver:
        """Return the resolver of that name; raise WorldError with the nearest names when there is none."""
        return self._found("resolver", name, self.resolvers)

    def tenant(self, name: str) -> Tenant:
        """Return the tenant of that name; raise WorldError with the nearest names when there is none."""
        return self._found("tenant", name, self.tenants)

    def office(self, name: str) -> Office:
        """Return the office of that name; raise WorldError with the nearest names when there is none."""
        return self._found("office", name, self.offices)

    def circuit(self, name: str) -> Circuit:
        """Return the circuit of that name; raise WorldError with the nearest names when there is none."""
        return self._found("circuit", name, self.circuits)

    def cloud(self, name: str) -> Cloud:
        """Return the cloud of that name; raise WorldError with the nearest names when there is none."""
        return self._found("cloud", name, self.clouds)

    def nameserver(self, name: str) -> NameServer:
        """Return the name server of that name; raise WorldError with the nearest names when there is none."""
        return self._found("nameserver", name, self.nameservers)

    def _found(self, kind: str, name: str, parts: Sequence[Named]) -> Named:
        known: dict[str, Named] = self._known.setdefault(kind, {})
        if not known:  # where a name is there twice, the first one is meant
            known.update((part.name, part) for part in reversed(parts))
        if name not in known:
            raise UnknownName(f'unknown {kind} "{name}"; {hint(name, known)}')
        return known[name]

    @cached_property
    def _known(self) -> dict[str, dict[str, Any]]:
        return {}

    def datacenters_of(self, cloud: str) -> tuple[Datacenter, ...]:
        """Return the datacenters of one cloud, in the world's order.

        Raises WorldError if there is no such cloud, or if it has no datacenter.
        """
        found = tuple(each for each in self.datacenters if each.cloud == cloud)
        if not found:
            known = {each.cloud for each in self.datacenters}
            raise WorldError(f'no datacenter is in a cloud "{cloud}"; {hint(cloud, known)}')
        return found

    def given_links(self, cloud: str) -> tuple[WanLink, ...]:
        """Return the backbone links that the world itself gives for a cloud; none where they are derived."""
        there = {each.name for each in self.datacenters if each.cloud == cloud}
        return tuple(link for link in self.backbone if there.issuperset(link.between))

    def place_of(self, name: str) -> Place:
        """Return where a node stands; a name server inside a datacenter stands where that does.

        Raises WorldError with the nearest names when there is no such node, or when it is everywhere.
        """
        placed: tuple[Datacenter | Edge | Office | Resolver | Client, ...] = (
            *self.datacenters,
            *self.edges,
            *self.offices,
            *self.resolvers,
            *self.clients,
        )
        known = {each.name: each.place for each in placed}
        known |= {each.name: each.place for each in self.nameservers if each.place is not None}
        known |= {
            each.name: known[each.datacenter] for each in self.nameservers if each.datacenter is not None
        }
        if name not in known:
            raise UnknownName(f'unknown node "{name}"; {hint(name, known)}')
        return known[name]
