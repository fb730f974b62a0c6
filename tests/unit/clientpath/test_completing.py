"""Tab completion: what is offered at each place of a command line, by click's parts and by a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete, CompletionItem

from clientpath.cli import cli, guarded
from clientpath.commands.completion import SHELLS, VARIABLE
from clientpath.completing import KINDS
from clientpath.lazy import TOLD
from experiments.registry import NAMES
from topologies.load import builtin_worlds, load_world

from .conftest import Clientpath

MINE = '[[clients]]\nname = "nomad"\n\n[[clients]]\nname = "nurse"\n\n[[offices]]\nname = "lab"\n'

ASKED = """
import sys
from click.shell_completion import BashComplete
from clientpath.cli import cli
for words in ([], ["run"], ["judge"], ["report"], ["show"]):
    assert BashComplete(cli, {}, "clientpath", "").get_completions(words, "")
print([name for name in ("experiments.reading", "networkx", "scapy", "rich") if name in sys.modules])
"""


def offered(*words: str) -> list[CompletionItem]:
    """Return what is offered for the last of some words."""
    return BashComplete(cli, {}, "clientpath", VARIABLE).get_completions(list(words[:-1]), words[-1])


def values(*words: str) -> list[str]:
    return [item.value for item in offered(*words)]


def a_run(folder: Path, seconds: int) -> None:
    folder.mkdir(parents=True)
    (folder / "order.json").touch()
    os.utime(folder, (seconds, seconds))


def test_commands_with_their_help() -> None:
    assert [(item.value, item.help) for item in offered("")] == sorted(TOLD.items())
    assert values("wor") == ["world"]


def test_options_of_a_command() -> None:
    assert values("judge", "--") == ["--json", "--quiet", "--help"]
    assert {"--client", "--office", "--world", "--seed"} <= set(values("run", "vpn", "--"))
    assert values("run", "vpn", "--off") == ["--office"]


def test_experiments_without_loading_one() -> None:
    assert values("run", "") == list(NAMES)
    assert values("run", "backbone_f") == ["backbone_failover"]
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_file_of_ones_own_is_left_to_the_shell() -> None:
    (found,) = offered("run", "./mi")
    assert (found.type, found.value) == ("file", "./mi")


def test_an_experiment_that_there_is_not_is_no_error_while_one_types(here: Path) -> None:
    assert values("run", "vpnn", "--") == ["--help"]
    (here / "mine.py").write_text("raise SystemExit('run while somebody types')\n")
    assert values("run", "./mine.py", "--") == ["--help"]


def test_worlds_and_world_files(here: Path) -> None:
    (here / "mine.toml").write_text(MINE)
    (here / "notes.txt").touch()
    assert values("run", "vpn", "--world", "") == [*builtin_worlds(), "mine.toml"]
    assert values("run", "vpn", "--world", "mi") == ["mine.toml"]


def test_a_file_elsewhere_is_left_to_the_shell(here: Path) -> None:
    (here / "worlds").mkdir()
    (found,) = offered("run", "vpn", "--world", "wor")
    assert (found.type, found.value) == ("file", "wor")
    (here / "worlds" / "mine.toml").touch()
    assert values("run", "vpn", "--world", "worlds/") == ["worlds/mine.toml"]


@pytest.mark.parametrize(
    "option, kind", [("--client", "clients"), ("--office", "offices"), ("--tenant", "tenants")]
)
def test_names_of_the_world_that_the_experiment_is_run_in(option: str, kind: str) -> None:
    assert values("run", "vpn", option, "") == [each.name for each in getattr(load_world("article"), kind)]


def test_names_of_the_world_that_was_asked_for(here: Path) -> None:
    (here / "mine.toml").write_text(MINE)
    assert values("run", "vpn", "--world", "mine.toml", "--client", "") == ["nomad", "nurse"]
    assert values("run", "vpn", "--world", "mine.toml", "--client", "nu") == ["nurse"]
    assert values("run", "vpn", "--world", "mine.toml", "--office", "") == ["lab"]


def test_names_of_a_world_that_takes_over_another_one(here: Path) -> None:
    (here / "sub").mkdir()
    (here / "sub" / "first.toml").write_text(MINE)
    (here / "sub" / "second.toml").write_text('base = "first.toml"\n\n[[clients]]\nname = "late"\n')
    assert values("run", "vpn", "--world", "sub/second.toml", "--client", "") == ["nomad", "nurse", "late"]


def test_who_was_removed_is_not_offered(here: Path) -> None:
    (here / "mine.toml").write_text('base = "article"\n\n[remove]\nclients = ["traveller"]\n')
    others = [each.name for each in load_world("article").clients if each.name != "traveller"]
    assert values("run", "vpn", "--world", "mine.toml", "--client", "") == others


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not toml",
        "clients = 3",
        "clients = [1, {name = 2}]",
        "[clients]\nname = 'x'",
        "base = 3",
        'base = "mine.toml"',  # itself
        'base = "gone.toml"',
        "\udcff",
    ],
)
def test_of_a_file_that_is_no_world_nobody_is_offered_and_nothing_is_said(here: Path, text: str) -> None:
    (here / "mine.toml").write_bytes(text.encode(errors="surrogateescape"))
    assert values("run", "vpn", "--world", "mine.toml", "--client", "") == []


def test_the_options_that_take_names_are_those_of_experiments() -> None:
    assert values("run", "backbone_failover", "--source", "am") == ["ams"]
    assert set(KINDS) == {"client", "office", "tenant", "source", "target"}


def test_folders_of_runs_the_newest_first(here: Path) -> None:
    a_run(here / "runs" / "a", 1)
    a_run(here / "runs" / "b", 3)
    a_run(here / "mine", 2)
    (here / "photos").mkdir()
    for command in ("judge", "show", "report"):
        assert values(command, "") == ["runs/b", "mine", "runs/a"]
        assert values(command, "runs/a") == ["runs/a"]
        (other,) = offered(command, "ph")
        assert (other.type, other.value) == ("dir", "ph")
    assert values("report", "mine", "") == ["runs/b", "mine", "runs/a"]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_script(clientpath: Clientpath, shell: str) -> None:
    said = clientpath("completion", shell)
    assert (said.code, said.err) == (0, "")
    assert f"{VARIABLE}={shell}_complete" in said.out and "clientpath" in said.out


def test_another_shell_is_refused_with_those_that_there_are(clientpath: Clientpath) -> None:
    assert clientpath("completion", "tcsh").complaint.endswith("'tcsh' is not one of 'bash', 'zsh', 'fish'.")


BASH = """
source <(clientpath completion bash)
COMP_WORDS=(clientpath {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_clientpath_completion clientpath
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    "words, found", [("wor", ["world"]), ("run vp", ["vpn", "vpn_hours"]), ("judge ''", ["runs/a"])]
)
def test_a_real_bash_completes(here: Path, words: str, found: list[str]) -> None:
    a_run(here / "runs" / "a", 1)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    assert shutil.which("clientpath", path=path)
    done = subprocess.run(
        ["bash", "--norc", "-c", BASH.format(words=words)],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.splitlines(), done.stderr) == (found, "")


@pytest.mark.parametrize("shell, item", [("zsh", "plain\nworld\n{help}"), ("fish", "plain,world\t{help}")])
def test_zsh_and_fish_are_answered_in_their_own_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shell: str, item: str
) -> None:
    monkeypatch.setenv(VARIABLE, f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", "clientpath wor")
    monkeypatch.setenv("COMP_CWORD", "1" if shell == "zsh" else "wor")
    with pytest.raises(SystemExit) as ended:
        guarded(None)
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == item.format(help=TOLD["world"])
