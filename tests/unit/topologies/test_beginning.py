"""A new world file: right as it is, and with any of its examples, on top of any world."""

from __future__ import annotations

import pytest

from topologies.beginning import WIDTH, beginning
from topologies.load import builtin_worlds, load_world, parse_world


@pytest.mark.parametrize("name", builtin_worlds())
def test_a_new_world_is_sound_with_none_each_and_all_of_its_examples(name: str) -> None:
    text = beginning('m"\\\u2603', name, load_world(name))
    assert parse_world(text).name == 'm"\\\u2603'
    head, *blocks = text.split("\n\n# ")
    uncommented = [
        "\n".join(line[1:] if line.startswith("#") else line for line in block.splitlines()[1:])
        for block in blocks
        if "\n#[" in block
    ]
    assert len(uncommented) >= 4
    everything = parse_world("\n".join([head, *uncommented]))
    assert everything.failures
    for block in uncommented:
        parse_world(f"{head}\n{block}")


def test_it_names_what_the_base_has() -> None:
    text = beginning("mine", "planet", load_world("planet"))
    assert "#   clients: traveller colleague resident clerk\n" in text
    assert max(map(len, text.splitlines())) <= WIDTH + 8


def test_of_a_base_with_nobody_in_it_there_are_fewer_examples() -> None:
    removed = 'name = "empty"\nbase = "article"\n[remove]\nclients = ["*"]\n'
    text = beginning("mine", "article", parse_world(removed))
    assert "[remove]" not in text
    assert "another line" not in text and '#name = "lagos"' in text
