"""What the documents say, held against what it is about: schema, picture, links, commands, keys."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator, ValidationError
from pydantic import BaseModel

from clientpath.cli import cli
from experiments import pipeline
from experiments.registry import EXPERIMENTS
from measurement.result import (
    Column,
    Figure,
    FrameRef,
    JourneyResult,
    PathResult,
    Result,
    StepResult,
    Table,
    TableRow,
)

from ..golden import pages

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "nearest_datacenter"
SAVED_RUNS = sorted(path.parent for path in GOLDEN.parent.glob("*/order.json"))
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
RESULT_FORMAT = (ROOT / "docs" / "result-format.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "measurement" / "result.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the saved run, judged."""
    run_dir = tmp_path_factory.mktemp("documents") / "run"
    shutil.copytree(GOLDEN, run_dir)
    pipeline.judge(run_dir)
    return run_dir


@pytest.fixture
def result(judged: Path) -> dict[str, Any]:
    """The saved run's result, to be changed."""
    loaded: dict[str, Any] = json.loads((judged / "result.json").read_text(encoding="utf-8"))
    return loaded


# The schema


def _validate(result: object) -> None:
    Draft202012Validator(SCHEMA).validate(result)


def _tables(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return one table of every kind that a result has."""
    step, path = result["steps"][0], result["paths"][0]
    return {
        "result": result,
        "step": step,
        "control": result["controls"][0],
        "journey": result["journeys"][0],
        "path": path,
        "a step's frame": step["frames"][0],
        "a path's frame": path["frames"][0],
    }


KINDS = ["result", "step", "control", "journey", "path", "a step's frame", "a path's frame"]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_a_runs_result_is_what_the_schema_describes(result: dict[str, Any]) -> None:
    assert list(_tables(result)) == KINDS
    _validate(result)


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_without_one_of_its_keys_is_refused(result: dict[str, Any], kind: str) -> None:
    table = _tables(result)[kind]
    for key in [key for key in table if key not in ("format", "tables")]:  # files from before have no tables
        value = table.pop(key)
        with pytest.raises(ValidationError, match=f"'{key}' is a required property"):
            _validate(result)
        table[key] = value
    _validate(result)


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_with_a_key_that_nobody_knows_is_refused(result: dict[str, Any], kind: str) -> None:
    _tables(result)[kind]["surprise"] = 1
    with pytest.raises(ValidationError, match="'surprise' was unexpected"):
        _validate(result)


@pytest.mark.parametrize("kind", ["result", "step", "control"])
@pytest.mark.parametrize("verdict", ["perhaps", "Held", "", None, True])
def test_an_unknown_verdict_is_refused(result: dict[str, Any], kind: str, verdict: object) -> None:
    _tables(result)[kind]["verdict"] = verdict
    with pytest.raises(ValidationError, match="is not one of"):
        _validate(result)


def test_another_format_is_refused(result: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="1 was expected"):
        _validate({**result, "format": 2})


# Pages and pictures


@pytest.mark.parametrize("saved", SAVED_RUNS, ids=lambda folder: folder.name)
def test_a_page_has_the_tables_and_the_picture_of_the_saved_run(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "run")
    judged = pipeline.judge(tmp_path / "run")
    page = pages.page_of(ROOT / "docs", saved.name)
    made = tmp_path / page.name
    shutil.copy(page, made)
    pages.rewrite(made, judged)
    assert made.read_text(encoding="utf-8") == page.read_text(encoding="utf-8")
    pictures = sorted((tmp_path / "run").glob("*.svg"))
    assert pictures
    for drawn in pictures:
        kept = (
            page.with_suffix(".svg")
            if drawn.stem == "ladder"
            else page.with_name(f"{page.stem}-{drawn.name}")
        )
        assert f"({kept.name})" in page.read_text(encoding="utf-8")
        assert kept.read_bytes() == drawn.read_bytes()


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_has_a_page_that_the_readme_names(experiment: str) -> None:
    page = pages.page_of(ROOT / "docs", experiment)
    assert pages.shown_in(page).startswith("| | step |")
    assert f"[`{experiment}`](docs/{page.name})" in README.read_text(encoding="utf-8")


def test_the_picture_in_the_readme_is_the_saved_runs(judged: Path) -> None:
    name = GOLDEN.name.replace("_", "-")
    assert f"(docs/{name}.svg)" in README.read_text(encoding="utf-8")
    assert (ROOT / "docs" / f"{name}.svg").read_bytes() == (judged / "ladder.svg").read_bytes()


def test_the_steps_in_the_readme_are_the_saved_runs(result: dict[str, Any]) -> None:
    shown = [line.split() for line in README.read_text(encoding="utf-8").splitlines() if " held " in line]
    proofs = [(step, step["frames"][0]) for step in result["steps"]]
    assert [(words[:2], words[-2:]) for words in shown] == [
        ([str(step["number"]), step["verdict"]], [proof["file"].removeprefix("pcap/"), str(proof["frame"])])
        for step, proof in proofs
    ]


# Links


def _dead_links(document: Path) -> list[str]:
    """Return the relative links of a document that lead to no file."""
    targets = re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
    files = [target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:", target)]
    return [file for file in files if file and not (document.parent / file).is_file()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_link_leads_to_a_file(document: Path) -> None:
    assert _dead_links(document) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "here.md").touch()
    document = tmp_path / "README.md"
    document.write_text(
        "[a](here.md) ![b](gone.svg) [c](here.md#part) [d](../gone.md#part) [e](#part) [f](https://x.test/y)"
    )
    assert _dead_links(document) == ["gone.svg", "../gone.md"]


# Commands


def _commands(document: str) -> list[list[str]]:
    """Return the words of every clientpath command in a document's blocks of code, and between backticks."""
    blocks = re.findall(r"^(?: {4}|\t)(.*)$", document, re.MULTILINE)
    lines = [*blocks, *re.findall(r"`([^`\n]+)`", document)]
    return [words for line in lines if (words := _after_program(line))]


def _after_program(line: str) -> list[str]:
    program = re.match(r"(?:sudo )?(?:\S*/)?clientpath (.+?)(?: +[>|].*)?$", line)
    return shlex.split(program[1], comments=True) if program else []


def _parse(words: list[str]) -> None:
    """Parse a command line without running it; raise click.UsageError if that is wrong."""
    group: click.Group = cli
    rest, context = list(words), cli.make_context("clientpath", list(words))
    while True:
        _, command, rest = group.resolve_command(context, rest)
        assert command is not None
        try:
            context = command.make_context(command.name, rest, parent=context)
        except click.exceptions.Exit:
            return  # It asks for help.
        if not isinstance(command, click.Group):
            return
        group = command


SHOWN = [words for each in DOCUMENTS for words in _commands(each.read_text(encoding="utf-8"))]


def test_the_readme_shows_commands() -> None:
    shown = {words[0] for words in _commands(README.read_text(encoding="utf-8"))}
    assert shown == {"compare", "endpoints", "shell", "world", "run", "judge", "report", "doctor"}


@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_a_command_that_a_document_shows_parses(words: list[str]) -> None:
    _parse(words)


@pytest.mark.parametrize(
    "line, wrong",
    [
        ("clientpath wrold article", "No such command"),
        (".venv/bin/clientpath world show article --rrt a b   # far", "No such option"),
        ("clientpath world article", "right would be: clientpath world show article"),
        ("clientpath run nearest_datacenter --machine moon", "Invalid value"),
        ("clientpath run nearest_datacenter --file-mb 10", "No such option"),
        ("sudo clientpath judge one two", "unexpected extra argument"),
    ],
)
def test_a_command_that_would_not_parse_is_found(line: str, wrong: str) -> None:
    for document in (f"Do this:\n\n    {line}\n", f"Do `{line}` now.\n"):
        (words,) = _commands(document)
        with pytest.raises(click.UsageError) as error:
            _parse(words)
        assert wrong in error.value.format_message()


# Keys


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _unnamed(model: type[BaseModel], document: str) -> list[str]:
    """Return the keys of a model that a document does not have between backticks."""
    return [key for key in _keys(model) if not re.search(rf"`{key}(\[\])?`", document)]


MODELS = [Result, StepResult, FrameRef, JourneyResult, Figure, PathResult, Table, Column, TableRow]


@pytest.mark.parametrize("model", MODELS)
def test_every_key_of_a_result_is_explained(model: type[BaseModel]) -> None:
    assert _unnamed(model, RESULT_FORMAT) == []


def test_a_key_that_is_not_explained_is_found() -> None:
    assert _unnamed(PathResult, RESULT_FORMAT.replace("`to`", "to")) == ["to"]


@pytest.mark.parametrize("phase", ["name_lookup", "connect", "tls", "first_byte", "total"])
def test_every_phase_of_a_journey_is_explained(result: dict[str, Any], phase: str) -> None:
    assert phase in result["journeys"][0]["phases_ms"]
    assert f"`{phase}`" in RESULT_FORMAT
