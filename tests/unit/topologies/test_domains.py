"""Which zone a name is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies.domains import is_in, is_pattern, zone_of

from .made_up_plans import PATIENT

ZONES = [".", "com", "office.com", "ms-acdc.office.com", "*-efz.ms-acdc.office.com"]
# Few labels, so that names are often below one another.
domains = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4).map(".".join)


@pytest.mark.parametrize(
    "name, zone",
    [
        ("portal.office.com", "office.com"),
        ("office.com", "office.com"),
        ("outlook.ms-acdc.office.com", "ms-acdc.office.com"),
        ("ams-efz.ms-acdc.office.com", "*-efz.ms-acdc.office.com"),
        ("www.ams-efz.ms-acdc.office.com", "*-efz.ms-acdc.office.com"),
        ("backoffice.com", "com"),
        ("ams-efz.ms-acdc.office.net", "."),
    ],
)
def test_a_name_is_in_the_longest_zone_that_has_it(name: str, zone: str) -> None:
    assert zone_of(name, ZONES) == zone
    assert zone_of(name, reversed(ZONES)) == zone


def test_a_name_that_no_zone_has_is_in_none() -> None:
    assert zone_of("portal.office.com", ["net", "portal.office.com.net"]) == ""
    assert zone_of("portal.office.com", []) == ""


def test_the_root_is_shorter_than_any_other_zone() -> None:
    assert zone_of("a", ["a", "."]) == zone_of("a", [".", "a"]) == "a"


def test_only_a_star_at_the_start_makes_a_pattern() -> None:
    assert [is_pattern(zone) for zone in ("*-efz.office.com", ".", "office.com")] == [True, False, False]


@PATIENT
@given(domains, st.lists(domains | st.just(".")))
def test_no_zone_that_has_a_name_is_longer_than_the_names_own(name: str, zones: list[str]) -> None:
    own = zone_of(name, zones)
    having = [zone for zone in zones if is_in(name, zone)]
    assert (own in having) if having else own == ""
    assert all(is_in(own, zone) for zone in having)


@PATIENT
@given(domains, domains)
def test_a_name_is_in_a_zone_if_its_last_labels_are_the_zones(name: str, zone: str) -> None:
    labels, tail = name.split("."), zone.split(".")
    assert is_in(name, zone) == (labels[-len(tail) :] == tail)
