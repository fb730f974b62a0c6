"""A world file on top of others: what it adds, changes and removes; and whose fault a fault is."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies.errors import WorldError
from topologies.layers import CHANGED_BY, LISTS, REMOVE
from topologies.load import load_world, parse_world
from topologies.references import MOST_HINTS
from topologies.sources import MOST_BASES, Faulty, Source
from topologies.world import World

from .made_up_plans import ARTICLE, ARTICLE_TEXT, PATIENT

ON_TOP = 'name = "mine"\nbase = "article"\n'
LAGOS = """
[[resolvers]]
name = "isplos"
place = "Lagos"
prefix = "100.64.77.0/29"

[[clients]]
name = "lagos"
place = "Lagos"
resolver = "isplos"
tenant = "contoso"
prefix = "100.64.77.8/29"
"""
LINKS = """
[[backbone]]
between = ["bjs", "sha"]
rtt_ms = 20.0
"""


def on_top(text: str) -> World:
    """Return the article's world with something on top of it."""
    return parse_world(ON_TOP + text)


def faults(text: str) -> list[tuple[str, int, int, str]]:
    """Return the faults of a text: whose they are, their lines and columns, and what they say."""
    with pytest.raises(Faulty) as error:
        parse_world(text)
    return [(each.source.name, *each.position, each.text) for each in error.value.faults]


# What a file on top of another one says


def test_all_of_the_base_is_there_but_its_name_and_title() -> None:
    assert on_top("").model_copy(update={"name": ARTICLE.name, "title": ARTICLE.title}) == ARTICLE
    assert (on_top("").name, on_top("").title) == ("mine", "")


def test_parts_are_added_after_those_of_the_base() -> None:
    world = on_top(LAGOS)
    assert [each.name for each in world.clients] == [*(each.name for each in ARTICLE.clients), "lagos"]
    assert world.resolver("isplos").place.name == "Lagos"
    assert world.datacenters == ARTICLE.datacenters


def test_a_part_with_a_name_of_the_base_changes_that_part_key_by_key() -> None:
    world = on_top('[[clients]]\nname = "traveller"\nresolver = "ispsin"\naccess = { delay_ms = 9 }\n')
    changed, before = world.client("traveller"), ARTICLE.client("traveller")
    assert (changed.resolver, changed.access.up.delay_ms) == ("ispsin", 9)
    assert (changed.place, changed.prefix, changed.tenant) == (before.place, before.prefix, before.tenant)
    assert [each.name for each in world.clients] == [each.name for each in ARTICLE.clients]


def test_a_border_is_changed_by_its_name_and_the_internet_key_by_key() -> None:
    world = on_top('[internet]\nloss_percent = 0.5\n[[internet.borders]]\nname = "china"\nclosed = true\n')
    (border,) = world.internet.borders
    assert (border.closed, border.rate_mbit, border.around) == (True, 1.0, ("bjs", "sha"))
    assert (world.internet.loss_percent, world.internet.path_stretch) == (0.5, 1.5)


def test_a_link_and_an_override_between_the_same_two_are_changed(tmp_path: Path) -> None:
    below = tmp_path / "below.toml"
    override = '[internet]\noverrides = [{ between = ["isplis", "ams"], rtt_ms = 46 }]\n'
    below.write_text('name = "below"\nbase = "article"\n' + override + LINKS)
    above = tmp_path / "above.toml"
    above.write_text(
        'name = "above"\nbase = "below.toml"\n[internet]\noverrides = [\n'
        '{ between = ["ams", "isplis"], rtt_ms = 50 }, { between = ["isplis", "dub"], rtt_ms = 40 }]\n'
        '[[backbone]]\nbetween = ["sha", "bjs"]\nrate_mbit = 5.0\n'
    )
    world = load_world(str(above))
    assert [(each.between, each.rtt_ms) for each in world.internet.overrides] == [
        (("ams", "isplis"), 50),
        (("isplis", "dub"), 40),
    ]
    (link,) = world.backbone
    assert (link.rtt_ms, link.rate_mbit) == (20.0, 5.0)


