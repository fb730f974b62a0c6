"""``clientpath run``: prepare a folder, run the inside over it, judge what it left."""

from __future__ import annotations

from pathlib import Path

import click

from clientpath import run_folder
from clientpath.machine_record import Recorded
from clientpath.options import as_json
from clientpath.progress import progress
from clientpath.result_table import EXIT_CODES, show_result
from experiments import pipeline
from experiments.registry import find
from machine import machines
from machine.machines import MACHINES
from topologies.load import load_world

LARGEST_SEED = 2**63 - 1


@click.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--world",
    "world_name",
    metavar="FILE",
    default="article",
    help="A world's file or name.",
    show_default=True,
)
@click.option(
    "--machine",
    "machine_name",
    type=click.Choice(list(MACHINES)),
    default="guest",
    show_default=True,
    help="A guest with virtual time, as an ordinary user; or this machine's own kernel, as root.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, LARGEST_SEED),
    default=1,
    show_default=True,
    help="Decides keys, ports and jitter; in the guest the same seed gives the same bytes.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="The run's folder, new or empty.  [default: runs/...]"
)
@as_json
def run(name: str, world_name: str, machine_name: str, seed: int, out: Path | None, as_json: bool) -> int:
    """Run an experiment and prove each of its steps from packets.

    Exit code: 0 held, 1 refuted, 2 wrong use or wrong world, 3 could not find out.

    \b
    Examples:
      clientpath run nearest_datacenter
      clientpath run nearest_datacenter --world mine.toml --seed 7 --out /tmp/run7
      clientpath run nearest_datacenter --json | jq '.steps[].verdict'
      sudo clientpath run nearest_datacenter --machine native
    """
    experiment, world, machine = find(name), load_world(world_name), MACHINES[machine_name]
    plan = pipeline.plan(experiment, world, seed, machine.tolerance_us)
    machine.require()
    folder = run_folder.make(out, experiment.name)
    with Recorded(folder, machine) as record, progress(plan.step_count) as step:
        step(f"{experiment.title}: world {world.name}, seed {seed}, {machine.name}")
        pipeline.prepare(plan, folder)
        machines.run(machine, folder, seed, step)
        record.machine_done()
        step("reading the captures, judging")
        result = pipeline.judge(folder)
    show_result(result, folder, as_json=as_json)
    return EXIT_CODES[result.verdict]
