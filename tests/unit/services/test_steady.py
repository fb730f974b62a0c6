"""Go programs without the processor's ticks: what is replaced, and what is no Go program that is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.steady import TICKS, ZERO, Change, steadied
from topologies.errors import ServiceError


def _program(tmp_path: Path, code: bytes) -> Path:
    program = tmp_path / "program"
    program.write_bytes(code)
    return program


def test_only_the_look_at_the_counter_is_replaced(tmp_path: Path) -> None:
    copy = steadied(_program(tmp_path, b"before" + TICKS + b"after"), tmp_path / "copy")
    assert copy.read_bytes() == b"before" + ZERO + b"after"
    assert len(ZERO) == len(TICKS)
    assert copy.stat().st_mode & 0o777 == 0o755


def test_a_copy_that_is_there_is_taken(tmp_path: Path) -> None:
    (tmp_path / "copy").write_bytes(b"steady")
    assert steadied(_program(tmp_path, b""), tmp_path / "copy").read_bytes() == b"steady"


@pytest.mark.parametrize("code, places", [(b"nothing of it", 0), (TICKS + TICKS, 2), (TICKS[:-1], 0)])
def test_another_program_is_refused_and_nothing_is_left(tmp_path: Path, code: bytes, places: int) -> None:
    with pytest.raises(ServiceError, match=f"in {places} places; right would be one place"):
        steadied(_program(tmp_path, code), tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["program"]


SELDOM = Change("wait as it should", b"often", b"never")


def test_what_else_is_to_be_different_is(tmp_path: Path) -> None:
    copy = steadied(_program(tmp_path, TICKS + b" often"), tmp_path / "copy", SELDOM)
    assert copy.read_bytes() == ZERO + b" never"


@pytest.mark.parametrize("code", [b"", b"often often"])
def test_a_program_without_what_else_is_to_be_different_is_refused(tmp_path: Path, code: bytes) -> None:
    with pytest.raises(
        ServiceError, match=r"program does not wait as it should, in [02] places; right would be"
    ):
        steadied(_program(tmp_path, TICKS + code), tmp_path / "copy", SELDOM)
    assert [path.name for path in tmp_path.iterdir()] == ["program"]
