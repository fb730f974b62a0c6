"""The tables of a page are those of a run, in their place, and nothing else of the page changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from measurement.result import Column, Figure, FrameRef, Result, StepResult, Table, TableRow, Verdict

from .pages import BEGIN, END, begin_of, page_of, rewrite, shown_in, side_by_side, tables


def claim(number: int, text: str, observed: str, verdict: Verdict = Verdict.HELD) -> StepResult:
    values = {"number": number, "text": text, "expected": "", "observed": observed, "verdict": verdict}
    return StepResult.model_validate({**values, "frames": ()})


def figure(name: str, case: str, measured: float, expected: float | None = None, **values: str) -> Figure:
    found = {"name": name, "case": case, "unit": "ms", "measured": measured, "expected": expected, **values}
    return Figure.model_validate(found)


def result(*figures: Figure, steps: tuple[StepResult, ...] = ()) -> Result:
    return Result(
        experiment="made_up",
        world="article",
        verdict=Verdict.HELD,
        seed=1,
        steps=steps or (claim(1, "it asks", "it asked"),),
        controls=(claim(1, "another", "it did not", Verdict.REFUTED),),
        journeys=(),
        figures=figures,
        paths=(),
    )


def page(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


WHOLE = f"# Title\n\n{BEGIN}\nold tables\n{END}\n\nmore ä text\n"


def test_an_experiments_page_has_its_name_with_hyphens() -> None:
    assert page_of(Path("docs"), "active_datacenter") == Path("docs/active-datacenter.md")


def test_tables_are_put_in_place_of_those_that_are_there_and_all_else_stays(tmp_path: Path) -> None:
    path = page(tmp_path, WHOLE)
    rewrite(path, result())
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# Title\n\n{BEGIN}\n| | step |")
    assert text.endswith(f"{END}\n\nmore ä text\n")
    assert "old tables" not in text


def test_what_was_put_is_what_is_shown_and_putting_it_again_changes_nothing(tmp_path: Path) -> None:
    path = page(tmp_path, WHOLE)
    found = result(figure("page", "home", 1.0, 2.0))
    rewrite(path, found)
    once = path.read_bytes()
    assert shown_in(path) == tables(found)
    rewrite(path, found)
    assert path.read_bytes() == once


@pytest.mark.parametrize(
    "text", ["no place\n", f"a{BEGIN}\nhere and on\n", f"here{END}\n", f"{END}\n{BEGIN}\n"]
)
def test_a_page_without_a_place_for_tables_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = page(tmp_path, text)
    with pytest.raises(ValueError, match=r"page\.md has no place for tables"):
        rewrite(path, result())
    assert path.read_text(encoding="utf-8") == text


def test_steps_and_controls_have_a_row_each_with_their_verdict() -> None:
    assert tables(result()).splitlines() == [
        "| | step | what was observed | verdict |",
        "| --- | --- | --- | --- |",
        "| 1 | it asks | it asked | held |",
        "",
        "| | control | what was observed | verdict |",
        "| --- | --- | --- | --- |",
        "| 1 | another | it did not | refuted |",
        "",
    ]


def test_a_text_stays_in_its_cell_whatever_is_in_it() -> None:
    found = tables(result(steps=(claim(1, "a | b", "two\nlines | here"),)))
    assert r"| 1 | a \| b | two lines \| here | held |" in found.splitlines()


def test_figures_have_a_row_for_each_name_and_a_column_for_each_case() -> None:
    found = tables(
        result(
            figure("page", "home", 727.36549, 727.253),
            figure("page", "nearby", 100.0),
            figure("page", "nearby", 3.3, 3.4, unit="Mbit/s"),
        )
    )
    assert found.splitlines()[8:] == [
        "| | home | nearby |",
        "| --- | ---: | ---: |",
        "| page, ms | 727.365 (727.253) | 100.000 |",
        "| page, Mbit/s |  | 3.300 (3.400) |",
        "",
        "Measured, and in brackets what round trips and windows allow by arithmetic.",
        "",
    ]


def test_what_was_published_is_told_once_below() -> None:
    one, other = (figure("saved", case, 1.0, published="43 % at most (source)") for case in ("a", "b"))
    told = tables(result(one, other))
    assert told.count("saved: published 43 % at most (source).") == 1


def test_the_pages_of_the_documentation_have_a_place_for_tables() -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    for name in ("nearest_datacenter", "exchange_online", "active_datacenter", "sovereign_cloud"):
        assert shown_in(page_of(docs, name)).startswith("| | step |")


# What was found side by side


def row(group: str, *cells: str | float | None, frames: int = 1) -> TableRow:
    seen = tuple(FrameRef(file="pcap/forced/pc.pcapng", frame=n) for n in range(1, frames + 1))
    return TableRow(cells=cells, frames=seen, group=group)


def table(title: str, *rows: TableRow) -> Table:
    columns = (Column(heading="service"), Column(heading="first byte", unit="ms"))
    return Table(title=title, columns=columns, rows=rows)


def with_tables(*found: Table) -> Result:
    return result().model_copy(update={"tables": found})


MODELS = table(
    "VPN models", row("forced", "a | b", 1.5), row("forced", "media", None, frames=5), row("", "x", 2.0)
)
PLACES = f"{WHOLE}\n{begin_of('VPN models')}\nold\n{END}\nbetween\n{begin_of('lines')}{END}\nend\n"


def test_a_table_names_each_group_once_and_its_first_frames() -> None:
    assert side_by_side(MODELS).splitlines() == [
        "|  | service | first byte, ms | frames |",
        "| --- | --- | ---: | --- |",
        r"| forced | a \| b | 1.500 | forced/pc.pcapng 1 |",
        "|  | media | - | forced/pc.pcapng 1, 2, 3 and 2 more |",
        "|  | x | 2.000 | forced/pc.pcapng 1 |",
        "",
    ]


def test_without_groups_there_is_no_column_of_them() -> None:
    assert (
        side_by_side(table("t", row("", "x", 2.0))).splitlines()[0] == "| service | first byte, ms | frames |"
    )


def test_each_table_is_put_where_its_title_is_and_all_else_stays(tmp_path: Path) -> None:
    path, lines = page(tmp_path, PLACES), table("lines", row("", "x", 2.0))
    rewrite(path, with_tables(lines, MODELS))
    text = path.read_text(encoding="utf-8")
    places = [f"{begin_of(each.title)}\n{side_by_side(each)}{END}\n" for each in (MODELS, lines)]
    assert text.endswith(f"{END}\n\nmore ä text\n\n{places[0]}between\n{places[1]}end\n")
    assert shown_in(path) == tables(result())
    rewrite(path, with_tables(MODELS, lines))
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "text, found, told",
    [
        (WHOLE, (MODELS,), 'no place for tables; right would be <!-- .*, table "VPN models": begin -->'),
        (PLACES, (MODELS,), "has a place for a table that the run has not: lines"),
        (PLACES.replace(f"old\n{END}", "old"), (MODELS,), "no place for tables"),
    ],
)
def test_tables_and_places_that_do_not_match_are_refused_and_the_page_is_left_alone(
    tmp_path: Path, text: str, found: tuple[Table, ...], told: str
) -> None:
    path = page(tmp_path, text)
    with pytest.raises(ValueError, match=told):
        rewrite(path, with_tables(*found))
    assert path.read_text(encoding="utf-8") == text
