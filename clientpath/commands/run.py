"""``clientpath run``: a command for each experiment, with its own options."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from clientpath.completing import worlds
from clientpath.options import JSON_HELP, QUIET_HELP, options_of
from experiments.registry import EXPERIMENTS
from machine.machines import MACHINES

if TYPE_CHECKING:
    from experiments.experiment import Experiment

LARGEST_SEED = 2**63 - 1


class Experiments(click.Group):
    """A command for each experiment, with the experiment's own options beside those that all have."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the experiments, in the article's order."""
        return list(EXPERIMENTS)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the experiments, or the options, that begin so, none of them loaded; or else files."""
        names = [CompletionItem(name) for name in EXPERIMENTS if name.startswith(incomplete)]
        found = names + click.Command.shell_complete(self, ctx, incomplete)
        return found or [CompletionItem(incomplete, type="file")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return an experiment's command; raises UnknownExperiment, or WrongExperiment for a file."""
        if ctx.resilient_parsing and cmd_name not in EXPERIMENTS:
            return None  # a shell completes, which is no time to run or to blame a file
        from experiments.own import named  # what an experiment needs takes half a second to load

        experiment = named(cmd_name)
        callback = functools.partial(_run, experiment)
        params = [*common_options(experiment.world), *options_of(experiment.options)]
        return click.Command(
            cmd_name, callback=callback, params=params, help=_help(experiment), short_help=experiment.title
        )


@click.group(cls=Experiments, subcommand_metavar="NAME|FILE.py [OPTIONS]")
def run() -> None:
    """Run an experiment and prove each of its steps from packets.

    FILE.py is one of your own (docs/write-an-experiment.md).

    Exit code: 0 held, 1 refuted, 2 wrong use or wrong world, 3 could not find out.

    \b
    Examples:
      clientpath run nearest_datacenter
      clientpath run nearest_datacenter --world mine.toml --seed 7 --out /tmp/run7
      clientpath run ./mine.py
      clientpath run nearest_datacenter --json | jq '.steps[].verdict'
      sudo clientpath run nearest_datacenter --machine native
    """


def machine_options(seed_help: str, out_help: str) -> list[click.Option]:
    """Return the options of a command that starts a machine over a world: which one, its seed, its folder."""
    return [
        click.Option(
            ["--machine", "machine_name"],
            type=click.Choice(list(MACHINES)),
            default="guest",
            show_default=True,
            help="A guest with virtual time, as an ordinary user; or this machine's own kernel, as root.",
        ),
        click.Option(
            ["--seed"], type=click.IntRange(0, LARGEST_SEED), default=1, show_default=True, help=seed_help
        ),
        click.Option(["--out"], type=click.Path(path_type=Path), help=f"{out_help}  [default: runs/...]"),
    ]


def common_options(world: str) -> list[click.Parameter]:
    """Return the options that every run has; ``world`` is the usual one."""
    return [
        click.Option(
            ["--world", "world_name"],
            metavar="FILE",
            default=world,
            show_default=True,
            help="A world's file or name.",
            shell_complete=worlds,
        ),
        *machine_options(
            "Decides keys, ports and jitter; in the guest the same seed gives the same bytes.",
            "The run's folder, new or empty.",
        ),
        click.Option(["--json", "as_json"], is_flag=True, help=JSON_HELP),
        click.Option(["--quiet", "-q"], is_flag=True, help=QUIET_HELP),
    ]


def _help(experiment: Experiment) -> str:
    return f"{experiment.title}.\n\nRuns it and proves each of its steps from packets."


def _run(experiment: Experiment, **chosen: Any) -> int:
    from clientpath.running import run_it  # half a second again, which a wrong option need not wait for

    return run_it(experiment, **chosen)
