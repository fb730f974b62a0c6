"""``clientpath shell`` from outside: a small local process stands in for the machine and its inside."""

from __future__ import annotations

import dataclasses
import io
import json
import sys
from pathlib import Path

import pytest

from machine import machines
from machine.machines import GUEST, MACHINES
from machine.session import Start

from .conftest import Clientpath

# The inside's part: it asks as that does, and says what it was told; the code is the number of the line.
INSIDE = """
import json, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from experiments.standstill import lines
folder, code = Path(sys.argv[1]), 0
print("@step starting the services", flush=True)
with lines(folder) as told:
    while True:
        print(f"@asks {{code}} 1500000", flush=True)
        line = told.next()
        if line is None or line.strip() == "exit":
            break
        code += line.strip() != "fine"
        print("@says " + json.dumps("did " + line), flush=True)
print("@exit 0", flush=True)
"""
ROOT = str(Path(machines.__file__).resolve().parents[1])


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    """A guest that is a local process."""
    inside = here / "inside.py"
    inside.write_text(INSIDE.format(root=ROOT))

    def start(run_dir: Path, seed: int, memory_mb: int) -> Start:
        return Start(kind="guest", argv=[sys.executable, str(inside), str(run_dir)], env={})

    guest = dataclasses.replace(GUEST, require=lambda: None, versions=lambda: {"kernel": "none"}, start=start)
    monkeypatch.setitem(MACHINES, "guest", guest)


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_lines_through_a_pipe_are_done_and_kept(
    clientpath: Clientpath, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, "fine\nfine\n")
    said = clientpath("shell", "article", "--out", "it", "--client", "traveller")
    assert (said.code, said.out) == (0, "did fine\ndid fine\n")
    assert "starting the services" in said.err and said.err.endswith(f"kept in {here / 'it'}\n")
    kept = (here / "it" / "transcript.txt").read_text()
    assert kept == 2 * "[    0.001500 s] clientpath> fine\ndid fine\n"
    record = json.loads((here / "it" / "machine.json").read_text())
    assert record["machine"] == "guest" and record["real_seconds"]["machine"] > 0
    assert not (here / "it" / ".shell").exists()


def test_the_last_line_decides_how_it_ends(clientpath: Clientpath, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, "fine\nwrong\nexit\nfine\n")
    said = clientpath("shell", "article", "--quiet")
    assert (said.code, said.out, said.err) == (1, "did fine\ndid wrong\n", "")


def test_without_a_line_nothing_is_done(clientpath: Clientpath, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, "")
    said = clientpath("shell", "-q")
    assert (said.code, said.out, said.err) == (0, "", "")


@pytest.mark.parametrize(
    "options, complaint",
    [
        (("artikle",), 'did you mean "article"'),
        (("article", "--client", "travler"), 'did you mean "traveller"'),
        (("article", "--service", "mail"), "'mail' is not one of 'portal', 'exchange', 'sharepoint'"),
        (("article", "--seed", "-1"), "-1 is not in the range"),
        (("article", "article"), "unexpected extra argument"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_made(
    clientpath: Clientpath, here: Path, options: tuple[str, ...], complaint: str
) -> None:
    assert complaint in clientpath("shell", *options).complaint
    assert [path.name for path in here.iterdir()] == ["inside.py"]


def test_a_folder_with_something_in_it_is_left_alone(clientpath: Clientpath, here: Path) -> None:
    assert "is not empty" in clientpath("shell", "article", "--out", str(here)).complaint
    assert [path.name for path in here.iterdir()] == ["inside.py"]


def test_a_machine_that_fails_is_told(
    clientpath: Clientpath, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "inside.py").write_text("print('@step building'); print('@error no room'); print('@exit 3')")
    piped(monkeypatch, "fine\n")
    said = clientpath("shell", "article", "--out", "it", "--quiet")
    assert said.code == 3 and "no room\n(at: building)" in said.err
    assert (here / "it" / "console.txt").exists()
