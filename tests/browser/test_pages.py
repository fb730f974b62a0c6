"""The pages in a real Chromium: nothing on the console, nothing asked of a network, nobody kept out.

Run by `make test-browser`; the browser is Debian's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from experiments import pipeline
from experiments.reporting import write_comparison, write_report

CHROMIUM = "/usr/bin/chromium"
SAVED = Path(__file__).resolve().parents[1] / "golden"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
RUNS = sorted(path.parent.name for path in SAVED.glob("*/order.json"))
NAMES = [*RUNS, "comparison"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of every saved run, and one that compares them."""
    found, folder = {}, tmp_path_factory.mktemp("pages")
    for name in RUNS:
        run = folder / name
        for path in (SAVED / name).rglob("*"):
            if path.is_file():
                copy = run / path.relative_to(SAVED / name)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.symlink_to(path)
        pipeline.judge(run)
        found[name] = write_report(run).page
    found["comparison"] = folder / "comparison.html"
    write_comparison([folder / name for name in RUNS], found["comparison"])
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield started
        started.close()


def opened(browser: Browser, path: Path, width: int, scheme: str) -> tuple[Page, list[str]]:
    """Return a page with everything unfolded, and what it said or asked of anybody."""
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
    )
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url))
    page.goto(path.as_uri())
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    return page, [each for each in heard if each != path.as_uri() and not each.startswith("data:")]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_quiet_fits_and_keeps_nobody_out(
    browser: Browser, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    page, heard = opened(browser, pages[name], width, scheme)
    try:
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert heard == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        page.close()


def test_a_keyboard_comes_to_everything(browser: Browser, pages: dict[str, Path]) -> None:
    page, _ = opened(browser, pages["nearest_datacenter"], 1280, "light")
    try:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "To the content"
        wanted = page.evaluate(
            "document.querySelectorAll('a, button:not([hidden]), summary, [tabindex=\"0\"]').length"
        )
        reached = set()
        for _ in range(wanted + 5):
            reached.add(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
            page.keyboard.press("Tab")
        assert len(reached - {-1}) >= wanted
    finally:
        page.close()


def test_a_command_can_be_copied(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(pages["nearest_datacenter"].as_uri())
    page.click("summary >> nth=0")
    page.click("#step-1 button >> nth=0")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"tshark -r pcap/nearest/\S+ -Y 'frame.number in \{[0-9, ]+\}'", copied)
    context.close()
