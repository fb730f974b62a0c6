"""``clientpath show``: a run in the terminal."""

from __future__ import annotations

from pathlib import Path

from ..experiments.saved_runs import copied
from .conftest import Clientpath


def test_a_run_has_its_ladder_its_waterfall_and_its_verdict(clientpath: Clientpath, tmp_path: Path) -> None:
    run = copied(tmp_path / "run")
    assert clientpath("judge", run).code == 0
    said = clientpath("show", run)
    assert (said.code, said.err) == (0, "")
    for words in ("traveller asks isplis", "[1] portal.office.com A?", "[5] TCP SYN", "nearest, page", "█"):
        assert words in said.out
    assert said.out.endswith("verdict: held\n")


def test_a_run_that_was_not_judged_ends_with_2(clientpath: Clientpath, tmp_path: Path) -> None:
    said = clientpath("show", copied(tmp_path / "run"))
    assert said.code == 2 and "was not judged: it has no result.json" in said.err
