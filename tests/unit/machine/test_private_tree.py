"""What set-up needs of this machine: said with the exact command, or installed where we are root."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from machine import private_tree
from machine.errors import MachineMissing, SetupFailed
from machine.private_tree import ensure_tools, missing_packages, package_list
from machine.tree import GUEST

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


class Machine:
    """A machine with some programs and packages, where apt-get only notes what it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.programs = {"mmdebstrap", "newuidmap", "tar"}
        self.keys = True
        self.commands: list[list[str]] = []
        self.code = 0
        self.installs = True
        exists = Path.exists
        monkeypatch.setattr(shutil, "which", self._which)
        monkeypatch.setattr(Path, "exists", lambda path: self.keys if str(path) == KEYS else exists(path))
        monkeypatch.setattr(subprocess, "run", self._run)
        monkeypatch.setattr(os, "geteuid", lambda: 0)

    def _which(self, name: str, path: str) -> str | None:
        assert path.endswith(":/usr/sbin:/sbin")  # an ordinary user's PATH often has neither
        return f"/usr/bin/{name}" if name in self.programs else None

    def _run(self, argv: list[str], **settings: object) -> subprocess.CompletedProcess[bytes]:
        self.commands.append(argv)
        if self.installs and "install" in argv:
            self.programs |= set(private_tree.NEEDED)
            self.keys = True
        return subprocess.CompletedProcess(argv, self.code)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_a_list_has_names_comments_and_empty_lines() -> None:
    text = "# a comment\nbird2\n\n  iproute2  # why\n\t# indented\nlibc6-dev\nwireguard-tools"
    assert package_list(text) == ["bird2", "iproute2", "libc6-dev", "wireguard-tools"]


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "  \n#\n"])
def test_a_list_may_be_empty(text: str) -> None:
    assert package_list(text) == []


def test_the_guests_own_list_is_read_whole() -> None:
    names = package_list((GUEST / "packages.txt").read_text())
    assert {"bird2", "mininet", "nginx-light", "unbound", "wireguard-tools"} <= set(names)
    assert all(name.replace("-", "").replace("+", "").replace(".", "").isalnum() for name in names)


def test_a_machine_that_has_everything(machine: Machine) -> None:
    assert missing_packages() == []
    ensure_tools(lambda text: None)
    assert machine.commands == []


def test_missing_programs_are_told_by_their_packages(machine: Machine) -> None:
    machine.programs, machine.keys = {"tar"}, False
    assert missing_packages() == ["mmdebstrap", "uidmap", "debian-archive-keyring"]


def test_an_ordinary_user_is_told_the_exact_command(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.programs = {"tar"}
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(MachineMissing) as error:
        ensure_tools(lambda text: None)
    assert str(error.value) == (
        "set-up needs mmdebstrap and uidmap: run 'sudo apt-get install -y mmdebstrap uidmap' once,"
        " then this command again"
    )
    assert (error.value.exit_code, machine.commands) == (2, [])


def test_root_has_exactly_what_is_missing_installed(machine: Machine) -> None:
    machine.programs.remove("newuidmap")
    said: list[str] = []
    ensure_tools(said.append)
    assert said == ["installing uidmap with apt-get"]
    assert machine.commands[-1] == ["apt-get", "install", "-y", "--no-install-recommends", "uidmap"]


@pytest.mark.parametrize("code, installs", [(100, False), (0, False), (100, True)])
def test_an_installation_that_did_not_work_is_told(machine: Machine, code: int, installs: bool) -> None:
    machine.programs.remove("mmdebstrap")
    machine.code, machine.installs = code, installs
    with pytest.raises(SetupFailed, match=r"^apt-get could not install mmdebstrap$"):
        ensure_tools(lambda text: None)
