"""Values, one JSON object a line: read back as they were, and a line that is none is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement import json_lines
from topologies.base import Frozen
from topologies.errors import MeasurementError


class Word(Frozen):
    text: str


# Not surrogates by themselves: JSON has none.
words = st.builds(Word, text=st.text(st.characters(codec="utf-8")))


@given(written=st.lists(words, max_size=5))
def test_what_was_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, written: list[Word]) -> None:
    path = tmp_path_factory.mktemp("lines") / "words.jsonl"
    json_lines.save(written, path)
    assert json_lines.load(path, Word, "a word") == written


@pytest.mark.parametrize("line", [b"", b"{}", b"\xff", b'{"text": "cut'])
def test_a_line_that_is_none_is_told_with_its_number(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "words.jsonl"
    json_lines.save([Word(text="one")], path)
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(MeasurementError, match=r"^words\.jsonl, line 2: not a word: "):
        json_lines.load(path, Word, "a word")


def test_a_file_that_is_not_there_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        json_lines.load(tmp_path / "words.jsonl", Word, "a word")