def test_failures_are_added_and_change_none(tmp_path: Path) -> None:
    failure = '[[failures]]\ndatacenter = "dub"\nat_s = {}\nuntil_s = {}\n'
    (tmp_path / "below.toml").write_text(ON_TOP + failure.format(1, 2))
    above = tmp_path / "above.toml"
    above.write_text('name = "above"\nbase = "below.toml"\n' + failure.format(3, 4))
    assert [each.at_s for each in load_world(str(above)).failures] == [1, 3]
    above.write_text(
        'name = "above"\nbase = "below.toml"\n[remove]\nfailures = ["dub"]\n' + failure.format(3, 4)
    )
    assert [each.at_s for each in load_world(str(above)).failures] == [3]


def test_what_is_removed_is_not_there_and_may_come_anew() -> None:
    world = on_top('[remove]\nclients = ["resident", "colleague"]\nborders = ["china"]\n')
    assert [each.name for each in world.clients] == ["traveller", "clerk"]
    assert world.internet.borders == ()
    anew = on_top('[remove]\ncircuits = ["circuit"]\noffices = ["branch"]\n' + OFFICE)
    assert anew.office("branch").tunnel is None
    assert anew.circuits == ()


OFFICE = """
[[offices]]
name = "branch"
place = "Madrid"
resolver = "branchdns"
prefix = "10.2.0.0/24"
"""


def test_all_of_a_kind_can_be_removed() -> None:
    world = on_top('[remove]\nclients = ["*"]\n' + LAGOS)
    assert [each.name for each in world.clients] == ["lagos"]


def test_a_base_stands_beside_the_file_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "below.toml").write_text(ON_TOP + LAGOS)
    (tmp_path / "above.toml").write_text('name = "above"\nbase = "deep/below.toml"\n')
    assert load_world(str(tmp_path / "above.toml")).client("lagos")
    monkeypatch.chdir(tmp_path / "deep")
    assert load_world("../above.toml").client("lagos")


def test_the_lists_of_a_world_are_those_that_can_be_changed() -> None:
    """A list that is added to the world's parts has to be known here, too."""
    tables = Source("", ARTICLE_TEXT).document
    assert {path[0] for path, _ in LISTS.values()} - {"internet"} == {
        name for name, field in World.model_fields.items() if "tuple" in str(field.annotation)
    }
    assert {section for section, value in tables.items() if isinstance(value, list)} <= set(LISTS)


# Any cut of a world into a base and a file gives the same world


@PATIENT
@given(st.data())
def test_a_world_that_is_cut_into_a_base_and_the_rest_is_the_same(data: st.DataObject) -> None:
    head, *parts = ARTICLE_TEXT.split("\n[[")
    there = [data.draw(st.booleans()) for _ in parts]
    below = head + "".join(f"\n[[{part}" for part, kept in zip(parts, there, strict=True) if kept)
    above = "".join(f"\n[[{part}" for part, kept in zip(parts, there, strict=True) if not kept)
    with _files(below, f'name = "article"\nbase = "below.toml"\n{above}') as path:
        world = load_world(path)
    for section in World.model_fields.keys() - {"title", "name"}:
        cut, whole = getattr(world, section), getattr(ARTICLE, section)
        assert (
            sorted(map(repr, cut)) == sorted(map(repr, whole)) if isinstance(whole, tuple) else cut == whole
        )


@contextlib.contextmanager
def _files(below: str, above: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "below.toml").write_text(below)
        path = Path(folder) / "above.toml"
        path.write_text(above)
        yield str(path)


@PATIENT
@given(st.text(max_size=60), st.integers(0, len(LAGOS)), st.integers(0, 20))
def test_damage_in_a_file_on_top_is_a_world_error_or_harmless(instead: str, start: int, length: int) -> None:
    text = ON_TOP + LAGOS[:start] + instead + LAGOS[start + length :]
    with contextlib.suppress(WorldError):
        parse_world(text)


