"""Which datacenter is nearest to whom: the map from asking networks to datacenters."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Literal

from pydantic import model_validator
from typing_extensions import Self

from topologies.base import Frozen
from topologies.errors import WorldError
from topologies.health import Health
from topologies.internet import internet_rtt_ms
from topologies.places import Place
from topologies.world import Client, Datacenter, Edge, Resolver, World


class Answers(Frozen):
    """How the authorities answer for the names whose answer can depend on who asks.

    ``by place``: by the place of the network that asks, or, with ``client_subnet``, of the network for which
    it says that it asks (RFC 7871). ``same for all``: everybody is sent to ``datacenter``. ``anycast``: the
    question reaches the nearest of many servers, and each knows one answer, its own datacenter. With
    ``health`` they find out what is up, and answer by it. With ``edges`` the edges' front doors are among
    those to choose from; with ``site_edge`` everybody comes to SharePoint's edge, and not to a tenant's
    datacenter.
    """

    how: Literal["by place", "same for all", "anycast"] = "by place"
    datacenter: str | None = None
    client_subnet: bool = False
    health: Health | None = None
    edges: bool = False
    site_edge: bool = False

    @model_validator(mode="after")
    def _checked_by_place(self) -> Self:
        if self.health is not None and self.how != "by place":
            raise WorldError(
                f'health: what is up does not decide where all are answered "{self.how}";'
                ' right would be how = "by place"'
            )
        return self

    @property
    def label(self) -> str:
        """A name for a folder of what depends on it."""
        parts = [self.how.replace(" ", "-"), self.datacenter or "", "ecs" if self.client_subnet else ""]
        parts.append("" if self.health is None else self.health.label)
        parts += ["edges" if self.edges else "", "site-edge" if self.site_edge else ""]
        return "-".join(part for part in parts if part)


class Steering(Frozen):
    """What an authority answers: the datacenter for each network, and for everybody else."""

    nearest: tuple[tuple[IPv4Network, str], ...]
    default: str


class Preferences(Frozen):
    """What an authority that knows what is up answers: datacenters, the best first, for each network."""

    nearest: tuple[tuple[IPv4Network, tuple[str, ...]], ...]
    default: tuple[str, ...]


def nearest_datacenter(world: World, place: Place, cloud: str) -> Datacenter:
    """Return the cloud's datacenter with the shortest round trip from a place.

    Raises WorldError for an unknown cloud, or one without a datacenter.
    """

    def rtt_ms(datacenter: Datacenter) -> float:
        return internet_rtt_ms(world, place, datacenter.place)

    return min(world.datacenters_of(cloud), key=rtt_ms)


def nearest_site(world: World, place: Place, cloud: str, answers: Answers) -> str:
    """Return the name of the cloud's datacenter, or among ``edges`` edge, that is nearest to a place."""
    sites: list[Datacenter | Edge] = [*world.datacenters_of(cloud)]
    sites += [each for each in world.edges if answers.edges and each.cloud == cloud]
    return min(sites, key=lambda each: internet_rtt_ms(world, place, each.place)).name


def steer(world: World, cloud: str, answers: Answers, own: str | None = None) -> Steering:
    """Return one authority's map for a cloud; ``own`` is its site where it is one of many (anycast)."""
    datacenters = [each.name for each in world.datacenters_of(cloud)]
    edges = [each.name for each in world.edges if answers.edges and each.cloud == cloud]
    if answers.how == "anycast" and own is not None and own in (*datacenters, *edges):
        return Steering(nearest=(), default=own)
    default = answers.datacenter if answers.datacenter in datacenters else datacenters[0]
    if answers.how == "same for all":
        return Steering(nearest=(), default=default)
    asking = _asking(world)
    nearest = tuple((each.prefix, nearest_site(world, each.place, cloud, answers)) for each in asking)
    return Steering(nearest=nearest, default=default)


def prefer(world: World, cloud: str, answers: Answers, built: Sequence[str]) -> Preferences:
    """Return in which order an authority takes a cloud's datacenters that are built, for each network.

    Everybody else has the order of those who are at the default datacenter's.
    """
    datacenters = [each for each in world.datacenters_of(cloud) if each.name in built]

    def order(place: Place) -> tuple[str, ...]:
        nearest_first = sorted(datacenters, key=lambda each: internet_rtt_ms(world, place, each.place))
        return tuple(each.name for each in nearest_first)

    default = next((each for each in datacenters if each.name == answers.datacenter), datacenters[0])
    others = (name for name in order(default.place) if name != default.name)
    return Preferences(
        nearest=tuple((each.prefix, order(each.place)) for each in _asking(world)),
        default=(default.name, *others),
    )


def _asking(world: World) -> tuple[Resolver | Client, ...]:
    """Return everybody whom an authority can see; those inside an office have other addresses outside."""
    outside = [client for client in world.clients if client.office is None]
    return (*world.resolvers, *outside)
