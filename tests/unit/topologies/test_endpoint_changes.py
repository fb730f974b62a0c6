"""What changed from one list to another, by id."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies.endpoint import Endpoint
from topologies.endpoint_changes import KeyChange, differences
from topologies.endpoints import EndpointList, load_list

from .made_up_endpoints import EXCHANGE, MAIL, RECORDS, SITES, read, with_key
from .made_up_plans import PATIENT


def test_nothing_changed(tmp_path: Path) -> None:
    other_words = [with_key(record, notes="new", serviceAreaDisplayName="new") for record in RECORDS]
    other_order = with_key(
        EXCHANGE, urls=EXCHANGE["urls"][::-1], ips=EXCHANGE["ips"][::-1], tcpPorts="80,443"
    )
    found = differences(read(tmp_path, *RECORDS), read(tmp_path, *other_words[1:][::-1], other_order))
    assert (found.came, found.went, found.changed) == ((), (), ())


def test_records_that_came_and_went(tmp_path: Path) -> None:
    found = differences(read(tmp_path, SITES, MAIL), read(tmp_path, SITES, EXCHANGE))
    assert [each.id for each in found.came] == [1]
    assert [each.id for each in found.went] == [2]
    assert found.changed == ()


@pytest.mark.parametrize(
    "key, value, went, came",
    [
        ("category", "Allow", ('"Optimize"',), ('"Allow"',)),
        ("serviceArea", "Common", ('"Exchange"',), ('"Common"',)),
        ("urls", ["outlook.office.com", "outlook.cloud.microsoft"], ("outlook.office365.com",), None),
        ("ips", ["13.107.6.152/31", "2603:1006::/40"], ("40.96.0.0/13",), ()),
        ("tcpPorts", "443,80,143", (), ("143",)),
        ("udpPorts", None, ("443",), ()),
        ("expressRoute", False, ("true",), ("false",)),
        ("required", False, ("true",), ("false",)),
    ],
)
def test_a_record_that_changed(
    tmp_path: Path, key: str, value: object, went: tuple[str, ...], came: tuple[str, ...] | None
) -> None:
    new = with_key(EXCHANGE, **{key: value})
    found = differences(read(tmp_path, EXCHANGE, MAIL), read(tmp_path, new, MAIL))
    assert (found.came, found.went) == ((), ())
    (change,) = found.changed
    assert change.id == 1
    assert change.keys == (
        KeyChange(key=key, went=went, came=("outlook.cloud.microsoft",) if came is None else came),
    )


@PATIENT
@given(st.data())
def test_a_list_is_made_from_the_other_by_its_differences(data: st.DataObject) -> None:
    kept = load_list("china")
    drawn = data.draw(st.lists(st.sampled_from(kept.endpoints), unique=True))
    new = EndpointList(
        version=None,
        instance="china",
        endpoints=tuple(_changed(each, data.draw(st.booleans())) for each in drawn),
    )
    found = differences(kept, new)
    ids = {each.id for each in kept.endpoints} - {each.id for each in found.went}
    assert ids | {each.id for each in found.came} == {each.id for each in drawn}
    assert {each.id for each in found.changed} == {
        each.id for each in new.endpoints if each not in kept.endpoints
    }


def _changed(endpoint: Endpoint, really: bool) -> Endpoint:
    return endpoint.model_copy(update={"ips": endpoint.ips[1:], "urls": ()}) if really else endpoint
