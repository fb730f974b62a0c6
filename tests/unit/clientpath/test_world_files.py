"""Commands about world files: writing one, checking it, its schema, its map."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft7Validator

from clientpath.commands.world_parts import MOST_ROWS
from tests import bench_worlds
from topologies.load import BUILTIN, builtin_worlds, load_world

from .conftest import Clientpath

ON_TOP = 'name = "mine"\nbase = "article"\n'
WRONG = ON_TOP + '[[clients]]\nname = "traveller"\naccess = { delay_ms = -4 }\ncolour = 1\n'


@pytest.fixture
def wrong(here: Path) -> str:
    (here / "mine.toml").write_text(WRONG)
    return "mine.toml"


# A word that is no command


@pytest.mark.parametrize("word", ["article", "mine.toml", "anything.toml"])
def test_a_world_is_no_command_and_how_to_show_it_is_told(
    clientpath: Clientpath, wrong: str, word: str
) -> None:
    complaint = clientpath("world", word, "--rtt", "a", "b").complaint
    assert complaint == f'"{word}" is a world, and no command; right would be: clientpath world show {word}'


def test_an_unknown_command_has_the_nearest_names(clientpath: Clientpath) -> None:
    assert clientpath("world", "chck").complaint == "No such command 'chck'; did you mean \"check\"?"


@pytest.mark.parametrize("command", ["show", "check", "new", "schema"])
def test_every_command_has_help_with_an_example(clientpath: Clientpath, command: str) -> None:
    said = clientpath("world", command, "--help")
    examples = said.out.partition("Examples:\n")[2].splitlines()
    assert (said.code, examples[0].split()[:3]) == (0, ["clientpath", "world", command])
    assert f"  {command} " in clientpath("world", "--help").out


# Checking


@pytest.mark.parametrize("name", builtin_worlds())
def test_nothing_is_wrong_with_a_built_in_world(clientpath: Clientpath, name: str) -> None:
    said = clientpath("world", "check", name)
    world = load_world(name)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{name}: nothing is wrong: {len(world.datacenters)} datacenters, ")


def test_what_is_wrong_is_told_for_an_editor(clientpath: Clientpath, wrong: str) -> None:
    said = clientpath("world", "check", wrong)
    assert (said.code, said.err) == (2, "")
    assert said.out.splitlines() == [
        'mine.toml:5:23: client "traveller": access.delay_ms: is -4; right would be 0 or more',
        'mine.toml:6:1: client "traveller": colour: unknown key; right would be one of: access, name,'
        " office, place, prefix, resolver, tenant",
    ]


def test_as_json_it_is_a_list(clientpath: Clientpath, wrong: str) -> None:
    first, second = json.loads(clientpath("world", "check", wrong, "--json").out)
    assert first == {
        "file": "mine.toml",
        "line": 5,
        "column": 23,
        "text": 'client "traveller": access.delay_ms: is -4; right would be 0 or more',
    }
    assert second["line"] == 6
    assert json.loads(clientpath("world", "check", "article", "--json").out) == []


def test_several_files_are_checked_at_once_and_one_fault_is_enough(
    clientpath: Clientpath, wrong: str
) -> None:
    said = clientpath("world", "check", "article", wrong, "planet")
    assert said.code == 2
    assert [line.split(":")[0] for line in said.out.splitlines()] == [
        "article",
        "planet",
        "mine.toml",
        "mine.toml",
    ]


def test_a_file_that_is_not_there_hides_nothing(clientpath: Clientpath, wrong: str) -> None:
    said = clientpath("world", "check", "nowhere.toml", wrong, "planet")
    assert said.code == 2
    assert [line.split(":")[0] for line in said.out.splitlines()] == ["planet", "mine.toml", "mine.toml"]
    assert said.err.startswith("clientpath: CP202: nowhere.toml: no such file")
    assert len(json.loads(clientpath("world", "check", "nowhere.toml", wrong, "--json").out)) == 2


def test_faults_of_the_file_come_before_those_of_its_bases(clientpath: Clientpath, here: Path) -> None:
    (here / "below.toml").write_text(ON_TOP + "one = 1\n\n\n\nthree = 1\n")
    (here / "a.toml").write_text('name = "a"\nbase = "below.toml"\n\n\ntwo = 1\n')
    (here / "top.toml").write_text('name = "top"\nbase = "a.toml"\n\n\n\n\n\n\nfour = 1\n')
    said = clientpath("world", "check", "top.toml")
    places = [line.partition(": ")[0] for line in said.out.splitlines()]
    assert places == ["top.toml:9:1", "a.toml:5:1", "below.toml:3:1", "below.toml:7:1"]


def test_text_that_is_no_toml_has_its_place(clientpath: Clientpath, here: Path) -> None:
    (here / "mine.toml").write_text('name = "a"\nzones = [')
    said = clientpath("world", "check", "mine.toml")
    assert (said.code, said.out.startswith("mine.toml:2:10: is not TOML: ")) == (2, True)


def test_the_faults_of_a_base_come_last_and_name_it(clientpath: Clientpath, here: Path) -> None:
    (here / "below.toml").write_text(WRONG)
    (here / "mine.toml").write_text('name = "a"\nbase = "below.toml"\nlabel = 1\n')
    first, *others = clientpath("world", "check", "mine.toml").out.splitlines()
    assert first.startswith("mine.toml:3:1: label: unknown key")
    assert [line.split(": ")[0] for line in others] == ["below.toml:5:23", "below.toml:6:1"]
    assert all(line.endswith("(a base of mine.toml)") for line in others)


def test_a_fault_in_a_built_in_base_leads_to_its_file(clientpath: Clientpath, here: Path) -> None:
    """What a file takes from under a part of the base is told where it says so; a clash where it is."""
    (here / "mine.toml").write_text(
        ON_TOP + '[internet]\noverrides = [{ between = ["isplis", "traveller"] }]'
    )
    (line,) = clientpath("world", "check", "mine.toml").out.splitlines()
    assert line.startswith("mine.toml:4:14: internet.overrides[0].rtt_ms: is missing")
    clash = '[[offices]]\nname = "x"\nplace = "Madrid"\nresolver = "branchdns"\nprefix = "10.9.0.0/24"\n'
    (here / "mine.toml").write_text(ON_TOP + clash)
    (line,) = clientpath("world", "check", "mine.toml").out.splitlines()
    lines = (BUILTIN / "article.toml").read_text().splitlines()
    number = lines.index('resolver = "branchdns"') + 1
    told = f'{BUILTIN / "article.toml"}:{number}:12: office "branch": resolver: '
    assert line.startswith(told) and line.endswith("(a base of mine.toml)")


@pytest.mark.parametrize("name", ["artcile", "/nowhere/mine.toml", "/"])
def test_a_file_that_cannot_be_read(clientpath: Clientpath, name: str) -> None:
    assert clientpath("world", "check", name).complaint.startswith(f"{name}: ")


def test_of_thousands_the_first_are_listed_and_all_are_counted(clientpath: Clientpath, here: Path) -> None:
    (here / "mine.toml").write_text(bench_worlds.ON_TOP + bench_worlds.clients(MOST_ROWS + 1_000))
    said = clientpath("world", "show", "mine.toml")
    assert said.code == 0
    assert f"... and {1_000 + len(load_world('article').clients):,} more; --json has all of them" in said.out
    rows = [line.split() for line in said.out.splitlines() if line.startswith("c")]
    assert sum("contoso" in row for row in rows) <= MOST_ROWS


# A new one


@pytest.mark.parametrize("base", builtin_worlds())
def test_a_new_world_is_right_and_is_its_base(clientpath: Clientpath, here: Path, base: str) -> None:
    said = clientpath("world", "new", "mine.toml", "--from", base)
    assert (said.code, said.err) == (0, "")
    assert said.out == f"mine.toml: on top of {base}; clientpath world show mine.toml shows it\n"
    own = {"name": base, "title": load_world(base).title}
    assert load_world("mine.toml").model_copy(update=own) == load_world(base)
    assert clientpath("world", "check", "mine.toml").code == 0


def test_a_new_world_may_stand_on_a_file_elsewhere(clientpath: Clientpath, here: Path) -> None:
    (here / "deep").mkdir()
    clientpath("world", "new", "below.toml")
    said = clientpath("world", "new", "deep/mine.toml", "--from", "below.toml")
    assert said.code == 0
    assert 'base = "../below.toml"\n' in (here / "deep" / "mine.toml").read_text()
    assert load_world("deep/mine.toml").clients == load_world("article").clients


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["old.toml"], "old.toml: is there already; right would be a new file"),
        (["mine"], '"mine" is no name of a world file; right would be mine.toml'),
        (
            ["mine.toml", "--from", "artcile"],
            'artcile: no such file, and no built-in world "artcile"; did you mean',
        ),
        (["mine.toml", "--from", "old.toml"], "old.toml: is not TOML"),
        (["nowhere/mine.toml"], "nowhere/mine.toml: No such file or directory"),
    ],
)
def test_a_new_world_that_cannot_be(
    clientpath: Clientpath, here: Path, arguments: list[str], told: str
) -> None:
    (here / "old.toml").write_text("old")
    assert clientpath("world", "new", *arguments).complaint.startswith(told)
    assert [(path.name, path.read_text()) for path in here.iterdir()] == [("old.toml", "old")]


# For editors


def test_the_schema_is_json(clientpath: Clientpath) -> None:
    said = clientpath("world", "schema")
    assert (said.code, said.err) == (0, "")
    Draft7Validator.check_schema(json.loads(said.out))


# Maps


def test_the_map_has_everybody(clientpath: Clientpath) -> None:
    drawn = clientpath("world", "show", "article").out.partition("congestion")[0].replace("\u00a0", " ")
    for name in ("traveller", "colleague", "mwh", "iad", "hq", "branch", "gru", "jnb", "syd", "ispsin"):
        assert name in drawn
    assert "isplis" not in drawn
    assert "▲ client  ◆ where the tenant's data is" in drawn
    assert "\x1b" not in drawn


def test_the_map_as_a_picture(clientpath: Clientpath, here: Path) -> None:
    said = clientpath("world", "show", "article", "--svg", "map.svg")
    assert (said.code, said.out, said.err) == (0, "", "")
    root = ElementTree.parse(here / "map.svg").getroot()
    told = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}title")]
    assert told[0].startswith("article: The cast of Microsoft's article")
    assert "the link from ams to dub: 17.739 ms there and back" in told


def test_a_picture_that_cannot_be_written(clientpath: Clientpath, here: Path) -> None:
    said = clientpath("world", "show", "article", "--svg", "nowhere/map.svg")
    assert said.code == 2 and "nowhere/map.svg: No such file or directory" in said.complaint


def test_the_picture_is_a_question_of_its_own(clientpath: Clientpath) -> None:
    complaint = clientpath("world", "show", "article", "--svg", "map.svg", "--flows", "ams").complaint
    assert complaint.startswith("--rtt, --paths, --flows and --svg are questions of their own")
