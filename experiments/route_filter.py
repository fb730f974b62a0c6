"""The services of a route filter, as people give them: by name, or by BGP community."""

from __future__ import annotations

from topologies.bgp import AREA_OF, FilteredService
from topologies.communities import community_of
from topologies.errors import WorldError
from topologies.nearest import hint
from topologies.shown import shown

COMMUNITY_OF: dict[FilteredService, str] = {name: community_of(area) for name, area in AREA_OF.items()}
EVERYTHING = ",".join(COMMUNITY_OF)


def services_of(text: str) -> tuple[FilteredService, ...]:
    """Return the services that a text lists, such as "exchange,12076:5020"; each once, in the usual order.

    Raises WorldError for a name or a community that there is not, with those that there are, or if none is
    listed: what a circuit is without a route filter, a run shows by itself.
    """
    known: dict[str, FilteredService] = {name: name for name in COMMUNITY_OF}
    known |= {community: name for name, community in COMMUNITY_OF.items()}
    wanted = {_known(each.strip(), known) for each in text.split(",") if each.strip()}
    if not wanted:
        raise WorldError(f"--services: is empty; right would be some of {EVERYTHING}")
    return tuple(name for name in COMMUNITY_OF if name in wanted)


def _known(name: str, known: dict[str, FilteredService]) -> FilteredService:
    if name in known:
        return known[name]
    what = "community" if ":" in name else "service"
    raise WorldError(f"--services: unknown {what} {shown(name)}; {hint(name, known)}")
