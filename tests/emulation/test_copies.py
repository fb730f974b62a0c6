"""Copies of mailboxes in a guest: a region fails, another copy becomes the active one, and nothing is lost.

And without synchronous replication something is: so the check can see it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import Soaked, soak

FAILURE = ["parted"]  # the active copy is cut off from the others, and then its region loses its power
SEED = 2


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Soaked:
    """What came of one failure."""
    return soak(tmp_path_factory.mktemp("copies") / "run", FAILURE, SEED)


def test_another_copy_becomes_the_active_one(soaked: Soaked) -> None:
    assert soaked.moved == 1


def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(soaked: Soaked) -> None:
    assert (soaked.lost, soaked.doubled, soaked.changed) == ((), (), ())
    assert soaked.sent > 50


def test_what_was_not_acknowledged_was_sent_again(soaked: Soaked) -> None:
    assert soaked.retried > 0


def test_without_synchronous_replication_messages_are_lost_and_named(tmp_path: Path) -> None:
    found = soak(tmp_path / "run", FAILURE, SEED, synchronous=False)
    assert found.moved == 1
    assert found.lost
    assert not found.is_good
