"""The files of a run's folder, read; and what a folder is that lacks one, or has one of another version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from topologies.errors import ClientpathError

Model = TypeVar("Model", bound=BaseModel)

ORDER, RESULT, CAPTURES, CONSOLE = "order.json", "result.json", "pcap", "console.txt"


class NotARun(ClientpathError):
    """A folder that is not a run's; the text says which file it lacks."""

    code = "CP501"


class NotJudged(NotARun):
    """A run that came to its end and was not judged."""

    code = "CP502"


class CutOff(NotARun):
    """A run that did not come to its end: there are no captures, so nothing can be shown of it."""

    code = "CP503"


class NewerRun(NotARun):
    """A run of a later version, with a format that this one does not know."""

    code = "CP504"


class DamagedRun(NotARun):
    """A run with a file that cannot be read, or not as one of this version; the text says which."""

    code = "CP505"


def read_file(run_dir: Path, name: str, model: type[Model]) -> Model:
    """Return what is in a file of a run; raises NotARun, naming the file, if it is not there or wrong."""
    try:
        text = (run_dir / name).read_text(encoding="utf-8")
        _check_format(run_dir / name, text, model)
        return model.model_validate_json(text)
    except (FileNotFoundError, NotADirectoryError):
        raise _lacks(run_dir, name) from None
    except (ValueError, OSError) as error:
        raise DamagedRun(f"{run_dir / name} cannot be read by this version: {first_fault(error)}") from None


def refuse_newer(run_dir: Path, name: str, model: type[BaseModel]) -> None:
    """Raise NewerRun if a file is of a later version: it is not written over. Anything else may be there."""
    try:
        text = (run_dir / name).read_text(encoding="utf-8")
        _check_format(run_dir / name, text, model)
    except (ValueError, OSError):
        return


def require_captures(run_dir: Path) -> None:
    """Raise CutOff if a run has no captures: they are written when its machine comes to its end."""
    if (run_dir / CAPTURES).is_dir():
        return
    last = f" ({CONSOLE} has the machine's last words)" if (run_dir / CONSOLE).is_file() else ""
    raise CutOff(
        f"{run_dir} is of a run that was cut off, or goes on: it has no captures{last},"
        " so nothing can be shown of it; right would be to wait, or to run it again"
    )


def _check_format(path: Path, text: str, model: type[BaseModel]) -> None:
    """Raise NewerRun for a file with a higher format than is known."""
    known = model.model_fields.get("format")
    try:
        found = json.loads(text) if known is not None else None
    except RecursionError:
        return
    number = found.get("format") if isinstance(found, dict) else None
    if known is not None and type(number) is int and number > known.default:
        raise NewerRun(
            f"{path} has format {number}, and this version knows {known.default};"
            " right would be the clientpath that made it, or a newer one"
        )


def _lacks(run_dir: Path, name: str) -> NotARun:
    """Return what a folder is that lacks a file: a run that was not judged or was cut off, or none at all."""
    if name != RESULT or not (run_dir / ORDER).is_file():
        return NotARun(f"{run_dir} is not a run's folder: it has no {ORDER if name == RESULT else name}")
    try:
        require_captures(run_dir)
    except CutOff as error:
        return error
    return NotJudged(
        f"{run_dir} was not judged: it has no {name}; right would be 'clientpath judge {run_dir}' first"
    )


def first_fault(error: Exception) -> str:
    """Return the first of pydantic's faults, or an error's own words."""
    if isinstance(error, ValidationError):
        fault = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
    return getattr(error, "strerror", None) or str(error)
