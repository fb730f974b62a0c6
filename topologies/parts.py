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
    Prefix,
    SiteName,
    Stretch,
    Zone,
    at_least,
)
from topologies.errors import WorldError
from topologies.places import Place


class Cloud(Frozen):
    """One instance of the service, with datacenters and tenants of its own."""

    name: Label


class Datacenter(Frozen):
    """One site of a cloud.

    `region` is its Azure region, where it has one that publishes round trips; its place is then the region's
    unless given. `label` is the part of the regional server names that tells them apart. `prefix` is the
    public prefix of the front ends.
    """

    name: SiteName
    cloud: str
    region: str | None = None
    place: Place = Field(default=None, validate_default=True)
    label: Label
    prefix: Annotated[Prefix, AfterValidator(at_least(28))]

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
    """A site of a customer with a resolver of its own; its network is inside 10.0.0.0/8."""

    name: NodeName
    place: Place
    resolver: str
    prefix: Annotated[OfficePrefix, AfterValidator(at_least(29))]


class Client(Frozen):
    """Somebody who uses the service, on a local network behind an access line."""

    name: NodeName
    place: Place
    resolver: str
    tenant: str
    access: Access = Access()
    prefix: Annotated[Prefix, AfterValidator(at_least(29))]


class NameServer(Frozen):
    """An authoritative DNS server: at a place in a network of its own, or inside a datacenter."""

    name: NodeName
    hostname: Domain
    zones: Annotated[tuple[Zone, ...], Field(min_length=1)]
    place: Place | None = None
    prefix: Annotated[Prefix, AfterValidator(at_least(30))] | None = None
    datacenter: str | None = None

    @model_validator(mode="after")
    def _stands_somewhere(self) -> "NameServer":
        own = (self.place is not None, self.prefix is not None)
        if self.datacenter is None and not all(own):
            raise WorldError("stands nowhere; right would be place and prefix together, or datacenter")
        if self.datacenter is not None and any(own):
            raise WorldError("stands twice; right would be place and prefix, or datacenter, not both")
        return self


class PathOverride(Frozen):
    """A known round trip in milliseconds between the places of two nodes, instead of the computed one."""

    between: tuple[str, str]
    rtt_ms: Milliseconds


class Internet(Frozen):
    """Everything between access networks and datacenters.

    `path_stretch` is how many times longer than the great circle a fibre path is. The default of 1.5 is this
    project's assumption: cables follow coasts, and routes follow contracts.
    """

    path_stretch: Stretch = 1.5
    overrides: tuple[PathOverride, ...] = ()
