"""Microsoft's targets: what misses them, and by which name."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from measurement.media_targets import (
    CALLED,
    CLIENT_TO_EDGE,
    CUSTOMER_EDGE_TO_EDGE,
    POOR_ABOVE,
    AudioStream,
    Quality,
    is_poor,
    missed,
)

NOTHING = Quality(0, 0, 0, 0, 0, 0)
NAMES = [field.name for field in fields(Quality)]


def test_every_target_has_a_name() -> None:
    assert list(CALLED) == NAMES


@pytest.mark.parametrize("targets", [CLIENT_TO_EDGE, CUSTOMER_EDGE_TO_EDGE])
@pytest.mark.parametrize("name", NAMES)
def test_a_target_is_missed_by_who_reaches_it(targets: Quality, name: str) -> None:
    limit = getattr(targets, name)
    assert missed(replace(NOTHING, **{name: limit}), targets) == [CALLED[name]]
    assert missed(replace(NOTHING, **{name: limit * 0.999}), targets) == []


def test_an_edge_has_to_be_better_than_a_client_at_everything() -> None:
    assert len(missed(CLIENT_TO_EDGE, CUSTOMER_EDGE_TO_EDGE)) == len(NAMES)
    assert missed(CUSTOMER_EDGE_TO_EDGE, CLIENT_TO_EDGE) == []


@pytest.mark.parametrize("name", [field.name for field in fields(AudioStream)])
def test_a_stream_is_poor_by_any_one_of_its_values(name: str) -> None:
    assert not is_poor(POOR_ABOVE)
    assert is_poor(replace(POOR_ABOVE, **{name: getattr(POOR_ABOVE, name) + 0.001}))
