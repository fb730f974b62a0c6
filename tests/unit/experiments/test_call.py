"""Calls and what is the matter with their lines, as values."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from experiments.call import Call, Condition
from experiments.order import Order, load, save
from measurement.media import AUDIO, VIDEO
from topologies.access import Access, Line
from topologies.shape import Shape

from .saved_runs import SAVED

ACCESS = Access(up=Line(delay_ms=4, jitter_ms=1), down=Line(delay_ms=3, loss_percent=0.5))


def call(**changes: Any) -> Call:
    return Call.model_validate(
        {"name": "nearest", "text": "a call", "client": "traveller", "server": "mwh", **changes}
    )


def test_a_call_is_audio_and_longer_than_the_time_in_which_loss_is_judged() -> None:
    assert (call().media, call().seconds > 15) == ((AUDIO,), True)


def test_a_plain_call_leaves_the_line_as_it_is() -> None:
    assert not call().condition.reshapes and call().steady


@pytest.mark.parametrize("condition", [{"loss_percent": 1}, {"rate_mbit": 1}])
def test_a_line_that_loses_or_has_a_rate_is_another_one(condition: dict[str, float]) -> None:
    changed = call(condition=condition)
    assert changed.condition.reshapes and not changed.steady


def test_where_udp_is_blocked_everything_else_takes_its_usual_time() -> None:
    assert call(condition={"udp_blocked": True}).steady


def test_a_condition_is_on_top_of_what_the_world_says_of_both_directions() -> None:
    condition = Condition(loss_percent=2, burst_packets=3, rate_mbit=1, queue_ms=250, classes=True)
    up, down = condition.shapes(ACCESS)
    assert up == Shape(
        line=Line(delay_ms=4, jitter_ms=1, loss_percent=2, rate_mbit=1),
        burst_packets=3,
        queue_ms=250,
        classes=True,
    )
    assert down.line == Line(delay_ms=3, loss_percent=2, rate_mbit=1)


def test_losses_of_the_world_stay_where_a_condition_has_none() -> None:
    assert Condition(rate_mbit=1).shapes(ACCESS)[1].line.loss_percent == 0.5


@pytest.mark.parametrize("useless", ["classes", "busy"])
def test_a_queue_without_a_rate_would_change_nothing(useless: str) -> None:
    with pytest.raises(ValidationError, match="right would be rate_mbit = 2"):
        Condition.model_validate({useless: True})


@pytest.mark.parametrize("changes", [{"media": ()}, {"seconds": 0}, {"condition": {"loss_percent": 101}}])
def test_a_call_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        call(**changes)


def test_an_order_knows_its_calls_by_name_and_gives_each_captures(tmp_path: Any) -> None:
    calls = (call(), call(name="lossy", condition={"loss_percent": 1}, media=(AUDIO, VIDEO)))
    order = load(SAVED).model_copy(update={"cases": (), "probes": (), "calls": calls})
    assert order.is_served and order.names == ["nearest", "lossy"] and order.steady == ["nearest"]
    assert order.call("lossy") == calls[1]
    with pytest.raises(KeyError):
        order.call("none")
    save(order, tmp_path)
    assert load(tmp_path) == Order.model_validate(dict(order))
