"""An entry of the cache is either whole or absent, whoever makes it and however that ends."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from machine import cache
from machine.errors import SetupFailed

from .processes import alive, wait_for


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_folder_is_made_where_caches_belong(empty_cache: Path) -> None:
    assert not empty_cache.exists()
    assert cache.cache_dir() == empty_cache
    assert empty_cache.is_dir()


@pytest.mark.parametrize("set_to", [None, ""])
def test_without_a_setting_it_is_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_to: str | None
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if set_to is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", set_to)
    assert cache.cache_dir() == tmp_path / ".cache" / "clientpath"


def test_an_entry_has_a_place_whether_it_is_there_or_not(empty_cache: Path) -> None:
    assert cache.entry("tree", "0123") == empty_cache / "tree-0123"
    assert names(empty_cache) == []


def test_a_key_changes_with_any_of_its_inputs_and_with_where_they_end() -> None:
    keys = [cache.key_of(*inputs) for inputs in ((b"ab", b"c"), (b"a", b"bc"), (b"abc",), (b"ab", b"d"), ())]
    assert len(set(keys)) == len(keys)
    assert cache.key_of(b"ab", b"c") == keys[0]


def test_what_is_made_becomes_the_entry(tmp_path: Path) -> None:
    place = tmp_path / "tree-1"
    with cache.making(place) as folder:
        (folder / "file").write_text("whole")
        assert not place.exists()
    assert (place / "file").read_text() == "whole"
    assert names(tmp_path) == ["tree-1"]


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt()], ids=repr)
def test_what_breaks_never_becomes_an_entry(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        with cache.making(tmp_path / "tree-1") as folder:
            (folder / "file").write_text("half")
            raise error
    assert names(tmp_path) == []


def test_what_was_killed_never_becomes_part_of_an_entry(tmp_path: Path) -> None:
    """Nothing could be tidied up then: its partial folder is still there."""
    left = tmp_path / "tree-1.partial"
    (left / "deep").mkdir(parents=True)
    (left / "deep" / "half").write_text("")
    with cache.making(tmp_path / "tree-1") as folder:
        assert names(folder) == []
    assert names(tmp_path) == ["tree-1"]
    assert names(tmp_path / "tree-1") == []


def read_only(folder: Path) -> Path:
    """Make a folder whose folders cannot be written, as a Debian tree has some."""
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_text("")
    (folder / "a" / "link").symlink_to("/")
    for path in (folder / "a" / "b", folder / "a", folder):
        path.chmod(0o555)
    return folder


def test_folders_without_write_permission_are_removed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir(mode=0o555)
    cache.remove_tree(read_only(tmp_path / "tree"))
    assert names(tmp_path) == ["kept"]
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o555


def test_what_breaks_with_read_only_folders_is_removed_too(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broken"):
        with cache.making(tmp_path / "tree-1") as folder:
            read_only(folder / "root")
            raise ValueError("broken")
    assert names(tmp_path) == []


def test_a_folder_that_is_not_there_needs_no_removing(tmp_path: Path) -> None:
    cache.remove_tree(tmp_path / "nothing")


WAITING = """
import sys
from pathlib import Path
from machine import cache
print("here", flush=True)
with cache.locked("tree"):
    Path(sys.argv[1]).touch()
"""


def waits_for_a_lock(pid: int) -> bool:
    """Say whether a process has a lock's file open, which it does in order to try for it."""
    files = Path(f"/proc/{pid}/fd")
    with contextlib.suppress(OSError):
        return any(str(link.readlink()).endswith(".lock") for link in files.iterdir())
    return False


def test_a_second_process_waits_for_the_first_ones_lock(empty_cache: Path, tmp_path: Path) -> None:
    entered = tmp_path / "entered"
    with cache.locked("tree"):
        second = subprocess.Popen([sys.executable, "-c", WAITING, str(entered)], stdout=subprocess.PIPE)
        assert second.stdout is not None
        with second.stdout:
            assert second.stdout.readline() == b"here\n"
            wait_for("waiting for the lock", lambda: waits_for_a_lock(second.pid) or not alive(second.pid))
            assert not entered.exists()
    assert second.wait(30) == 0
    assert entered.exists()


def test_who_waits_for_a_lock_stops_waiting_when_everything_is_to_end(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    told.set()
    monkeypatch.setattr(cache, "ending", told)
    with cache.locked("tree"), pytest.raises(SetupFailed, match="another set-up makes the tree"):
        with cache.locked("tree"):
            raise AssertionError("locked twice")


def test_a_lock_is_of_one_name_and_can_be_had_again_after_an_error(empty_cache: Path) -> None:
    with pytest.raises(ValueError, match="broken"):
        with cache.locked("tree"):
            raise ValueError("broken")
    with cache.locked("tree"), cache.locked("kernel"):
        assert names(empty_cache) == ["kernel.lock", "tree.lock"]
