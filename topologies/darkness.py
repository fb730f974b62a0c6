"""Places without power: nothing comes out of their nodes or goes in, and nobody outside is told so.

Whoever sends there hears nothing more: the far ends of the wires keep their routes. Only where switches stand
at both ends, on the backbone, the other one sees that the wire is dead, as a switch next door does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from topologies.cutting import send_each
from topologies.errors import BuildError
from topologies.hosts import border, wan_switch
from topologies.namespaces import entered
from topologies.netlink_requests import link_state, settled
from topologies.network import Network
from topologies.plan import End, Plan, Wire

# A host that has lost its power says no farewell when it has some again: what its kernel would repeat for
# connections whose programs are gone (FIN) ends while it is dark.
ORPHANS = Path("/proc/sys/net/ipv4/tcp_orphan_retries")
FEWEST, USUAL = "1", "0"


def nodes_of(plan: Plan, place: str) -> tuple[str, ...]:
    """Return the nodes that have no power if a place has none: those of a datacenter, or a single host.

    Raises BuildError if the plan has neither.
    """
    names = {node.name for node in plan.nodes}
    if place in names:
        return (place,)
    own = border(place), wan_switch(place)
    found = tuple(node.name for node in plan.nodes if node.site == border(place) or node.name in own)
    if not found:
        raise BuildError(
            f'there is no "{place}" to go dark; right would be a datacenter, or a node of the plan'
        )
    return found


class Darkness:
    """Takes power from nodes of a network, and gives it back; `lifted` does so at the end of a block."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._dark: list[tuple[str, ...]] = []

    def fall(self, nodes: Collection[str]) -> None:
        """Take the power from nodes, all at once; raises BuildError if the kernel refuses."""
        self._set(nodes, up=False)
        self._dark.append(tuple(nodes))

    def lift(self, nodes: Collection[str]) -> None:
        """Give nodes their power again, with their routes; raises BuildError if the kernel refuses."""
        self._set(nodes, up=True)
        self._dark.remove(tuple(nodes))

    def lifted(self) -> None:
        """Give whoever is still without power its own again."""
        for nodes in list(self._dark):
            self.lift(nodes)

    def _set(self, nodes: Collection[str], *, up: bool) -> None:
        network = self._network
        apart = (node.name for node in network.plan.nodes if network.has_own(node.name))
        pids = {name: network.pid(name) for name in apart}
        ends = list(dict.fromkeys(end for wire in self._wires(nodes) for end in _ends(wire, nodes, pids)))
        try:
            for node in (each for each in nodes if each in pids):
                with entered(pids[node]):
                    ORPHANS.write_text(USUAL if up else FEWEST)
            send_each((pids.get(end.node), link_state(end.interface, up=up)) for end in ends)
            if up:
                send_each((pids.get(end.node), settled(end.interface)) for end in ends)
                for wire in self._wires(nodes):
                    network.direct(wire)
        except OSError as error:
            raise BuildError(f"the power of {', '.join(nodes)} cannot be set: {error}") from error

    def _wires(self, nodes: Collection[str]) -> dict[Wire, None]:
        """Return every wire that ends at a node, each once."""
        return {wire: None for node in nodes for wire in self._network.plan.wires_at(node)}


def _ends(wire: Wire, dark: Collection[str], pids: Mapping[str, int]) -> list[End]:
    """Return the ends of a wire that are down where some nodes are dark.

    Of a wire inside, the router's alone: a program that captures at an interface that is down looks a
    thousand times a second whether it is up again. Of one between switches both.
    """
    ends = [wire.a, wire.b]
    if not any(end.node in pids for end in ends):
        return ends
    inside = [end for end in ends if end.node in dark]
    return [end for end in inside if len(inside) == 1 or end.interface != "eth0"][:1]
