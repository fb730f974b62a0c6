"""``clientpath shell``: a world that is up, and a command line inside it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from clientpath.commands.run import machine_options
from clientpath.completing import names_of, worlds
from topologies.names import Service


@click.command(
    params=[
        *machine_options(
            "Decides keys and ports; in the guest the same seed and the same lines give the same bytes.",
            "The shell's folder, new or empty.",
        ),
        click.Option(["--quiet", "-q"], is_flag=True, help="Say no steps, and print only what commands do."),
    ]
)
@click.argument("world_name", metavar="WORLD", default="article", shell_complete=worlds)
@click.option(
    "--client",
    "clients",
    metavar="NAME",
    multiple=True,
    help="Only this client, and what it needs; may be given several times.  [default: all]",
    shell_complete=names_of("clients"),
)
@click.option(
    "--service",
    "services",
    type=click.Choice(get_args(Service)),
    multiple=True,
    help="Only this service; may be given several times.  [default: all that the world has]",
)
def shell(
    world_name: str,
    clients: tuple[str, ...],
    services: tuple[Service, ...],
    machine_name: str,
    seed: int,
    out: Path | None,
    quiet: bool,
) -> int:
    """Run a command line inside a world: everything serves, and you type what clients do.

    In the guest, time passes only while something waits: it stands still while you think. Lines come from a
    terminal, or through a pipe; then the exit code is 1 if the last one failed. The folder keeps a
    transcript, every daemon's configuration and log, and what you capture (docs/shell.md).

    \b
    Examples:
      clientpath shell article
      clientpath shell planet --client lisbon --client sydney
      echo "traveller dig portal.office.com" | clientpath shell article --client traveller
    """
    from clientpath.shelling import run_shell  # what a world needs takes half a second to load

    return run_shell(world_name, clients, services, machine_name, seed, out, quiet=quiet)
