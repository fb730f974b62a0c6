"""Wrong overrides and borders: the article's world with one thing changed, and the one message for it."""

import pytest

from topologies.errors import WorldError
from topologies.load import parse_world

from .made_up_plans import ARTICLE_TEXT, changed

STRETCH = "path_stretch = 1.5"
AROUND = 'around = ["bjs", "sha"]'

# what the article's file has, what is there instead, the whole message
WRONG = [
    (
        STRETCH,
        'overrides = [{ between = ["ams", "ams"], rtt_ms = 1 }]',
        'internet.overrides[0].between: both ends are "ams"; right would be two different nodes',
    ),
    (
        STRETCH,
        'overrides = [{between=["ams", "dub"], rtt_ms = 1}, {between=["dub", "ams"], rtt_ms = 2}]',
        "internet.overrides[1].between: dub and ams are overridden twice; right would be once",
    ),
    (
        STRETCH,
        'overrides = [{ between = ["traveller", "acdc"], rtt_ms = 1 }]',
        'internet.overrides[0]: between: unknown node "acdc"; did you mean "acdc2" or "acdc1"?',
    ),
    (
        AROUND,
        'around = ["bjs", "sha", "bjs"]',
        'border "china": around: "bjs" is named twice; right would be once',
    ),
    (
        AROUND,
        'around = ["bjs", "sha", "resident"]',
        'border "china": around: "resident" stands where "sha" does; right would be one of the two',
    ),
    (  # a name server inside a datacenter stands where that does
        AROUND,
        'around = ["cndns1", "sha", "bjs"]',
        'border "china": around: "bjs" stands where "cndns1" does; right would be one of the two',
    ),
]


@pytest.mark.parametrize("right, wrong, message", WRONG, ids=[message for _, _, message in WRONG])
def test_a_wrong_internet_has_one_clear_message(right: str, wrong: str, message: str) -> None:
    with pytest.raises(WorldError) as error:
        changed(right, wrong)
    assert str(error.value) == message


def test_no_two_borders_share_a_name() -> None:
    again = '[[internet.borders]]\nname = "china"\naround = ["ams"]\n'
    with pytest.raises(WorldError) as error:
        parse_world(f"{ARTICLE_TEXT}\n{again}")
    assert str(error.value) == (
        'border "china": name: "china" is taken by another one; right would be one not in use'
    )


def test_several_borders_may_go_round_the_same_place() -> None:
    second = '[[internet.borders]]\nname = "city"\naround = ["resident"]\n'
    assert [each.name for each in parse_world(f"{ARTICLE_TEXT}\n{second}").internet.borders] == [
        "china",
        "city",
    ]


def test_a_border_may_have_a_nodes_name() -> None:
    assert changed('name = "china"', 'name = "bjs"').internet.borders[0].name == "bjs"
