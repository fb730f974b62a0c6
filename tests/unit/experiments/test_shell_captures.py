"""What is captured in a shell, from when to when, and in which folder; captures themselves are made up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments import shell_captures
from experiments.shell_captures import Captures, key_files
from experiments.shell_commands import Commands
from experiments.shell_plan import plan_shell
from experiments.shell_words import NotUnderstood, Own
from measurement.capture import CapturePoint, Recorder, Window
from topologies.errors import MeasurementError
from topologies.load import load_world


class Shell:
    """A shell's captures, in a network that is none; ``written`` has each point's windows when it ended."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plan = plan_shell(load_world("article"), 1, 10, ("traveller",), ("portal",)).network
        network: Any = SimpleNamespace(plan=self.plan, cut=self._set, mend=self._set)
        self.written: list[tuple[str, list[Window]]] = []
        self.set: list[tuple[str, str]] = []
        self.fails = False
        monkeypatch.setattr(shell_captures, "capturing", self._capturing)
        keys = key_files(folder / "nodes", self.plan)
        self.captures = Captures(network, folder, folder, keys)
        self.commands = Commands(network, self.captures, folder, 0)

    def do(self, line: str) -> str:
        name, *arguments = line.split()
        return self.commands.do(Own(name, tuple(arguments)))

    def _set(self, a: str, b: str) -> None:
        self.set.append((a, b))

    @contextlib.contextmanager
    def _capturing(
        self, network: Any, points: Sequence[CapturePoint], work: Path, target: Path
    ) -> Iterator[Recorder]:
        assert work.is_dir() and target.name == "pcap"
        if self.fails:
            raise MeasurementError("tcpdump ended before it listened")
        recorder = Recorder()
        yield recorder
        self.written += [(point.name, recorder.windows) for point in points]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(tmp_path, monkeypatch)


def test_what_runs_until_it_is_ended_has_one_folder(shell: Shell, tmp_path: Path) -> None:
    keys = tmp_path / "nodes" / "traveller" / "shell.keys"
    keys.parent.mkdir(parents=True)
    assert shell.do("capture traveller") == ("captures at traveller eth0; 'capture off' ends and writes it\n")
    shell.do("capture ams-fe")
    keys.write_text("CLIENT_RANDOM\n")
    assert shell.do("capture") == "traveller eth0\nams-fe eth0\n"
    assert shell.do("capture off") == "pcap/capture-1/traveller.pcapng\npcap/capture-1/ams-fe.pcapng\n"
    assert sorted(name for name, _ in shell.written) == ["ams-fe", "traveller"]
    for _, (window,) in shell.written:
        assert (window.case, window.tls_secrets) == ("capture-1", "CLIENT_RANDOM\n")
        assert window.from_ns < window.until_ns
    shell.do("capture traveller")
    assert shell.do("capture off") == "pcap/capture-2/traveller.pcapng\n"


def test_nothing_is_captured_twice_or_ended_twice(shell: Shell) -> None:
    assert (shell.do("capture"), shell.do("capture off")) == (
        "nothing is captured\n",
        "nothing was captured\n",
    )
    shell.do("capture traveller")
    with pytest.raises(NotUnderstood, match="is captured already"):
        shell.do("capture traveller eth0")


def test_one_that_does_not_start_is_none(shell: Shell) -> None:
    shell.fails = True
    with pytest.raises(MeasurementError):
        shell.do("capture traveller")
    assert shell.captures.running == [] and shell.captures.end() == []


def test_what_still_runs_at_the_end_is_written(shell: Shell) -> None:
    with shell.captures:
        shell.do("capture traveller")
        assert not shell.written
    assert [name for name, _ in shell.written] == ["traveller"]


def test_what_is_cut_is_listed_as_cut_until_it_is_mended(shell: Shell) -> None:
    def is_cut() -> bool:
        return any(line.endswith(" cut") for line in shell.do("links ams-wan").splitlines())

    assert not is_cut()
    shell.do("cut ams dub")
    assert is_cut()
    shell.do("mend dub ams")
    assert not is_cut()
    assert shell.set == [("ams-wan", "dub-wan"), ("dub-wan", "ams-wan")]


def test_the_clock_begins_with_the_shell(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 1_500_000_000)
    assert shell.do("clock") == ("1.500000 s since the shell began; 1970-01-01 00:00:01 UTC in the world\n")
