"""Runs side by side: values stand in their run's column, and changes are those against the first run."""

from __future__ import annotations

import pytest

from measurement.report.comparison import Compared, comparison_html, figure_lines, request_lines
from measurement.result import Figure, JourneyResult, Result

from ..test_result import result

PHASES = {"name_lookup": 10.0, "connect": 20.0, "tls": 20.0, "first_byte": 20.0, "total": 75.0}


def journey(case: str, factor: float = 1.0, status: int = 200) -> JourneyResult:
    return JourneyResult(
        case=case,
        client="traveller",
        request="page",
        url="https://portal.office.com/",
        resolver="isplis",
        cname_chain=(),
        server_ip="13.107.6.18",
        datacenter="dub",
        phases_ms={name: factor * ms for name, ms in PHASES.items()},
        protocol="HTTP/2",
        status=status,
        body_bytes=10,
    )


def run(label: str, *journeys: JourneyResult, figures: tuple[Figure, ...] = ()) -> Compared:
    changed: Result = result().model_copy(update={"journeys": journeys, "figures": figures})
    return Compared(label, "The portal", changed)


def test_a_request_that_takes_twice_as_long_is_a_change_of_100_percent() -> None:
    lines = request_lines([run("one", journey("main")), run("two", journey("main", 2))])
    assert [(line.words[-1], line.values, line.changes) for line in lines] == [
        ("first byte", (70.0, 140.0), (0.0, 100.0)),
        ("total", (75.0, 150.0), (0.0, 100.0)),
    ]


def test_what_a_run_has_not_is_nothing_and_no_change() -> None:
    lines = request_lines([run("one", journey("main")), run("two", journey("other"))])
    totals = {line.words[0]: line for line in lines if line.words[-1] == "total"}
    assert totals["main"].values == (75.0, None) and totals["main"].changes == (0.0, None)
    assert totals["other"].values == (None, 75.0) and totals["other"].changes == (None, None)


def test_a_request_that_failed_has_no_time() -> None:
    assert request_lines([run("one", journey("main", status=0))]) == []


def test_figures_are_compared_in_their_unit() -> None:
    def figure(measured: float) -> Figure:
        return Figure(name="rate", case="main", unit="Mbit/s", measured=measured)

    (line,) = figure_lines([run("one", figures=(figure(0.0),)), run("two", figures=(figure(5.0),))])
    assert (line.unit, line.values) == ("Mbit/s", (0.0, 5.0))
    assert line.changes == (None, None)  # of nothing there is no share


@pytest.mark.parametrize("count", [2, 4])
def test_the_page_has_every_run_and_a_bar_for_each_that_measured_it(count: int) -> None:
    runs = [run(f"run{number}", journey("main", number + 1)) for number in range(count)]
    html = comparison_html(runs)
    for number in range(count):
        assert f">run{number}<" in html and f"{75.0 * (number + 1):.1f} ms" in html
    assert comparison_html(runs) == html


def test_labels_are_words_and_no_markup() -> None:
    html = comparison_html([run("<b>one", journey("main")), run("two", journey("main"))])
    assert "<b>one" not in html and "&lt;b&gt;one" in html
