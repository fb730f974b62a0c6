"""``clientpath run``: prepare a folder, run the inside over it, judge what it left."""

from __future__ import annotations

import functools
from pathlib import Path

import click
from pydantic import ValidationError

from clientpath import run_folder
from clientpath.machine_record import Recorded
from clientpath.options import options_of
from clientpath.progress import progress
from clientpath.result_table import EXIT_CODES, show_result
from experiments import pipeline
from experiments.experiment import Experiment
from experiments.registry import EXPERIMENTS, find
from experiments.reporting import write_report
from machine import machines
from machine.machines import MACHINES
from topologies.load import load_world

LARGEST_SEED = 2**63 - 1


class Experiments(click.Group):
    """A command for each experiment, with the experiment's own options beside those that all have."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the experiments, in the article's order."""
        return list(EXPERIMENTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Return an experiment's command; raise UnknownExperiment with the nearest name."""
        experiment = find(cmd_name)
        callback = functools.partial(_run, experiment)
        params = [*_common_options(experiment.world), *options_of(experiment.options)]
        return click.Command(
            cmd_name, callback=callback, params=params, help=_help(experiment), short_help=experiment.title
        )


@click.group(cls=Experiments, subcommand_metavar="NAME [OPTIONS]")
def run() -> None:
    """Run an experiment and prove each of its steps from packets.

    Exit code: 0 held, 1 refuted, 2 wrong use or wrong world, 3 could not find out.

    \b
    Examples:
      clientpath run nearest_datacenter
      clientpath run nearest_datacenter --world mine.toml --seed 7 --out /tmp/run7
      clientpath run nearest_datacenter --json | jq '.steps[].verdict'
      sudo clientpath run nearest_datacenter --machine native
    """


def _common_options(world: str) -> list[click.Parameter]:
    return [
        click.Option(
            ["--world", "world_name"],
            metavar="FILE",
            default=world,
            show_default=True,
            help="A world's file or name.",
        ),
        click.Option(
            ["--machine", "machine_name"],
            type=click.Choice(list(MACHINES)),
            default="guest",
            show_default=True,
            help="A guest with virtual time, as an ordinary user; or this machine's own kernel, as root.",
        ),
        click.Option(
            ["--seed"],
            type=click.IntRange(0, LARGEST_SEED),
            default=1,
            show_default=True,
            help="Decides keys, ports and jitter; in the guest the same seed gives the same bytes.",
        ),
        click.Option(
            ["--out"],
            type=click.Path(path_type=Path),
            help="The run's folder, new or empty.  [default: runs/...]",
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="Print JSON, for a program to read."),
    ]


def _help(experiment: Experiment) -> str:
    return f"{experiment.title}.\n\nRuns it and proves each of its steps from packets."


def _run(
    experiment: Experiment,
    world_name: str,
    machine_name: str,
    seed: int,
    out: Path | None,
    as_json: bool,
    **chosen: object,
) -> int:
    world, machine = load_world(world_name), MACHINES[machine_name]
    try:
        options = experiment.options.model_validate(chosen)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = str(fault["loc"][0]).replace("_", "-")
        raise click.UsageError(f"Invalid value for '--{name}': {fault['msg']}") from None
    plan = pipeline.plan(experiment, world, seed, machine.tolerance_us, options)
    machine.require()
    folder = run_folder.make(out, experiment.name)
    with Recorded(folder, machine) as record, progress(plan.step_count) as step:
        step(f"{experiment.title}: world {world.name}, seed {seed}, {machine.name}")
        pipeline.prepare(plan, folder)
        machines.run(machine, folder, seed, step, plan.memory_mb)
        record.machine_done()
        step("reading the captures, judging")
        result = pipeline.judge(folder)
    write_report(folder)
    show_result(result, folder, as_json=as_json)
    return EXIT_CODES[result.verdict]
