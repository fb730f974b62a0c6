"""What the inside says is followed as it says it, line by line."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from machine.console import TAIL_LINES, Console


class Followed:
    """A console, and the steps that it passed on."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.console = Console(self.steps.append)

    def hears(self, text: str | bytes) -> bool:
        """Let the inside say something; tell whether the console took notice."""
        os.write(self.console.descriptor, text if isinstance(text, bytes) else text.encode())
        return self.console.follow()


@pytest.fixture
def followed() -> Iterator[Followed]:
    each = Followed()
    yield each
    each.console.close()


def test_before_anything_is_said(followed: Followed) -> None:
    console = followed.console
    assert not console.follow()
    assert (console.step, console.exit_code, console.error, list(console.tail)) == (
        "starting",
        None,
        None,
        [],
    )


def test_steps_are_passed_on_in_their_order(followed: Followed) -> None:
    assert followed.hears("@step building the network: 9 nodes\nsome words\n@step @step twice\n")
    assert followed.steps == ["building the network: 9 nodes", "@step twice"]
    assert followed.console.step == "@step twice"


def test_a_step_is_passed_on_once(followed: Followed) -> None:
    followed.hears("@step one\n")
    assert not followed.console.follow()
    followed.hears("@step two\n")
    assert followed.steps == ["one", "two"]


def test_a_line_counts_when_it_is_whole(followed: Followed) -> None:
    followed.hears("@st")
    followed.hears("ep build")
    assert followed.steps == []
    followed.hears("ing\n@exit")
    assert (followed.steps, followed.console.exit_code) == (["building"], None)
    followed.hears(" 0\n")
    assert followed.console.exit_code == 0


def test_a_character_may_come_in_two_parts(followed: Followed) -> None:
    first, second = "@step Zürich\n".encode()[:8], "@step Zürich\n".encode()[8:]
    assert first.endswith(b"\xc3")
    followed.hears(first)
    followed.hears(second)
    assert followed.steps == ["Zürich"]


def test_a_terminals_line_ends_are_taken_off(followed: Followed) -> None:
    followed.hears("@step one\r\nwords\r\n")
    assert (followed.steps, list(followed.console.tail)) == (["one"], ["words"])


def test_bytes_that_are_no_text_are_told_as_such(followed: Followed) -> None:
    followed.hears(b"words \xff\n")
    assert list(followed.console.tail) == ["words \ufffd"]


@pytest.mark.parametrize("code", [0, 3, 137])
def test_how_the_inside_ended(followed: Followed, code: int) -> None:
    followed.hears(f"@exit {code}\n")
    assert followed.console.exit_code == code


def test_an_error_has_all_its_lines(followed: Followed) -> None:
    followed.hears("@error isplis: unbound ended\n@error\n@error   its last line\n")
    assert followed.console.error == "isplis: unbound ended\n\n  its last line"


def test_words_that_only_look_like_a_step_are_words(followed: Followed) -> None:
    lines = ["@stepping on", " @step one", "x @step two", "@", "@other three"]
    followed.hears("".join(f"{line}\n" for line in lines))
    assert (followed.steps, list(followed.console.tail)) == ([], lines)


def test_only_the_last_lines_are_kept(followed: Followed) -> None:
    followed.hears("".join(f"line {number}\n@step {number}\n" for number in range(TAIL_LINES + 7)))
    assert list(followed.console.tail) == [f"line {number}" for number in range(7, TAIL_LINES + 7)]


def test_more_than_one_look_can_take_is_taken(followed: Followed) -> None:
    line = "x" * 100_000
    followed.hears(f"{line}\n@step after it\n")
    assert (list(followed.console.tail), followed.steps) == ([line], ["after it"])
