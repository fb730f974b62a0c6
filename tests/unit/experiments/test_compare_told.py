"""What a comparison says in sentences is what its table has."""

from __future__ import annotations

import pytest

from experiments.compare import EXPERIMENT
from experiments.compare_tables import tables
from experiments.compare_told import told
from measurement.result import Cell, Column, FrameRef, Result, Table, TableRow, Verdict
from tests.unit.experiments.made_up_compare import made_up_compare

HEADINGS = (
    Column(heading="way"),
    Column(heading="total", unit="ms"),
    Column(heading="change", unit="ms"),
    Column(heading="MOS"),
    Column(heading="change"),
)


def result(*found: Table) -> Result:
    return Result(
        experiment="compare",
        world="article",
        verdict=Verdict.HELD,
        seed=1,
        steps=(),
        controls=(),
        journeys=(),
        figures=(),
        paths=(),
        tables=found,
    )


def table(*rows: tuple[str, tuple[Cell, ...]]) -> Table:
    frames = (FrameRef(file="pcap/direct/lagos.pcapng", frame=7),)
    made = tuple(TableRow(cells=cells, frames=frames, group=group) for group, cells in rows)
    return Table(title="Ways", columns=HEADINGS, rows=made)


@pytest.mark.parametrize(
    "change, words",
    [
        (1234.5, "takes 1,234 ms more"),
        (-615.077, "takes 615 ms less"),
        (0.999, "takes as long as direct"),
        (-0.999, "takes as long as direct"),
        (1.0, "takes 1 ms more"),
    ],
)
def test_more_or_less_time(change: float, words: str) -> None:
    found = told(result(table(("portal", ("vpn:hq", 5000.0, change, None, None)))))
    assert found == [f"vpn:hq: portal {words}."]


@pytest.mark.parametrize(
    "change, words", [(0.104, "+0.10 MOS"), (-1.5, "-1.50 MOS"), (-0.004, "sounds as it does direct")]
)
def test_how_a_call_sounds(change: float, words: str) -> None:
    assert told(result(table(("media", ("vpn:hq", None, None, 4.3, change))))) == [f"vpn:hq: media {words}."]


def test_each_way_has_a_sentence_with_every_service_and_the_direct_one_none() -> None:
    rows = (
        ("portal", ("direct", 100.0, None, None, None)),
        ("portal", ("vpn:hq", 130.0, 30.0, None, None)),
        ("portal", ("split:hq", 90.0, -10.0, None, None)),
        ("media", ("vpn:hq", None, None, 4.0, -0.2)),
    )
    assert told(result(table(*rows))) == [
        "vpn:hq: portal takes 30 ms more, media -0.20 MOS.",
        "split:hq: portal takes 10 ms less.",
    ]


def test_without_a_table_or_a_change_nothing_is_told() -> None:
    assert told(result()) == []
    assert told(result(*tables(made_up_compare(service="portal", via="direct")))) == []


def test_the_table_of_a_comparison_has_what_is_told() -> None:
    found = told(result(*tables(made_up_compare())))
    assert EXPERIMENT.told is told
    assert [each.split(":")[0] for each in found] == ["vpn", "split", "expressroute"]
    assert all("portal takes" in each and "media" in each for each in found)
