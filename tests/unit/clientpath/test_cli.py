"""Every command explains itself, and every error of ours is one message and an exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NoReturn

import click
import pytest

import clientpath as package
from clientpath.cli import cli
from clientpath.cli import guarded as run_guarded
from clientpath.commands.run import Experiments
from clientpath.commands.run import run as run_command
from clientpath.lazy import TOLD, UNREAD
from experiments.registry import EXPERIMENTS
from machine.errors import MachineError, MachineFailed, MachineMissing, SetupFailed
from topologies.errors import BuildError, ClientpathError, MeasurementError, WorldError

from .conftest import Clientpath

CONTEXT = click.Context(cli)
COMMANDS = cli.list_commands(CONTEXT)
assert isinstance(run_command, Experiments)
run: Experiments = run_command


def command(name: str) -> click.Command:
    found = cli.get_command(CONTEXT, name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_short_help_is_how_its_own_begins(name: str) -> None:
    told = TOLD[name].rstrip(".")
    assert command(name).get_short_help_str(200).startswith(told.partition(":")[0])


def test_help_imports_no_experiment() -> None:
    """It has to be there at once, and the experiments take a second to import."""
    asked = "import sys, clientpath.cli as c; c.guarded(['--help']); print('experiments' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_the_commands_are_these() -> None:
    assert COMMANDS == [
        "compare",
        "completion",
        "doctor",
        "endpoints",
        "judge",
        "list",
        "locate",
        "report",
        "run",
        "shell",
        "show",
        "world",
    ]


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_shows_every_command(clientpath: Clientpath, option: str) -> None:
    said = clientpath(option)
    assert (said.code, said.err) == (0, "")
    for name in COMMANDS:
        assert f"clientpath {name}" in said.out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_has_an_example(clientpath: Clientpath, name: str) -> None:
    said = clientpath(name, "--help")
    assert (said.code, said.err) == (0, "")
    examples = said.out.partition("Examples:\n")[2].splitlines()
    assert examples[0].strip().startswith(f"clientpath {name}")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(clientpath: Clientpath, name: str) -> None:
    for option in command(name).params:
        if isinstance(option, click.Option):
            assert option.help
            assert option.opts[0] in clientpath(name, "--help").out


def test_the_version(clientpath: Clientpath) -> None:
    said = clientpath("--version")
    assert (said.code, said.out) == (0, f"clientpath, version {package.__version__}\n")


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["judges"], "No such command 'judges'; did you mean \"judge\"?"),
        (["run", "nearest_datacenter", "more"], "Got unexpected extra argument (more)"),
        (["run", "nearest_datacenter", "--sed", "1"], "No such option"),
        (["judge"], "Missing argument 'RUN_DIR'."),
        (["world", "show"], "Missing argument 'NAME|FILE'."),
        (["list", "--jsn"], "No such option"),
        (["list", "more"], "Got unexpected extra argument (more)"),
    ],
)
def test_wrong_use(clientpath: Clientpath, arguments: list[str], told: str) -> None:
    assert clientpath(*arguments).complaint.startswith(told)


def test_run_without_an_experiment_shows_those_that_there_are(clientpath: Clientpath) -> None:
    said = clientpath("run")
    assert (said.code, said.out) == (2, "")
    listed = said.err.partition("Commands:\n")[2].split()
    assert set(EXPERIMENTS) <= set(listed)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_help_of_every_experiment_says_what_it_is_and_explains_every_option(
    clientpath: Clientpath, name: str
) -> None:
    said = clientpath("run", name, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: clientpath run {name} [OPTIONS]\n")
    assert EXPERIMENTS[name].title.split(":")[0] in said.out
    found = run.get_command(click.Context(run), name)
    assert found is not None
    for option in found.params:
        assert isinstance(option, click.Option) and option.help
        assert option.opts[0] in said.out


def test_every_experiment_can_be_run() -> None:
    assert isinstance(run, click.Group)
    assert run.list_commands(click.Context(run)) == list(EXPERIMENTS)


@pytest.mark.parametrize(
    "error, code",
    [
        (WorldError("a world"), 2),
        (ClientpathError("something"), 2),
        (MachineMissing("a machine"), 2),
        (MachineFailed("a machine"), 3),
        (SetupFailed("a set-up"), 3),
        (MeasurementError("a capture"), 3),
        (BuildError("a network"), 3),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_error_is_told_in_words(
    clientpath: Clientpath, monkeypatch: pytest.MonkeyPatch, error: ClientpathError | MachineError, code: int
) -> None:
    _commands_raise(monkeypatch, error)
    said = clientpath("list")
    assert (said.code, said.out, said.err) == (code, "", f"clientpath: {error.code}: {error}\n")


def printed_by(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "clientpath.cli", *arguments]
    kept = {**os.environ, **environment}
    return subprocess.Popen(argv, env=kept, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("arguments", [("list",), ("world", "schema"), ("world", "show", "planet")])
def test_whoever_has_read_enough_is_told_no_verdict(arguments: tuple[str, ...]) -> None:
    with printed_by(*arguments) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == ("", UNREAD)


def test_a_terminal_that_cannot_show_everything_shows_the_rest() -> None:
    with printed_by("world", "show", "planet", PYTHONIOENCODING="ascii") as process:
        out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert "? client" in out and "congestion control" in out


def test_an_interruption_is_130_and_says_that_nothing_is_left(
    clientpath: Clientpath, monkeypatch: pytest.MonkeyPatch
) -> None:
    _commands_raise(monkeypatch, KeyboardInterrupt())
    said = clientpath("list")
    assert (said.code, said.out) == (130, "")
    assert said.err.strip() == "clientpath: interrupted; nothing is left running"


def test_a_fault_of_ours_is_not_hidden_and_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _commands_raise(monkeypatch, ZeroDivisionError())
    assert run_guarded(["list"]) == 3
    said = capsys.readouterr().err
    assert "Traceback" in said and "ZeroDivisionError" in said and "a fault in clientpath itself" in said


def _commands_raise(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(as_json: bool) -> NoReturn:
        raise error

    monkeypatch.setattr(command("list"), "callback", fail)
