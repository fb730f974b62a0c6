"""The run's folder: a new one for every run, or one that is told not to be fit."""

from __future__ import annotations

import itertools
import os
import shutil
from datetime import datetime
from pathlib import Path

import click

RUNS = Path("runs")
NEEDED_MB = 64  # a run takes a few; its captures grow with the world


class BadFolder(click.BadParameter):
    """A folder that cannot be a run's: it has something in it, cannot be written, or has no room."""

    code = "CP105"


def make(out: Path | None, experiment: str) -> Path:
    """Return a new or empty folder for a run; raises BadFolder saying why ``out`` cannot be it."""
    option = "'--out'" if out is not None else "the default '--out'"
    ours = out is None or not out.exists()
    try:
        folder = _new(experiment) if out is None else _given(out)
        try:
            _try_writing(folder)
        except OSError:
            if ours:
                folder.rmdir()
            raise
    except OSError as error:
        place = error.filename or out or RUNS
        reason = error.strerror or str(error)
        text = f"{place}: {reason}; right would be a folder that can be written"
        raise BadFolder(text, param_hint=option) from None
    return folder.resolve()


def _new(experiment: str) -> Path:
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    for number in itertools.count(1):
        folder = RUNS / f"{stamp}-{experiment}{'' if number == 1 else f'-{number}'}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise AssertionError("there is always a next number")


def _given(out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise OSError(0, "is not empty: a run never writes over another", str(out))
    return out


def _try_writing(folder: Path) -> None:
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < NEEDED_MB:
        raise OSError(0, f"has {free_mb} MB free, and a run needs {NEEDED_MB} MB", str(folder))
    probe = folder / ".probe"
    try:
        with probe.open("wb") as file:
            file.write(os.urandom(4096))
            file.flush()
            os.fsync(file.fileno())
    finally:
        probe.unlink(missing_ok=True)
