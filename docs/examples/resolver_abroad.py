"""Whoever asks a DNS server abroad gets the portal from abroad. The site stays where the tenant's data is."""

from experiments.common import paths_are_true
from experiments.order import Case
from experiments.reading import Reading
from experiments.visited import Visited
from experiments.visits import visit, written
from experiments.vpn_exact import in_time
from measurement.judge import Claim
from topologies.world import World


def cases(world: World) -> list[Case]:
    """Return who asks whom for what."""
    return [
        visit(world, "own", "traveller", "portal", "sharepoint"),
        visit(world, "abroad", "traveller", "portal", "sharepoint", resolver="ispsin"),
    ]


def steps(reading: Reading) -> list[Claim]:
    """Return what is claimed, each to be shown by packets."""
    own, abroad = Visited(reading, "own"), Visited(reading, "abroad")
    return [
        own.lands("portal", "dub"),
        abroad.lands("portal", "sin"),
        abroad.is_slower("portal", than=own, by_ms=400),
    ]


def controls(reading: Reading) -> list[Claim]:
    """Return what has to be as before, and that the measuring itself is exact."""
    own, abroad = Visited(reading, "own"), Visited(reading, "abroad")
    return [abroad.is_as_fast("sharepoint", as_in=own), in_time(reading), paths_are_true(reading)]


EXPERIMENT = written("resolver_abroad", "A DNS server abroad", cases, steps, controls)
