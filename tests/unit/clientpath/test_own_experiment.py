"""An experiment in a file of one's own, from the command line: run, judged again, reported, shown."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from machine import machines
from machine.machines import Machine

from ..experiments.saved_runs import SAVED
from .conftest import Clientpath, FakeMachine

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def mine(here: Path, fake: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a built-in experiment, called otherwise; the guest leaves a saved run, but for the order."""

    def run(
        machine: Machine, run_dir: Path, seed: int, on_step: Callable[[str], None], memory_mb: int
    ) -> None:
        order = (run_dir / "order.json").read_text()
        fake.run(machine, run_dir, seed, on_step, memory_mb)
        (run_dir / "order.json").write_text(order)

    monkeypatch.setattr(machines, "run", run)
    text = (ROOT / "experiments" / "nearest_datacenter.py").read_text()
    file = here / "mine.py"
    file.write_text(
        text.replace('name="nearest_datacenter"', 'name="mine"').replace("The portal: ", "Mine: ")
    )
    return file


@pytest.fixture
def run(clientpath: Clientpath, mine: Path) -> Path:
    """The folder of a run of it."""
    assert clientpath("run", "./mine.py", "--out", "run").code == 0
    return mine.with_name("run")


def test_it_is_run_by_its_file_as_a_built_in_one_by_its_name(clientpath: Clientpath, mine: Path) -> None:
    said = clientpath("run", "mine.py")
    assert said.code == 0
    assert "\nMine: connecting to the nearest datacenter  (world article, seed 1)\n" in said.out
    (folder,) = (mine.parent / "runs").iterdir()
    assert folder.name.endswith("-mine")
    assert {"report.html", "result.json", "story.pcapng", "ladder.svg"} <= {
        each.name for each in folder.iterdir()
    }
    assert json.loads((folder / "result.json").read_text())["experiment"] == "mine"


def test_its_folder_says_which_file_it_is_of_and_a_built_in_ones_says_none(
    clientpath: Clientpath, run: Path, mine: Path
) -> None:
    assert json.loads((run / "order.json").read_text())["file"] == str(mine)
    assert clientpath("run", "nearest_datacenter", "--out", "other").code == 0
    assert json.loads((run.with_name("other") / "order.json").read_text())["file"] == ""


def test_its_options_are_the_same_and_help_has_its_title(clientpath: Clientpath, mine: Path) -> None:
    said = clientpath("run", "mine.py", "--help")
    assert said.code == 0 and "Mine: connecting to the nearest datacenter." in said.out
    assert clientpath("run", "mine.py", "--seed", "-1").complaint.startswith("Invalid value for '--seed'")
    assert clientpath("run", "mine.py", "--world", "artcile").complaint.startswith("artcile: no such file")


