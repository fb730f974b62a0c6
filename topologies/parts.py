"""The parts of a world, each valid by itself; what holds between parts is checked by `topologies.check`."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from topologies.access import Access
from topologies.azure import region_place
from topologies.base import (
    Domain,
    Frozen,
    Label,
    Megabits,
    Milliseconds,
    NodeName,
    OfficePrefix,
    Password,
    PeeringPrefix,
    Percent,
    Prefix,
    SiteName,
    Stretch,
    Switch,
    Zone,
    at_least,
)
from topologies.distance import FIBRE_GROUP_INDEX, VACUUM_KM_PER_MS
from topologies.errors import WorldError
from topologies.places import Place

Kilometres = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]

LONGEST_ANYCAST_NAME = 7  # with a dash and a datacenter's name it names an interface


class Cloud(Frozen):
    """One instance of the service, with datacenters and tenants of its own.

    `relays` is the anycast prefix of its media relays, of which each datacenter has one.
    """

    name: Label
    relays: Annotated[Prefix, AfterValidator(at_least(30))] | None = None


class Datacenter(Frozen):
    """One site of a cloud.

    `region` is its Azure region, where it has one that publishes round trips; its place is then the region's
    unless given. `label` is the part of the regional server names that tells them apart. `prefix` is the
    public prefix of the portal's front ends, of name servers and of the site's own directory; `exchange` and
    `sharepoint` are those of the services, where the datacenter has them.
    """

    name: SiteName
    cloud: str
    region: str | None = None
    place: Place = Field(default=None, validate_default=True)
    label: Label
    prefix: Annotated[Prefix, AfterValidator(at_least(28))]
    exchange: Annotated[Prefix, AfterValidator(at_least(29))] | None = None
    sharepoint: Annotated[Prefix, AfterValidator(at_least(30))] | None = None

    @field_validator("region")
    @classmethod
    def _is_a_region(cls, region: str | None) -> str | None:
        if region is not None:
            region_place(region)
        return region

    @field_validator("place", mode="before")
    @classmethod
    def _stands_in_its_region(cls, place: Any, info: ValidationInfo) -> Any:
        region = info.data.get("region")
        if place is None and region is not None:
            return region_place(region)
        if place is None:
            raise WorldError(
                "cannot be reached: neither region nor place is known, so no distance is;"
                ' right would be region = "West Europe" or place = "Amsterdam"'
            )
        return place


class Tenant(Frozen):
    """A customer of one cloud, and the datacenter where its data is active."""

    name: Label
    cloud: str
    datacenter: str


class Resolver(Frozen):
    """A recursive DNS server, of an Internet provider or of an office, and the network that it lives in."""

    name: NodeName
    place: Place
    prefix: Annotated[Prefix, AfterValidator(at_least(30))]


class Office(Frozen):
    """A site of a customer with a resolver of its own; its network is inside 10.0.0.0/8.

    With a `tunnel` its gateway is a VPN concentrator, and that is the network of those who dial in.
    """

    name: NodeName
    place: Place
    resolver: str
    prefix: Annotated[OfficePrefix, AfterValidator(at_least(29))]
    tunnel: Annotated[OfficePrefix, AfterValidator(at_least(30))] | None = None


class Circuit(Frozen):
    """An ExpressRoute circuit with Microsoft peering: from an office to Microsoft's edge at another place.

    `pool` is the public network that the customer announces over it, and translates its own addresses to;
    `announce` are others. `links` are two networks of four addresses, for the primary and the secondary line:
    the customer has the first address of each, Microsoft the second. Each side has its own idea of the
    sessions' `password`, if there is one. A line takes `delay_ms`, one way.
    Source: Microsoft, "ExpressRoute routing requirements".
    """

    name: NodeName
    office: str
    peering: Place
    pool: Annotated[PeeringPrefix, AfterValidator(at_least(29))]
    links: Annotated[PeeringPrefix, AfterValidator(at_least(29))]
    announce: tuple[PeeringPrefix, ...] = ()
    password: Password = ""
    microsoft_password: Password | None = None
    delay_ms: Milliseconds = 0.0


class Client(Frozen):
    """Somebody who uses the service, on a local network behind an access line.

    In an `office` the network is a part of the office's, and the access line is the office's own.
    """

    name: NodeName
    place: Place
    resolver: str
    tenant: str
    access: Access = Access()
    prefix: Annotated[Prefix, AfterValidator(at_least(29))]
    office: str | None = None


class NameServer(Frozen):
    """An authoritative DNS server: at a place in a network of its own, or inside a datacenter.

    With `anycast` it is in every datacenter of that cloud, and all of them announce the same prefix. A zone
    may begin with "*": it stands for the zones that the front doors of single datacenters have.
    """

    name: NodeName
    hostname: Domain
    zones: Annotated[tuple[Zone, ...], Field(min_length=1)]
    place: Place | None = None
    prefix: Annotated[Prefix, AfterValidator(at_least(30))] | None = None
    datacenter: str | None = None
    anycast: str | None = None

    @model_validator(mode="after")
    def _stands_somewhere(self) -> "NameServer":
        own = (self.place is not None, self.prefix is not None)
        if self.anycast is not None:
            return self._stands_everywhere()
        if self.datacenter is None and not all(own):
            raise WorldError("stands nowhere; right would be place and prefix together, or datacenter")
        if self.datacenter is not None and any(own):
            raise WorldError("stands twice; right would be place and prefix, or datacenter, not both")
        return self

    def _stands_everywhere(self) -> "NameServer":
        if self.prefix is None or self.place is not None or self.datacenter is not None:
            raise WorldError("is anycast; right would be a prefix, and neither place nor datacenter")
        if len(self.name) > LONGEST_ANYCAST_NAME:
            raise WorldError(
                f'"{self.name}" is too long for an anycast server, of which each datacenter has one;'
                f" right would be {LONGEST_ANYCAST_NAME} characters at most"
            )
        return self


class WanLink(Frozen):
    """A backbone link between two datacenters: its round trip, or the length of its fibre.

    With `rate_mbit` each direction carries no more.
    """

    between: tuple[str, str]
    rtt_ms: Milliseconds | None = None
    length_km: Kilometres | None = None
    rate_mbit: Megabits | None = None

    @model_validator(mode="after")
    def _takes_a_known_time(self) -> "WanLink":
        given = [each is not None for each in (self.rtt_ms, self.length_km)]
        if sum(given) != 1:
            says = "both length and delay" if all(given) else "neither length nor delay"
            raise WorldError(
                f'the link from "{self.between[0]}" to "{self.between[1]}" has {says};'
                " right would be rtt_ms = 17.3, or length_km = 900.0"
            )
        return self

    @property
    def round_trip_ms(self) -> float:
        """Its round trip in milliseconds; light in a fibre takes it where only the length is known."""
        if self.length_km is None:
            return self.rtt_ms or 0.0
        return 2 * self.length_km * FIBRE_GROUP_INDEX / VACUUM_KM_PER_MS


class PathOverride(Frozen):
    """A known round trip in milliseconds between the places of two nodes, instead of the computed one."""

    between: tuple[str, str]
    rtt_ms: Milliseconds


class Border(Frozen):
    """A line around the places of some nodes, and what happens to packets that come in across it.

    It does nothing unless `closed`. Inside, and on the way out, nothing changes.
    """

    name: Label
    around: Annotated[tuple[str, ...], Field(min_length=1)]
    loss_percent: Percent = 0.0
    rate_mbit: Megabits | None = None
    closed: Switch = False


class Internet(Frozen):
    """Everything between access networks and datacenters.

    `path_stretch` is how many times longer than the great circle a fibre path is. The default of 1.5 is this
    project's assumption: cables follow coasts, and routes follow contracts. `loss_percent` is lost on every
    path between two places, in each direction.
    """

    path_stretch: Stretch = 1.5
    loss_percent: Percent = 0.0
    overrides: tuple[PathOverride, ...] = ()
    borders: tuple[Border, ...] = ()
