"""What works here and what does not, each with what mends it; looking changes nothing."""

from __future__ import annotations

import dataclasses
import json
import platform
from pathlib import Path

import pytest

from clientpath.cli import guarded
from machine import confinement, guest, kernel, native, private_tree, tree
from machine.doctor import Finding, examine
from machine.errors import MachineMissing


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, empty_cache: Path) -> None:
    """A machine where nothing is set up and hardly anything is installed."""

    def refuse() -> None:
        raise MachineMissing("--machine native needs root")

    monkeypatch.setattr(private_tree, "missing_packages", lambda: ["mmdebstrap", "uidmap"])
    monkeypatch.setattr(guest, "free_mb", lambda folder: 100)
    monkeypatch.setattr(native, "require", refuse)
    monkeypatch.setattr(confinement, "version", lambda: 4)


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch, bare: None, tmp_path: Path) -> None:
    """A machine where the guest can be started, and no native run."""
    for module, name in ((kernel, "kernel-1"), (tree, "tree-1")):
        place = tmp_path / name
        place.mkdir()
        monkeypatch.setattr(module, "place", lambda place=place: place)
    monkeypatch.setattr(guest, "free_mb", lambda folder: 5000)


def findings() -> dict[str, Finding]:
    return {each.what: each for each in examine()}


@pytest.mark.usefixtures("bare")
def test_where_nothing_is_set_up_everything_that_is_missing_is_told() -> None:
    found = findings()
    assert {name for name, each in found.items() if not each.works} >= {
        "set-up's tools",
        "room for set-up",
        "guest's kernel",
        "guest's tree",
        "guest",
        "native run",
    }
    assert found["set-up's tools"].seen == "missing: mmdebstrap, uidmap"
    assert found["set-up's tools"].mend == "sudo apt-get install -y mmdebstrap uidmap"
    assert found["room for set-up"].seen.startswith("100 MB free in ")
    assert found["guest's kernel"].mend == found["guest's tree"].mend == "make setup"
    assert found["guest"].seen == "the guest is not set up yet: run 'make setup' once (some minutes)"
    assert found["native run"].seen == "--machine native needs root"


@pytest.mark.usefixtures("ready")
def test_where_the_guest_is_set_up_its_set_up_needs_nothing_more() -> None:
    found = findings()
    assert [name for name, each in found.items() if not each.works] == ["native run"]
    assert found["guest"].seen == "can be started"


@pytest.mark.parametrize("name", ["kernel", "tree"])
def test_half_a_set_up_is_none(ready: None, tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}-1").rmdir()
    found = findings()
    assert not found[f"guest's {name}"].works
    assert not found["set-up's tools"].works and not found["guest"].works


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("system, machine", [("Darwin", "x86_64"), ("Linux", "aarch64")])
def test_another_kind_of_machine_is_told(monkeypatch: pytest.MonkeyPatch, system: str, machine: str) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    found = findings()["machine"]
    assert (found.works, found.seen) == (False, f"{system} on {machine}")


@pytest.mark.usefixtures("ready")
def test_a_kernel_without_landlock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "version", lambda: 0)
    assert not findings()["confinement"].works


@pytest.mark.usefixtures("bare")
def test_whatever_does_not_work_is_told_with_what_mends_it() -> None:
    for each in examine():
        assert each.works or each.mend or "run '" in each.seen or "needs" in each.seen, each


def shown(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    code = guarded(["doctor", *options])
    out, err = capsys.readouterr()
    assert err == ""
    return code, out


@pytest.mark.usefixtures("bare")
def test_the_command_ends_with_2_where_no_guest_can_be_started(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = shown(capsys)
    assert code == 2
    lines = out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("missing  set-up's tools"))
    assert lines[at + 1].strip() == "mend it: sudo apt-get install -y mmdebstrap uidmap"


@pytest.mark.usefixtures("ready")
def test_the_command_ends_with_0_where_a_guest_can_be_started(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = shown(capsys)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if "native run" in line] == ["missing"]
    assert "mend it" not in out


@pytest.mark.usefixtures("ready")
def test_the_command_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = shown(capsys, "--json")
    assert code == 0
    assert json.loads(out) == [dataclasses.asdict(each) for each in examine()]
