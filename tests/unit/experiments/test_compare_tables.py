"""The ways side by side: the rows, the changes, figures, pictures, and what is left out."""

from __future__ import annotations

import pytest

from experiments.compare import EXPERIMENT
from experiments.compare_tables import DETAILS, TITLE, figures, pictures, tables
from measurement.result import Figure, TableRow

from .changes import all_of, lost, saying
from .made_up_compare import made_up_compare

RUN = made_up_compare()
WAYS = ["direct", "vpn:hq", "split:hq", "expressroute:hq"]
SERVICES = ["portal", "exchange", "sharepoint", "media"]


def row_of(service: str, way: str, table: int = 0) -> TableRow:
    (found,) = (row for row in tables(RUN)[table].rows if (row.group, row.cells[0]) == (service, way))
    return found


def test_the_experiment_has_them_and_its_page_begins_with_them() -> None:
    assert (EXPERIMENT.tables, EXPERIMENT.figures, EXPERIMENT.pictures) == (tables, figures, pictures)
    assert EXPERIMENT.tables_first


def test_there_is_a_row_for_each_service_over_each_way_with_direct_first() -> None:
    found = tables(RUN)
    assert [table.title for table in found] == [f"traveller of contoso: {TITLE}", DETAILS]
    for table in found:
        assert [(row.group, row.cells[0]) for row in table.rows] == [
            (service, way) for service in SERVICES for way in WAYS
        ]
        assert all(row.frames for row in table.rows)


def test_a_service_has_times_and_what_another_way_changes_of_them() -> None:
    direct, tunnel = row_of("exchange", "direct"), row_of("exchange", "vpn:hq")
    # By hand: three round trips of 32.111 ms and one of 133.893 to the mailbox, or of 114.621 and 65.485.
    assert direct.cells[:5] == ("direct", "North Europe", "Lisbon", 230.226, None)
    assert tunnel.cells[:5] == ("vpn:hq", "East US", "Chicago", 409.348, 179.123)
    assert direct.cells[7:] == tunnel.cells[7:] == (None, None, None)
    assert direct.cells[6] is None
    assert isinstance(tunnel.cells[5], float) and isinstance(direct.cells[5], float)
    assert tunnel.cells[6] == pytest.approx(tunnel.cells[5] - direct.cells[5], abs=0.001)


def test_a_way_that_changes_nothing_is_a_zero_without_a_sign() -> None:
    found = row_of("media", "split:hq")
    assert str(found.cells[9]) == "0.0"
    assert row_of("exchange", "split:hq").cells[2:5] == ("Lisbon", 230.226, 0.0)


def test_a_call_has_a_rating_and_its_change() -> None:
    direct, circuit = row_of("media", "direct"), row_of("media", "expressroute:hq")
    # By hand: 83.0 ms there and 20 ms of packet are R = 93.2 - 0.024 * 103.0.
    assert direct.cells[:3] == ("direct", "North Europe", "Lisbon")
    assert direct.cells[3:7] == (None, None, None, None)
    assert direct.cells[7:] == ("90.7", 4.356, None)
    assert circuit.cells[2] == "Chicago circuit"
    assert isinstance(circuit.cells[8], float) and circuit.cells[8] < 4.356
    assert circuit.cells[9] == pytest.approx(circuit.cells[8] - 4.356, abs=0.0011)


def test_the_details_say_who_was_asked_and_how_far_it_is() -> None:
    assert row_of("exchange", "expressroute:hq", 1).cells[1:4] == ("hqdns", "iad-efz", "203.0.113.2")
    assert row_of("exchange", "split:hq", 1).cells[1:4] == ("isplis", "dub-efz", "100.64.0.10")
    for table_row in tables(RUN)[1].rows:
        assert table_row.cells[5] == table_row.cells[6]


def test_figures_stand_beside_arithmetic() -> None:
    found = figures(RUN)
    first = [each for each in found if each.name == "exchange: first byte"]
    assert [each.case for each in first] == ["direct", "vpn-hq", "split-hq", "expressroute-hq"]
    changes = {each.case: each for each in found if each.name == "exchange: first byte against direct"}
    assert set(changes) == {"vpn-hq", "split-hq", "expressroute-hq"}
    for each in (*first, *changes.values()):
        assert each.frames and each.measured == pytest.approx(each.expected, abs=0.002)
    calls = [each for each in found if each.unit == "MOS"]
    assert [each.case for each in calls] == [
        "call-direct",
        "call-vpn-hq",
        "call-split-hq",
        "call-expressroute-hq",
    ]


def test_pictures_have_every_way_by_its_name() -> None:
    drawn = pictures(RUN)
    assert set(drawn) == {"ways.svg", "opinions.svg"}
    for text in drawn.values():
        assert all(way in text for way in WAYS)
    assert set(pictures(made_up_compare(service="exchange", via="vpn:hq"))) == {"ways.svg"}
    assert set(pictures(made_up_compare(service="media", via="split:hq"))) == {"opinions.svg"}


def test_what_packets_do_not_show_is_left_out() -> None:
    run = all_of(saying("vpn-hq", 0, status=503), lost("call-split-hq", "mwh-mcu"))(RUN)
    shown = [(row.group, row.cells[0]) for row in tables(run)[0].rows]
    every = [(service, way) for service in SERVICES for way in WAYS]
    assert set(every) - set(shown) == {("portal", "vpn:hq"), ("media", "split:hq")}
    assert "split:hq" not in pictures(run)["opinions.svg"]


def test_columns_in_which_nothing_stands_are_left_out() -> None:
    web, call = (tables(made_up_compare(service=each, via="direct")) for each in ("portal", "media"))
    assert [each.heading for each in web[0].columns] == [
        "way",
        "front door",
        "way out",
        "first byte",
        "total",
    ]
    assert [each.heading for each in call[0].columns] == ["way", "front door", "way out", "R", "MOS"]
    assert "jitter" not in {each.heading for each in web[1].columns}


def test_without_the_direct_way_there_is_no_change() -> None:
    run = all_of(saying("direct", 0, status=503), lost("call-direct", "mwh-mcu"))(RUN)
    found = {(row.group, row.cells[0]): row.cells for row in tables(run)[0].rows}
    assert (found["portal", "vpn:hq"][4], found["portal", "vpn:hq"][6]) == (None, None)
    assert tables(run)[0].columns[-1].heading == "MOS"
    names = {each.name for each in figures(run)}
    assert "portal: first byte" in names and "portal: first byte against direct" not in names


def test_of_nothing_there_is_no_table() -> None:
    run = made_up_compare(service="exchange", via="direct")
    changed = all_of(*(saying(case.name, 0, status=503) for case in run.order.cases))(run)
    found: tuple[list[object], list[Figure], dict[str, str]] = (
        list(tables(changed)),
        figures(changed),
        pictures(changed),
    )
    assert found == ([], [], {})
