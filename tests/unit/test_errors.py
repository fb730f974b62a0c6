"""Every error has a code that stays, a section in docs/errors.md, and in that an example that is real."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from clientpath.cli import guarded
from experiments import inside
from machine.errors import MachineError, MachineFailed
from topologies.errors import ClientpathError, ServiceError

from .clientpath.conftest import FakeMachine, fake, here
from .error_scenes import INSIDE, arrange, prepare
from .test_imports import ROOMS, ROOT

__all__ = ["fake", "here"]  # fixtures

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^### (CP\d{3}): .+ \(exit (\d)\)$", re.MULTILINE)
CODE = re.compile(r"CP\d{3}")
BASES = {"CP000", "CP300"}  # of the roots of the trees, which nobody raises
HOME = "/home/you"


@dataclass(frozen=True)
class Section:
    """A section of the page: its code, the exit code, and the lines of its example."""

    code: str
    exit_code: int
    example: tuple[str, ...]


def _sections() -> Iterator[Section]:
    found = list(SECTION.finditer(PAGE))
    for each, end in zip(found, [*(after.start() for after in found[1:]), len(PAGE)], strict=True):
        lines = PAGE[each.end() : end].splitlines()
        example = tuple(line[4:] for line in lines if line.startswith("    "))
        yield Section(each[1], int(each[2]), example)


SECTIONS = {each.code: each for each in _sections()}


def _sources() -> Iterator[tuple[Path, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path, ast.parse(path.read_bytes())


def _given_codes(module: ast.Module) -> Iterator[str]:
    """Yield every code that a module gives to something: nowhere else does one stand in the sources."""
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            yield node.value


GIVEN = Counter(code for _, module in _sources() for code in _given_codes(module))


def test_every_code_is_given_once() -> None:
    assert [code for code, number in GIVEN.items() if number > 1] == []


def test_every_code_has_its_section_and_no_section_is_stale() -> None:
    assert sorted(GIVEN.keys() - BASES) == list(SECTIONS)
    assert len(SECTION.findall(PAGE)) == len(SECTIONS)


def _classes(root: type[Exception]) -> Iterator[type[Exception]]:
    for each in root.__subclasses__():
        yield each
        yield from _classes(each)


def _ours() -> list[type[ClientpathError] | type[MachineError]]:
    found = [*_classes(ClientpathError), *_classes(MachineError)]
    return [each for each in found if each.__module__.partition(".")[0] in ROOMS]  # type: ignore[misc]


def test_every_error_ends_as_its_section_says() -> None:
    for each in _ours():
        assert each.exit_code == SECTIONS[each.code].exit_code, each


def _raised(module: ast.Module) -> Iterator[str]:
    """Yield the names of what a module makes or raises."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def test_every_error_is_raised_somewhere_and_never_the_root_itself() -> None:
    raised = {name for _, module in _sources() for name in _raised(module)}
    assert not raised & {"ClientpathError", "MachineError"}
    for each in _ours():
        assert each.__name__ in raised, each


def test_a_code_of_the_insides_own_error_is_the_machines() -> None:
    told = MachineFailed("CP403: isplis: unbound ended\n(at: nearest)")
    assert (told.code, str(told)) == ("CP403", "isplis: unbound ended\n(at: nearest)")
    assert (MachineFailed("ended").code, MachineFailed.code) == ("CP303", "CP303")


def _told(code: str, here: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines of an error, as the page shows them: from its code on, paths below a home."""
    example = SECTIONS[code].example
    if code in INSIDE:
        with pytest.raises((ClientpathError, MachineError)) as error:
            INSIDE[code](here, patch)
        found = error.value
        assert isinstance(found, ClientpathError | MachineError)
        text, exit_code = f"clientpath: {found.code}: {found}", found.exit_code
    else:
        arrange(code, patch, here)
        program, *words = shlex.split(example[0].removeprefix("$ "))
        assert program == "clientpath"
        exit_code = guarded(words)
        text = capsys.readouterr().err
    assert exit_code == SECTIONS[code].exit_code
    lines = text.replace(str(here), HOME).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("clientpath: "))
    return lines[start:]


@pytest.mark.parametrize("code", SECTIONS)
def test_the_example_of_a_code_is_real(
    code: str,
    here: Path,
    fake: FakeMachine,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepare(here)
    shown = [line for line in SECTIONS[code].example if not line.startswith("$ ")]
    assert shown and shown[0].startswith(f"clientpath: {code}: ")
    assert _told(code, here, capsys, monkeypatch) == shown


def test_the_inside_says_the_code_of_its_own_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(run_dir: Path) -> NoReturn:
        raise ServiceError("isplis: unbound ended\nits last words")

    monkeypatch.setattr(inside, "Inside", fail)
    monkeypatch.setattr(sys, "argv", ["inside", "run"])
    assert inside.main() == 3
    assert capsys.readouterr().out == "@error CP403: isplis: unbound ended\n@error its last words\n"
