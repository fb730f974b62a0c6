"""Claims about visits: each is held by packets that show it, and refuted by others."""

from __future__ import annotations

import dataclasses

import pytest

from experiments.own import WrongExperiment
from experiments.reading import Reading
from experiments.visited import Visited
from experiments.vpn import MAIN, NONE
from measurement.judge import Claim, judge
from measurement.result import Verdict
from topologies.errors import WorldError

from .changes import lost, saying, where
from .made_up_vpn import made_up_vpn

RUN = made_up_vpn()
PORTAL = [request.name for request in RUN.case(NONE).requests].index("portal")


def tunnel(run: Reading = RUN) -> Visited:
    return Visited(run, MAIN)


def own(run: Reading = RUN) -> Visited:
    return Visited(run, NONE)


def verdict(claim: Claim) -> Verdict:
    return judge(1, claim).verdict


@pytest.mark.parametrize(
    "case, service, datacenter, other",
    [
        (MAIN, "exchange", "iad", "dub"),
        (MAIN, "media", "iad", "dub"),
        (NONE, "portal", "dub", "iad"),
        (NONE, "sharepoint", "mwh", "dub"),
    ],
)
def test_a_service_is_reached_where_packets_show_it_and_nowhere_else(
    case: str, service: str, datacenter: str, other: str
) -> None:
    held, refuted = (judge(1, Visited(RUN, case).lands(service, each)) for each in (datacenter, other))
    assert (held.verdict, refuted.verdict) == (Verdict.HELD, Verdict.REFUTED)
    assert held.observed == refuted.observed and held.observed.startswith(f"{datacenter}-")
    assert held.frames and refuted.frames
    assert RUN.world.datacenter(datacenter).place.name in held.text


def test_what_is_observed_are_the_figures_of_the_packets() -> None:
    use = own().use("portal")
    observed = judge(1, own().lands("portal", "dub")).observed
    assert f"saw traveller as {RUN.address('traveller')}" in observed
    assert f"round trip {use.rtt_ms:.3f} ms, first byte after {use.first_byte_ms:.3f} ms" in observed


def more_ms(service: str) -> float:
    """Return how much later a first byte comes through the tunnel."""
    return tunnel().use(service).first_byte_ms - own().use(service).first_byte_ms


@pytest.mark.parametrize(
    "off_ms, expected", [(-0.001, Verdict.HELD), (0, Verdict.HELD), (0.001, Verdict.REFUTED)]
)
def test_slower_is_so_much_slower_or_more(off_ms: float, expected: Verdict) -> None:
    assert verdict(tunnel().is_slower("exchange", than=own(), by_ms=more_ms("exchange") + off_ms)) is expected


def test_the_faster_one_is_not_the_slower_one() -> None:
    assert verdict(own().is_slower("exchange", than=tunnel(), by_ms=0.001)) is Verdict.REFUTED


def test_both_cases_show_how_they_compare() -> None:
    found = judge(1, tunnel().is_slower("exchange", than=own(), by_ms=1))
    assert {frame.file.split("/")[1] for frame in found.frames} == {MAIN, NONE}
    assert f"{more_ms('exchange'):+.3f} ms" in found.observed


@pytest.mark.parametrize(
    "part, expected",
    [(0.0, Verdict.HELD), (0.009, Verdict.HELD), (0.01005, Verdict.HELD), (0.02, Verdict.REFUTED)],
)
def test_as_fast_is_to_a_hundredth_whichever_is_the_longer(part: float, expected: Verdict) -> None:
    late_ns = round(own().use("portal").first_byte_ms * part * 1_000_000)
    port = own().use("portal").fetch.local_port
    change = where(
        NONE,
        "traveller",
        "tcp_connection",
        lambda row: {"time_ns": row.time_ns - late_ns},
        client_port=port,
    )
    run = change(RUN) if late_ns else RUN
    assert verdict(own(run).is_as_fast("portal", as_in=own())) is expected
    assert verdict(own().is_as_fast("portal", as_in=own(run))) is expected


def test_a_request_that_failed_is_refuted_and_a_lost_capture_inconclusive() -> None:
    failed = saying(NONE, PORTAL, error="Timeout was reached")(RUN)
    assert verdict(own(failed).lands("portal", "dub")) is Verdict.REFUTED
    assert verdict(own(lost(NONE, "dub-fe")(RUN)).lands("portal", "dub")) is Verdict.INCONCLUSIVE
    assert verdict(tunnel().is_slower("portal", than=own(failed), by_ms=1)) is Verdict.REFUTED


def test_a_case_a_service_and_a_datacenter_that_there_are_not() -> None:
    with pytest.raises(WrongExperiment, match='the run has no case "nome"; did you mean "none"'):
        Visited(RUN, "nome").lands("portal", "dub")
    with pytest.raises(WrongExperiment, match='there is no service "protal"; did you mean "portal"'):
        own().lands("protal", "dub")
    with pytest.raises(WorldError, match='unknown datacenter "dubb"; did you mean "dub"'):
        own().lands("portal", "dubb")


def test_a_service_that_the_client_never_came_to_is_refuted() -> None:
    journeys = tuple(
        each.model_copy(update={"fetches": tuple(f for f in each.fetches if f.name != "portal")})
        for each in RUN.journeys
    )
    silent = dataclasses.replace(RUN, journeys=journeys)
    told = judge(1, own(silent).lands("portal", "dub"))
    assert (told.verdict, told.observed) == (Verdict.REFUTED, "traveller never asked for portal")
