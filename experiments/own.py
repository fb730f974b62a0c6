"""An experiment in a file of one's own: read, and blamed for what is wrong with it, with file and line."""

from __future__ import annotations

import dataclasses
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from experiments.experiment import Experiment
from experiments.order import Order
from experiments.registry import find
from topologies.errors import ClientpathError

SUFFIX = ".py"
MODULE = "own_experiment"  # pydantic looks for a module's names by this one
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")  # it names folders
A_NAME = 'a-z, 0-9, "_" and "-", 41 characters at most'


class WrongExperiment(ClientpathError):
    """A file of one's own that is no experiment, or that fails; the text has file and line."""

    code = "CP510"


def named(word: str) -> Experiment:
    """Return the experiment that a word means: a file of one's own, or a built-in one by its name.

    Raises UnknownExperiment for another name, WrongExperiment for a file that is not one.
    """
    return read_own(Path(word)) if word.endswith(SUFFIX) else find(word)


def experiment_of(order: Order) -> Experiment:
    """Return the experiment of a run; raises as `named` does."""
    return read_own(Path(order.file)) if order.file else find(order.experiment)


def read_own(file: Path) -> Experiment:
    """Return the experiment of a file, which is run for that; raise WrongExperiment saying what is wrong."""
    file = file.resolve()
    try:
        code = compile(file.read_bytes(), str(file), "exec")
    except OSError as error:
        raise WrongExperiment(
            f"{file}: {error.strerror or error}; right would be the file of an experiment"
        ) from None
    except SyntaxError as error:
        raise WrongExperiment(f"{file}:{error.lineno or 1}: {error.msg}") from None
    except ValueError as error:
        raise WrongExperiment(f"{file}: is no Python: {error}") from None
    found = _run(code, file).get("EXPERIMENT")
    if not isinstance(found, Experiment):
        raise WrongExperiment(
            f'{file}: has no EXPERIMENT; right would be EXPERIMENT = written("mine", ...), or an Experiment'
        )
    if not NAME.fullmatch(found.name):
        raise WrongExperiment(
            f'{file}: an experiment cannot be called "{found.name}"; right would be {A_NAME}'
        )
    return dataclasses.replace(found, file=file)


def _run(code: object, file: Path) -> dict[str, object]:
    """Return what a file's code leaves; files beside it can be imported, as in a script."""
    module = ModuleType(MODULE, "")
    module.__file__ = str(file)
    sys.modules[MODULE] = module
    folder = str(file.parent)
    if folder not in sys.path:
        sys.path.append(folder)  # at the end: nothing there takes the place of a library
    try:
        exec(code, vars(module))  # type: ignore[arg-type]
    except SystemExit as error:
        raise WrongExperiment(
            f"{_where(error, str(file))}: it ends by itself; right would be not to"
        ) from None
    except Exception as error:
        raise WrongExperiment(_blame(error, str(file))) from error
    return vars(module)


@contextmanager
def blamed(experiment: Experiment, then: str = "") -> Iterator[None]:
    """Turn what goes wrong in an experiment's own file into a WrongExperiment that names the line.

    ``then`` is what to do when it is mended. Errors of a built-in experiment stay what they are.
    """
    try:
        yield
    except Exception as error:
        if experiment.file is None:
            raise
        raise WrongExperiment(_blame(error, str(experiment.file)) + then) from error


def _blame(error: Exception, file: str) -> str:
    text = str(error) if isinstance(error, ClientpathError) else f"{type(error).__name__}: {error}"
    return f"{_where(error, file)}: {text}"


def _where(error: BaseException, file: str) -> str:
    """Return the last line of the file that the error came by, or the file alone if it came by none."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f"{file}:{lines[-1]}" if lines else file
