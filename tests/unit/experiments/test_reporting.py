"""A run's page: whole by itself, in the same bytes each time, and honest about what is missing."""

from __future__ import annotations

import itertools
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from experiments import pipeline
from experiments.experiment import Options
from experiments.order import load
from experiments.registry import EXPERIMENTS
from experiments.reporting import repeat_command, write_report
from experiments.run_files import NewerRun, NotARun
from measurement.blocks import ENHANCED_PACKET, read_blocks

from .saved_runs import copied

VOID = {"meta", "link", "br", "hr", "img", "input"}
LARGEST_BYTES = 1_500_000


class Page(HTMLParser):
    """What stands in a page: elements, texts, and whether every element that is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied(tmp_path_factory.mktemp("saved") / "run")
    pipeline.judge(folder)
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def html(run: Path) -> str:
    return (run / "report.html").read_text(encoding="utf-8")


def test_every_element_is_closed_and_every_id_is_one_elements(html: str) -> None:
    page = Page(html)
    assert not page.open
    ids = page.values("id")
    assert len(ids) == len(set(ids))


def test_nothing_is_loaded_from_elsewhere(html: str) -> None:
    page = Page(html)
    for name in ("src", "href", "action", "data", "poster", "srcset"):
        for value in page.values(name):
            assert value.startswith(("#", "pcap/", "data:,")), (name, value)
    assert not re.search(r"@import|url\((?!#)", html)


def test_every_link_leads_somewhere(run: Path, html: str) -> None:
    page = Page(html)
    ids = set(page.values("id"))
    for value in page.values("href"):
        if value.startswith("#"):
            assert value[1:] in ids, value
        elif value.startswith("pcap/"):
            assert (run / value).is_file(), value
    for name in ("aria-labelledby", "aria-describedby"):
        assert set(page.values(name)) <= ids


def test_headings_come_in_order_and_every_picture_is_told(html: str) -> None:
    page = Page(html)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    pictures = [attributes for tag, attributes in page.elements if tag == "svg" and "viewbox" in attributes]
    assert len(pictures) >= 3
    assert all(each["role"] == "img" and each["aria-label"] for each in pictures)


def test_it_has_every_step_with_what_was_seen_and_a_command_for_its_frames(run: Path, html: str) -> None:
    page, result = Page(html), json.loads((run / "result.json").read_text())
    for step in (*result["steps"], *result["controls"]):
        assert step["text"] in page.text and step["observed"] in page.text
        for file in {frame["file"] for frame in step["frames"]}:
            assert f"tshark -r {file} -Y 'frame.number in {{" in page.text
    assert "clientpath run nearest_datacenter --world article --seed 1" in page.text


def test_it_is_not_too_large_to_be_mailed(run: Path) -> None:
    assert (run / "report.html").stat().st_size < LARGEST_BYTES


def test_the_same_run_gives_the_same_bytes(run: Path) -> None:
    names = ("report.html", "map.svg", "story.pcapng")
    before = [(run / name).read_bytes() for name in names]
    write_report(run)
    assert [(run / name).read_bytes() for name in names] == before


def test_the_story_has_all_packets_of_the_run(run: Path) -> None:
    def count(path: Path) -> int:
        return sum(each.type == ENHANCED_PACKET for each in read_blocks(path.read_bytes()))

    assert count(run / "story.pcapng") == sum(map(count, (run / "pcap").glob("*/*.pcapng")))


def test_what_could_not_be_shown_is_said_with_its_reason(tmp_path: Path) -> None:
    folder = copied(tmp_path / "run")
    (folder / "pcap/nearest/isplis.pcapng").unlink()
    pipeline.judge(folder)
    write_report(folder)
    text = Page((folder / "report.html").read_text()).text
    assert "What could not be shown" in text
    assert "there is no capture pcap/nearest/isplis.pcapng" in text


def test_a_capture_that_was_cut_is_said(tmp_path: Path) -> None:
    folder = copied(tmp_path / "run")
    path = folder / "pcap/nearest/isplis.pcapng"
    path.write_bytes(path.read_bytes()[:-30])
    pipeline.judge(folder)
    write_report(folder)
    assert "pcap/nearest/isplis.pcapng is cut" in Page((folder / "report.html").read_text()).text


def test_markup_in_a_runs_words_stays_words(tmp_path: Path) -> None:
    folder = copied(tmp_path / "run")
    pipeline.judge(folder)
    path = folder / "result.json"
    path.write_text(path.read_text().replace("a question from", "<script>alert(1)</script> from", 1))
    write_report(folder)
    html = (folder / "report.html").read_text()
    assert "<script>alert" not in html and "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("order.json", "is not a run's folder: it has no order.json"),
        ("world.json", "is not a run's folder: it has no world.json"),
        ("result.json", "was not judged: it has no result.json; right would be 'clientpath judge "),
    ],
)
def test_a_folder_without_a_file_is_told(tmp_path: Path, missing: str, says: str) -> None:
    folder = copied(tmp_path / "run")
    pipeline.judge(folder)
    (folder / missing).unlink()
    with pytest.raises(NotARun, match=re.escape(says)):
        write_report(folder)
    assert not (folder / "report.html").exists()


def test_a_newer_format_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    folder = copied(tmp_path / "run")
    pipeline.judge(folder)
    path = folder / "result.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2', 1))
    with pytest.raises(
        NewerRun, match=r"result\.json has format 2, and this version knows 1; right would be"
    ):
        write_report(folder)
    assert not (folder / "report.html").exists()


def test_a_world_of_ones_own_and_options_are_in_the_command(run: Path) -> None:
    order = load(run).model_copy(update={"world": "mine", "options": ("--client", "a b")})
    command = "clientpath run nearest_datacenter --world mine.toml --seed 1 --client 'a b'"
    assert repeat_command(order) == command


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_options_as_they_are_need_no_words(experiment: str) -> None:
    assert EXPERIMENTS[experiment].options().as_given == ()


def test_options_that_were_chosen_are_given_as_on_the_command_line() -> None:
    class Chosen(Options):
        how_often: int = 3
        loud: bool = False
        name: str = ""

    assert Chosen(how_often=5, loud=True).as_given == ("--how-often", "5", "--loud")
