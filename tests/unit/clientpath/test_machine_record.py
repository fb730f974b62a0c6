"""machine.json says where and when a run was, also after an error."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import clientpath
from clientpath.machine_record import Recorded
from machine.machines import GUEST, NATIVE, Machine


def machine(kind: Machine = GUEST) -> Machine:
    return dataclasses.replace(kind, versions=lambda: {"kernel": "linux-source 6.1"})


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "machine.json").read_text())
    return found


def test_what_ran_it_and_when(tmp_path: Path) -> None:
    with Recorded(tmp_path, machine()) as recorded:
        recorded.machine_done()
    found = record(tmp_path)
    assert (found["format"], found["clientpath"]) == (1, clientpath.__version__)
    assert (found["machine"], found["exact_time"], found["kernel"]) == ("guest", True, "linux-source 6.1")
    assert set(found["host"]) == {"kernel", "python", "cpu"}
    assert datetime.fromisoformat(found["started"]).utcoffset() is not None
    seconds = found["real_seconds"]
    assert 0 <= seconds["machine"] <= seconds["total"]


def test_native_time_is_not_called_exact(tmp_path: Path) -> None:
    with Recorded(tmp_path, machine(NATIVE)):
        pass
    assert (record(tmp_path)["machine"], record(tmp_path)["exact_time"]) == ("native", False)


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()], ids=repr)
def test_it_is_written_after_an_error_which_passes_on(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        with Recorded(tmp_path, machine()):
            raise error
    assert set(record(tmp_path)["real_seconds"]) == {"total"}
