"""Files over a path: each came as it was sent, and took what round trip and windows allow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from experiments import active_datacenter, sovereign_cloud, transfers
from experiments.active_datacenter import FAR, NEAR
from experiments.order import Case
from experiments.reading import Reading
from measurement.evidence import Missing, Refuted
from measurement.judge import Finding, judge
from measurement.result import Verdict

from .changes import Change, all_of, cut, lost, minus, saying, silent, where
from .made_up_run import WORLD, run_of

ACTIVE, SOVEREIGN = active_datacenter.EXPERIMENT, sovereign_cloud.EXPERIMENT
RUN = run_of(ACTIVE)
SERVER, CLIENT = RUN.address("mwh-spo"), RUN.address("traveller")
DOWN_1, DOWN_10, UP_1, UP_10 = range(1, 5)  # after the site itself
FILES = ("download 1 MB", "download 10 MB", "upload 1 MB", "upload 10 MB")


def files(reading: Reading) -> list[Case]:
    names = (FAR, NEAR) if reading.order.experiment == ACTIVE.name else (sovereign_cloud.PAGE,)
    return [reading.case(name) for name in names]


def in_time(reading: Reading, *changes: Change) -> Finding:
    changed = all_of(*changes)(reading)
    return transfers.take_what_windows_allow(changed, files(changed))


def served(*changes: Change) -> Finding:
    changed = all_of(*changes)(RUN)
    return transfers.are_what_was_served(changed, files(changed))


def took(reading: Reading, case: str, number: int) -> tuple[int, int]:
    """Return when the answer to a request began and ended at the client, in nanoseconds."""
    (case_rows,) = (each for each in reading.journeys if each.case == case)
    fetch = case_rows.fetches[number]
    return fetch.started_ns, fetch.started_ns + fetch.phases_us["total"] * 1000


def scaled(reading: Reading, case: str, number: int, factor: float) -> Change:
    """Let the last of a request's answer come earlier or later than it did."""
    began_ns, ended_ns = took(reading, case, number)
    server = reading.journey(case).fetches[number].server_ip

    def change(row: Any) -> dict[str, Any]:
        if not began_ns < row.last_time_ns <= ended_ns + 2000 or row.last_time_ns < ended_ns - 2000:
            return {}
        moved_ns = row.last_time_ns + round((factor - 1) * (ended_ns - began_ns))
        return {"last_time_ns": moved_ns, "time_ns": min(row.time_ns, moved_ns)}

    return where(case, reading.case(case).client, "tcp_burst", change, src=server)


# What is asked for


def test_each_file_is_downloaded_and_uploaded_after_the_site_was_opened() -> None:
    asked = transfers.transfers("contoso.sharepoint.com", "user@contoso", (1, 10))
    assert [(each.name, each.method, each.upload_bytes) for each in asked] == [
        ("site", "GET", 0),
        ("download 1 MB", "GET", 0),
        ("download 10 MB", "GET", 0),
        ("upload 1 MB", "PUT", 1_000_000),
        ("upload 10 MB", "PUT", 10_000_000),
    ]
    assert [each.url.removeprefix("https://contoso.sharepoint.com") for each in asked] == [
        "/",
        "/Shared%20Documents/1MB.bin",
        "/Shared%20Documents/10MB.bin",
        "/Shared%20Documents/from-client-1MB.bin",
        "/Shared%20Documents/from-client-10MB.bin",
    ]
    assert {each.headers["X-AnchorMailbox"] for each in asked} == {"user@contoso"}


def test_a_page_is_one_file_after_the_site_was_opened() -> None:
    asked = transfers.page("contoso.sharepoint.com", "user@contoso", "page.bin")
    assert [each.name for each in asked] == ["site", "download page.bin"]
    assert asked[1].url == "https://contoso.sharepoint.com/Shared%20Documents/page.bin"


# What came is what was served


def test_every_file_of_a_sound_run_is_the_same_at_both_ends() -> None:
    found = served()
    assert found.observed == "8 files, each with the same SHA-256 at both ends"
    assert {(row.case, row.node) for row in found.rows} == {(FAR, "traveller"), (NEAR, "traveller")}


