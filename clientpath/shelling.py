"""A shell from outside: a machine is started, and every line goes to it until one of the two has enough."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Collection
from pathlib import Path

import click

from clientpath import run_folder
from clientpath.keyboard import Keyboard
from clientpath.machine_record import Recorded
from clientpath.progress import progress
from clientpath.transcript import Transcript, transcript
from experiments import pipeline
from experiments.pipeline import Planned
from experiments.shell import NAME
from experiments.shell_plan import plan_shell
from experiments.shell_words import USES
from machine.cache import cache_dir
from machine.dialogue import Dialogue, talking
from machine.machines import MACHINES, Machine
from topologies import names
from topologies.load import load_world
from topologies.names import Service
from topologies.plan import Plan
from topologies.selection import Selection

HISTORY = "shell-history"
PROGRAMS = ("curl", "dig", "ip", "nghttp", "openssl", "ping", "sleep", "ss", "tcpdump", "traceroute")
SCHEME = "https:"


def run_shell(
    world_name: str,
    clients: tuple[str, ...],
    services: tuple[Service, ...],
    machine_name: str,
    seed: int,
    out: Path | None,
    *,
    quiet: bool,
) -> int:
    """Run a shell over a world; return 1 if lines came through a pipe and the last one failed, else 0."""
    world, machine = load_world(world_name), MACHINES[machine_name]
    planned = plan_shell(world, seed, machine.tolerance_us, clients, services)
    machine.require()
    folder = run_folder.make(out, NAME)
    with Recorded(folder, machine) as record, transcript(folder) as kept:
        pipeline.prepare(planned, folder)
        code = _talk(planned, machine, folder, kept, quiet=quiet)
        record.machine_done()
    if not quiet:
        click.echo(f"kept in {folder}", err=True)
    return code


def _talk(planned: Planned, machine: Machine, folder: Path, kept: Transcript, *, quiet: bool) -> int:
    start = machine.start(folder, planned.order.seed, planned.memory_mb)
    start = dataclasses.replace(start, alone=False)  # it may stand still for hours: no processor is its own
    with contextlib.ExitStack() as stack:
        starting = stack.enter_context(contextlib.ExitStack())
        step = starting.enter_context(progress(planned.step_count, quiet=quiet))
        step(f"a shell: world {planned.world.name}, seed {planned.order.seed}, {machine.name}")
        dialogue = stack.enter_context(talking(start, folder, step, kept.said))
        is_up = dialogue.until_asked() is not None
        starting.close()
        keyboard = Keyboard(dialogue.interrupt)
        if is_up and keyboard.is_terminal:
            click.echo(_greeting(planned))
        with keyboard.listening(words_of(planned.network, planned.order.selection), cache_dir() / HISTORY):
            return _converse(dialogue, keyboard, kept)


def _converse(dialogue: Dialogue, keyboard: Keyboard, kept: Transcript) -> int:
    code = 0
    while (asked := dialogue.until_asked()) is not None:
        code = asked.code
        line = keyboard.next()
        if line is not None:
            kept.typed(asked, line)
        dialogue.tell(line)
    return int(code != 0 and not keyboard.is_terminal)


def _greeting(planned: Planned) -> str:
    clients = ", ".join(planned.order.selection.clients[:8])
    count = len(planned.network.nodes)
    return f"{count} nodes are up, among them the clients {clients}; 'help' says what to type."


def words_of(plan: Plan, selection: Selection) -> Collection[str]:
    """Return the words that Tab completes: commands, nodes, programs, and the names that clients ask for."""
    hosts = [host for each in names.services() for host in each.hosts if each.name in selection.services]
    served = [host for host in hosts if "{" not in host]
    return [*USES, *PROGRAMS, *(node.name for node in plan.nodes), *served, SCHEME]
