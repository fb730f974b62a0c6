"""A page's blocks are what their commands print, and nothing else of the page changes."""

from __future__ import annotations

import pytest

from .printed import BEGIN, END, anew, commands

ROUND_TRIP = ".venv/bin/clientpath world show article --rtt traveller traveller"


def page(*blocks: str) -> str:
    return (
        "# Title\n\n" + "\n\nwords\n\n".join(f"{BEGIN}\n\n    {each}\n{END}" for each in blocks) + "\n\nend\n"
    )


def test_each_block_has_its_commands_output_and_all_else_stays() -> None:
    text = page(ROUND_TRIP, f"{ROUND_TRIP}\n\n    old")
    assert commands(text) == [ROUND_TRIP] * 2
    printed = anew(text)
    shown = [line for line in printed.splitlines() if not line.startswith("<!--")]
    block = ["", f"    {ROUND_TRIP}", "", "         0.000 ms  one way; 0.000 ms back"]
    block.append("         0.000 ms  round trip")
    assert shown == ["# Title", "", *block, "", "", "words", "", *block, "", "", "end"]
    assert anew(printed) == printed


def test_a_page_without_a_block_stays_as_it_is() -> None:
    assert anew(f"words\n{BEGIN}\n") == f"words\n{BEGIN}\n"


@pytest.mark.parametrize(
    "command, told",
    [
        ("rm -rf docs", r'^"rm -rf docs" is no command of ours; right would be \.venv/bin/clientpath'),
        (".venv/bin/clientpath wrold", r"^\"\.venv/bin/clientpath wrold\" failed: (.|\n)*No such command"),
    ],
)
def test_a_block_of_anything_else_is_refused(command: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        anew(page(command))
