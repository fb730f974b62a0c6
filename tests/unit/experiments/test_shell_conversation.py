"""Lines are done one after another, each with its exit code, while what a world announces happens."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.cast import Cast
from experiments.pipeline import Planned
from experiments.shell_conversation import Conversation, announced
from experiments.shell_plan import plan_shell
from experiments.spell import Dark, Happening, Light
from topologies.failures import Failure
from topologies.load import load_world
from topologies.world import World

DARK = Failure(datacenter="dub", at_s=0.0, until_s=3600.0)
LINK = Failure(between=("ams", "dub"), at_s=0.0)


class NoNetwork:
    """Runs everything here, and keeps what is cut."""

    def __init__(self, planned: Planned) -> None:
        self.plan = planned.network
        self.cuts: list[tuple[str, str]] = []

    def command(self, node: str, argv: list[str]) -> list[str]:
        return argv

    def run(self, node: str, argv: list[str]) -> str:
        return ""

    def cut(self, a: str, b: str) -> None:
        self.cuts.append((a, b))


class Talk:
    """A conversation over a part of a world, and what comes of it."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], failures: tuple[Failure, ...] = ()
    ) -> None:
        world = load_world("article").model_copy(update={"failures": failures})
        planned = plan_shell(world, 1, 10, ("traveller",), ("portal",))
        self.network = NoNetwork(planned)
        self.cast: Any = Cast(world, planned.network, planned.order, folder / "nodes", folder)
        self.happened: list[Happening] = []
        self._folder, self._capsys = folder, capsys

    def hold(self, *lines: str) -> tuple[list[int], str]:
        """Return the exit code before each time that a line is asked for, and all that is said."""
        left: list[str] = list(lines)
        told: Any = SimpleNamespace(next=lambda: left.pop(0) if left else None)
        served: Any = SimpleNamespace(cast=self.cast, network=self.network, run_dir=self._folder)
        happenings: Any = SimpleNamespace(do=self.happened.append)
        captures: Any = SimpleNamespace(running=["traveller eth0"])
        Conversation(served, happenings, captures, Path(os.defpath.split(":")[0])).hold(told)
        said = [line.split(" ", 1) for line in self._capsys.readouterr().out.splitlines()]
        codes = [int(words.split()[0]) for word, words in said if word == "@asks"]
        return codes, "".join(json.loads(words) for word, words in said if word == "@says")


def test_each_line_has_its_code_and_the_last_one_ends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = Talk(tmp_path, capsys)
    codes, said = talk.hold("traveller echo one", "traveller exit 3;", "", "capture", "exit", "traveller x")
    assert codes == [0, 0, 3, 0, 0]
    assert said == "one\ntraveller eth0\n"


def test_what_is_wrong_is_said_with_its_code_and_it_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = Talk(tmp_path, capsys)
    codes, said = talk.hold("travler ping", "cut traveller dub", "traveller no-such-program", "clock")
    assert codes == [0, 2, 2, 127, 0]
    assert "clientpath: CP108: " in said and 'did you mean "traveller"' in said
    assert "no-such-program: No such file or directory\n" in said
    assert "since the shell began" in said and not talk.network.cuts


def test_a_client_asks_its_own_resolver(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(tmp_path, capsys)
    talk.hold("traveller true")
    asked = (tmp_path / "nodes" / "traveller" / "resolv.conf").read_text()
    resolver = talk.cast.world.client("traveller").resolver
    assert f"nameserver {talk.network.plan.node(resolver).address}\n" in asked


def test_an_interruption_ends_what_runs_and_is_forgotten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flag = tmp_path / ".shell" / "interrupt"
    flag.parent.mkdir()
    codes, _ = Talk(tmp_path, capsys).hold(f"traveller touch {flag}; sleep 60; true", "traveller true")
    assert codes == [0, 130, 0] and not flag.exists()


def test_what_is_announced_happens_before_the_first_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = Talk(tmp_path, capsys, (DARK, LINK))
    codes, said = talk.hold()
    assert codes == [0]
    assert talk.happened == [Dark(at_ms=0.0, place="dub")]
    assert talk.network.cuts == [("ams-wan", "dub-wan")]
    assert "*** 0 s: dub has lost its power\n" in said


def _announced(world: World, datacenters: Iterable[str], nodes: Iterable[str]) -> list[Happening]:
    cast: Any = SimpleNamespace(
        world=world,
        plan=SimpleNamespace(nodes=[SimpleNamespace(name=name) for name in nodes]),
        order=SimpleNamespace(selection=SimpleNamespace(datacenters=tuple(datacenters))),
    )
    return list(announced(cast))


def test_what_is_not_built_does_not_fail() -> None:
    world = load_world("article").model_copy(update={"failures": (DARK, LINK)})
    assert _announced(world, ["ams"], ["ams-wan"]) == []
    dark, light = _announced(world, ["dub"], ["dub-wan"])
    assert isinstance(dark, Dark) and isinstance(light, Light)
