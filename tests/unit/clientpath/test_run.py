"""What a run refuses before it has made anything, and what it leaves when it ends, well or not."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from pydantic import Field

from clientpath import running
from clientpath.cli import guarded
from experiments import nearest_datacenter
from experiments.experiment import Options
from experiments.order import Order
from experiments.registry import EXPERIMENTS
from machine import native, tree
from machine.errors import MachineFailed, MachineMissing
from machine.machines import MACHINES
from topologies.load import BUILTIN, load_world
from topologies.nearest import LISTED
from topologies.world import World

from .conftest import Clientpath, FakeMachine, Said

RUN = ("run", "nearest_datacenter")
INCONCLUSIVE = 3
Disk = namedtuple("Disk", "total used free")


def nothing_was_made(fake: FakeMachine, here: Path) -> bool:
    """Say whether no machine was started and no file or folder made."""
    return fake.runs == [] and list(here.iterdir()) == []


# Wrong use


@pytest.mark.parametrize(
    "arguments, told",
    [
        pytest.param(
            ["run", "nearest_datacentre"],
            'unknown experiment "nearest_datacentre"; did you mean "nearest_datacenter"',
            id="an experiment's name that is nearly one",
        ),
        pytest.param(
            ["run", "x"],
            f'unknown experiment "x"; right would be one of: {", ".join(sorted(EXPERIMENTS)[:LISTED])}',
            id="an experiment's name that is none",
        ),
        pytest.param(
            [*RUN, "--world", "artcile"],
            'artcile: no such file, and no built-in world "artcile"; did you mean "article"?',
            id="a world that there is not",
        ),
        pytest.param(
            [*RUN, "--machine", "vagrant"],
            "Invalid value for '--machine': 'vagrant' is not one of 'guest', 'native'.",
            id="a machine that there is not",
        ),
        pytest.param(
            [*RUN, "--seed", "-1"],
            "Invalid value for '--seed': -1 is not in the range 0<=x<=9223372036854775807.",
            id="a negative seed",
        ),
        pytest.param(
            [*RUN, "--seed", str(2**63)],
            "Invalid value for '--seed': 9223372036854775808 is not in the range 0<=x<=9223372036854775807.",
            id="a huge seed",
        ),
        pytest.param(
            [*RUN, "--seed", "seven"],
            "Invalid value for '--seed': 'seven' is not a valid integer range.",
            id="a seed that is no number",
        ),
        pytest.param(
            [*RUN, "--seed", "1.5"],
            "Invalid value for '--seed': '1.5' is not a valid integer range.",
            id="a seed that is no whole number",
        ),
    ],
)
def test_wrong_use(
    clientpath: Clientpath, fake: FakeMachine, here: Path, arguments: list[str], told: str
) -> None:
    assert clientpath(*arguments).complaint.startswith(told)
    assert nothing_was_made(fake, here)


def test_a_world_that_cannot_show_the_effect(clientpath: Clientpath, fake: FakeMachine, here: Path) -> None:
    text = (BUILTIN / "article.toml").read_text(encoding="utf-8")
    world = here.parent / "mine.toml"
    world.write_text(text.replace('tenant = "contoso"', 'tenant = "lotus"'))
    told = clientpath(*RUN, "--world", world).complaint
    assert told.startswith("no client") and "right would be one" in told
    assert nothing_was_made(fake, here)


# Options of an experiment's own


class Choice(Options):
    """What can be chosen of an experiment."""

    size_mb: int = Field(10, ge=1, description="The size of a file.")


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """Give the experiment an option; return what is chosen each time that it is planned."""
    known, seen = EXPERIMENTS["nearest_datacenter"], []

    def plan_order(world: World, seed: int, tolerance_us: float, options: Options) -> Order:
        seen.append(options)
        return known.plan_order(world, seed, tolerance_us, options)

    changed = dataclasses.replace(known, plan_order=plan_order, options=Choice)
    monkeypatch.setattr(nearest_datacenter, "EXPERIMENT", changed)
    return seen


@pytest.mark.parametrize("arguments, size_mb", [((), 10), (("--size-mb", "7"), 7)])
def test_what_is_chosen_of_an_experiment_is_what_it_plans_with(
    clientpath: Clientpath,
    fake: FakeMachine,
    chosen: list[Options],
    arguments: tuple[str, ...],
    size_mb: int,
) -> None:
    fake.captures = ()
    clientpath(*RUN, *arguments)
    assert chosen == [Choice(size_mb=size_mb)]


def test_what_cannot_be_chosen(
    clientpath: Clientpath, fake: FakeMachine, here: Path, chosen: list[Options]
) -> None:
    told = clientpath(*RUN, "--size-mb", "0").complaint
    assert told == "Invalid value for '--size-mb': 0 is not in the range x>=1."
    assert nothing_was_made(fake, here) and chosen == []


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("--source", "amz"), 'unknown datacenter "amz"; did you mean "ams"?'),
        (("--target", "bjs"), "no backbone joins two clouds; right would be two datacenters of one"),
        (("--source", "sin", "--target", "sin"), '"sin" is both ends; right would be two datacenters'),
    ],
)
@pytest.mark.parametrize("name", ["backbone_failover", "backbone_classes"])
def test_datacenters_that_cannot_be_chosen(
    clientpath: Clientpath, fake: FakeMachine, here: Path, name: str, arguments: tuple[str, ...], told: str
) -> None:
    assert told in clientpath("run", name, "--world", "article", *arguments).complaint
    assert nothing_was_made(fake, here)


def test_a_file_of_demands_that_is_not_there(clientpath: Clientpath, fake: FakeMachine, here: Path) -> None:
    arguments = ("run", "backbone_classes", "--world", "article", "--demands", "none.toml")
    assert clientpath(*arguments).complaint.startswith(
        "none.toml: cannot be read (No such file or directory)"
    )
    assert nothing_was_made(fake, here)


# The world that an experiment is run in


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give each run the article's world, whatever is asked for; return what was asked for."""
    asked: list[str] = []
    article = load_world("article")

    def load(name: str) -> World:
        asked.append(name)
        return article

    monkeypatch.setattr(running, "load_world", load)
    return asked


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_is_run_in_its_own_world_unless_another_one_is_asked_for(
    clientpath: Clientpath, fake: FakeMachine, loaded: list[str], name: str
) -> None:
    fake.error = MachineFailed("ended")
    clientpath("run", name)
    clientpath("run", name, "--world", "mine.toml")
    assert loaded == [EXPERIMENTS[name].world, "mine.toml"]
    own = {"edge": "edges", "region_failure": "continents"}
    on_the_backbone = "planet" if name.startswith("backbone_") else "article"
    assert EXPERIMENTS[name].world == own.get(name, on_the_backbone)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_help_of_an_experiment_tells_its_world(clientpath: Clientpath, name: str) -> None:
    said = clientpath("run", name, "--help")
    assert said.code == 0
    assert f"[default: {EXPERIMENTS[name].world}]" in " ".join(said.out.split())


