"""A native run says what it lacks before it starts, with the command that mends it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from machine import native, tree
from machine.errors import MachineMissing


@pytest.fixture(autouse=True)
def capable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that could run natively; nothing is really started."""

    def refuse(*arguments: object, **settings: object) -> NoReturn:
        raise AssertionError(f"a program was started: {arguments}")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    monkeypatch.setattr(tree, "place", lambda: tmp_path)
    monkeypatch.setattr(native, "missing_features", list)
    monkeypatch.setattr(subprocess, "run", refuse)


def refused() -> str:
    with pytest.raises(MachineMissing) as error:
        native.require()
    assert error.value.exit_code == 2
    return str(error.value)


def test_a_machine_that_has_everything() -> None:
    native.require()


def test_without_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert refused() == "--machine native needs root: run it with sudo, or use --machine guest"


def test_without_unshare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, **_: None)
    assert refused() == "--machine native needs unshare: run 'apt-get install -y util-linux'"


def test_without_the_insides_tree(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tree, "place", lambda: tmp_path / "nothing")
    assert refused() == "the inside's tree is not set up yet: run 'make setup' once (some minutes)"


@pytest.mark.parametrize(
    "missing, names, modules",
    [
        ([("netem", "sch_netem")], "netem", "sch_netem"),
        ([("Open vSwitch", "openvswitch")], "Open vSwitch", "openvswitch"),
        (
            [("netem", "sch_netem"), ("Open vSwitch", "openvswitch")],
            "netem, no Open vSwitch",
            "sch_netem openvswitch",
        ),
    ],
)
def test_on_a_kernel_without_a_feature(
    monkeypatch: pytest.MonkeyPatch, missing: list[tuple[str, str]], names: str, modules: str
) -> None:
    monkeypatch.setattr(native, "missing_features", lambda: missing)
    assert refused() == (
        f"--machine native: this kernel ({platform.release()}) has no {names}:"
        f" run 'modprobe -a {modules}', or use --machine guest, which has its own kernel"
    )


def test_every_feature_is_tried_in_a_network_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    tried: list[list[str]] = []

    def run(argv: list[str], **settings: object) -> subprocess.CompletedProcess[bytes]:
        tried.append(argv)
        return subprocess.CompletedProcess(argv, 1 if "netem" in argv else 0)

    monkeypatch.setattr(subprocess, "run", run)
    assert native.missing_features() == [("netem", "sch_netem")]
    assert len(tried) == len(native.NEEDS)
    assert all(argv[0] == "unshare" and "--net" in argv for argv in tried)


def test_it_starts_in_namespaces_of_its_own_that_end_with_it(tmp_path: Path) -> None:
    start = native.start(tmp_path / "run", 7, 1024)
    assert start.argv[: len(native.UNSHARE)] == native.UNSHARE
    assert {"--mount", "--net", "--pid", "--kill-child"} <= set(native.UNSHARE)
    assert dict(start.env) == {"PATH": native.PATH}
    assert str(tmp_path / "run") in [*start.argv, *map(str, start.folders.values())]
