"""The parts of a world between clients and the service's edge: sites of front doors, Internet providers."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from topologies.base import Frozen, IspName, Label, Prefix, SiteName, at_least
from topologies.errors import WorldError
from topologies.places import Place

USUAL_PREFERENCE = 100  # BGP's local preference of a route that nobody has an opinion of
AsNumber = Annotated[int, Field(strict=True, ge=1, le=65_534)]  # of two bytes, as communities begin with it
Preference = Annotated[int, Field(strict=True, ge=0, le=1000)]


class Edge(Frozen):
    """A site of a cloud beyond its datacenters: front doors, and nobody's data.

    `label`, `prefix` and `exchange` are as a datacenter's.
    """

    name: SiteName
    cloud: str
    place: Place
    label: Label
    prefix: Annotated[Prefix, AfterValidator(at_least(28))]
    exchange: Annotated[Prefix, AfterValidator(at_least(29))] | None = None


class Pop(Frozen):
    """A router of an Internet provider (point of presence), at a place or where an edge or datacenter is.

    With `site` it peers with that one: the provider is told the site's prefixes there. Routes from there are
    worth `preference` to the whole provider, and the highest wins whatever the way is like (local preference,
    RFC 4271).
    """

    name: IspName
    place: Place | None = None
    site: str | None = None
    preference: Preference = USUAL_PREFERENCE

    @model_validator(mode="after")
    def _stands_somewhere(self) -> "Pop":
        if (self.place is None) == (self.site is None):
            raise WorldError(
                f'"{self.name}" stands {"nowhere" if self.place is None else "twice"}; right would be the'
                " site with which it peers, or else a place"
            )
        if self.site is None and self.preference != USUAL_PREFERENCE:
            raise WorldError(
                f'"{self.name}" has a preference and no peer; right would be a site, or no preference'
            )
        return self


class Isp(Frozen):
    """An Internet provider: one autonomous system, with its routers, and the cities that are behind it.

    Whoever stands in one of `cities` is behind the router that is nearest. From there a packet takes the
    provider's own lines to the peering place that BGP has chosen.
    """

    name: IspName
    as_number: AsNumber
    cities: Annotated[tuple[Place, ...], Field(min_length=1)]
    pops: Annotated[tuple[Pop, ...], Field(min_length=1)]