# Folders that cannot be used


@pytest.fixture
def occupied(here: Path) -> Path:
    """A folder beside the current one that has a file."""
    folder = here.parent / "occupied"
    folder.mkdir()
    (folder / "file").write_text("mine")
    return folder


def out(clientpath: Clientpath, folder: Path | str) -> str:
    """Return what is said of a folder for a run."""
    return clientpath(*RUN, "--out", folder).complaint


def test_a_file_is_no_folder(clientpath: Clientpath, fake: FakeMachine, here: Path, occupied: Path) -> None:
    told = out(clientpath, occupied / "file")
    assert told.startswith(f"Invalid value for '--out': {occupied / 'file'}: ")
    assert told.endswith("right would be a folder that can be written")
    assert nothing_was_made(fake, here)
    assert (occupied / "file").read_text() == "mine"


def test_a_folder_that_has_something(
    clientpath: Clientpath, fake: FakeMachine, here: Path, occupied: Path
) -> None:
    told = out(clientpath, occupied)
    assert f"{occupied}: is not empty: a run never writes over another" in told
    assert nothing_was_made(fake, here)
    assert [path.name for path in occupied.iterdir()] == ["file"]


def test_a_folder_below_a_file(clientpath: Clientpath, fake: FakeMachine, here: Path, occupied: Path) -> None:
    told = out(clientpath, occupied / "file" / "run")
    assert f"{occupied / 'file' / 'run'}: Not a directory" in told
    assert nothing_was_made(fake, here)


def test_a_place_where_nobody_can_write(clientpath: Clientpath, fake: FakeMachine, here: Path) -> None:
    told = out(clientpath, "/proc/run")
    assert told.startswith("Invalid value for '--out': /proc/run: ")
    assert nothing_was_made(fake, here)


