"""A region goes dark: held as it is, and not where a message is lost or doubled, or a capture is missing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest

from experiments.reading import Reading, read_run
from experiments.region_works import LISTED
from experiments.registry import find
from measurement.judge import judge
from measurement.observation import CaptureSeen
from measurement.result import StepResult, Verdict
from measurement.work import Attempt

from .conftest import Finished, require_all_held

STEPS, NOTICED, NOTHING_LOST = 12, 3, 7
MS_PER_S = 1000


@pytest.fixture(scope="module")
def failure(finish: Callable[..., Finished]) -> Finished:
    return finish("region_failure")


def test_every_step_and_control_is_held(failure: Finished) -> None:
    require_all_held(failure, STEPS)


def test_nobody_is_without_service_longer_than_arithmetic_says_and_within_a_probe_of_it(
    failure: Finished,
) -> None:
    figures = {each.case: each for each in failure.result.figures if each.name == "without service"}
    assert len(figures) == 5
    for figure in figures.values():
        assert figure.expected is not None and figure.measured <= figure.expected
    interval_ms = 10 * MS_PER_S
    for case in ("portal, answers kept 0 s", "portal, answers kept 300 s"):
        assert figures[case].expected - figures[case].measured < interval_ms  # type: ignore[operator]


def test_parts_add_up_to_the_whole(failure: Finished) -> None:
    (table,) = failure.result.tables
    for row in table.rows:
        parts = [cell for cell in row.cells[1:-1] if isinstance(cell, int | float)]
        assert sum(parts) == pytest.approx(row.cells[-1], abs=0.01)


@pytest.fixture(scope="module")
def reading(failure: Finished) -> Reading:
    """The run, read back once."""
    return read_run(failure.folder)


def step(reading: Reading, number: int) -> StepResult:
    return judge(number, find("region_failure").steps(reading)[number - 1])


def saying(reading: Reading, change: Callable[[Attempt], Attempt]) -> Reading:
    """Return the run in which clients say something else."""
    told = (each.model_copy(update={"attempts": tuple(map(change, each.attempts))}) for each in reading.told)
    return dataclasses.replace(reading, told=tuple(told))


def listing(change: Callable[[list[object]], list[object]]) -> Callable[[Attempt], Attempt]:
    """Return what changes the list of all that is in a mailbox."""

    def changed(attempt: Attempt) -> Attempt:
        if attempt.name != LISTED or not attempt.is_good:
            return attempt
        value = json.loads(attempt.body)["value"]
        return attempt.model_copy(update={"body": json.dumps({"value": change(value)})})

    return changed


def newest_of_the_spell(value: list[object]) -> int:
    """Return where the newest message is that was sent while the region was dark."""
    subjects = [str(each["Subject"]) for each in value]  # type: ignore[index]
    return next(number for number, subject in enumerate(subjects) if subject.startswith("region"))


def test_a_message_that_is_not_in_the_mailbox_is_lost(reading: Reading) -> None:
    def without(value: list[object]) -> list[object]:
        newest = newest_of_the_spell(value)
        return [*value[:newest], *value[newest + 1 :]]

    found = step(saying(reading, listing(without)), NOTHING_LOST)
    assert found.verdict is Verdict.REFUTED and "1 lost, 0 twice" in found.observed


def test_a_message_that_is_there_twice_is_doubled(reading: Reading) -> None:
    def twice(value: list[object]) -> list[object]:
        return [value[newest_of_the_spell(value)], *value]

    found = step(saying(reading, listing(twice)), NOTHING_LOST)
    assert found.verdict is Verdict.REFUTED and "0 lost, 1 twice" in found.observed


def test_a_client_whose_packets_do_not_agree_is_not_believed(reading: Reading) -> None:
    def elsewhere(attempt: Attempt) -> Attempt:
        return attempt.model_copy(update={"server_ip": "192.0.2.1"}) if attempt.number == 3 else attempt

    found = step(saying(reading, elsewhere), 1)
    assert found.verdict is Verdict.REFUTED and "its packets do not" in found.observed


def test_without_a_capture_what_it_would_show_is_inconclusive(reading: Reading) -> None:
    left = tuple(
        row
        for row in reading.observations
        if not (row.case == "region" and row.node == "msdns1" and isinstance(row, CaptureSeen))
    )
    found = step(dataclasses.replace(reading, observations=left), NOTICED)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.observed == "there is no capture pcap/region/msdns1.pcapng"
