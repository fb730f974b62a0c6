"""The ways that are compared, as people give them and as a run's parts are called after them.

    direct              from the client's own line, or, inside an office, from the office's
    vpn:OFFICE          everything goes through the tunnel to an office
    split:OFFICE        but for the category Optimize; the services' names are asked for at the client's own
                        DNS server
    expressroute:OFFICE through the tunnel, and on over the office's circuit; whoever is inside has no tunnel

Source of the first three: Microsoft, "Common VPN split tunneling scenarios for Microsoft 365".
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from experiments.vpn_use import MEDIA
from measurement.media import AUDIO, VIDEO
from topologies.errors import UnknownName, WorldError
from topologies.names import Service
from topologies.nearest import hint
from topologies.shown import shown

Kind = Literal["direct", "vpn", "split", "expressroute"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DIRECT: Kind = "direct"
AGAIN, CALL = "again", "call"
WEB: tuple[Service, ...] = ("portal", "exchange", "sharepoint")
SERVICES = (*WEB, MEDIA)
MOST_WAYS = VIDEO.port - AUDIO.port  # so many ports has audio, and each call one of its own
COUNTRY = "/"  # before a country, as a comma stands between ways


class Via(NamedTuple):
    """A way: of which kind, and by which office; "" is none."""

    kind: Kind
    office: str = ""

    @property
    def label(self) -> str:
        """The way as people give it."""
        return f"{self.kind}:{self.office}" if self.office else self.kind

    @property
    def case(self) -> str:
        """The name of the case in which the client goes this way."""
        return f"{self.kind}-{self.office}" if self.office else self.kind

    @property
    def call(self) -> str:
        """The name of the call that takes this way."""
        return f"{CALL}-{self.case}"


ONCE_MORE = f"{DIRECT}-{AGAIN}"


def via_of(part: str) -> Via:
    """Return the way of a case or a call, by its name; KeyError for the name of anything else."""
    kind, _, office = part.removeprefix(f"{CALL}-").partition("-")
    for each in KINDS:
        if each == kind:
            return Via(each, office)
    raise KeyError(part)


def vias_in(text: str) -> list[Via]:
    """Return the ways that a text lists, such as "vpn:frankfurt,split:frankfurt"; direct is always the first.

    What stands for an office is the name of one, or of a city; "lagos/portugal" is a city of a country.
    Raises UnknownName for a way that there is not, with the nearest one, WorldError for a place too many or
    too few.
    """
    found = dict.fromkeys([Via(DIRECT), *(_via(each.strip()) for each in text.split(",") if each.strip())])
    if len(found) > MOST_WAYS:
        raise WorldError(f"--via: these are {len(found)} ways; right would be {MOST_WAYS} at most")
    return list(found)


def _via(text: str) -> Via:
    word, colon, place = (part.strip() for part in text.partition(":"))
    kind = next((each for each in KINDS if each == word), None)
    if kind is None:
        raise UnknownName(f"--via: unknown way {shown(word)}; {hint(word, KINDS)}")
    if kind == DIRECT and colon:
        raise WorldError(f"--via: {shown(text)}: nobody is on the way; right would be {DIRECT}")
    if kind in ("vpn", "split") and not place:
        raise WorldError(f"--via: {shown(text)}: by which office? Right would be {kind}:frankfurt")
    return Via(kind, place.replace(COUNTRY, ","))


def services_in(text: str) -> tuple[str, ...]:
    """Return the services that a text lists, each once, in the usual order.

    Raises UnknownName with the nearest one for a service that there is not, WorldError for none at all.
    """
    wanted = [each.strip() for each in text.split(",") if each.strip()]
    for name in wanted:
        if name not in SERVICES:
            raise UnknownName(f"--service: unknown service {shown(name)}; {hint(name, SERVICES)}")
    if not wanted:
        raise WorldError(f"--service: is empty; right would be some of {','.join(SERVICES)}")
    return tuple(name for name in SERVICES if name in wanted)