VALUES = [
    "3",
    '"a"',
    "[1]",
    "[[1]]",
    "{}",
    "[{}]",
    "[{ name = 1 }]",
    "true",
    '["*"]',
    '[["a", 1]]',
    "1979-05-27",
]


@PATIENT
@given(st.sampled_from([*LISTS, "internet", "remove", "base"]), st.sampled_from(VALUES), st.booleans())
def test_any_value_in_a_file_on_top_is_a_world_error_or_harmless(key: str, value: str, below: bool) -> None:
    with _files(
        ON_TOP + (f"{key} = {value}" if below else ""), f'name = "a"\nbase = "below.toml"\n{key} = {value}'
    ) as path:
        with contextlib.suppress(WorldError):
            load_world(path)
    with contextlib.suppress(WorldError):
        parse_world(ON_TOP + f"[remove]\n{key} = {value}")


# Faults, and where they are


@pytest.mark.parametrize(
    "text, told",
    [
        ('base = "article"', ("", 1, 1, 'name: is missing; right would be name = "..."')),
        (
            ON_TOP + "clouds = 3",
            ("", 3, 10, "clouds: is 3; right would be a list"),
        ),
        (
            ON_TOP + '[[clients]]\nname = "traveller"\naccess = { delay_ms = -4 }',
            ("", 5, 23, 'client "traveller": access.delay_ms: is -4; right would be 0 or more'),
        ),
        (
            ON_TOP + '[[clients]]\nname = "lagos"\nresolver = "isplis"\ntenant = "contoso"\nplace = "Lagos"',
            ("", 3, 1, 'client "lagos": prefix: is missing; right would be prefix = "100.64.0.8/29"'),
        ),
        (
            ON_TOP + '[[clients]]\nname = "traveller"\nresolver = "ipslis"',
            ("", 5, 12, 'client "traveller": resolver: unknown resolver "ipslis"; did you mean "isplis"?'),
        ),
        (
            ON_TOP + '[[clients]]\nname = "traveller"\n[[clients]]\nname = "traveller"',
            ("", 5, 1, 'clients[1]: changes "traveller" again; right would be all of its keys in one place'),
        ),
        (
            ON_TOP + 'bsae = "x"',
            ("", 3, 1, 'bsae: unknown key; did you mean "base"?'),
        ),
        (
            ON_TOP + "[remove]\nclients = [\n  \"clerk\",\n  \"resdent\"]",
            ("", 6, 3, 'remove.clients[1]: "resdent" is not there; did you mean "resident"?'),
        ),
        (
            ON_TOP + "remove = 3",
            ("", 3, 10, "remove: is 3; right would be a table"),
        ),
        (
            ON_TOP + '[remove]\nclint = ["clerk"]',
            ("", 4, 1, 'remove.clint: unknown key; did you mean "clients"?'),
        ),
        (
            ON_TOP + '[remove]\nclients = "clerk"',
            ("", 4, 11, 'remove.clients: is "clerk"; right would be ["one"]'),
        ),
        (
            ON_TOP + '[remove]\nbackbone = "ams"',
            ("", 4, 12, 'remove.backbone: is "ams"; right would be [["one", "other"]]'),
        ),
        (
            ON_TOP + '[remove]\ntenants = ["contoso"]',
            (
                "",
                4,
                12,
                'remove.tenants[0]: is still in use: client "traveller": tenant: unknown tenant "contoso";'
                ' right would be one of: fabrikam, lotus',
            ),
        ),
        (
            ON_TOP + '[remove]\ndatacenters = ["bjs"]\ntenants = ["lotus"]\n'
            'nameservers = ["cndns1", "cnedge1"]',
            (
                "",
                4,
                16,
                'remove.datacenters[0]: is still in use: border "china": around: unknown node "bjs";'
                ' right would be one of: acdc1, acdc2, akadns, ams, branch, branchdns, clerk, cndns2, ...',
            ),
        ),
        (
            'name = "mine"\n[remove]\nclients = ["clerk"]',
            ("", 2, 1, 'remove: there is no base; right would be base = "article", or nothing'),
        ),
    ],
)  # fmt: skip
def test_a_fault_of_a_file_on_top(text: str, told: tuple[str, int, int, str]) -> None:
    assert faults(text)[0] == told