def test_its_run_is_judged_reported_and_shown_from_anywhere(
    clientpath: Clientpath, run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    before = (run / "result.json").read_bytes()
    said = clientpath("judge", run)
    assert said.code == 0 and "\nMine: connecting" in said.out
    assert (run / "result.json").read_bytes() == before
    (run / "report.html").unlink()
    assert clientpath("report", run).code == 0
    page = (run / "report.html").read_text()
    assert "Mine: connecting to the nearest datacenter" in page
    assert "clientpath run mine.py --world article --seed 1" in page
    shown = clientpath("show", run)
    assert shown.code == 0 and shown.out.startswith("Mine: connecting to the nearest datacenter: traveller")


def test_two_runs_are_compared_by_what_their_files_call_them(
    clientpath: Clientpath, run: Path, mine: Path
) -> None:
    assert clientpath("run", "nearest_datacenter", "--out", "other").code == 0
    assert clientpath("report", run, run.with_name("other"), "--out", "page.html").code == 0
    page = mine.with_name("page.html").read_text()
    assert "Mine: connecting to the nearest" in page and "The portal: connecting to the nearest" in page


def test_claims_that_have_changed_are_judged_over_the_same_run(
    clientpath: Clientpath, run: Path, mine: Path
) -> None:
    text = mine.read_text()
    mine.write_text(text.replace("steps=steps,", "steps=lambda reading: steps(reading)[:2],"))
    assert clientpath("judge", run).code == 0
    result = json.loads((run / "result.json").read_text())
    assert (len(result["steps"]), len(result["controls"])) == (2, 5)
    mine.write_text(text.replace("there = nearest(world, far, CLOUD)", "there = world.datacenter('syd')"))
    said = clientpath("judge", run)
    assert said.code == 1 and "\nverdict: refuted\n" in said.out


# What is wrong with it


@pytest.mark.parametrize("command", ["judge", "report", "show"])
def test_a_file_that_is_gone_is_told_and_nothing_is_overwritten(
    clientpath: Clientpath, run: Path, mine: Path, command: str
) -> None:
    mine.unlink()
    before = {path: path.read_bytes() for path in run.iterdir() if path.is_file()}
    assert clientpath(command, run).complaint.startswith(f"{mine}: No such file or directory; right would be")
    for path in (run / "result.json", run / "report.html", run / "order.json"):
        assert path.read_bytes() == before[path]


@pytest.mark.parametrize("command", ["judge", "report", "show"])
def test_a_file_that_has_no_experiment_any_more(
    clientpath: Clientpath, run: Path, mine: Path, command: str
) -> None:
    mine.write_text("EXPERIMENTS = []\n")
    assert clientpath(command, run).complaint.startswith(f"{mine}: has no EXPERIMENT; right would be")


def test_a_file_that_is_not_there_starts_nothing(
    clientpath: Clientpath, fake: FakeMachine, here: Path
) -> None:
    assert clientpath("run", "gone.py").complaint.startswith(f"{here / 'gone.py'}: No such file or directory")
    assert clientpath("run", "gone.py", "--help").complaint.startswith(f"{here / 'gone.py'}: No such")
    assert fake.runs == [] and list(here.iterdir()) == []


@pytest.mark.parametrize(
    "wrong, words",
    [
        ("world.client('travler')", 'unknown client "travler"; did you mean "traveller"?'),
        ("traveller(world, '21vianet')", "no client is away from its tenant's datacenter in cloud"),
        ("traveller(world)", "TypeError: traveller() missing 1 required positional argument: 'cloud'"),
    ],
)
def test_what_cannot_be_planned_is_told_with_its_line_and_starts_nothing(
    clientpath: Clientpath, fake: FakeMachine, mine: Path, wrong: str, words: str
) -> None:
    text = mine.read_text()
    number = text.splitlines().index("    client = traveller(world, CLOUD)") + 1
    mine.write_text(text.replace("client = traveller(world, CLOUD)", f"client = {wrong}"))
    told = clientpath("run", "mine.py").complaint
    assert told.startswith(f"{mine}:{number}: {words}")
    assert fake.runs == [] and [path.name for path in mine.parent.iterdir()] == ["mine.py"]


@pytest.mark.parametrize(
    "right, wrong, told",
    [
        ("own = world.resolver", "own = world.resovler", "AttributeError: 'World' object has no attribute"),
        ("reading.case(MAIN)\n    own", "reading.case('main')\n    own", "KeyError: 'main'"),
        ("landing.ends_there(home)", "landing.ends_there(1 / 0)", "ZeroDivisionError: division by zero"),
    ],
)
def test_claims_that_fail_after_a_run_say_how_to_go_on(
    clientpath: Clientpath, fake: FakeMachine, mine: Path, right: str, wrong: str, told: str
) -> None:
    text = mine.read_text()
    assert text.count(right) == 1
    mine.write_text(text.replace(right, wrong))
    said = clientpath("run", "mine.py", "--out", "run")
    assert (said.code, said.out, len(fake.runs)) == (2, "", 1) and "Traceback" not in said.err
    complaint = said.err.splitlines()[-1]
    assert f"{mine}:" in complaint and told in complaint
    assert f"when that is mended, 'clientpath judge {mine.with_name('run')}' goes on from here" in complaint
    mine.write_text(text)
    assert clientpath("judge", "run").code == 0


def test_an_order_that_was_written_before_there_were_such_files_is_of_a_built_in_one(
    clientpath: Clientpath, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(SAVED, run)
    order = json.loads((run / "order.json").read_text())
    assert order.pop("file") == ""
    (run / "order.json").write_text(json.dumps(order))
    assert clientpath("judge", run).code == 0
