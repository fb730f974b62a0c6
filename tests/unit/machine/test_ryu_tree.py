"""The root with Ryu: when it is made anew, what is in it, and what is said where Ryu cannot be installed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from machine import ryu_tree, tree
from machine.errors import SetupFailed

FAKE_PIP = """#!/bin/sh
echo "$*" >> {folder}/asked
echo "PYTHONPATH=$PYTHONPATH" >> {folder}/environment
{script}
"""
NO_NETWORK = "echo 'ERROR: No matching distribution found for setuptools==67.7.2' >&2; exit 1"
NO_BUILD = """
case "$*" in *"pip wheel "*) echo "AttributeError: get_script_args" >&2; exit 1;; esac
"""
BUILDS = """
for each; do case "$each" in --wheel-dir=*) mkdir -p "${each#*=}"; touch "${each#*=}/%s";; esac; done
"""


@pytest.fixture
def guest_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files that the roots are made from, to be changed."""
    copy = shutil.copytree(tree.GUEST, tmp_path / "guest")
    monkeypatch.setattr(tree, "GUEST", copy)
    return copy


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Give a function that puts a script in pip's place; it returns the folder of the script's notes."""

    def put(script: str) -> Path:
        program = tmp_path / "python"
        program.write_text(FAKE_PIP.format(folder=tmp_path, script=script))
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        monkeypatch.setattr(ryu_tree, "ensure_tools", lambda say: None)
        return tmp_path

    return put


def quiet(text: str) -> None:
    """Say nothing."""


def test_it_is_kept_beside_the_ordinary_root(empty_cache: Path) -> None:
    assert ryu_tree.place().parent == tree.place().parent == empty_cache
    assert ryu_tree.place().name.startswith("ryu-tree-") and tree.place().name.startswith("tree-")


@pytest.mark.parametrize("name", [*tree.INPUTS, "requirements-ryu.txt"])
def test_it_is_made_anew_when_one_of_its_files_changes(
    empty_cache: Path, guest_files: Path, name: str
) -> None:
    before = ryu_tree.place()
    assert ryu_tree.place() == before
    (guest_files / name).write_text((guest_files / name).read_text() + "# changed\n")
    assert ryu_tree.place() != before


@pytest.mark.parametrize(
    "name, value", [("RYU", "ryu==4.33"), ("BUILDS_RYU", ("setuptools==57.5.0", "wheel", "pbr"))]
)
def test_it_is_made_anew_for_another_ryu_or_another_build(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    before = ryu_tree.place()
    monkeypatch.setattr(ryu_tree, name, value)
    assert ryu_tree.place() != before


def test_the_ordinary_root_does_not_change_with_what_ryu_needs(empty_cache: Path, guest_files: Path) -> None:
    before = tree.place()
    (guest_files / "requirements-ryu.txt").write_text("")
    assert tree.place() == before


def test_it_has_what_the_ordinary_root_has_but_for_the_framework() -> None:
    packages = ryu_tree.packages()
    assert {"pydantic<3", "pyroute2", "starlette>=1,<2", "eventlet==0.41.3", "tinyrpc"} <= set(packages)
    assert not [name for name in packages if name.startswith(("os-ken", "os_ken", "ryu"))]


@pytest.mark.parametrize(
    "script, purpose, last_line",
    [
        (
            NO_NETWORK,
            "fetch what builds Ryu, setuptools==67.7.2 wheel pbr",
            "ERROR: No matching distribution found for setuptools==67.7.2",
        ),
        (NO_BUILD, "build ryu==4.34", "AttributeError: get_script_args"),
    ],
    ids=["no network", "a build that fails"],
)
def test_where_ryu_cannot_be_installed_pips_last_lines_are_told_and_nothing_is_kept(
    empty_cache: Path, pip: Callable[[str], Path], script: str, purpose: str, last_line: str
) -> None:
    pip(script)
    with pytest.raises(SetupFailed) as error:
        ryu_tree.build(quiet)
    assert str(error.value) == f"pip could not {purpose}:\n{last_line}"
    assert [path.name for path in empty_cache.iterdir()] == ["ryu-tree.lock"]


def test_the_command_says_that_no_test_has_run(
    empty_cache: Path,
    pip: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    pip(NO_NETWORK)
    monkeypatch.setattr(ryu_tree, "interrupt_once", lambda: None)
    assert ryu_tree.main() == SetupFailed.exit_code
    _, told = capfd.readouterr()
    assert "No matching distribution" in told and "no test has run under Ryu" in told


def test_only_ryus_build_sees_the_old_setuptools(
    empty_cache: Path, tmp_path: Path, pip: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "own")
    noted = pip(BUILDS % "ryu-4.34-py3-none-any.whl")
    ryu_tree._install_python_packages(tmp_path / "work" / "python")
    assert (noted / "environment").read_text().splitlines() == [
        "PYTHONPATH=own",
        f"PYTHONPATH={tmp_path}/work/ryu/tools",
        "PYTHONPATH=own",
    ]
    tools, wheel, install = (noted / "asked").read_text().splitlines()
    assert tools.endswith("setuptools==67.7.2 wheel pbr") and "--no-build-isolation" in wheel
    assert f"{tmp_path}/work/ryu/wheels/ryu-4.34-py3-none-any.whl" in install and "os-ken" not in install


def test_a_wheel_for_one_machine_only_is_refused(
    empty_cache: Path, tmp_path: Path, pip: Callable[[str], Path]
) -> None:
    pip(BUILDS % "ryu-4.34-cp311-cp311-linux_x86_64.whl")
    with pytest.raises(SetupFailed, match=r"not as one wheel for any machine.*cp311"):
        ryu_tree._install_python_packages(tmp_path / "work" / "python")
