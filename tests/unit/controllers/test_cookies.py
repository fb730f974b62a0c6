"""Cookies read in decimal, where switches print them in hexadecimal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from controllers.cookies import VERSION_MASK, cookie, version_of
from controllers.tags import MOST_TRUNKS, VERSIONS

NUMBERS = st.integers(0, 9999)


def test_a_cookie_reads_as_documented() -> None:
    assert f"{cookie(1, 7, around=42):#x}" == "0x100420007"
    assert f"{cookie(3, 4999, around=499):#x}" == "0x304994999"
    assert f"{cookie(2):#x}" == "0x200000000"
    assert f"{cookie(0, 12):#x}" == "0x12"


@given(st.sampled_from((0, *VERSIONS)), NUMBERS, NUMBERS)
def test_the_digits_are_the_numbers_and_the_version_is_found_again(
    version: int, target: int, around: int
) -> None:
    made = cookie(version, target, around=around)
    assert f"{made:09x}" == f"{version}{around:04}{target:04}"
    assert version_of(made) == version
    assert made & VERSION_MASK == version << 32
    assert made < 1 << 64


@given(*[st.tuples(st.sampled_from((0, *VERSIONS)), NUMBERS, st.integers(0, MOST_TRUNKS))] * 2)
def test_different_entries_have_different_cookies(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    made = [cookie(version, target, around=around) for version, target, around in (one, other)]
    assert (made[0] == made[1]) == (one == other)
