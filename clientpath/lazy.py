"""A group whose commands are imported when they are used: help is there at once, and so is a wrong word."""

from __future__ import annotations

from importlib import import_module

import click

TOLD = {
    "doctor": "Say what works on this machine, what does not, and the command that mends it.",
    "endpoints": "Print what Office 365 is reached at, from the list that Microsoft publishes.",
    "judge": "Judge a finished run again, from its folder alone.",
    "list": "List the experiments, in the order of Microsoft's article.",
    "locate": "Say where a city is, in the words of a world file.",
    "report": "Make the page of a finished run again; of several, a page that compares them.",
    "run": "Run an experiment and prove each of its steps from packets.",
    "show": "Show a finished run in the terminal: its ladder, and where the time went.",
    "world": "Show a world: a built-in one by its name, or a file.",
}


class Lazy(click.Group):
    """Commands by name: a command is of that name in the module of that name below ``clientpath.commands``.

    `TOLD` has their one-line help, so that nothing has to be imported to show it.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names."""
        return sorted(TOLD)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; return None if there is none of that name."""
        if cmd_name not in TOLD:
            return None
        there = vars(import_module(f"clientpath.commands.{cmd_name}")).values()
        return next(each for each in there if isinstance(each, click.Command) and each.name == cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with its help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, TOLD[name]) for name in self.list_commands(ctx)])
