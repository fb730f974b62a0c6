"""Who is compared: a client and offices of the world, or such as come to it in cities, and circuits."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.compare_ways import Via, vias_in
from experiments.people import tenant_of
from experiments.vpn_offices import CLOUD, client_of
from topologies.errors import WorldError
from topologies.newcomers import with_circuit, with_client, with_office, with_tenant
from topologies.world import Client, World


@dataclass(frozen=True)
class Compared:
    """A world with everybody in it, who goes the ways, and the ways by the offices' names."""

    world: World
    client: Client
    vias: tuple[Via, ...]
    circuits: tuple[str, ...]

    @property
    def vpn(self) -> tuple[tuple[str, str], ...]:
        """Who dials in to which office: nobody who is inside."""
        offices = dict.fromkeys(via.office for via in self.vias if via.office)
        return tuple((self.client.name, name) for name in offices if name != self.client.office)


def compared(world: World, client: str, tenant: str, via: str) -> Compared:
    """Return who is compared; in a world that has everybody nobody comes.

    Raises WorldError, with the nearest names, for a client, tenant, way or office that there cannot be.
    """
    wanted = vias_in(via)
    own = world.tenant(tenant) if tenant else tenant_of(world, CLOUD)
    world, found = with_client(world, client, own.name)
    found = client_of(world, found.name, tenant)
    world = with_tenant(world, found.name, tenant or found.tenant)
    vias, circuits = [], []
    for each in wanted:
        if each.kind == "direct":
            vias.append(each)
            continue
        if not each.office and not found.office:
            raise WorldError(f"--via: {each.kind}: by which office? Right would be {each.kind}:frankfurt")
        world, office = with_office(world, each.office or found.office or "")
        if found.office is not None and (each.kind, office.name) != ("expressroute", found.office):
            raise WorldError(
                f'--via: {each.label}: client "{found.name}" is inside the office "{found.office}"; right'
                f" would be direct or expressroute:{found.office}, or a client outside"
            )
        if each.kind == "expressroute":
            world, circuit = with_circuit(world, office)
            circuits.append(circuit.name)
        vias.append(Via(each.kind, office.name))
    return Compared(world, world.client(found.name), tuple(dict.fromkeys(vias)), tuple(circuits))
