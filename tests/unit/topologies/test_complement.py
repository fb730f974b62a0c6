"""What is left when prefixes are taken out: nothing of them, all of the rest, in the fewest prefixes."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from topologies.complement import EVERYWHERE_4, EVERYWHERE_6, outside
from topologies.endpoints import load_list

from .made_up_plans import PATIENT

FOUR = st.lists(
    st.builds(
        lambda first, length: IPv4Network((first >> (32 - length) << (32 - length), length)),
        st.integers(0, 2**32 - 1),
        st.integers(1, 32),
    ),
    max_size=12,
)
SIX = st.lists(
    st.builds(
        lambda first, length: IPv6Network((first >> (128 - length) << (128 - length), length)),
        st.integers(0, 2**128 - 1),
        st.integers(1, 128),
    ),
    max_size=12,
)


@PATIENT
@given(FOUR)
@example([])
@example([EVERYWHERE_4])
@example([IPv4Network("10.0.0.0/9"), IPv4Network("10.128.0.0/9")])
def test_ipv4_is_the_exceptions_and_what_is_outside(exceptions: list[IPv4Network]) -> None:
    left = outside(EVERYWHERE_4, exceptions)
    assert not any(each.overlaps(other) for each in left for other in exceptions)
    assert list(collapse_addresses([*left, *exceptions])) == [EVERYWHERE_4]
    assert left == sorted(collapse_addresses(left))  # in order, and no two of them are one


@PATIENT
@given(SIX)
@example([EVERYWHERE_6])
def test_ipv6_is_the_exceptions_and_what_is_outside(exceptions: list[IPv6Network]) -> None:
    left = outside(EVERYWHERE_6, exceptions)
    assert not any(each.overlaps(other) for each in left for other in exceptions)
    assert list(collapse_addresses([*left, *exceptions])) == [EVERYWHERE_6]
    assert left == sorted(collapse_addresses(left))


def test_a_part_of_all_addresses() -> None:
    inside = outside(IPv4Network("10.0.0.0/8"), [IPv4Network("10.128.0.0/10"), IPv4Network("11.0.0.0/8")])
    assert [str(each) for each in inside] == ["10.0.0.0/9", "10.192.0.0/10"]
    assert outside(IPv4Network("10.1.0.0/16"), [IPv4Network("10.0.0.0/8")]) == []


def test_what_docs_endpoints_says_of_the_optimized_prefixes() -> None:
    kept = load_list("worldwide")
    four = outside(EVERYWHERE_4, kept.prefixes(categories=["Optimize"], version=4))
    six = outside(EVERYWHERE_6, kept.prefixes(categories=["Optimize"], version=6))
    assert (len(four), len(six)) == (181, 513)
    page = (Path(__file__).parents[3] / "docs" / "endpoints.md").read_text(encoding="utf-8")
    assert f"has {len(four) + len(six)} prefixes" in page
