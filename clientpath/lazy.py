"""A group whose commands are imported when they are used: help is there at once, and so is a wrong word."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from topologies.nearest import hint

TOLD = {
    "compare": "Compare ways to the services: one client, one table, one page.",
    "completion": "Print what makes a shell complete commands with the tab key.",
    "doctor": "Say what works on this machine, what does not, and the command that mends it.",
    "endpoints": "Print what Office 365 is reached at, from the list that Microsoft publishes.",
    "judge": "Judge a finished run again, from its folder alone.",
    "list": "List the experiments, in the order of Microsoft's article.",
    "locate": "Say where a city is, in the words of a world file.",
    "report": "Make the page of a finished run again; of several, a page that compares them.",
    "run": "Run an experiment and prove each of its steps from packets.",
    "shell": "Run a command line inside a world: everything serves, and you type what clients do.",
    "show": "Show a finished run in the terminal: its ladder, and where the time went.",
    "world": "Show, check and write world files: who is where, before anything runs.",
}


UNREAD = 141  # as shells have it of a program that SIGPIPE ended


class Lazy(click.Group):
    """Commands by name: a command is of that name in the module that begins with ``modules`` and ends so.

    ``told`` has their one-line help, so that nothing has to be imported to show it.
    """

    told: Mapping[str, str] = TOLD
    modules = "clientpath.commands."

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names."""
        return sorted(self.told)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; return None if there is none of that name."""
        if cmd_name not in self.told:
            return None
        there = vars(import_module(f"{self.modules}{cmd_name}")).values()
        return next(each for each in there if isinstance(each, click.Command) and each.name == cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; if nobody reads what it prints, as `head` does not to the end, end with UNREAD.

        Click itself would end with 1, which says of a run that it is refuted.
        """
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise click.exceptions.Exit(UNREAD) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that a command line names; of one that there is not, tell the nearest ones."""
        name = args[0]
        if name not in self.told and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"No such command '{name}'; {hint(name, self.told)}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands, and the options, that begin so."""
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(name, help=self.told[name]) for name in names] + options

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with its help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.told[name]) for name in self.list_commands(ctx)])
