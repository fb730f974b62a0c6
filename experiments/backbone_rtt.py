#!/usr/bin/env python3
"""The backbone's round trips, pair by pair, beside what Microsoft publishes.

    1. Every pair of regions that has a published round trip is measured: an echo, and its reply.
    2. Each takes the time of the shortest path that the world gives it.
    3. That is close to the published one.

Source: Microsoft, "Azure network round-trip latency statistics" (topologies/azure.py).
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from itertools import combinations

from experiments.backbone import Ways, backbone_only, largest_cloud
from experiments.common import at
from experiments.cut_place import longest_with_detour
from experiments.exercise import Cut, Echo, Exercise, Mend
from experiments.experiment import Experiment, Options
from experiments.order import Order
from experiments.parting import PARTED, is_parted, parting
from experiments.reading import Reading
from experiments.rtt_claims import ALL, DETOUR, Pairs, takes_longer
from measurement.chart import Axis, Series, chart_svg
from measurement.judge import Claim
from measurement.result import Figure
from topologies.azure import published_rtt_ms
from topologies.errors import WorldError
from topologies.hosts import front_end
from topologies.world import Datacenter, World

APART_MS = 5.0  # from a reply to the next echo: of two that are under way one may wait for the other


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: an echo for each published pair, and one around a link that is cut.

    Raises WorldError if the world has no two datacenters with a published round trip.
    """
    datacenters = world.datacenters_of(largest_cloud(world))
    pairs = published_pairs(datacenters)
    if not pairs:
        raise WorldError(
            "no two datacenters of a cloud have a published round trip; right would be two with a region"
        )
    selection = backbone_only(datacenters)
    ways = Ways.of(world, selection)
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        exercises=(_all_pairs(ways, pairs), *_around(ways, pairs), *parting(ways, pairs)),
        captures=tuple(at(front_end(each.name)) for each in datacenters),
    )


def published_pairs(datacenters: tuple[Datacenter, ...]) -> list[tuple[Datacenter, Datacenter]]:
    """Return the pairs whose regions have a published round trip."""
    return [
        (a, b)
        for a, b in combinations(datacenters, 2)
        if a.region and b.region and published_rtt_ms(a.region, b.region) is not None
    ]


def _all_pairs(ways: Ways, pairs: list[tuple[Datacenter, Datacenter]]) -> Exercise:
    echoes, at_ms = [], 0.0
    for a, b in pairs:
        echoes.append(Echo(at_ms=at_ms, source=front_end(a.name), target=front_end(b.name)))
        at_ms = round(at_ms + ways.rtt_ms(ways.path(a.name, b.name)) + APART_MS, 3)
    return Exercise(name=ALL, text=f"{len(pairs)} echoes, one for each published pair", echoes=tuple(echoes))


def _around(ways: Ways, pairs: list[tuple[Datacenter, Datacenter]]) -> tuple[Exercise, ...]:
    """Return the control: the first pair that has another way, with a link of its path cut."""
    for a, b in pairs:
        trunk = longest_with_detour(ways, a.name, b.name)
        if trunk is not None:
            wire = ways.wire(trunk)
            ends = {"a": wire.a.node, "b": wire.b.node}
            ask = {"source": front_end(a.name), "target": front_end(b.name)}
            # The first packet on a way pays for the switches' caches: the second one is judged.
            echoes = tuple(Echo(at_ms=at_ms, **ask) for at_ms in (500.0, 1000.0))
            cut, mend = Cut(at_ms=0.0, **ends), Mend(at_ms=2000.0, **ends)
            text = f"{wire.a.node} - {wire.b.node} is cut"
            return (Exercise(name=DETOUR, text=text, echoes=echoes, events=(cut, mend), steady=False),)
    return ()


def steps(reading: Reading) -> list[Claim]:
    """Return the three steps."""
    return Pairs(reading).steps()


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: another way takes another time, and paths are what the world says."""
    around = [takes_longer(reading)] if DETOUR in reading.order.names else []
    parted = [is_parted(reading)] if PARTED in reading.order.names else []
    return [*around, *parted]


def figures(reading: Reading) -> list[Figure]:
    """Return the errors against the published figures."""
    return Pairs(reading).figures()


def pictures(reading: Reading) -> dict[str, str]:
    """Return the measured round trips over the published ones."""
    found = Pairs(reading).measured
    dots = [(each.published_ms, each.measured_ms) for each in found]
    most = max((x for x, _ in dots), default=1.0)
    series = (Series("a pair", dots, "dots"), Series("as published", [(0, 0), (most, most)], "pieces"))
    title = f"{len(dots)} round trips: measured, and as published"
    return {"rtt.svg": chart_svg(title, Axis("published, ms"), Axis("measured, ms"), series)}


EXPERIMENT: Experiment = Experiment(
    name="backbone_rtt",
    title="The backbone: its round trips, beside the published ones",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=figures,
    pictures=pictures,
    world="planet",
)
