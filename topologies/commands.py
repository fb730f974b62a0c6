"""The one way to run a command to its end: a list, a deadline, and its own words if it fails."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from topologies.errors import CommandError

DEADLINE_S = 60.0


def run(
    argv: Sequence[str],
    *,
    node: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    deadline_s: float = DEADLINE_S,
) -> str:
    """Run a command and return what it wrote to standard output.

    ``node`` is where it runs, for the message. Raises CommandError with node, command, code and the
    command's own words if it cannot be started, fails, or does not end in time.
    """
    where = f"{node}: " if node else ""
    shown = " ".join(argv)
    try:
        done = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=deadline_s,
            check=False,
            env=env,
            cwd=cwd,
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"{where}'{shown}' did not end within {deadline_s:g} s") from None
    except OSError as error:
        raise CommandError(f"{where}'{shown}' cannot be started: {error.strerror or error}") from None
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()
        raise CommandError(f"{where}'{shown}' ended with code {done.returncode}: {words}")
    return done.stdout
