"""Exchange Online in a guest: both connections, looked at with Scapy, and what if one is not as claimed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.exchange_online import EXPERIMENT
from experiments.reading import read_run
from measurement.judge import judge
from measurement.result import Result, Verdict

from .conftest import Finished, require_all_held
from .frames import opened, payloads, talkers
from .guests import changed_source, prepared, run_guest

TRAVELLER, MAILBOX = "100.64.0.10", "40.97.119.85"
DUBLIN = {"40.101.28.1", "40.101.28.2", "40.101.28.3", "40.101.28.4"}
FROM_DUBLIN = "40.101.28.1"
ONE_WAY_MS = 66.946
NAME = EXPERIMENT.name
FRONT_DOOR = "services/templates/exchange.conf.j2"


@pytest.fixture(scope="module")
def run(finish: Callable[[str], Finished]) -> Finished:
    return finish(NAME)


def test_it_is_held_with_every_step_and_control_shown(run: Finished) -> None:
    require_all_held(run)
    assert len(run.result.controls) == 9


def test_the_answer_is_the_chain_that_was_captured_in_the_wild(run: Finished) -> None:
    chain = next(each.cname_chain for each in run.result.journeys if each.case == "nearest")
    assert chain == (
        "outlook.office365.com",
        "outlook.ha.office365.com",
        "outlook.ms-acdc.office.com",
        "dub-efz.ms-acdc.office.com",
    )


def test_the_client_talks_to_its_resolver_and_to_one_front_door(run: Finished) -> None:
    others = {
        there for here, there in talkers(run.folder / "pcap/nearest/traveller.pcapng") if here == TRAVELLER
    }
    assert len(others) == 2 and len(others & DUBLIN) == 1
    for capture in (run.folder / "pcap/nearest").glob("mwh-*.pcapng"):
        assert not any(TRAVELLER in ends for ends in talkers(capture)), capture


def test_each_request_leaves_the_front_door_and_reaches_the_mailbox_one_way_later(run: Finished) -> None:
    case = run.folder / "pcap/nearest"
    left = payloads(case / "dub-efz.pcapng", FROM_DUBLIN, MAILBOX, port=444)
    came = payloads(case / "mwh-mbx.pcapng", FROM_DUBLIN, MAILBOX, port=444)
    assert [size for _, size in left] == [size for _, size in came] and left
    for (sent, _), (received, _) in zip(left, came, strict=True):
        assert (received - sent) * 1000 == pytest.approx(ONE_WAY_MS, abs=0.01)


def test_the_second_connection_crosses_the_backbone_and_not_the_internet(run: Finished) -> None:
    for name in ("nearest", "cold"):
        case = run.folder / "pcap" / name
        assert (FROM_DUBLIN, MAILBOX) in talkers(case / "dub-br.pcapng") & talkers(case / "mwh-br.pcapng")
        for capture in [*case.glob("dub-to-*.pcapng"), *case.glob("mwh-to-*.pcapng")]:
            assert not any(MAILBOX in ends for ends in talkers(capture)), capture


def test_it_was_open_before_the_client_came_but_where_it_is_not_kept(run: Finished) -> None:
    assert not [flow for flow in opened(run.folder / "pcap/nearest/dub-efz.pcapng") if flow[2] == MAILBOX]
    assert len([flow for flow in opened(run.folder / "pcap/cold/dub-efz.pcapng") if flow[2] == MAILBOX]) == 5


def test_the_answers_say_who_served(run: Finished) -> None:
    for fetch in journey(run, "nearest")["fetches"]:
        headers = fetch["headers"]
        assert headers["x-feserver"] == "dub-efz"
        assert headers["x-beserver"] == headers["x-calculatedbetarget"] == "mwh-mbx"


def test_the_mailbox_gives_50_headers_and_a_message_of_75_kb(run: Finished) -> None:
    sizes = {each["name"]: each["body_bytes"] for each in journey(run, "nearest")["fetches"]}
    assert sizes["message"] > 75_000 and sizes["headers"] > 50 * 100


def test_starts_take_what_arithmetic_says(run: Finished) -> None:
    """By hand: two round trips to open, five for requests, one more for the message's second window."""
    figures = {(f.name, f.case): f.measured for f in run.result.figures}
    assert figures["start of Outlook", "nearest"] == pytest.approx(
        2 * 32.111 + 5 * 166.003 + 133.892, rel=0.001
    )
    assert figures["start of Outlook", "direct"] == pytest.approx((2 + 6) * 129.247, rel=0.001)
    assert figures["first answer", "nearest"] == pytest.approx(2 * 32.111 + 166.003, rel=0.001)
    assert figures["first answer", "direct"] == pytest.approx(3 * 129.247, rel=0.001)
    gain = figures["first answer: less than direct", "nearest"]
    assert gain == pytest.approx(100 * (1 - 230.225 / 387.741), abs=0.1)


