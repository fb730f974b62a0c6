"""Demand files: what they say, and that nothing but WorldError of one line ever comes out of a bad one."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from controllers.demands import Demand, load_demands, parse_demands
from topologies.errors import WorldError

from ..topologies.made_up_plans import PATIENT

KNOWN = ("ams", "dub", "sin")

TEXT = """\
[[demands]]
from = "ams"
to = "dub"
class = "interactive"
rate_mbit = 12.5

[[demands]]
from = "dub"
to = "sin"
class = "background"
rate_mbit = 400
"""


def _refusal(text: str) -> str:
    with pytest.raises(WorldError) as error:
        parse_demands(text, KNOWN)
    return str(error.value)


def test_a_file_has_its_demands_in_order(tmp_path: Path) -> None:
    path = tmp_path / "demands.toml"
    path.write_text("\ufeff" + TEXT, encoding="utf-8")
    assert load_demands(str(path), KNOWN) == (
        Demand(source="ams", target="dub", traffic_class="interactive", rate_mbit=12.5),
        Demand(source="dub", target="sin", traffic_class="background", rate_mbit=400),
    )


def test_the_same_pair_may_have_a_demand_of_each_class_and_each_way() -> None:
    other_class = TEXT.replace("background", "elastic") + TEXT[TEXT.rindex("[[") :]
    other_way = TEXT.replace('"sin"', '"ams"').replace('"background"', '"interactive"')
    assert len(parse_demands(other_class, KNOWN)) == 3
    assert len(parse_demands(other_way, KNOWN)) == 2


@pytest.mark.parametrize(
    "right, instead, said",
    [
        ('from = "dub"', 'from = "dbu"', 'demands[1].from: unknown datacenter "dbu"; did you mean'),
        ('to = "sin"', 'to = "SIN"', 'unknown datacenter "SIN"; did you mean "sin"'),
        ('to = "sin"', 'to = ""', 'demands[1].to: unknown datacenter ""; right would be one of: ams, '),
        (
            'to = "sin"',
            'to = "dub"',
            'demands[1].to: is "dub", as from is; right would be another',
        ),
        ('to = "sin"', "to = 7", "demands[1].to: is 7; right would be a text"),
        ('to = "sin"\n', "", 'demands[1]: to is missing; right would be to = "'),
        ('from = "dub"\n', "", 'demands[1]: from is missing; right would be from = "'),
        ('class = "background"\n', "", 'demands[1]: class is missing; right would be class = "'),
        ("rate_mbit = 400\n", "", "demands[1]: rate_mbit is missing; right would be rate_mbit = 400"),
        ("rate_mbit = 400", "rate = 400", 'demands[1]: unknown key "rate"; did you mean "rate_mbit"?'),
        ('from = "dub', 'source = "dub', 'demands[1]: unknown key "source"; right would be one of: class, '),
        (
            '"background"',
            '"bulk"',
            'demands[1].class: is "bulk"; right would be "interactive", "elastic" or "background"',
        ),
        ('"background"', "true", "demands[1].class: is true; right would be"),
        ("400", "0", "demands[1].rate_mbit: is 0; right would be more than 0"),
        ("400", "-1", "demands[1].rate_mbit: is -1; right would be more than 0"),
        ("400", "inf", "demands[1].rate_mbit: is inf; right would be a finite number"),
        ("400", "nan", "demands[1].rate_mbit: is nan; right would be"),
        ("400", "1e10", "demands[1].rate_mbit: is 10000000000.0; right would be 1e+09 or less"),
        ("400", '"400"', 'demands[1].rate_mbit: is "400"; right would be a number'),
        ("400", "true", "demands[1].rate_mbit: is true; right would be a number"),
    ],
)
def test_a_fault_is_named_with_what_would_be_right(right: str, instead: str, said: str) -> None:
    assert right in TEXT
    assert said in _refusal(TEXT.replace(right, instead))


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "demands: is a list of 0; right would be a list of 1 or more"),
        ("demands = []", "demands: is a list of 0; right would be a list of 1 or more"),
        ("demands = 5", "demands: is 5; right would be a list"),
        ("demands = [5]", "demands[0]: is 5; right would be a table"),
        ("demands = [[]]", "demands[0]: is a list of 0; right would be a table"),
        ("[demands]\nx = 1", "demands: is a table; right would be a list"),
        (TEXT.replace("[[demands]]", "[[demand]]"), 'demand: unknown key; did you mean "demands"?'),
        ("[[demands]\n", "is not TOML: "),
        ("demands = [", "(at line 1, column 12, the end)"),
        ("x = " + "[" * 100_000, "is nested too deeply; right would be"),
        (TEXT + TEXT, "demands[2]: is demands[0] again; right would be one demand"),
    ],
)
def test_a_document_of_another_shape_is_refused(text: str, said: str) -> None:
    assert said in _refusal(text)


@pytest.mark.parametrize(
    "name, said", [("/nowhere/d.toml", "(No such file"), ("/", "cannot be read"), ("a\0b", "cannot be read")]
)
def test_a_file_that_cannot_be_read_is_named(name: str, said: str) -> None:
    with pytest.raises(WorldError) as error:
        load_demands(name, KNOWN)
    assert str(error.value).startswith(f"{name}: ")
    assert said in str(error.value)


def test_a_fault_and_a_file_that_is_no_text_are_named_with_their_file(tmp_path: Path) -> None:
    path = tmp_path / "demands.toml"
    path.write_bytes(b"name = \xff")
    with pytest.raises(WorldError, match=r"demands\.toml: byte 7 is not UTF-8; right would be a TOML text"):
        load_demands(str(path), KNOWN)
    path.write_text(TEXT.replace("400", "0"))
    with pytest.raises(WorldError) as error:
        load_demands(str(path), KNOWN)
    assert str(error.value) == f"{path}: demands[1].rate_mbit: is 0; right would be more than 0"


@PATIENT
@given(st.text())
@example('"a\\nb" = 1')
@example('[[demands]]\n"a\\nb" = 1')
@example(TEXT.replace("sin", "a\\nb"))
@example(TEXT.replace("sin", "a" * 5000))
def test_arbitrary_text_is_a_world_error_of_one_short_line(text: str) -> None:
    said = _refusal(text)
    assert "\n" not in said and len(said) < 400


@PATIENT
@given(st.integers(0, len(TEXT)), st.integers(0, 40), st.text(max_size=20))
def test_damage_anywhere_is_a_world_error_or_harmless(start: int, length: int, instead: str) -> None:
    with contextlib.suppress(WorldError):
        parse_demands(TEXT[:start] + instead + TEXT[start + length :], KNOWN)


@pytest.mark.parametrize("key", ["from", "to", "class", "rate_mbit", "demands"])
@pytest.mark.parametrize(
    "value", ["-1", "1e400", "nan", "true", '""', "[]", "[[]]", "{}", "1979-05-27", "0x" + "f" * 5000]
)
def test_any_value_of_another_type_is_a_world_error_of_one_short_line(key: str, value: str) -> None:
    lines = [f"{key} = {value}" if line.startswith(key + " ") else line for line in TEXT.split("\n")]
    said = _refusal(f"demands = {value}" if key == "demands" else "\n".join(lines))
    assert "\n" not in said and len(said) < 400


def test_a_demand_of_no_class_or_rate_cannot_be_made() -> None:
    with pytest.raises(ValidationError):
        Demand(source="a", target="b", traffic_class="bulk", rate_mbit=1)
    with pytest.raises(ValidationError):
        Demand(source="a", target="b", traffic_class="elastic", rate_mbit=0)
