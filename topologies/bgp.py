"""What routers tell each other by BGP, as values: who speaks to whom, what each announces, by which policy.

Source for ExpressRoute: Microsoft, "ExpressRoute routing requirements", "ExpressRoute optimize routing",
"ExpressRoute asymmetric routing" and "BGP communities in ExpressRoute"; for BGP itself RFC 4271, RFC 1997
(communities), RFC 2385 (the sessions' MD5), RFC 4456 (reflectors) and RFC 5880 (BFD).
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from topologies.base import Frozen
from topologies.communities import community_of
from topologies.endpoint import ServiceArea
from topologies.errors import WorldError
from topologies.shown import shown

FilteredService = Literal["exchange", "sharepoint", "teams", "other"]
AREA_OF: dict[FilteredService, ServiceArea] = {
    "exchange": "Exchange",
    "sharepoint": "SharePoint",
    "teams": "Skype",
    "other": "Common",
}
NO_EXPORT = "65535:65281"  # RFC 1997: not beyond the neighbouring network
COMMUNITY = re.compile(r"([0-9]{1,5}):([0-9]{1,5})")

CUSTOMER_AS = 64500  # for documentation (RFC 5398), as the next one
TRANSIT_AS = 64496
MICROSOFT_AS = 8075  # on the Internet
EXPRESSROUTE_AS = 12076
CHINA_AS = 58593  # the cloud that 21Vianet operates

MOST_PREFIXES = 200  # that Microsoft's edge takes in a session; with more it drops the session
CIRCUIT_PREFERENCE = 150  # Microsoft's own example, above BGP's usual 100
WRONG_PREFERENCE = 50
HOLD_S, KEEPALIVE_S = 180, 60
BFD_MS, BFD_MISSED = 300, 3  # ExpressRoute's own: 300 ms, and three of them missing
EXTRA_SPACE = IPv4Network("198.18.0.0/15")  # for measurements (RFC 2544): 512 times a /24

Network = IPv4Network | IPv6Network
# Who has a session with whom, seen from the first: msee is Microsoft's edge, ce a circuit's customer edge,
# border a datacenter's border router, gateway an office's to the Internet; site is a border router of an edge
# or datacenter where it meets a provider, pop that provider's router. What is let in and out follows from it
# (services/templates/bird.conf.j2).
Policy = Literal[
    "msee-ce",
    "msee-border",
    "border-msee",
    "border-border",
    "border-transit",
    "transit-border",
    "transit-gateway",
    "gateway-transit",
    "gateway-ce",
    "ce-gateway",
    "ce-msee",
    "site-pop",
    "pop-site",
    "pop-pop",
]


def _community(text: str) -> str:
    found = COMMUNITY.fullmatch(text)
    if found is None or any(int(part) > 65535 for part in found.groups()):
        raise WorldError(
            f'{shown(text)} is not a community; right would be two numbers up to 65535 as in "12076:5010"'
        )
    return text


Community = Annotated[str, AfterValidator(_community)]


class Routing(Frozen):
    """How a circuit's routing is set in one case.

    ``services`` are those of the route filter; without one Microsoft announces nothing. ``prefer`` is the
    line that the customer's local preference makes the better one for equal prefixes. With ``pools`` shared,
    the addresses for the circuit are announced to the Internet, too. The customer edge also announces
    ``extra`` further prefixes over the circuit, and leaks what ``leak`` says.
    """

    services: tuple[FilteredService, ...] = ("exchange", "sharepoint", "teams", "other")
    prefer: Literal["circuit", "internet"] = "circuit"
    bfd: bool = False
    pools: Literal["separate", "shared"] = "separate"
    extra: Annotated[int, Field(strict=True, ge=0, le=512)] = 0
    leak: Literal["", "default", "private"] = ""

    @property
    def communities(self) -> tuple[Community, ...]:
        """The communities of the route filter."""
        return tuple(community_of(AREA_OF[service]) for service in self.services)


class Origin(Frozen):
    """A prefix that a router announces of its own accord, and what it says with it."""

    prefix: Network
    communities: tuple[Community, ...] = ()


class Neighbor(Frozen):
    """One end of a session: the router ``name`` at ``address``, behind ``interface``, seen from ``own``.

    ``preference`` is what routes from there are worth (local preference; 100 is BGP's usual), ``distance``
    how far the neighbor is, in microseconds: of equal routes the nearest is taken. The own AS number is
    ``prepended`` so many times more to what is told. A ``passive`` end waits for the other to connect. Routes
    of a ``reflected`` neighbor are told to its fellows. Where a route filter applies, ``filtered`` are the
    communities of the routes that are told. ``added`` are told with every route. Each end has its
    ``password`` ("" for none). ``own6`` and ``address6`` are the next hops of IPv6 routes; without them there
    are none.
    """

    name: str
    policy: Policy
    as_number: int
    address: IPv4Address
    own: IPv4Address
    interface: str
    preference: int = 100
    distance: int = 0
    prepended: int = 0
    password: str = ""
    bfd: bool = False
    passive: bool = False
    reflected: bool = False
    filtered: tuple[Community, ...] = ()
    added: tuple[Community, ...] = ()
    own6: IPv6Address | None = None
    address6: IPv6Address | None = None


class Speaker(Frozen):
    """A router that speaks BGP. It sends from ``router_id``, which is its address.

    What it announces is behind its neighbor ``behind``, or at the router itself: what it then has no better
    route for is unreachable.
    """

    node: str
    router_id: IPv4Address
    as_number: int
    neighbors: tuple[Neighbor, ...]
    originates: tuple[Origin, ...] = ()
    behind: str | None = None

    def neighbor(self, name: str) -> Neighbor:
        """Return the session with a router; KeyError if there is none."""
        for neighbor in self.neighbors:
            if neighbor.name == name:
                return neighbor
        raise KeyError(name)
