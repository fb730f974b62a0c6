"""An experiment's file run by itself: hands over to the command line, in the project's own environment.

Imported before anything else, perhaps by a Python that has none of the project's packages.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn


def run_alone(file: str) -> NoReturn:
    """Become ``clientpath run NAME`` with the same arguments; exit with 2 before set-up."""
    script = Path(file).resolve()
    command = script.parent.parent / ".venv" / "bin" / "clientpath"
    if not command.exists():
        print(
            f"clientpath is not set up yet: run 'make setup' in {script.parent.parent} once", file=sys.stderr
        )
        sys.exit(2)
    os.execv(command, [str(command), "run", script.stem, *sys.argv[1:]])
