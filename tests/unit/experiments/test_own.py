"""A file of one's own becomes an experiment, or is told what is wrong with it and where."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.experiment import Experiment
from experiments.nearest_datacenter import EXPERIMENT as NEAREST
from experiments.own import WrongExperiment, blamed, experiment_of, named, read_own
from experiments.registry import UnknownExperiment
from measurement.evidence import Missing
from topologies.errors import WorldError

from .made_up_run import ORDER

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"
MINE = """from experiments.visits import written
EXPERIMENT = written("mine", "Mine", lambda world: [], lambda reading: [], lambda reading: [])
"""


def own(folder: Path, text: str | bytes, name: str = "mine.py") -> Path:
    """Return a file with some text."""
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def told(file: Path) -> str:
    """Return what is said of a file that is no experiment, without the folder."""
    with pytest.raises(WrongExperiment) as wrong:
        read_own(file)
    return str(wrong.value).replace(f"{file.parent}/", "")


def test_a_file_is_read_as_an_experiment_that_knows_where_it_is_from(tmp_path: Path) -> None:
    found = read_own(own(tmp_path, MINE))
    assert (found.name, found.title, found.file) == ("mine", "Mine", tmp_path / "mine.py")


def test_a_word_that_ends_like_a_file_means_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own(tmp_path, MINE)
    monkeypatch.chdir(tmp_path)
    assert named("mine.py").file == named("./mine.py").file == tmp_path / "mine.py"
    assert named("nearest_datacenter") is NEAREST and NEAREST.file is None
    with pytest.raises(UnknownExperiment, match='unknown experiment "mine"'):
        named("mine")


def test_a_runs_experiment_is_that_of_its_file_or_of_its_name(tmp_path: Path) -> None:
    file = own(tmp_path, MINE)
    order = ORDER.model_copy(update={"experiment": "nearest_datacenter", "file": str(file)})
    assert experiment_of(order).name == "mine"
    assert experiment_of(order.model_copy(update={"file": ""})) is NEAREST


def test_a_file_that_has_changed_is_read_anew(tmp_path: Path) -> None:
    assert read_own(own(tmp_path, MINE)).title == "Mine"
    assert read_own(own(tmp_path, MINE.replace("Mine", "Yours"))).title == "Yours"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.py"]


def test_a_file_may_have_options_of_its_own_and_use_a_file_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    own(tmp_path, "TITLE = 'From beside'\n", "beside_mine.py")
    text = f"""from __future__ import annotations
import dataclasses
from pydantic import Field
from beside_mine import TITLE
from experiments.experiment import Options
{MINE}
class Choice(Options):
    size_mb: int = Field(10, ge=1)
EXPERIMENT = dataclasses.replace(EXPERIMENT, title=TITLE, options=Choice)
"""
    found = read_own(own(tmp_path, text))
    assert found.title == "From beside"
    assert found.options.model_validate({"size_mb": 7}).as_given == ("--size-mb", "7")


def test_every_example_of_an_experiment_is_one() -> None:
    assert read_own(EXAMPLES / "resolver_abroad.py").name == "resolver_abroad"


@pytest.mark.parametrize(
    "text, wrong",
    [
        pytest.param(
            "x = 1\n", 'mine.py: has no EXPERIMENT; right would be EXPERIMENT = written("mine", ', id="none"
        ),
        pytest.param("EXPERIMENT = 3\n", "mine.py: has no EXPERIMENT; right would be", id="a number"),
        pytest.param("x = 1\ny = (\n", "mine.py:2: '(' was never closed", id="an open bracket"),
        pytest.param("x = 1\nmissing\n", "mine.py:2: NameError: name 'missing' is not defined", id="a name"),
        pytest.param(
            "def f():\n    return 1 / 0\n\n\nf()\n",
            "mine.py:2: ZeroDivisionError: division by zero",
            id="the innermost line",
        ),
        pytest.param(
            "import no_such\n", "mine.py:1: ModuleNotFoundError: No module named 'no_such'", id="import"
        ),
        pytest.param(
            "raise SystemExit(0)\n", "mine.py:1: it ends by itself; right would be not to", id="ends"
        ),
        pytest.param(b"x = '\xff'\n", "mine.py:1: (unicode error)", id="no UTF-8"),
        pytest.param(b"x = 1\0\n", "null bytes", id="a zero"),
        pytest.param(
            MINE.replace('"mine"', '"../mine"'),
            'mine.py: an experiment cannot be called "../mine"; right would be a-z, 0-9, "_" and "-"',
            id="a name that leads elsewhere",
        ),
        pytest.param(MINE.replace('"mine"', '""'), 'cannot be called ""', id="no name"),
    ],
)
def test_a_file_that_is_no_experiment_is_told_its_line(tmp_path: Path, text: str | bytes, wrong: str) -> None:
    assert wrong in told(own(tmp_path, text))


def test_a_file_that_is_not_there_or_is_none(tmp_path: Path) -> None:
    assert told(tmp_path / "gone.py").startswith(
        "gone.py: No such file or directory; right would be the file"
    )
    (tmp_path / "folder.py").mkdir()
    assert told(tmp_path / "folder.py").startswith("folder.py: Is a directory")


@given(st.binary(max_size=200))
def test_whatever_a_file_has_is_told_in_words(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Nothing but letters that cannot be a program that does something."""
    file = own(tmp_path_factory.mktemp("own"), b"%" + data)
    with pytest.raises(WrongExperiment, match=r"^/.*/mine\.py"):
        read_own(file)


# Whose fault it is


def failing(tmp_path: Path, code: str) -> Experiment:
    """Return an experiment of one's own whose steps fail."""
    return read_own(own(tmp_path, f"{MINE}def steps(reading):\n    {code}\n"))


def run_steps(experiment: Experiment, then: str = "") -> None:
    """Run the function that the file has beside its experiment."""
    with blamed(experiment, then):
        vars(sys.modules["own_experiment"])["steps"](None)


@pytest.mark.parametrize(
    "code, wrong",
    [
        ("reading.x", "mine.py:4: AttributeError: 'NoneType' object has no attribute 'x'"),
        ("{}['case']", "mine.py:4: KeyError: 'case'"),
        ("from topologies.errors import WorldError; raise WorldError('nobody')", "mine.py:4: nobody"),
    ],
)
def test_what_goes_wrong_in_ones_own_file_is_told_with_its_line(
    tmp_path: Path, code: str, wrong: str
) -> None:
    with pytest.raises(WrongExperiment) as told:
        run_steps(failing(tmp_path, code), "; then go on")
    assert str(told.value) == f"{tmp_path}/{wrong}; then go on"


def test_what_goes_wrong_elsewhere_for_it_names_the_file_alone(tmp_path: Path) -> None:
    experiment = failing(tmp_path, "pass")
    with pytest.raises(WrongExperiment, match=rf"^{tmp_path}/mine\.py: no way$"), blamed(experiment):
        raise WorldError("no way")


@pytest.mark.parametrize("error", [KeyError("x"), WorldError("x"), Missing("x"), ZeroDivisionError()])
def test_of_a_built_in_experiment_errors_stay_what_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as same, blamed(NEAREST):
        raise error
    assert same.value is error


def test_an_interruption_is_nobodys_fault(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), blamed(failing(tmp_path, "pass")):
        raise KeyboardInterrupt