def test_a_current_folder_where_nobody_can_write(
    clientpath: Clientpath, fake: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/proc")
    assert clientpath(*RUN).complaint.startswith("Invalid value for the default '--out': runs: ")
    assert fake.runs == []


def test_a_disk_that_is_full(
    clientpath: Clientpath, fake: FakeMachine, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Disk(2**30, 2**30 - 2**20, 2**20))
    assert "run: has 1 MB free, and a run needs 64 MB" in out(clientpath, "run")
    assert fake.runs == []
    assert [path for path in here.rglob("*") if path.is_file()] == []


# Machines that cannot be used


@pytest.fixture
def capable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let this machine be one that could run natively: root, with a tree, and with all features."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    monkeypatch.setattr(tree, "place", lambda: tmp_path)
    monkeypatch.setattr(native, "missing_features", list)


def natively(clientpath: Clientpath) -> str:
    """Return what is said of a native run."""
    return clientpath(*RUN, "--machine", "native").complaint


@pytest.mark.usefixtures("capable")
def test_a_native_run_without_root(
    clientpath: Clientpath, fake: FakeMachine, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    told = "--machine native needs root: run it with sudo, or use --machine guest"
    assert natively(clientpath) == told
    assert nothing_was_made(fake, here)


@pytest.mark.usefixtures("capable")
def test_a_native_run_on_a_kernel_without_netem(
    clientpath: Clientpath, fake: FakeMachine, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "missing_features", lambda: [("netem", "sch_netem")])
    told = natively(clientpath)
    assert "has no netem: run 'modprobe -a sch_netem', or use --machine guest" in told
    assert nothing_was_made(fake, here)


def test_a_guest_that_is_not_set_up(
    clientpath: Clientpath, here: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    told = "the guest is not set up yet: run 'make setup' once (some minutes)"
    assert clientpath(*RUN).complaint == told
    assert list(here.iterdir()) == []


# Runs that come to an end


def run_of(here: Path) -> Path:
    """Return the folder of the only run."""
    (folder,) = (here / "runs").iterdir()
    return folder


def record_of(folder: Path) -> dict[str, object]:
    record: dict[str, object] = json.loads((folder / "machine.json").read_text())
    return record


def test_a_run_is_prepared_run_and_judged(clientpath: Clientpath, fake: FakeMachine, here: Path) -> None:
    said = clientpath(*RUN)
    folder = run_of(here)
    assert said.code == 0
    assert fake.runs == [("guest", folder, 1)]
    assert "verdict: held" in said.out and str(folder) in said.out
    assert folder.name.endswith("-nearest_datacenter")
    for name in ("order.json", "nodes/backbone/control.json", "result.json", "machine.json"):
        assert (folder / name).is_file()


def test_progress_is_told_on_standard_error_alone(clientpath: Clientpath, fake: FakeMachine) -> None:
    fake.captures = ()
    said = clientpath(*RUN, "--seed", "7", "--out", "run")
    steps = [line.partition("] ")[2] for line in said.err.splitlines()]
    assert steps == [
        "The portal: connecting to the nearest datacenter: world article, seed 7, guest",
        "building the network: 1 node",
        "nearest: [traveller] asks isplis",
        "reading the captures, judging",
    ]
    assert not any(step in said.out for step in steps[1:])


def test_json_is_all_that_is_on_standard_output(
    clientpath: Clientpath, fake: FakeMachine, here: Path
) -> None:
    said = clientpath(*RUN, "--json", "--out", "run")
    assert json.loads(said.out) == json.loads((here / "run" / "result.json").read_text())


def test_the_seed_and_the_folder_are_those_that_were_given(
    clientpath: Clientpath, fake: FakeMachine, here: Path
) -> None:
    fake.captures = ()
    (here / "empty").mkdir()
    assert clientpath(*RUN, "--seed", str(2**63 - 1), "--out", "empty").code == INCONCLUSIVE
    assert clientpath(*RUN, "--seed", "0", "--out", "new/and/deep").code == INCONCLUSIVE
    assert fake.runs == [("guest", here / "empty", 2**63 - 1), ("guest", here / "new/and/deep", 0)]


def test_a_second_run_has_a_folder_of_its_own(clientpath: Clientpath, fake: FakeMachine) -> None:
    fake.captures = ()
    assert [clientpath(*RUN).code for _ in range(2)] == [INCONCLUSIVE, INCONCLUSIVE]
    one, two = (folder for _, folder, _ in fake.runs)
    assert one != two


def failed(clientpath: Clientpath, fake: FakeMachine, error: BaseException) -> Said:
    fake.error = error
    return clientpath(*RUN)


def test_a_machine_that_fails(clientpath: Clientpath, fake: FakeMachine, here: Path) -> None:
    said = failed(clientpath, fake, MachineFailed("isplis: unbound ended\n(at: nearest)"))
    assert (said.code, said.out) == (3, "")
    assert said.err.endswith("clientpath: CP303: isplis: unbound ended\n(at: nearest)\n")
    assert not (run_of(here) / "result.json").exists()


def test_an_interruption_under_way(clientpath: Clientpath, fake: FakeMachine, here: Path) -> None:
    said = failed(clientpath, fake, KeyboardInterrupt())
    assert (said.code, said.out) == (130, "")
    assert said.err.endswith("clientpath: interrupted; nothing is left running\n")
    assert record_of(run_of(here))["machine"] == "guest"


def test_a_machine_that_is_gone_when_it_is_to_start(clientpath: Clientpath, fake: FakeMachine) -> None:
    said = failed(clientpath, fake, MachineMissing("the guest is not set up yet"))
    assert (said.code, said.out) == (2, "")


@pytest.mark.parametrize(
    "error", [MachineFailed("ended"), KeyboardInterrupt(), ZeroDivisionError()], ids=repr
)
def test_machine_json_is_written_also_after_an_error(
    fake: FakeMachine, here: Path, error: BaseException
) -> None:
    fake.error = error
    guarded(list(RUN))
    assert "machine" not in dict(record_of(run_of(here))["real_seconds"])  # type: ignore[call-overload]


def test_every_machine_has_its_name() -> None:
    assert {name: machine.name for name, machine in MACHINES.items()} == {
        "guest": "guest",
        "native": "native",
    }
