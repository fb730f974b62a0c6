"""The tables of a page are those of a run, in their place, and nothing else of the page changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from measurement.result import Figure, Result, StepResult, Verdict

from .pages import BEGIN, END, page_of, rewrite, shown_in, tables


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