def test_all_faults_are_told_at_once() -> None:
    text = ON_TOP + LAGOS.replace('"Lagos"', '"Lagosa"').replace('"100.64.77.8/29"', '"100.64.77.9/29"')
    assert [(line, column) for _, line, column, _ in faults(text)] == [(6, 9), (11, 9), (14, 10)]
    between = ON_TOP + LAGOS.replace('"isplos"\nt', '"isplis"\nt').replace("contoso", "contosa")
    between = between.replace("100.64.77.8/29", "100.64.77.0/29")
    assert [each[3].split(";")[0] for each in faults(between)] == [
        'resolver "isplos": prefix: "100.64.77.0/29" overlaps "100.64.77.0/29" of client "lagos"',
        'client "lagos": tenant: unknown tenant "contosa"',
    ]


def test_of_thousands_of_wrong_names_only_the_first_have_the_nearest_ones() -> None:
    client = '[[clients]]\nname = "c{0}"\nplace = "Lagos"\nresolver = "isplsi"\ntenant = "contoso"\n'
    client += 'prefix = "100.99.{0}.0/29"\n'
    told = [each[3] for each in faults(ON_TOP + "".join(map(client.format, range(MOST_HINTS + 2))))]
    assert len(told) == MOST_HINTS + 2
    assert all("did you mean" in each for each in told[:MOST_HINTS])
    assert all(each.endswith("; right would be a resolver of the world") for each in told[MOST_HINTS:])


def test_all_networks_inside_another_one_are_told_where_the_upper_file_has_it() -> None:
    server = 'name = "wide"\nhostname = "w.example.net"\nzones = ["example.net"]\nplace = "Lagos"'
    text = ON_TOP + f'[[nameservers]]\n{server}\nprefix = "13.107.6.0/26"\n'
    told = [each for each in faults(text) if "overlaps" in each[3]]
    assert [each[3].partition(" overlaps")[0] for each in told] == [
        'datacenter "ams": prefix: "13.107.6.0/28"',
        'datacenter "dub": prefix: "13.107.6.16/28"',
        'datacenter "mwh": prefix: "13.107.6.32/28"',
        'datacenter "iad": prefix: "13.107.6.48/28"',
    ]
    assert {each[:3] for each in told} == {("", 8, 10)}


def test_a_key_that_is_written_once_and_meant_twice_is_told_once() -> None:
    text = ON_TOP + '[[clients]]\nname = "traveller"\naccess = { delay_ms = -4, colour = 1 }'
    assert [each[1:3] for each in faults(text)] == [(5, 27), (5, 23)]


def test_a_fault_of_a_base_is_told_of_the_base(tmp_path: Path) -> None:
    below, above = tmp_path / "below.toml", tmp_path / "above.toml"
    below.write_text(ON_TOP + LAGOS.replace('"isplos"\nt', '"ispls"\nt'))
    above.write_text('name = "above"\nbase = "below.toml"\n[[clients]]\nname = "lagos"\naccess = {}\n')
    with pytest.raises(Faulty) as error:
        load_world(str(above))
    assert str(error.value).startswith(
        f'{below}: client "lagos": resolver: unknown resolver "ispls"; did you'
    )
    assert str(error.value).endswith(f"(a base of {above})")
    assert error.value.faults[0].position == (12, 12)
    above.write_text(above.read_text() + 'resolver = "isplosa"\n')
    with pytest.raises(Faulty) as error:
        load_world(str(above))
    assert str(error.value).startswith(f'{above}: client "lagos": resolver: unknown resolver "isplosa"')
    assert error.value.faults[0].position == (6, 12)


