"""An exercise is what the order says of it, and nothing that cannot be done."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from controllers.control import EdgeRule, Rules, TunnelPath
from experiments.exercise import Ask, Cut, Die, Echo, Exercise, Mend, Stream, Succeed
from measurement.numbered import FORMAT, HEADERS_BYTES

STREAM = {"source": "ams-fe", "target": "iad-fe", "interval_us": 1000, "count": 10}
WHOLE = Exercise(
    name="cut",
    text="everything",
    rules=Rules(
        protection=False,
        queues=((46, 0),),
        edges=(
            EdgeRule(source=1, target=2, dscp=8, rate_kbps=9, tunnels=(TunnelPath(trunks=(1,), weight=2),)),
        ),
    ),
    streams=(Stream.model_validate(STREAM),),
    echoes=(Echo(at_ms=1.5, source="a", target="b", dscp=46),),
    asks=(Ask(at_ms=2.0, source="a", target="b"),),
    events=(Cut(at_ms=1.0, a="x", b="y"), Mend(at_ms=2.0, a="x", b="y"), Die(at_ms=3.0), Succeed(at_ms=4.0)),
    steady=False,
)


def test_everything_of_an_exercise_is_kept() -> None:
    assert Exercise.model_validate_json(WHOLE.model_dump_json()) == WHOLE


def test_events_are_told_apart_by_what_they_do() -> None:
    read = Exercise.model_validate_json(WHOLE.model_dump_json())
    assert [type(each) for each in read.events] == [Cut, Mend, Die, Succeed]
    with pytest.raises(ValidationError, match="do"):
        Exercise.model_validate({"name": "a", "text": "b", "events": [{"do": "burn", "at_ms": 1}]})


def test_unless_it_says_otherwise_nothing_is_sent_and_every_path_is_as_the_world_has_it() -> None:
    plain = Exercise(name="a", text="b")
    assert (plain.streams, plain.echoes, plain.asks, plain.events) == ((), (), (), ())
    assert (plain.rules, plain.steady) == (Rules(), True)


@pytest.mark.parametrize(
    "changes",
    [
        {"interval_us": 0},
        {"interval_us": -1},
        {"interval_us": 0.5},
        {"count": 0},
        {"frame_bytes": 63},
        {"frame_bytes": 1515},
        {"dscp": -1},
        {"dscp": 64},
        {"flows": 0},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_stream_that_cannot_be_sent(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(changes))):
        Stream.model_validate({**STREAM, **changes})


@pytest.mark.parametrize("model", [Echo, Ask])
@pytest.mark.parametrize("dscp", [-1, 64])
def test_a_dscp_has_six_bits(model: type[Echo] | type[Ask], dscp: int) -> None:
    with pytest.raises(ValidationError, match="dscp"):
        model.model_validate({"at_ms": 1, "source": "a", "target": "b", "dscp": dscp})


def test_the_smallest_frame_has_room_for_a_number() -> None:
    smallest = Stream.model_validate({**STREAM, "frame_bytes": 64})
    assert smallest.frame_bytes >= HEADERS_BYTES + FORMAT.size
