"""What is typed in a shell is understood, or it is said what would be right."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.shell_running import argv
from experiments.shell_words import USES, AtNode, NotUnderstood, Own, addressed, help_text, is_end, parse

NODES = ("ams-fe", "traveller", "traveller-cpe")
ADDRESSES = {"ams-fe": "13.107.6.2", "traveller": "100.64.0.10"}
LINES = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=60)


@pytest.mark.parametrize(
    "line, found",
    [
        ("", None),
        ("  \t ", None),
        ("# traveller ping ams-fe", None),
        ("clock", Own("clock")),
        ("  links  ", Own("links")),
        ("links traveller", Own("links", ("traveller",))),
        ("cut traveller traveller-cpe\n", Own("cut", ("traveller", "traveller-cpe"))),
        ("capture traveller eth0", Own("capture", ("traveller", "eth0"))),
        ("traveller ping -c1 ams-fe", AtNode("traveller", "ping -c1 ams-fe")),
        ("  traveller   echo  'a  b'  \n", AtNode("traveller", "echo  'a  b'")),
    ],
)
def test_a_line_is_a_command_or_something_to_run_at_a_node(line: str, found: object) -> None:
    assert parse(line, NODES) == found


@pytest.mark.parametrize(
    "line, words",
    [
        ("travler ping", 'neither a node nor a command; did you mean "traveller"'),
        ("cutt a b", 'did you mean "cut"?'),
        ("traveller", "what is to be run there is missing"),
        ("cut traveller", "right would be: cut A B"),
        ("clock now", "right would be: clock"),
        ("mend a b c", "right would be: mend A B"),
    ],
)
def test_what_is_not_understood_is_told_with_what_would_be_right(line: str, words: str) -> None:
    with pytest.raises(NotUnderstood) as error:
        parse(line, NODES)
    assert words in str(error.value)


@given(LINES)
def test_any_line_is_understood_or_refused(line: str) -> None:
    try:
        found = parse(line, NODES)
    except NotUnderstood:
        return
    match found:
        case AtNode(node, text):
            assert node in NODES and text and line.strip().startswith(node)
        case Own(name, arguments):
            assert name in USES and len(arguments) in USES[name][2]


@pytest.mark.parametrize("line, ends", [("exit", True), (" quit \n", True), ("EOF", True), ("exit 1", False)])
def test_three_words_end_a_shell(line: str, ends: bool) -> None:
    assert is_end(line) is ends


@pytest.mark.parametrize(
    "text, instead",
    [
        ("ping -c1 ams-fe", "ping -c1 13.107.6.2"),
        ("dig @ams-fe  name", "dig @13.107.6.2  name"),
        ("traveller ams-fe-2 x/ams-fe 'ams-fe'", "traveller ams-fe-2 x/ams-fe 'ams-fe'"),
        ("ping", "ping"),
    ],
)
def test_a_nodes_name_stands_for_its_address(text: str, instead: str) -> None:
    assert addressed(text, ADDRESSES) == instead


@given(LINES)
def test_without_names_of_nodes_nothing_changes(text: str) -> None:
    assert addressed(text, {}).split() == text.split()


def test_simple_words_are_run_as_they_are_and_others_by_a_shell() -> None:
    assert argv("ping -c 1 13.107.6.2") == ["ping", "-c", "1", "13.107.6.2"]
    assert argv("curl -s x | head") == ["bash", "-c", "curl -s x | head"]


@given(st.lists(st.text(st.sampled_from("abz019@%+:,./-"), min_size=1), min_size=1))
def test_simple_words_stay_apart(words: list[str]) -> None:
    assert argv(shlex.join(words)) == words


def test_the_help_has_every_command() -> None:
    said = help_text()
    assert all(use in said for use, _, _ in USES.values())
    assert max(map(len, said.splitlines())) <= 110
