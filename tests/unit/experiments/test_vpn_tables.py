"""The models side by side: rows, figures and bars, and what is left out because packets do not show it."""

from __future__ import annotations

import dataclasses

import pytest

from experiments.use_chart import segments
from experiments.vpn import EXPERIMENT, FEW, MAIN, NONE
from experiments.vpn_tables import figures, pictures, tables
from experiments.vpn_use import EXCHANGE, MEDIA, PORTAL, SERVICES, use_of
from measurement.result import Figure, TableRow

from .changes import all_of, lost, saying, silent
from .made_up_vpn import made_up_vpn

RUN = made_up_vpn()
SHOWN = [(case.text, service) for case in RUN.order.cases for service in SERVICES]


def rows_of(group: str) -> dict[object, TableRow]:
    return {row.cells[0]: row for row in tables(RUN)[0].rows if row.group == group}


def test_the_experiment_has_them() -> None:
    assert (EXPERIMENT.tables, EXPERIMENT.figures, EXPERIMENT.pictures) == (tables, figures, pictures)


def test_there_is_a_row_for_each_service_in_each_way() -> None:
    (table,) = tables(RUN)
    assert [(row.group, row.cells[0]) for row in table.rows] == SHOWN
    assert all(len(row.cells) == len(table.columns) and row.frames for row in table.rows)
    assert [column.unit for column in table.columns] == ["", "", "", "", "ms", "ms", "bytes", ""]


def test_a_row_says_who_answered_and_by_which_way() -> None:
    assert rows_of("forced tunnel")[EXCHANGE].cells == (
        EXCHANGE,
        "hqdns",
        "iad-efz (East US)",
        "hq-gw (Chicago)",
        114.621,
        409.348,
        2400,
        "the tunnel and hq-gw",
    )
    assert rows_of("no VPN")[MEDIA].cells == (
        MEDIA,
        "none",
        "dub-rly (North Europe)",
        "traveller (Lisbon)",
        32.111,
        32.111,
        None,
        "the client's own line",
    )


def test_the_way_out_has_its_own_place_in_each_row() -> None:
    found = rows_of("forced tunnel, few exceptions")
    assert [found[service].cells[3] for service in SERVICES] == [
        "traveller (Lisbon)",
        "traveller (Lisbon)",
        "hq-gw (Chicago)",
        "traveller (Lisbon)",
    ]


def test_what_packets_do_not_show_has_no_row_and_no_figure() -> None:
    run = all_of(lost(FEW, "traveller"), saying(NONE, 0, status=500))(RUN)
    found = {(row.group, row.cells[0]) for row in tables(run)[0].rows}
    texts = {case.name: case.text for case in RUN.order.cases}
    assert set(SHOWN) - found == {
        (texts[FEW], EXCHANGE),
        (texts[FEW], "sharepoint"),
        (texts[FEW], MEDIA),
        (texts[NONE], EXCHANGE),
    }
    assert {each.case for each in figures(run)} & {FEW, NONE, f"{MAIN} - {NONE}"} == set()


def test_where_nothing_is_shown_there_is_no_table() -> None:
    run = all_of(*(silent(case.name) for case in RUN.order.cases))(RUN)
    assert tables(run) == [] and figures(run) == []
    assert list(pictures(run)) == ["models.svg"]


def test_figures_are_exchanges_first_byte_in_each_way_and_what_the_tunnel_costs() -> None:
    found: dict[tuple[str, str], Figure] = {(each.name, each.case): each for each in figures(RUN)}
    for case in RUN.order.cases:
        each = found["Exchange's first byte", case.name]
        assert each.expected is not None and each.measured == pytest.approx(each.expected, abs=0.002)
    cost = found["what the tunnel costs, RTT", f"{MAIN} - {NONE}"]
    assert (cost.measured, cost.expected, cost.unit) == (82.51, 82.51, "ms")
    assert {ref.file.split("/")[1] for ref in cost.frames} == {MAIN, NONE}
    assert len(found) == len(RUN.order.cases) + 1


def test_the_picture_has_a_bar_for_each_and_says_which_phase_takes_how_long() -> None:
    text = pictures(RUN)["models.svg"]
    assert text.startswith("<svg") or "<svg" in text
    for word in ("Until the first byte", "forced tunnel", "no VPN", *SERVICES, "name lookup", "TCP", "TLS"):
        assert word in text, word


def test_a_phase_is_as_long_as_it_took_and_one_that_took_no_time_is_left_out() -> None:
    phases = {"name_lookup": 2000, "connect": 2000, "tls": 7000, "first_byte": 9500, "total": 9999}
    run = saying(MAIN, 2, phases_us=phases)(RUN)
    told = dataclasses.replace(use_of(RUN, RUN.case(MAIN), PORTAL), fetch=run.journey(MAIN).fetches[2])
    assert [(each.label, each.ms) for each in segments(told)] == [
        ("name lookup", 2.0),
        ("TLS", 5.0),
        ("first byte", 2.5),
    ]
