"""Tags: no two of them mean the same, and each can be read."""

from __future__ import annotations

import pytest

from controllers.tags import MOST_TRUNKS, MOST_TUNNELS, VERSIONS, around, meaning, on_its_way, past, tunnel

MOST_IN_VLAN = 4094  # IEEE 802.1Q: 0 and 4095 are reserved

ALL = {
    **{on_its_way(v): f"version {v}, on its shortest way" for v in VERSIONS},
    **{past(v): f"version {v}, past the cut" for v in VERSIONS},
    **{around(v, n): f"version {v}, around trunk {n}" for v in VERSIONS for n in range(1, MOST_TRUNKS + 1)},
    **{tunnel(v, n): f"version {v}, in tunnel {n}" for v in VERSIONS for n in range(1, MOST_TUNNELS + 1)},
}


def test_no_two_tags_are_the_same() -> None:
    assert len(ALL) == len(VERSIONS) * (1 + 1 + MOST_TRUNKS + MOST_TUNNELS)


def test_every_tag_fits_into_a_vlan_identifier() -> None:
    assert 0 < min(ALL) < max(ALL) <= MOST_IN_VLAN


def test_every_tag_says_what_it_means_and_no_other_number_says_anything() -> None:
    for tag in range(1 << 12):
        assert meaning(tag) == ALL.get(tag, f"no tag of the backbone: {tag}")


@pytest.mark.parametrize(
    "tag, number", [(on_its_way(1), 1000), (around(1, 42), 1042), (tunnel(2, 7), 2507), (past(3), 3999)]
)
def test_tags_read_in_decimal(tag: int, number: int) -> None:
    assert tag == number


def test_within_a_version_a_tag_only_ever_grows_as_a_packet_goes_on() -> None:
    for version in VERSIONS:
        assert on_its_way(version) < around(version, 1) <= around(version, MOST_TRUNKS) < past(version)
