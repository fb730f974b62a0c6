"""A run read back from its folder: everything that judging needs, and nothing else."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.order import Case, Order
from experiments.passage import Passage, passage
from experiments.run_files import NotARun, read_file, require_captures
from measurement import journey, visit
from measurement.evidence import Evidence, Missing
from measurement.journey import Journey
from measurement.observation import Observation
from measurement.observe import save_observations
from measurement.visit import Visit
from measurement.work import SPELLS_FILE, Told, load_told
from services.zones import Naming
from topologies.domains import is_in
from topologies.errors import MeasurementError
from topologies.plan import Plan
from topologies.world import World


@dataclass(frozen=True)
class Reading:
    """A run's world, order, journeys, visits, what clients told of their work, and observations."""

    order: Order
    world: World
    plan: Plan
    journeys: tuple[Journey, ...]
    observations: tuple[Observation, ...]
    visits: tuple[Visit, ...] = ()
    told: tuple[Told, ...] = ()
    # What somebody has worked out of all that, and does not want to work out again.
    kept: dict[Hashable, Any] = field(init=False, default_factory=dict, compare=False, repr=False)

    def evidence(self, case: str) -> Evidence:
        """Return one case's evidence: always the same, which keeps what it was asked for."""
        if (Evidence, case) not in self.kept:
            self.kept[Evidence, case] = Evidence(case, self.observations)
        found: Evidence = self.kept[Evidence, case]
        return found

    def journey(self, case: str) -> Journey:
        """Return what the client said of a case; raise Missing if it said nothing."""
        for each in self.journeys:
            if each.case == case:
                return each
        raise Missing(f"journey.jsonl has no journey of {case}")

    def work(self, spell: str, name: str) -> Told:
        """Return what a client told of a work in a spell; raise Missing if it told nothing."""
        for each in self.told:
            if (each.spell, each.work) == (spell, name):
                return each
        raise Missing(f"{SPELLS_FILE} has nothing of {name} in {spell}")

    def case(self, name: str) -> Case:
        """Return a case of the order."""
        return self.order.case(name)

    def passage(self, case: str, address: str) -> Passage:
        """Return how a case's client sends to an address."""
        return passage(self.world, self.plan, self.case(case), address)

    def resolver_of(self, case: Case, name: str) -> str:
        """Return who is asked for a name in a case: with split DNS, perhaps the client's own resolver."""
        if any(is_in(name, domain) for domain in case.way.split_dns):
            return self.world.client(case.client).resolver
        return case.resolver

    def address(self, node: str) -> str:
        """Return a node's address."""
        return str(self.plan.node(node).address)

    def addresses(self, node: str) -> tuple[str, ...]:
        """Return all addresses at which a node answers; the first is the one that it sends from."""
        return self.plan.node(node).addresses

    def servers_of(self, case: str, name: str, *, nearest: str) -> dict[str, str]:
        """Return the name servers of a name's zone in a case: by address, the node that has it.

        ``nearest`` is the datacenter whose instance of an anycast server is meant.
        """
        naming = Naming(self.world, self.plan, self.order.selection, self.case(case).answers)
        found = {}
        for server in naming.servers_of(name):
            nodes = {place: node for node, place in naming.instances(server)}
            found[naming.address_of(server.name)] = nodes[None if server.anycast is None else nearest]
        return found


def read_run(run_dir: Path) -> Reading:
    """Observe a run's captures and read everything else of it; raise NotARun naming what is wrong."""
    order = read_file(run_dir, "order.json", Order)
    if order.shell is not None:
        raise NotARun(f"{run_dir} is a shell's, and nothing is judged: transcript.txt has what was done")
    world, plan = read_file(run_dir, "world.json", World), read_file(run_dir, "network.json", Plan)
    require_captures(run_dir)
    return Reading(
        order=order,
        world=world,
        plan=plan,
        journeys=_journeys(run_dir),
        observations=tuple(save_observations(run_dir)),
        visits=_visits(run_dir),
        told=_told(run_dir),
    )


def _journeys(run_dir: Path) -> tuple[Journey, ...]:
    """Return the journeys that can be read: a step whose journey is missing is inconclusive by itself."""
    try:
        return tuple(journey.load(run_dir / "journey.jsonl"))
    except (OSError, ValueError, MeasurementError):
        return ()


def _visits(run_dir: Path) -> tuple[Visit, ...]:
    """Return the visits that can be read: a claim about one that is missing is inconclusive by itself."""
    try:
        return tuple(visit.load(run_dir / "surveys.jsonl"))
    except (OSError, MeasurementError):
        return ()


def _told(run_dir: Path) -> tuple[Told, ...]:
    """Return what clients told of their work, if it can be read: else a claim is inconclusive by itself."""
    try:
        return tuple(load_told(run_dir / SPELLS_FILE))
    except (OSError, MeasurementError):
        return ()
