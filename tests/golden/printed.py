"""What commands print, in pages of the documentation: ``python -m tests.golden.printed`` prints it anew.

The first line of such a block is the command.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from clientpath.cli import cli

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN = "<!-- printed by 'python -m tests.golden.printed': begin -->"
END = "<!-- printed by 'python -m tests.golden.printed': end -->"
BLOCK = re.compile(rf"{BEGIN}\n\n    (?P<command>[^\n]+)\n.*?{END}", re.DOTALL)
PROGRAM = ".venv/bin/clientpath"


def main() -> None:
    """Print the blocks of every page anew."""
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if BEGIN in text:
            page.write_text(anew(text), encoding="utf-8")


def anew(text: str) -> str:
    """Return a page's text with what its commands print now."""
    return BLOCK.sub(lambda block: _block(block["command"]), text)


def commands(text: str) -> list[str]:
    """Return the commands whose output a page shows."""
    return [block["command"] for block in BLOCK.finditer(text)]


def _block(command: str) -> str:
    program, *arguments = shlex.split(command)
    if program != PROGRAM:
        raise ValueError(f'"{command}" is no command of ours; right would be {PROGRAM} and its arguments')
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    if result.exit_code:
        raise ValueError(f'"{command}" failed: {result.output}')
    lines = [f"    {line}".rstrip() for line in (command, "", *result.stdout.splitlines())]
    return "\n".join([BEGIN, "", *lines, "", END])


if __name__ == "__main__":
    main()
