"""The wait for a controller, over stand-ins: small scripts that say what a controller would say."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controllers import process
from controllers.process import Controller, Keeper
from topologies.errors import ServiceError

Start = Callable[[str], Controller]
SAYS_SO = "print('in-force 1 without'); print('settled', flush=True)"
GOES_ON = "import time; time.sleep(600)"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "controller.log"


@pytest.fixture
def start(log: Path) -> Iterator[Start]:
    """Start a script as a controller; all are ended afterwards."""
    running: list[Controller] = []

    def start_one(script: str) -> Controller:
        with log.open("ab") as words:
            argv = [sys.executable, "-c", script]
            made = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=words, bufsize=0)
        running.append(Controller(made, log))
        return running[-1]

    yield start_one
    for each in running:
        each.stop()


def test_it_waits_until_paths_are_in_force_whatever_else_is_said(start: Start) -> None:
    start(
        f"print('confirmed 1', flush=True); print('hello', flush=True); {SAYS_SO}; {GOES_ON}"
    ).wait_in_force()


def test_each_wait_is_for_the_next_version(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    controller = start(f"{SAYS_SO}; {SAYS_SO}; {GOES_ON}")
    controller.wait_in_force()
    controller.wait_in_force()
    monkeypatch.setattr(process, "DEADLINE_S", 0.2)
    with pytest.raises(ServiceError):
        controller.wait_in_force()


def test_a_controller_that_ends_first_is_an_error_with_its_last_words(start: Start) -> None:
    script = "import sys; [print('line', n, file=sys.stderr) for n in range(40)]; sys.exit(3)"
    with pytest.raises(ServiceError) as error:
        start(script).wait_in_force()
    first, *tail = str(error.value).splitlines()
    assert first.startswith("backbone: ") and "ended" in first
    assert tail == [f"line {number}" for number in range(40 - process.LAST_LINES, 40)]


def test_a_controller_that_never_says_so_is_an_error_after_the_deadline(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "DEADLINE_S", 0.5)
    controller = start(f"import sys; print('waits', file=sys.stderr, flush=True); {GOES_ON}")
    begin = time.monotonic()
    with pytest.raises(ServiceError, match=r"within 0\.5 s"):
        controller.wait_in_force()
    assert 0.5 <= time.monotonic() - begin < 30


def test_what_is_said_by_the_way_moves_no_deadline(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "DEADLINE_S", 0.5)
    script = "import time\nwhile True: print('confirmed 1', flush=True); time.sleep(0.05)"
    with pytest.raises(ServiceError, match=r"within 0\.5 s"):
        start(script).wait_in_force()


class _Started:
    """What a keeper has started: the control files, and whether each controller was ended."""

    def __init__(self) -> None:
        self.controls: list[Path] = []
        self.events: list[str] = []

    def start(self, control: Path, log: Path) -> Controller:
        self.controls.append(control)
        self.events.append(f"begins {control.name}")
        argv = [sys.executable, "-c", f"{SAYS_SO}; {GOES_ON}"]
        found = _Watched(subprocess.Popen(argv, stdout=subprocess.PIPE, bufsize=0), log)
        found.events = self.events
        return found


class _Watched(Controller):
    events: list[str]

    def stop(self) -> None:
        self.events.append("ends")
        super().stop()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> _Started:
    found = _Started()
    monkeypatch.setattr(process, "_start", found.start)
    return found


def test_one_controller_is_kept_at_a_time_and_ended_with_the_block(started: _Started, log: Path) -> None:
    with Keeper(log) as keeper:
        keeper.use(Path("a"))
        keeper.use(Path("a"))
        keeper.use(Path("b"))
    assert started.events == ["begins a", "ends", "begins b", "ends"]


def test_a_successor_has_the_same_file_and_dying_twice_is_dying_once(started: _Started, log: Path) -> None:
    with Keeper(log) as keeper:
        keeper.begin(Path("a"))
        keeper.die()
        keeper.die()
        keeper.succeed()
        keeper.wait_in_force()
        keeper.die()
        keeper.use(Path("a"))
    assert started.events == ["begins a", "ends", "begins a", "ends", "begins a", "ends"]


def test_the_controller_is_ended_also_after_an_error(started: _Started, log: Path) -> None:
    with pytest.raises(KeyError):
        with Keeper(log) as keeper:
            keeper.begin(Path("a"))
            raise KeyError
    assert started.events[-1] == "ends"


def test_a_real_controller_that_cannot_begin_says_why(log: Path, tmp_path: Path) -> None:
    """Outside there is no framework; inside, this control file would not do."""
    with Keeper(log) as keeper:
        keeper.begin(tmp_path / "none.json")
        with pytest.raises(ServiceError, match="Error"):
            keeper.wait_in_force()
