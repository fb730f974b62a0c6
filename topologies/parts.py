"""The parts of a world, each valid by itself; what holds between parts is checked by `topologies.check`."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from topologies.access import Access
from topologies.azure import region_place
from topologies.base import (
    Domain,
    Frozen,
    Label,
    Milliseconds,
    NodeName,
    OfficePrefix,
    Password,
    PeeringPrefix,
    Prefix,
    SiteName,
    Switch,
    Zone,
    at_least,
)
from topologies.errors import WorldError
from topologies.places import Place

MOST_FRONT_ENDS = 3  # the smallest prefix has room for these beside name servers
LONGEST_ANYCAST_NAME = 7  # with a dash and a datacenter's name it names an interface


class Cloud(Frozen):
    """One instance of the service, with datacenters and tenants of its own.

    `relays` is the anycast prefix of its media relays, of which each datacenter has one. `front_doors` is
    that of front doors which every edge and every datacenter has: they answer at its first address for
    SharePoint, and at its second for the content delivery network.
    """

    name: Label
    relays: Annotated[Prefix, AfterValidator(at_least(30))] | None = None
    front_doors: Annotated[Prefix, AfterValidator(at_least(30))] | None = None


class Datacenter(Frozen):
    """One site of a cloud.

    `region` is its Azure region, where it has one that publishes round trips; its place is then the region's
    unless given. `label` is the part of the regional server names that tells them apart. `prefix` is the
    public prefix of the portal's front ends, of name servers and of the site's own directory; `exchange` and
    `sharepoint` are those of the services, where the datacenter has them. `front_ends` is how many of them
    the portal has.
    """

    name: SiteName
    cloud: str
    region: str | None = None
    place: Place = Field(default=None, validate_default=True)
    label: Label
    prefix: Annotated[Prefix, AfterValidator(at_least(28))]
    exchange: Annotated[Prefix, AfterValidator(at_least(29))] | None = None
    sharepoint: Annotated[Prefix, AfterValidator(at_least(30))] | None = None
    front_ends: Annotated[int, Field(strict=True, ge=1, le=MOST_FRONT_ENDS)] = 1

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
    """A customer of one cloud, and the datacenter where its data is active.

    `copies` are the datacenters that have a copy of its mailboxes: the first has the active one, the last one
    lags behind. `secondary` is where its sites are written to, too.
    """

    name: Label
    cloud: str
    datacenter: str
    copies: tuple[str, ...] = ()
    secondary: str | None = None


class Resolver(Frozen):
    """A recursive DNS server, of an Internet provider or of an office, and the network that it lives in.

    With `public` it is one site of a public resolver, which anybody may ask.
    """

    name: NodeName
    place: Place
    prefix: Annotated[Prefix, AfterValidator(at_least(30))]
    public: Switch = False


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
