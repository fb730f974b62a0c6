"""World files: how they are found and read, and that nothing but WorldError ever comes out of a bad one."""

import contextlib
import random
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from topologies.errors import ClientpathError, WorldError
from topologies.load import builtin_worlds, load_world, parse_world

from .made_up_plans import ARTICLE_TEXT, PATIENT


def test_a_copy_of_a_built_in_world_is_the_same_world(tmp_path: Path) -> None:
    copy = tmp_path / "mine.toml"
    copy.write_text("\ufeff" + ARTICLE_TEXT, encoding="utf-8")
    assert load_world(str(copy)) == load_world("article")
    assert "article" in builtin_worlds()


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ARTICLE_TEXT.replace("delay_ms = 4", "delay_ms = -4", 1))
    with pytest.raises(WorldError) as error:
        load_world(str(path))
    assert str(error.value) == f'{path}: client "traveller": access.delay_ms: is -4; right would be 0 or more'
    assert isinstance(error.value, ClientpathError)


def test_of_several_errors_it_says_how_to_see_the_others(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ARTICLE_TEXT.replace("delay_ms = 4", "delay_ms = -4").replace('"Lisbon"', '"Lisboa"'))
    with pytest.raises(WorldError) as error:
        load_world(str(path))
    assert str(error.value).startswith(
        f'{path}: resolver "isplis": place: unknown place "Lisboa"; did you mean'
    )
    assert str(error.value).endswith(f" (4 more: clientpath world check {path})")


@pytest.mark.parametrize(
    "name, fragment",
    [
        ("artcile", 'no such file, and no built-in world "artcile"; did you mean "article"?'),
        ("/nowhere/mine.toml", "no such file"),
        ("/", "cannot be read"),
        ("a\0b", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read(name: str, fragment: str) -> None:
    with pytest.raises(WorldError) as error:
        load_world(name)
    assert str(error.value).startswith(f"{name}: ")
    assert fragment in str(error.value)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "picture.toml"
    path.write_bytes(b"name = \xff")
    with pytest.raises(WorldError, match="byte 7 is not UTF-8"):
        load_world(str(path))


@pytest.mark.parametrize(
    "text, fragment",
    [
        ("name = article", "at line 1, column 8"),
        ('name = "a"\n[internet', "at line 2, column 10"),
        ('name = "a"\nzones = [', "(at line 2, column 10, the end)"),
        ("x = " + "[" * 100_000, "is nested too deeply"),
        ("x = " + "9" * 10_000, "is not TOML"),
    ],
)
def test_malformed_toml_is_located(text: str, fragment: str) -> None:
    with pytest.raises(WorldError) as error:
        parse_world(text)
    assert fragment in str(error.value)


@PATIENT
@given(st.text())
@example('"a\\nb" = 1')
def test_arbitrary_text_is_a_world_error_of_one_line(text: str) -> None:
    with pytest.raises(WorldError) as error:
        parse_world(text)
    assert "\n" not in str(error.value)


@PATIENT
@given(st.integers(0, len(ARTICLE_TEXT)), st.integers(0, 40), st.text(max_size=20))
def test_damage_anywhere_is_a_world_error_or_harmless(start: int, length: int, instead: str) -> None:
    with contextlib.suppress(WorldError):
        parse_world(ARTICLE_TEXT[:start] + instead + ARTICLE_TEXT[start + length :])


VALUES = [
    "-1",
    "1e400",
    "nan",
    "true",
    '""',
    "[]",
    "[[]]",
    "{}",
    "1979-05-27",
    '"a"',
    "{name = 1}",
    "0x" + "f" * 5000,
]


@PATIENT
@given(st.sampled_from(VALUES), st.integers(0, 2**32))
def test_any_value_of_another_type_is_a_world_error_or_harmless(value: str, seed: int) -> None:
    lines = ARTICLE_TEXT.split("\n")
    number = random.Random(seed).choice([number for number, line in enumerate(lines) if " = " in line])
    lines[number] = f"{lines[number].split(' = ')[0]} = {value}"
    with contextlib.suppress(WorldError):
        parse_world("\n".join(lines))
