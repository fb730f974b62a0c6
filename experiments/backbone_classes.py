#!/usr/bin/env python3
"""Classes of traffic on the backbone, and what a linear program carries over it, as SWAN does.

    1. On an idle backbone a request takes its time.
    2. Others offer three times what a link carries: the link is full.
    3. With classes a request across it takes the time that it takes on an idle backbone.
    4. What is elastic is carried whole; what may wait has what is left.
    5. Within a class everybody has the same, whatever they offer.
    6. Over several paths, chosen by a linear program, each site may send what the program gives it, and does.

Source: Hong et al., "Achieving High Utilization with Software-Driven WAN", SIGCOMM 2013.
"""

from __future__ import annotations

if __name__ == "__main__":
    from alone import run_alone  # type: ignore[import-not-found]

    run_alone(__file__)

from typing import cast

from pydantic import Field

from controllers.classes import QUEUES
from controllers.control import Rules
from experiments.backbone import Ways, backbone_only, ends
from experiments.class_claims import Classes
from experiments.common import at
from experiments.engineered import Engineered, exercises
from experiments.exercise import Ask, Exercise, Stream
from experiments.experiment import Experiment, Options
from experiments.loads import CLASSES, EQUAL, IDLE, load
from experiments.order import Order
from experiments.reading import Reading
from measurement.capture import CapturePoint
from measurement.judge import Claim
from measurement.result import Figure
from topologies.hosts import front_end, wan_switch
from topologies.plan import interface_at
from topologies.wan_links import links_of
from topologies.world import World


class ClassesOptions(Options):
    """What can be chosen of a run."""

    source: str = Field(default="", description="The datacenter that sends; one in Europe, if not given.")
    target: str = Field(default="", description="The datacenter that receives; one in America.")
    rate_mbit: float = Field(default=5.0, ge=1, le=50, description="What a link of the backbone carries.")
    demands: str = Field(default="", description="A file of demands (docs/backbone.md); some, if not given.")


def change_world(world: World, options: Options) -> World:
    """Return the world with a rate on every link of the backbone that is used.

    Raises WorldError for names that are not in the world.
    """
    chosen = cast(ClassesOptions, options)
    here, _ = ends(world, chosen.source, chosen.target)
    links = links_of(world, world.datacenters_of(here.cloud))
    rated = tuple(link.model_copy(update={"rate_mbit": chosen.rate_mbit}) for link in links)
    own = {name for link in rated for name in link.between}
    others = tuple(link for link in world.backbone if not own & set(link.between))
    return world.model_copy(update={"backbone": (*rated, *others)})


def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
    """Return what is run: a request alone, in a crowd with classes and without, and a matrix of demands.

    Raises WorldError for names that are not in the world, also in the file of demands.
    """
    chosen = cast(ClassesOptions, options)
    here, there = ends(world, chosen.source, chosen.target)
    selection = backbone_only(world.datacenters_of(here.cloud))
    ways = Ways.of(world, selection)
    crowd = load(front_end(here.name), front_end(there.name), chosen.rate_mbit)
    engineered = exercises(world, ways, (here, there), chosen.rate_mbit, chosen.demands)
    order = (
        crowd(IDLE, "a request on an idle backbone", Rules(queues=QUEUES), streams=False),
        crowd(CLASSES, "the same among three times what a link carries, with classes", Rules(queues=QUEUES)),
        crowd(EQUAL, "the same without classes", Rules()),
        *engineered,
    )
    hosts = dict.fromkeys(each for exercise in order for each in _hosts(exercise))
    first = ways.wire(ways.path(here.name, there.name)[0])
    port = interface_at(first, wan_switch(here.name))
    return Order(
        experiment=EXPERIMENT.name,
        world=world.name,
        seed=seed,
        tolerance_us=tolerance_us,
        selection=selection,
        exercises=order,
        captures=(
            *(at(name) for name in hosts),
            CapturePoint(name=port, node=wan_switch(here.name), interface=port),
        ),
    )


def _hosts(exercise: Exercise) -> list[str]:
    senders: tuple[Stream | Ask, ...] = (*exercise.streams, *exercise.asks)
    return [name for each in senders for name in (each.source, each.target)]


def steps(reading: Reading) -> list[Claim]:
    """Return the six steps."""
    return [*Classes(reading).steps(), Engineered(reading).as_allocated()]


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: no classes, and one path for each."""
    return [Classes(reading).without(), Engineered(reading).on_one_path()]


def figures(reading: Reading) -> list[Figure]:
    """Return the request's time in each case, what was carried of each class, and of the demands in all."""
    return [*Classes(reading).figures(), *Engineered(reading).figures()]


def pictures(reading: Reading) -> dict[str, str]:
    """Return what arrived of each stream over time."""
    return {"classes.svg": Classes(reading).picture()}


EXPERIMENT: Experiment = Experiment(
    name="backbone_classes",
    title="The backbone: classes of traffic, and several paths",
    plan_order=plan_order,
    steps=steps,
    controls=controls,
    figures=figures,
    pictures=pictures,
    options=ClassesOptions,
    change_world=change_world,
    world="planet",
)
