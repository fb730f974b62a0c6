"""A run from the command line: prepare a folder, run the inside over it, judge what it left."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import click
from pydantic import ValidationError

from clientpath import run_folder
from clientpath.machine_record import Recorded
from clientpath.progress import progress
from clientpath.result_table import EXIT_CODES, show_result
from experiments import pipeline
from experiments.experiment import Experiment
from experiments.reporting import write_report
from machine import machines
from machine.machines import MACHINES
from measurement.result import Result
from topologies.load import load_world


class Show(Protocol):
    """Prints a result."""

    def __call__(self, result: Result, title: str, folder: Path, *, as_json: bool, quiet: bool) -> None:
        """Print a result, of an experiment with that title, which is in a folder."""


def run_it(
    experiment: Experiment,
    world_name: str,
    machine_name: str,
    seed: int,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    show: Show = show_result,
    **chosen: object,
) -> int:
    """Run an experiment as it was chosen, and show what came of it; return the verdict's exit code.

    Raises click.BadParameter for an option that the experiment refuses, and what planning, the machine and
    judging raise; a folder that was begun stays.
    """
    world, machine = load_world(world_name), MACHINES[machine_name]
    try:
        options = experiment.options.model_validate(chosen)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = str(fault["loc"][0]).replace("_", "-")
        raise click.BadParameter(str(fault["msg"]), param_hint=f"'--{name}'") from None
    plan = pipeline.plan(experiment, world, seed, machine.tolerance_us, options)
    machine.require()
    folder = run_folder.make(out, experiment.name)
    with Recorded(folder, machine) as record, progress(plan.step_count, quiet=quiet) as step:
        step(f"{experiment.title}: world {world.name}, seed {seed}, {machine.name}")
        pipeline.prepare(plan, folder)
        machines.run(machine, folder, seed, step, plan.memory_mb)
        record.machine_done()
        step("reading the captures, judging")
        result = pipeline.judge(folder)
    write_report(folder)
    show(result, experiment.title, folder, as_json=as_json, quiet=quiet)
    return EXIT_CODES[result.verdict]
