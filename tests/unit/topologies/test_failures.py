"""Failures that a world announces: of what, and when."""

from __future__ import annotations

import pytest

from topologies.errors import WorldError
from topologies.load import parse_world
from topologies.sources import Faulty

ON_TOP = 'name = "mine"\nbase = "article"\n'


def _failures(*texts: str) -> str:
    return ON_TOP + "".join(f"[[failures]]\n{text}\n" for text in texts)


def test_a_datacenter_and_a_link_fail_and_come_back() -> None:
    world = parse_world(
        _failures(
            'datacenter = "dub"\nat_s = 20.5\nuntil_s = 97',
            'between = ["iad", "dub"]\nat_s = 0',
            'datacenter = "dub"\nat_s = 97',
        )
    )
    dark, cut, again = world.failures
    assert (dark.datacenter, dark.at_s, dark.until_s) == ("dub", 20.5, 97)
    assert (cut.between, cut.at_s, cut.until_s) == (("iad", "dub"), 0, None)
    assert again.of == frozenset({"dub"})


@pytest.mark.parametrize(
    "text, told",
    [
        (
            "at_s = 1",
            ': is of nothing; right would be datacenter = "ams", or else between = ["ams", "dub"]',
        ),
        ('datacenter = "dub"\nbetween = ["iad", "dub"]\nat_s = 1', ": is of two things; right would be"),
        ('datacenter = "dub"', ".at_s: is missing; right would be at_s = 20.5"),
        ('datacenter = "dub"\nat_s = -1', ".at_s: is -1; right would be 0 or more"),
        ('datacenter = "dub"\nat_s = inf', ".at_s: is inf; right would be a finite number"),
        ('datacenter = "dub"\nat_s = "1"', '.at_s: is "1"; right would be a number'),
        (
            'datacenter = "dub"\nat_s = 5\nuntil_s = 5',
            ": until_s 5 is not after at_s 5; right would be a later time",
        ),
        ('datacenter = "dubb"\nat_s = 1', ': datacenter: unknown datacenter "dubb"; did you mean "dub"?'),
        ('between = ["dubb", "iad"]\nat_s = 1', ': between: unknown datacenter "dubb"; did you mean'),
        (
            'between = ["ams", "bjs"]\nat_s = 1',
            '.between: no link of the backbone joins "ams" and "bjs"; right would be one of:',
        ),
        ('between = ["ams", "ams"]\nat_s = 1', '.between: no link of the backbone joins "ams" and "ams"'),
    ],
)
def test_a_failure_that_there_cannot_be(text: str, told: str) -> None:
    with pytest.raises(WorldError) as error:
        parse_world(_failures(text))
    assert str(error.value).startswith(f"failures[0]{told}")


@pytest.mark.parametrize(
    "first, second, later",
    [
        ("at_s = 1\nuntil_s = 3", "at_s = 2", 1),
        ("at_s = 2\nuntil_s = 3", "at_s = 1", 0),
        ("at_s = 0", "at_s = 0", 1),
        ("at_s = 1", "at_s = 9", 1),
        ("at_s = 1\nuntil_s = 3", "at_s = 3", None),
        ("at_s = 3", "at_s = 1\nuntil_s = 3", None),
    ],
)
@pytest.mark.parametrize("what", ['datacenter = "dub"', 'between = ["iad", "dub"]'])
def test_what_has_failed_cannot_fail(what: str, first: str, second: str, later: int | None) -> None:
    text = _failures(f"{what}\n{first}", f"{what}\n{second}")
    if later is None:
        assert len(parse_world(text).failures) == 2
        return
    with pytest.raises(WorldError) as error:
        parse_world(text)
    told = f"failures[{later}].at_s: begins while that of failures[{1 - later}] lasts"
    assert str(error.value) == f"{told}; right would be one after the other"


def test_it_is_the_longest_one_that_still_lasts() -> None:
    long, short, third = "at_s = 1\nuntil_s = 9", "at_s = 2\nuntil_s = 3", "at_s = 8\nuntil_s = 10"
    with pytest.raises(Faulty) as error:
        parse_world(_failures(*(f'datacenter = "dub"\n{each}' for each in (third, long, short))))
    told = [each.text.partition(";")[0] for each in error.value.faults]
    assert told == [f"failures[{number}].at_s: begins while that of failures[1] lasts" for number in (2, 0)]
    other = parse_world(_failures(f'datacenter = "dub"\n{long}', f'datacenter = "iad"\n{short}'))
    assert len(other.failures) == 2


def test_where_no_link_is_none_can_be_cut() -> None:
    alone = (
        '[remove]\ndatacenters = ["bjs"]\nnameservers = ["cndns1", "cnedge1"]\nborders = ["china"]\n'
        '[[tenants]]\nname = "lotus"\ndatacenter = "sha"\n'
    )
    failure = '[[failures]]\nbetween = ["sha", "sha"]\nat_s = 1\n'
    with pytest.raises(Faulty) as error:
        parse_world(ON_TOP + alone + failure)
    (fault,) = error.value.faults
    assert fault.text.endswith(
        'joins "sha" and "sha"; right would be another one, as no link leads to either'
    )


def test_a_link_that_the_file_gives_can_fail() -> None:
    link = '[[backbone]]\nbetween = ["bjs", "sha"]\nrtt_ms = 20.0\n'
    failure = '[[failures]]\nbetween = ["sha", "bjs"]\nat_s = 1\n'
    assert parse_world(ON_TOP + link + failure).failures[0].of == frozenset({"bjs", "sha"})
