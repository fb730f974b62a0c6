"""How a guest is started: the same for every run, with its memory where there is room."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from machine import guest, kernel, tree
from machine.errors import MachineMissing
from machine.session import RUN_FD, SOURCE_FD, TREE_FD

SHM, TEMPORARY, LASTING = Path("/dev/shm"), Path("/tmp"), Path("/var/tmp")
PLENTY, LITTLE = guest.MEMORY_MB, guest.MEMORY_MB - 1


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A guest that is set up."""
    for module, name in ((kernel, "kernel-1"), (tree, "tree-1")):
        place = tmp_path / name
        place.mkdir()
        monkeypatch.setattr(module, "place", lambda place=place: place)
    return tmp_path


def room(monkeypatch: pytest.MonkeyPatch, **free_mb: int) -> None:
    """Let these places have so many megabytes free, and be writable."""
    places = {SHM: free_mb["shm"], TEMPORARY: free_mb["tmp"], LASTING: free_mb["var"]}
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(TEMPORARY))
    monkeypatch.setattr(os, "access", lambda folder, mode: True)
    monkeypatch.setattr(guest, "free_mb", lambda folder: places[folder])


def test_the_command_line_is_the_same_for_every_run_and_has_no_path_of_one(
    set_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest, "memory_folder", lambda memory_mb: SHM)
    starts = [guest.start(set_up / name, seed) for name, seed in (("one", 1), ("two", 2))]
    assert starts[0].argv == starts[1].argv == [str(set_up / "kernel-1" / "linux"), *guest.command_line()]
    paths = {word.partition("=")[2] for word in guest.command_line() if "=/" in word}
    assert paths == {"/dev/root", "/proc/self/fd", "/clientpath-init", "/dev/null"}


def test_time_is_virtual_and_begins_at_a_fixed_moment() -> None:
    words = guest.command_line()
    assert "time-travel=inf-cpu" in words
    assert "time-travel-start=1796000000000000000" in words


def test_the_root_is_a_descriptor_and_read_only() -> None:
    words = guest.command_line()
    assert {"ro", "rootfstype=hostfs", "hostfs=/proc/self/fd", f"rootflags={TREE_FD}"} <= set(words)


def test_a_guest_has_its_folders_its_seed_and_nothing_else_of_the_environment(
    set_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest, "memory_folder", lambda memory_mb: LASTING)
    start = guest.start(set_up / "run", 7)
    assert start.folders == {TREE_FD: set_up / "tree-1", RUN_FD: set_up / "run", SOURCE_FD: guest.SOURCE}
    assert (guest.SOURCE / "experiments" / "inside.py").is_file()
    assert start.env == {
        "LD_PRELOAD": str(set_up / "kernel-1" / "entropy.so"),
        "CLIENTPATH_SEED": "7",
        "TMPDIR": "/var/tmp",
    }


def test_a_guest_may_write_its_run_its_memory_and_devices_only(
    set_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest, "memory_folder", lambda memory_mb: SHM)
    writable = guest.start(set_up / "run", 7).writable
    assert writable is not None
    others = set(writable) - {set_up / "run", SHM}
    assert all(place.is_relative_to("/dev") for place in others)


@pytest.mark.parametrize(
    "free_mb, chosen",
    [
        pytest.param({"shm": PLENTY, "tmp": PLENTY, "var": PLENTY}, SHM, id="in memory first"),
        pytest.param({"shm": LITTLE, "tmp": PLENTY, "var": PLENTY}, TEMPORARY, id="else where TMPDIR says"),
        pytest.param({"shm": 0, "tmp": LITTLE, "var": PLENTY}, LASTING, id="else on disk"),
    ],
)
def test_memory_is_kept_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, free_mb: dict[str, int], chosen: Path
) -> None:
    room(monkeypatch, **free_mb)
    assert guest.memory_folder() == chosen


def test_memory_is_not_kept_where_nobody_can_write(monkeypatch: pytest.MonkeyPatch) -> None:
    room(monkeypatch, shm=PLENTY, tmp=PLENTY, var=PLENTY)
    monkeypatch.setattr(os, "access", lambda folder, mode: folder != SHM)
    assert guest.memory_folder() == TEMPORARY


def test_a_guest_for_large_files_has_more_memory_where_there_is_room(
    set_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room(monkeypatch, shm=PLENTY, tmp=0, var=4 * PLENTY)
    start = guest.start(set_up / "run", 7, 2 * PLENTY)
    assert f"mem={2 * PLENTY}M" in start.argv and start.env["TMPDIR"] == str(LASTING)


def test_no_room_at_all_is_told_with_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    room(monkeypatch, shm=64, tmp=LITTLE, var=0)
    with pytest.raises(MachineMissing) as error:
        guest.memory_folder()
    assert str(error.value) == (
        "a guest needs 1024 MB of room for its memory (MB free: /dev/shm 64, /tmp 1023, /var/tmp 0):"
        " free some, or set TMPDIR to a folder that has room"
    )


@pytest.mark.parametrize("lacking", ["kernel-1", "tree-1"])
def test_a_guest_that_is_not_set_up_is_told_with_what_mends_it(set_up: Path, lacking: str) -> None:
    (set_up / lacking).rmdir()
    with pytest.raises(MachineMissing) as error:
        guest.require()
    assert str(error.value) == "the guest is not set up yet: run 'make setup' once (some minutes)"
    assert error.value.exit_code == 2


def test_a_guest_that_is_set_up_needs_room(set_up: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room(monkeypatch, shm=PLENTY, tmp=0, var=0)
    guest.require()
    room(monkeypatch, shm=0, tmp=0, var=0)
    with pytest.raises(MachineMissing, match="needs 1024 MB of room"):
        guest.require()


def test_free_room_is_told_in_whole_megabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=3 * 2**20 - 1))
    assert guest.free_mb(tmp_path) == 2
