"""How large a network one guest can hold: what is larger is told before anything starts."""

from __future__ import annotations

from topologies.draft import Draft
from topologies.errors import UnfitWorld

# The largest that was brought up and down in a guest (docs/benchmarks.md, "Bringing networks up"). Taking a
# larger one down would take minutes in which the guest says nothing, and whoever waits takes it for dead.
MOST_NODES, MOST_WIRES = 3_100, 3_200


def refuse_too_large(draft: Draft, met: int | None) -> None:
    """Raise UnfitWorld if a network is too large for a guest, before every two of its places are joined.

    ``met`` is the number of pairs of places that will be joined; None where that is every two, but two
    datacenters.
    """
    places = len(draft.sites)
    inside = sum(site.datacenter is not None for site in draft.sites.values())
    pairs = met if met is not None else (places * (places - 1) - inside * (inside - 1)) // 2
    nodes, wires = len(draft.nodes), len(draft.wires) + pairs
    if nodes > MOST_NODES or wires > MOST_WIRES:
        raise UnfitWorld(
            f"the network of this run would have {nodes:,} nodes and {wires:,} wires, {pairs:,} of them"
            f" between its {places:,} places; one guest holds {MOST_NODES:,} and {MOST_WIRES:,};"
            " right would be fewer clients, or clients at fewer places"
        )
