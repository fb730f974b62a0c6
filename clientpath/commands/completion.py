"""``clientpath completion``: what a shell needs to complete commands, options and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_CLIENTPATH_COMPLETE"  # click makes it of the program's name


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes a shell complete commands with the tab key.

    It completes commands, options, experiments, worlds, folders of runs, and who is in the world that
    --world names.

    \b
    Examples:
      clientpath completion bash >> ~/.bashrc
      clientpath completion zsh >> ~/.zshrc
      clientpath completion fish > ~/.config/fish/completions/clientpath.fish
    """
    root = click.get_current_context().find_root()
    made = get_completion_class(shell)
    assert made is not None  # all three are click's own
    click.echo(made(root.command, {}, "clientpath", VARIABLE).source())