DIFFERENT = {
    "a file came as another": saying(FAR, DOWN_10, body_sha256="bad"),
    "the server tells of another": saying(NEAR, DOWN_1, headers={"x-content-sha256": "bad"}),
    "the server does not tell": saying(NEAR, DOWN_1, headers={"x-content-sha256": ""}),
    "the client does not tell": saying(FAR, DOWN_1, body_sha256=""),
    "an upload arrived as another": saying(FAR, UP_1, body='{"sha256": "bad"}'),
    "an upload was another": saying(NEAR, UP_10, sent_sha256="bad"),
    "an upload's server says nothing": saying(NEAR, UP_10, body=""),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_that_files_are_the_same_is_refuted_where(what: str) -> None:
    with pytest.raises(
        Refuted, match=r"load 10? MB \((home|nearby)\): .* at the client, .* at the server"
    ) as found:
        served(DIFFERENT[what])
    assert len(found.value.rows) == 2


# Times


@pytest.mark.parametrize("chosen", [{}, {"loss_percent": 0.1}])
def test_every_file_of_a_sound_run_takes_what_windows_allow(chosen: dict[str, Any]) -> None:
    found = in_time(run_of(ACTIVE, **chosen))
    assert found.observed.startswith("8 files; farthest off: ")
    assert found.observed.endswith("by 0.00%")


@pytest.mark.parametrize("factor", [0.98, 1.02])
@pytest.mark.parametrize("case", [FAR, NEAR])
@pytest.mark.parametrize("number", [DOWN_1, DOWN_10, UP_1, UP_10])
def test_a_file_2_percent_too_slow_or_too_fast_is_refuted(case: str, number: int, factor: float) -> None:
    with pytest.raises(Refuted) as found:
        in_time(RUN, scaled(RUN, case, number, factor))
    assert found.value.observed.startswith(f"{FILES[number - 1]} ({case}): ")
    assert len(found.value.rows) == 2


@pytest.mark.parametrize("factor", [0.992, 1.008])
def test_a_file_may_be_off_by_less_than_one_percent(factor: float) -> None:
    assert in_time(RUN, scaled(RUN, FAR, DOWN_10, factor)).observed.endswith("by 0.80%")


DISTURBED = {
    "loss": (run_of(ACTIVE, loss_percent=0.1), FAR, UP_10),
    "a closed border": (run_of(SOVEREIGN, border=True), sovereign_cloud.PAGE, 1),
}


@pytest.mark.parametrize("what", DISTURBED)
def test_only_too_fast_is_refuted_with(what: str) -> None:
    run, case, number = DISTURBED[what]
    assert transfers.is_disturbed(run.world)
    assert "by 200.00%" in in_time(run, scaled(run, case, number, 3.0)).observed
    with pytest.raises(Refuted, match="load"):
        in_time(run, scaled(run, case, number, 0.98))


@pytest.mark.parametrize("factor, refuted", [(0.98, True), (1.02, False)])
def test_only_too_fast_is_refuted_of_a_file_that_buffers_do_not_hold(factor: float, refuted: bool) -> None:
    run = run_of(ACTIVE, file_mb=13)
    change = scaled(run, FAR, DOWN_10, factor)
    if refuted:
        with pytest.raises(Refuted, match="download 13 MB"):
            in_time(run, change)
    else:
        assert in_time(run, change).rows


def test_a_page_of_a_sound_run_takes_what_windows_allow_and_2_percent_more_is_refuted() -> None:
    run = run_of(SOVEREIGN)
    assert in_time(run).observed.startswith("1 files; farthest off: download page.bin (page): 727.253 ms")
    for factor in (0.98, 1.02):
        with pytest.raises(Refuted, match=r"download page\.bin"):
            in_time(run, scaled(run, sovereign_cloud.PAGE, 1, factor))


def test_a_page_that_was_not_there_is_no_page_in_time() -> None:
    with pytest.raises(Refuted, match="got no answer for download 1 MB: status 404"):
        in_time(RUN, saying(FAR, DOWN_1, status=404))


def test_the_claim_says_what_is_expected_and_is_not_made_with_bbr() -> None:
    def expected(reading: Reading) -> list[str]:
        return [claim.expected for claim in transfers.in_time(reading, "files", files(reading))]

    least = "no file is faster than a window that doubles with each round trip"
    assert expected(RUN) == ["measured and expected times differ by 1% at most"]
    assert expected(run_of(ACTIVE, loss_percent=0.1)) == expected(run_of(SOVEREIGN, border=True)) == [least]
    assert expected(run_of(ACTIVE, congestion="bbr")) == []
    assert expected(run_of(SOVEREIGN, WORLD.model_copy(update={"congestion": "bbr"}))) == []


# What nobody can tell

UNKNOWN = {
    "the client says nothing": silent(FAR),
    "the client's capture is missing": lost(FAR, "traveller"),
    "the client's capture is damaged": cut(FAR, "traveller"),
    "no answer was captured": minus(FAR, "traveller", "tcp_burst", src=SERVER),
    "no request was captured": minus(FAR, "traveller", "tcp_burst", src=CLIENT),
    "the connection was not captured": minus(FAR, "traveller", "tcp_connection"),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_nobody_can_tell_where(what: str) -> None:
    with pytest.raises(Missing):
        in_time(RUN, UNKNOWN[what])
    with pytest.raises(Missing):
        served(UNKNOWN[what])
    assert {figure.case for figure in figures(UNKNOWN[what])} == {NEAR}


def test_no_file_at_all_is_no_proof() -> None:
    (claim,) = transfers.in_time(RUN, "files", [])
    assert judge(1, claim).verdict is Verdict.INCONCLUSIVE


def test_a_server_that_is_no_site_is_refuted() -> None:
    other = RUN.address("mwh-fe")
    moved = [
        where(FAR, "traveller", kind, lambda row: {"server": other})
        for kind in ("tcp_connection", "tls_handshake")
    ]
    said = [saying(FAR, number, server_ip=other) for number in range(5)]
    with pytest.raises(Refuted, match=f"^the client connected to {other}, which no site has$"):
        in_time(RUN, *moved, *said)


# Figures and what is drawn


def figures(*changes: Change, run: Reading = RUN) -> list[Any]:
    changed = all_of(*changes)(run)
    return transfers.figures(changed, files(changed))


def test_figures_are_times_and_throughputs_beside_what_is_expected() -> None:
    found = {(each.name, each.case): each for each in figures()}
    assert [name for name, case in found if case == FAR] == [
        name for file in FILES for name in (file, f"{file}, throughput")
    ]
    small = found["download 1 MB", FAR]
    assert (small.unit, small.measured) == ("ms", pytest.approx(904.728, abs=0.01))
    assert small.expected == pytest.approx(small.measured, abs=0.001)
    speed = found["download 10 MB, throughput", NEAR]
    assert (speed.unit, speed.measured) == ("Mbit/s", pytest.approx(622.84, abs=0.02))
    assert all(len(each.frames) == 2 for each in found.values())


def test_with_bbr_nothing_is_expected_in_the_figures() -> None:
    found = figures(run=run_of(ACTIVE, congestion="bbr"))
    assert (len(found), {each.expected for each in found}) == (16, {None})


def test_the_chart_is_of_bytes_at_the_client_in_both_directions() -> None:
    drawn = transfers.chart(RUN, files(RUN))
    assert [(each.name, each.case) for each in drawn] == [
        (file, case) for case in (FAR, NEAR) for file in FILES
    ]
    for each in drawn:
        assert each.points[-1][1] == 1_000_000 * int(each.name.split()[1])
        assert list(each.points) == sorted(each.points) and each.points[0][0] >= 0
    assert drawn[0].points[0][0] == pytest.approx(129.247, abs=0.01)
    assert drawn[2].points[0][0] == 0


def test_a_case_that_nobody_can_tell_of_is_not_drawn() -> None:
    changed = silent(NEAR)(RUN)
    assert {each.case for each in transfers.chart(changed, files(changed))} == {FAR}


def test_a_files_name_has_its_size() -> None:
    assert transfers.file_name(100) == "100MB.bin"
    assert json.loads(RUN.order.model_dump_json())["files"] == {"1MB.bin": 1_000_000, "10MB.bin": 10_000_000}