@pytest.mark.parametrize(
    "base, told",
    [
        ("3", 'is 3; right would be a built-in world such as "article", or a file such as "other.toml"'),
        ('"artcile"', 'FOLDER/artcile: no such file, and no built-in world "artcile"; did you mean "art'),
        ('"picture"', "FOLDER/picture: byte 0 is not UTF-8; right would be a TOML text"),
        ('"."', "FOLDER: cannot be read (Is a directory); right would be a readable TOML file"),
        ('"mine.toml"', "FOLDER/mine.toml: leads back to itself; right would be a base that does not"),
        ('"back.toml"', "FOLDER/mine.toml: leads back to itself; right would be a base that does not"),
    ],
)
def test_a_base_that_there_is_not(tmp_path: Path, base: str, told: str) -> None:
    (tmp_path / "picture").write_bytes(b"\xff")
    (tmp_path / "back.toml").write_text('name = "back"\nbase = "mine.toml"\n')
    path = tmp_path / "mine.toml"
    path.write_text(f'name = "mine"\nbase = {base}\n')
    with pytest.raises(Faulty) as error:
        load_world(str(path))
    (fault,) = error.value.faults
    whose = tmp_path / ("back.toml" if "back" in base else "mine.toml")
    assert str(error.value).startswith(f"{whose}: base: {told.replace('FOLDER', str(tmp_path))}")
    assert fault.position == (2, 8)


def test_a_base_that_is_no_toml_is_located(tmp_path: Path) -> None:
    (tmp_path / "below.toml").write_text('name = "a"\nzones = [')
    path = tmp_path / "mine.toml"
    path.write_text('base = "below.toml"')
    with pytest.raises(Faulty) as error:
        load_world(str(path))
    (fault,) = error.value.faults
    assert (fault.source.name, fault.position) == (str(tmp_path / "below.toml"), (2, 10))
    assert fault.text.endswith(f"(a base of {path})")


@pytest.mark.parametrize("number", [MOST_BASES, MOST_BASES + 1])
def test_bases_stand_on_each_other_up_to_a_depth(tmp_path: Path, number: int) -> None:
    for each in range(number):
        base = f"{each + 1}.toml" if each < number - 1 else "article"
        (tmp_path / f"{each}.toml").write_text(f'name = "w{each}"\nbase = "{base}"\n')
    path = str(tmp_path / "0.toml")
    if number == MOST_BASES:
        assert load_world(path).clients == ARTICLE.clients
        return
    with pytest.raises(WorldError, match=f"is the {number}th below; right would be {MOST_BASES} at most"):
        load_world(path)


def test_what_can_be_removed_is_what_the_document_lists() -> None:
    document = (Path(__file__).parents[3] / "docs" / "worlds.md").read_text(encoding="utf-8")
    section = document.partition("## On top of another world")[2].partition("\n## ")[0]
    for key in LISTS:
        assert f"`{key}`" in section
    assert f"`[{REMOVE}]`" in section and CHANGED_BY


# Files that no editor would write


def test_what_was_in_a_table_that_is_none_any_more_cannot_be_removed(tmp_path: Path) -> None:
    below = '[[internet.borders]]\nname = "q"\naround = ["ams"]\n'
    (tmp_path / "below.toml").write_text(ON_TOP + below)
    (tmp_path / "middle.toml").write_text('name = "mine"\nbase = "below.toml"\ninternet = 5\n')
    text = 'name = "mine"\nbase = "middle.toml"\n[remove]\nborders = ["q"]\n'
    (tmp_path / "top.toml").write_text(text)
    with pytest.raises(Faulty) as error:
        load_world(str(tmp_path / "top.toml"))
    told = [each.text.partition(" (a base of ")[0] for each in error.value.faults]
    assert told == [
        'remove.borders[0]: "q" is not there; there are none',
        "internet: is 5; right would be a table",
    ]


@pytest.mark.parametrize(
    "text",
    [
        ON_TOP + '[remove]\n"cl\\nients" = ["a"]\n',
        ON_TOP + '[remove]\nclients = ["a\\nb"]\n',
        'name = "mine"\nbase = "ar\\nticle"\n',
    ],
)
def test_a_message_is_one_line(text: str) -> None:
    with pytest.raises(Faulty) as error:
        parse_world(text)
    assert str(error.value).isprintable() and "?" in str(error.value)
