"""The one way to run a command: its output, or where, what, and why not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from topologies.commands import run
from topologies.errors import ClientpathError, CommandError

CHILDREN = Path("/proc/thread-self/children")  # with CONFIG_PROC_CHILDREN, as in every distribution's kernel


def _failed(*argv: str, node: str = "", deadline_s: float = 60.0) -> str:
    with pytest.raises(CommandError) as error:
        run(argv, node=node, deadline_s=deadline_s)
    assert isinstance(error.value, ClientpathError)
    return str(error.value)


def test_what_a_command_writes_is_returned_and_what_it_complains_about_is_not() -> None:
    assert run(["sh", "-c", "echo one; echo two; echo beside >&2"]) == "one\ntwo\n"


def test_a_command_has_the_environment_and_the_folder_that_it_is_given(tmp_path: Path) -> None:
    told = run([sys.executable, "-c", "import os; print(os.getcwd(), os.environ['WHO'])"], cwd=tmp_path,
               env={"WHO": "traveller"})  # fmt: skip
    assert told == f"{tmp_path} traveller\n"


def test_without_an_environment_of_its_own_it_has_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHO", "colleague")
    assert run(["sh", "-c", "echo $WHO"]) == "colleague\n"


def test_nobody_types_anything_into_a_command() -> None:
    # By a process of its own: this one's standard input may well be empty already.
    program = "from topologies.commands import run; print(repr(run(['cat'])))"
    asked = subprocess.run([sys.executable, "-c", program], input=b"typed", capture_output=True, check=True)
    assert asked.stdout == b"''\n"


def test_words_are_passed_on_as_they_are() -> None:
    assert run(["printf", "%s|", "a b", "$HOME", "*", ""]) == "a b|$HOME|*||"


def test_output_that_is_no_text_is_shown_as_well_as_it_can_be() -> None:
    assert run(["printf", r"\377!"]) == "\ufffd!"
    assert _failed("sh", "-c", r"printf '\377!' >&2; exit 1").endswith("ended with code 1: \ufffd!")


def test_a_command_that_fails_is_told_with_its_node_its_code_and_its_own_words() -> None:
    message = _failed("sh", "-c", "echo no such thing >&2; exit 3", node="traveller")
    assert message == "traveller: 'sh -c echo no such thing >&2; exit 3' ended with code 3: no such thing"


def test_a_command_of_no_node_is_told_without_one() -> None:
    assert _failed("false").startswith("'false' ended with code 1:")


def test_words_on_standard_output_are_told_if_there_are_no_others() -> None:
    assert _failed("sh", "-c", "echo here; exit 1").endswith("ended with code 1: here")
    assert _failed("sh", "-c", "echo here; echo there >&2; exit 1").endswith("ended with code 1: there")


def test_a_command_that_is_killed_failed() -> None:
    assert "ended with code -9" in _failed("sh", "-c", "kill -9 $$")


def test_a_command_that_does_not_exist_cannot_be_started() -> None:
    message = _failed("no-such-command", "--at-all", node="root")
    assert message == "root: 'no-such-command --at-all' cannot be started: No such file or directory"


def test_a_file_that_is_no_program_cannot_be_started(tmp_path: Path) -> None:
    program = tmp_path / "text"
    program.write_text("#!/bin/sh\n")
    assert _failed(str(program)) == f"'{program}' cannot be started: Permission denied"


def test_a_command_without_a_folder_to_run_in_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=re.escape("'true' cannot be started: No such file or directory")):
        run(["true"], cwd=tmp_path / "gone")


def test_a_command_that_does_not_end_in_time_is_ended_and_told_with_the_deadline() -> None:
    before = CHILDREN.read_text()
    message = _failed("sleep", "600", node="isplis", deadline_s=0.05)
    assert message == "isplis: 'sleep 600' did not end within 0.05 s"
    assert CHILDREN.read_text() == before
