#!/usr/bin/env python3
"""A link of the backbone is cut under a stream: who notices first, what is lost, and where the rest goes.

    1. The stream takes the shortest way from one datacenter to the other.
    2. A link under it is cut: what is on that link is lost, and nothing else.
    3. The switch at the cut sends the next packet another way by itself, before the controller has heard.
    4. The controller finds the shortest ways without the link, and moves the stream there.
    5. The link is mended, and the stream returns to it.

Sources: OpenFlow 1.3, section 5.6.1 (fast failover); RFC 5286 and RFC 7490 (what such a way has to avoid).
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from typing import cast

from pydantic import Field

from controllers.control import Rules
from experiments.backbone import Ways, backbone_only, ends
from experiments.common import at, paths_are_true
from experiments.cut_place import Place, longest_with_detour
from experiments.exercise import Cut, Die, Echo, Exercise, Mend, Stream, Succeed
from experiments.experiment import Experiment, Options
from experiments.failover_claims import Failover
from experiments.failover_figures import failover_svg, figures_of
from experiments.order import Order
from experiments.reading import Reading
from measurement.capture import CapturePoint
from measurement.judge import Claim
from measurement.result import Figure
from topologies.errors import WorldError
from topologies.hosts import front_end
from topologies.plan import Wire, interface_at
from topologies.world import World

CUT, FAST, NO_CUT, ALONE, SUCCESSOR = "cut", "fast", "no-cut", "controller-alone", "successor"
CUT_MS, MENDED_MS, END_MS = 500.5, 1300.5, 2000.0  # cut and mended between two packets
FAST_CUT_MS, FAST_END_MS = 200.05, 400.0
# One in each phase; before it another one, which pays for the switches' caches.
PHASES_MS, BEFORE_MS = (300.0, CUT_MS + 8, 1200.0, 1900.0), 5.0
SLOW_US, FAST_US, MS = 1000, 100, 1000


class FailoverOptions(Options):
    """What can be chosen of a run."""

    source: str = Field(default="", description="The datacenter that sends; one in Europe, if not given.")
    target: str = Field(default="", description="The datacenter that receives; one in America.")


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: a stream over a link that is cut, a faster one, and three controls.

    Raises WorldError if no link on the way could be cut without parting the two ends.
    """
    chosen = cast(FailoverOptions, options)
    here, there = ends(world, chosen.source, chosen.target)
    selection = backbone_only(world.datacenters_of(here.cloud))
    ways = Ways.of(world, selection)
    trunk = _trunk_to_cut(ways, here.name, there.name)
    wire = ways.wire(trunk)
    nodes = wire.a.node, wire.b.node
    hosts = front_end(here.name), front_end(there.name)
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        control_delay_ms=ways.control_delay_ms(),
        exercises=_exercises(hosts, nodes),
        captures=(*(at(name) for name in hosts), *_ports(ways, here.name, there.name, trunk)),
    )


def _exercises(hosts: tuple[str, str], link: tuple[str, str]) -> tuple[Exercise, ...]:
    source, target = hosts
    a, b = link
    slow = Stream(source=source, target=target, interval_us=SLOW_US, count=int(END_MS * MS) // SLOW_US)
    fast = Stream(source=source, target=target, interval_us=FAST_US, count=int(FAST_END_MS * MS) // FAST_US)
    cut_and_mend = (Cut(at_ms=CUT_MS, a=a, b=b), Mend(at_ms=MENDED_MS, a=a, b=b))
    fast_cut = (Cut(at_ms=FAST_CUT_MS, a=a, b=b), Mend(at_ms=FAST_END_MS, a=a, b=b))
    succession = (Die(at_ms=CUT_MS), Succeed(at_ms=MENDED_MS))
    echoes = tuple(
        Echo(at_ms=at_ms - before_ms, source=source, target=target)
        for at_ms in PHASES_MS
        for before_ms in (BEFORE_MS, 0.0)
    )
    return (
        Exercise(
            name=CUT,
            text=f"a packet a millisecond; {a} - {b} is cut, and mended",
            streams=(slow,),
            echoes=echoes,
            events=cut_and_mend,
            steady=False,
        ),
        Exercise(
            name=FAST,
            text="ten packets a millisecond, the same cut",
            streams=(fast,),
            events=fast_cut,
            steady=False,
        ),
        Exercise(name=NO_CUT, text="the same stream, and no cut", streams=(slow,), echoes=echoes),
        Exercise(
            name=SUCCESSOR, text="the controller dies, another succeeds", streams=(slow,), events=succession
        ),
        Exercise(
            name=ALONE,
            text="the same cut without groups: the controller alone",
            rules=Rules(protection=False),
            streams=(slow,),
            events=cut_and_mend,
            steady=False,
        ),
    )


def _trunk_to_cut(ways: Ways, source: str, target: str) -> int:
    """Return the longest trunk on the way that something leads around."""
    trunk = longest_with_detour(ways, source, target)
    if trunk is None:
        raise WorldError(
            f'every cut on the way from "{source}" to "{target}" parts them; right would be two datacenters'
            " with another way between them"
        )
    return trunk


def _ports(ways: Ways, source: str, target: str, trunk: int) -> list[CapturePoint]:
    """Return the switch ports to look at: where the stream comes to the cut, and where it goes instead.

    That may be where it came from.
    """
    place = Place(ways, source, target, trunk)
    ends = (_port(end.node, place.link) for end in (place.link.a, place.link.b))
    return list(dict.fromkeys([_port(place.near, place.entrance), *ends, _port(place.near, place.exit)]))


def _port(switch: str, wire: Wire) -> CapturePoint:
    interface = interface_at(wire, switch)
    return CapturePoint(name=interface, node=switch, interface=interface)


def steps(reading: Reading) -> list[Claim]:
    """Return the five steps, and the cut again under the faster stream."""
    slow, fast = _failover(reading, CUT), _failover(reading, FAST)
    return [*slow.steps(), fast.again()]


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: nothing cut, nobody but the controller, and a successor."""
    return [
        _failover(reading, NO_CUT).nothing_happens("no cut: nothing is lost, and nothing leaves its way"),
        _failover(reading, ALONE).heals_alone(),
        _failover(reading, SUCCESSOR).nothing_happens(
            "the controller dies, and a successor takes over: nothing is lost, and nothing leaves its way"
        ),
        paths_are_true(reading),
    ]


def figures(reading: Reading) -> list[Figure]:
    """Return what was lost, and for how long nothing arrived, with groups and without."""
    return [figure for name in (CUT, FAST, ALONE) for figure in figures_of(_failover(reading, name))]


def pictures(reading: Reading) -> dict[str, str]:
    """Return how long each packet took, with groups and without."""
    return {"failover.svg": failover_svg(_failover(reading, name) for name in (CUT, ALONE))}


def _failover(reading: Reading, name: str) -> Failover:
    """Return one exercise, with the place of the cut that the run is about."""
    main = reading.order.exercise(CUT)
    cut = next(event for event in main.events if isinstance(event, Cut))
    place = Place.of_cut(reading.plan, cut, main.streams[0].source, main.streams[0].target)
    return Failover(reading, reading.order.exercise(name), place)


EXPERIMENT: Experiment = Experiment(
    name="backbone_failover",
    title="The backbone: a link is cut under a stream",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=figures,
    pictures=pictures,
    options=FailoverOptions,
    world="planet",
)
