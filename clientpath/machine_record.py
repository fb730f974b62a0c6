"""``machine.json``: the one file of a run's folder that belongs to the machine and not to the run."""

from __future__ import annotations

import json
import platform
import time
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType

from clientpath import __version__
from machine.machines import Machine

FORMAT = 1


class Recorded:
    """Context manager: times a run in real time, and writes the file at its end, also after an error."""

    def __init__(self, folder: Path, machine: Machine) -> None:
        self._folder = folder
        self._machine = machine
        self._started = datetime.now(timezone.utc)
        self._start = time.monotonic()
        self._seconds: dict[str, float] = {}

    def machine_done(self) -> None:
        """Note that the machine came to its end: what follows is judging."""
        self._seconds["machine"] = self._passed()

    def _passed(self) -> float:
        return round(time.monotonic() - self._start, 3)

    def __enter__(self) -> Recorded:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is known."""
        record = {
            "format": FORMAT,
            "clientpath": __version__,
            "machine": self._machine.name,
            "exact_time": self._machine.exact,
            **self._machine.versions(),
            "host": {
                "kernel": platform.release(),
                "python": platform.python_version(),
                "cpu": platform.machine(),
            },
            "started": self._started.isoformat(timespec="seconds"),
            "real_seconds": {**self._seconds, "total": self._passed()},
        }
        (self._folder / "machine.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
