"""Small local processes that stand in for a machine, and how to wait for what they do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from machine.session import Start

DEADLINE_S = 30.0
PATH = {"PATH": os.defpath + ":/usr/sbin:/sbin"}


def script(
    text: str, folders: dict[int, Path] | None = None, writable: tuple[Path, ...] | None = None
) -> Start:
    """Return a machine that is a shell script."""
    return Start(
        kind="test", argv=["/bin/sh", "-c", text], env=PATH, folders=folders or {}, writable=writable
    )


def alive(pid: int) -> bool:
    """Say whether a process is there, and not only waiting to be buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def wait_for(what: str, true: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
    """Wait until something is true; fail with what it is after the deadline."""
    deadline = time.monotonic() + deadline_s
    while not true():
        assert time.monotonic() < deadline, f"not within {deadline_s:g} s: {what}"
        time.sleep(0.01)
