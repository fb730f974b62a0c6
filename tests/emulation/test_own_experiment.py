"""An experiment of one's own, exactly as the page has it: run, seen to fail, and given a claim of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Finished, clientpath

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "write-an-experiment.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "resolver_abroad.py"
CODE = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
MOST_LINES = 30


def shown(verdict: str) -> list[str]:
    """Return what the page shows as printed with a verdict, each with what stands below it."""
    blocks = re.findall(rf"^    \d  {verdict} .*\n(?:^       \S.*\n)*", PAGE, re.MULTILINE)
    return [" ".join(block.split()) for block in blocks]


def printed(output: str) -> str:
    """Return what was printed as words: a table breaks its lines elsewhere, and has frames beside them."""
    lines = (re.sub(r"  \S+\.pcapng [\d, ]+$", "", line) for line in output.splitlines())
    return " ".join(" ".join(lines).split())


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finished]:
    """The page's experiment in a file, and its run."""
    folder = tmp_path_factory.mktemp("own")
    file = folder / "mine.py"
    file.write_text(CODE[0], encoding="utf-8")
    done = clientpath("run", "./mine.py", "--out", "run", cwd=folder)
    return file, Finished(folder / "run", done.returncode, done.stdout, done.stderr)


def test_the_page_has_the_example_whole_and_it_is_short() -> None:
    assert CODE[0] == EXAMPLE.read_text(encoding="utf-8")
    assert len([line for line in CODE[0].splitlines() if line.strip()]) <= MOST_LINES


def test_it_is_held_and_prints_what_the_page_shows(own: tuple[Path, Finished]) -> None:
    _, run = own
    assert run.code == 0, run.output + run.progress
    result = run.result
    told = [f"{each.number} held {each.text}" for each in (*result.steps, *result.controls)]
    assert told == shown("held")
    assert all(text in printed(run.output) for text in told)
    assert all(each.frames for each in (*result.steps, *result.controls))
    assert (run.folder / "report.html").exists() and (run.folder / "story.pcapng").exists()


def test_with_another_datacenter_the_same_run_is_refuted_as_the_page_shows(
    own: tuple[Path, Finished],
) -> None:
    file, run = own
    file.write_text(CODE[0].replace('"dub"', '"ams"'), encoding="utf-8")
    done = clientpath("judge", str(run.folder))
    assert done.returncode == 1, done.stdout + done.stderr
    (text,) = shown("refuted")
    assert text in printed(done.stdout)


def test_the_mistakes_of_the_page_are_told_as_it_shows(own: tuple[Path, Finished]) -> None:
    file, run = own
    file.write_text(CODE[0].replace('"dub"', '"dubb"'), encoding="utf-8")
    wrong = clientpath("judge", str(run.folder))
    file.write_text("cases = []\n", encoding="utf-8")
    none = clientpath("judge", str(run.folder))
    shown = re.findall(r"^    (mine\.py:.*)$", PAGE, re.MULTILINE)
    for done, text in zip((wrong, none), shown, strict=True):
        assert done.returncode == 2 and f"/{text}" in done.stderr, done.stderr


def test_a_claim_of_ones_own_is_judged_over_the_same_run(own: tuple[Path, Finished]) -> None:
    file, run = own
    with_claim = CODE[0].replace(
        "    return [\n        own.lands",
        "    return [\n        asks_nobody_else(reading),\n        own.lands",
    )
    imported = "from experiments.landing import Landing\n"
    file.write_text(
        f"{imported}{with_claim.replace('EXPERIMENT =', CODE[1] + 'EXPERIMENT =')}", encoding="utf-8"
    )
    done = clientpath("judge", str(run.folder))
    assert done.returncode == 0, done.stdout + done.stderr
    first, *_ = run.result.steps
    assert first.text == "the client asks the DNS server abroad, and nobody else" and first.frames
