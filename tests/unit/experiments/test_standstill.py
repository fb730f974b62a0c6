"""A line comes from outside when somebody opens the pipe; until then nothing goes on here."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from experiments import standstill
from experiments.shell import FOLDER, INTERRUPT, LINE, PIPE
from experiments.standstill import Lines, lines
from machine import dialogue

DEADLINE_S = 30.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir()
    return tmp_path / FOLDER


def open_pipe(folder: Path) -> None:
    """Wait until the other side waits at its pipe, and open it."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            if stat.S_ISFIFO((folder / PIPE).stat().st_mode):
                os.close(os.open(folder / PIPE, os.O_WRONLY | os.O_NONBLOCK))
                return
        except OSError:
            pass
        time.sleep(0.005)
    pytest.fail("nobody waits")


def ask(told: Lines) -> SimpleQueue[str | None]:
    """Wait for a line in a thread; return where it will be."""
    found: SimpleQueue[str | None] = SimpleQueue()
    threading.Thread(target=lambda: found.put(told.next()), daemon=True).start()
    return found


def test_lines_come_one_after_another_until_there_are_no_more(tmp_path: Path, folder: Path) -> None:
    with lines(tmp_path) as told:
        for line in ("clock\n", "traveller ping ams-fe", "traveller echo \udcff"):
            found = ask(told)
            (folder / LINE).write_bytes(os.fsencode(line))
            open_pipe(folder)
            assert found.get(timeout=DEADLINE_S) == line
            assert list(folder.iterdir()) == []
        found = ask(told)
        open_pipe(folder)
        assert found.get(timeout=DEADLINE_S) is None
    assert list(folder.iterdir()) == []


def test_nothing_goes_on_until_somebody_opens_the_pipe(folder: Path) -> None:
    found = ask(Lines(folder, folder))
    (folder / LINE).write_text("clock")
    with pytest.raises(Empty):
        found.get(timeout=0.5)
    open_pipe(folder)
    assert found.get(timeout=DEADLINE_S) == "clock"


def test_what_is_looked_at_first_is_an_ordinary_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[bool] = []

    def make(path: Path) -> None:
        kinds.append(stat.S_ISREG((folder / PIPE).stat().st_mode))
        kinds.append(any(Path(f"/proc/self/fd/{fd}").samefile(folder / PIPE) for fd in descriptors()))
        make_pipe(path)

    make_pipe = os.mkfifo
    monkeypatch.setattr(os, "mkfifo", make)
    found = ask(Lines(folder, folder))
    open_pipe(folder)
    found.get(timeout=DEADLINE_S)
    assert kinds == [True, True]


def descriptors() -> list[str]:
    return [path.name for path in Path("/proc/self/fd").iterdir() if path.exists()]


def test_only_a_folder_of_the_hosts_is_mounted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    monkeypatch.setattr(standstill, "MOUNTS", mounts)
    mounts.write_text("none /srv/run tmpfs rw 0 0\nnone /srv/other hostfs rw 0 0\n")
    assert not standstill._is_hosts(Path("/srv/run"))
    mounts.write_text("none / overlay rw 0 0\nnone /srv/run hostfs rw,/proc/self/fd/101 0 0\n")
    assert standstill._is_hosts(Path("/srv/run"))


def test_a_folder_of_the_hosts_is_mounted_beside_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(standstill, "_is_hosts", lambda folder: True)
    monkeypatch.setattr(standstill, "run", ran.append)
    with lines(tmp_path) as told:
        beside = told._beside
        assert told._there == tmp_path / FOLDER and beside.parent.is_dir()
    assert ran == [
        ["mount", "-t", "hostfs", "-o", "101", "none", str(beside.parent)],
        ["umount", str(beside.parent)],
    ]
    assert not beside.parent.exists()


def test_both_sides_have_the_same_names() -> None:
    theirs = dialogue.FOLDER, dialogue.PIPE, dialogue.LINE, dialogue.INTERRUPT
    assert theirs == (FOLDER, PIPE, LINE, INTERRUPT)