def journey(run: Finished, case: str) -> dict[str, Any]:
    lines = (run.folder / "journey.jsonl").read_text().splitlines()
    return next(each for each in map(json.loads, lines) if each["case"] == case)


def test_a_front_door_that_opens_its_connections_late_is_refuted(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "run", experiment=NAME, cases=("nearest",))
    change = (FRONT_DOOR, ("keepalive 16;", "keepalive 16; # not\n        keepalive_timeout 1ms;"))
    source = changed_source(tmp_path / "source", {change[0]: change[1]})
    (source / FRONT_DOOR).write_text(
        (source / FRONT_DOOR).read_text().replace("keepalive_timeout 1d;", "", 2)
    )
    run_guest(folder, source=source)
    step = judge(5, EXPERIMENT.steps(read_run(folder))[4])
    assert step.verdict is Verdict.REFUTED and "opened a connection to mwh-mbx" in step.observed


def test_a_mailbox_server_that_is_down_gives_503_and_when_to_come_back(tmp_path: Path) -> None:
    fetch = first_fetch(tmp_path, 'return ["sleep", "1000000"]')
    assert fetch["status"] == 503 and fetch["headers"]["retry-after"] == "30"
    assert json.loads(fetch["body"])["error"].startswith("the data's datacenter does not answer")


def test_a_mailbox_server_that_says_nothing_gives_503_within_the_deadline(tmp_path: Path) -> None:
    deaf = "import socket, time; s = socket.create_server(({0!r}, 444)); time.sleep(1000000)"
    fetch = first_fetch(tmp_path, f'return ["python3", "-c", "{deaf}".format(self.addresses[0])]')
    assert fetch["status"] == 503 and fetch["headers"]["retry-after"] == "30"
    assert 5_000_000 <= fetch["phases_us"]["total"] - fetch["phases_us"]["tls"] < 6_000_000


def first_fetch(tmp_path: Path, argv: str) -> dict[str, Any]:
    """Return what the client got while the mailbox server's nginx is something else."""
    folder = prepared(tmp_path / "run", experiment=NAME, cases=("cold",))
    there = 'template = "mailbox"\n'
    instead = f"{there}\n    def argv(self) -> list[str]:\n        {argv}\n"
    ready = "with socket.create_connection((self.addresses[0], MAILBOX_PORT), timeout=READY_TIMEOUT_S):"
    source = changed_source(tmp_path / "source", {"services/web.py": (there, instead)})
    text = (source / "services/web.py").read_text()
    assert ready in text
    (source / "services/web.py").write_text(text.replace(ready, "if True:"))
    run_guest(folder, source=source)
    told: dict[str, Any] = json.loads((folder / "journey.jsonl").read_text())["fetches"][0]
    return told


def test_the_result_is_told_with_its_figures(run: Finished) -> None:
    assert "start of Outlook" in run.output
    assert Result.model_validate_json((run.folder / "result.json").read_text()).figures
