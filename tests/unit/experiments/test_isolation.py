"""Two clouds share nothing: each way in which they would is refuted, and what was not tried is not known."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from experiments import isolation
from experiments.reading import Reading
from experiments.sovereign_cloud import EXPERIMENT, MAIN, PAGE, REFUSED, SOVEREIGN, STANDARD
from measurement.judge import judge
from measurement.observation import Observation
from measurement.result import StepResult, Verdict
from tests.unit.measurement import rows

from .changes import Change, all_of, cut, lost, minus, plus, saying, silent, where
from .made_up_run import run_of

RUN = run_of(EXPERIMENT)
CREDENTIALS, NAMES, NETWORKS = range(3)
AT_STANDARD, AT_SOVEREIGN = "21vianet-name-at-worldwide", "worldwide-name-at-21vianet"
PORTAL, CHINAS = "portal.office.com", "portal.partner.microsoftonline.cn"
OUTSIDE, INSIDE = RUN.address("ams-fe"), RUN.address("bjs-fe")
ACROSS = {"src": OUTSIDE, "dst": INSIDE, "protocol": "icmp", "packets": 1}


def found(claim: int, *changes: Change) -> StepResult:
    listed = isolation.claims(all_of(*changes)(RUN), REFUSED, (STANDARD, SOVEREIGN))
    assert len(listed) == 3
    return judge(1, listed[claim])


def number(name: str) -> int:
    return [request.name for request in RUN.case(REFUSED).requests].index(name)


def said(name: str, **values: object) -> Change:
    return saying(REFUSED, number(name), **values)


@pytest.mark.parametrize(
    "claim, observed",
    [
        (CREDENTIALS, "4 refused with the right host, 4 accepted"),
        (NAMES, "REFUSED 2 times; "),
        (NETWORKS, "ams-fe's router answered its echo: no way"),
    ],
)
def test_a_sound_run_holds_it_with_frames(claim: int, observed: str) -> None:
    result = found(claim)
    assert (result.verdict, bool(result.frames)) == (Verdict.HELD, True)
    assert observed in result.observed


def test_an_authority_of_a_cloud_is_one_that_has_its_portals_zone() -> None:
    selection = RUN.order.selection
    assert isolation.authority_of(RUN.world, RUN.plan, selection, STANDARD) == "msdns1"
    assert isolation.authority_of(RUN.world, RUN.plan, selection, SOVEREIGN) == "cndns1"


# Credentials

WRONGLY = {
    "the wrong cloud accepts": said("refused portal worldwide", status=200),
    "the wrong cloud does not know the user": said("refused exchange 21vianet", status=401),
    "the wrong cloud fails": said("refused exchange 21vianet", status=500),
    "it is refused without a host": said("refused portal 21vianet", body='{"error": "no"}'),
    "it is refused without a word": said("refused portal 21vianet", body=""),
    "it is refused with a page for people": said(
        "refused portal 21vianet", body="<html>403 Forbidden</html>"
    ),
    "it is refused with a list": said("refused portal 21vianet", body=f'["{PORTAL}"]'),
    "it is refused with its own host": said("refused portal 21vianet", body=f'{{"host": "{CHINAS}"}}'),
    "it is refused with another service's host": said(
        "refused exchange 21vianet", body=f'{{"host": "{PORTAL}"}}'
    ),
    "it is refused at home": said("accepted portal 21vianet", status=403),
    "it is refused at home in the standard cloud": said("accepted exchange worldwide", status=403),
    "home does not answer": said("accepted exchange 21vianet", status=0, error="Timeout was reached"),
}


@pytest.mark.parametrize("how", WRONGLY)
def test_that_credentials_are_of_one_cloud_is_refuted_where(how: str) -> None:
    result = found(CREDENTIALS, WRONGLY[how])
    assert (result.verdict, bool(result.frames)) == (Verdict.REFUTED, True), result.observed
    assert ": status " in result.observed


@pytest.mark.parametrize("name", [request.name for request in RUN.case(REFUSED).requests])
def test_credentials_that_were_never_tried_show_nothing(name: str) -> None:
    another = saying(REFUSED, number(name), name=f"again {name}")
    result = found(CREDENTIALS, another)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.observed == f"the client made no request {name}"


@pytest.mark.parametrize("change", [silent(REFUSED), lost(REFUSED, "traveller"), cut(REFUSED, "traveller")])
def test_credentials_are_unknown_without_the_journey_or_the_clients_capture(change: Change) -> None:
    assert found(CREDENTIALS, change).verdict is Verdict.INCONCLUSIVE


# Names


@pytest.mark.parametrize("rcode", ["NOERROR", "NXDOMAIN", "SERVFAIL"])
@pytest.mark.parametrize("probe, server", [(AT_STANDARD, "msdns1"), (AT_SOVEREIGN, "cndns1")])
def test_a_question_that_is_not_refused_is_refuted(probe: str, server: str, rcode: str) -> None:
    result = found(NAMES, where(probe, "isplis", "dns_answer", lambda row: {"rcode": rcode}))
    assert (result.verdict, bool(result.frames)) == (Verdict.REFUTED, True)
    assert result.observed.startswith(f"{server} answered {rcode} for portal.")


def test_a_question_without_an_answer_or_with_somebody_elses_is_refuted() -> None:
    for change in (
        minus(AT_STANDARD, "isplis", "dns_answer"),
        where(AT_STANDARD, "isplis", "dns_answer", lambda row: {"src": RUN.address("root")}),
    ):
        result = found(NAMES, change)
        assert result.verdict is Verdict.REFUTED
        assert result.observed == f"msdns1 answered nothing for {CHINAS}"


def foreign(server: str, name: str, *, authoritative: bool = True, case: str = PAGE) -> Change:
    return plus(
        rows.answer(case=case, node=server, src=RUN.address(server), name=name, authoritative=authoritative)
    )


@pytest.mark.parametrize("authoritative", [True, False])
@pytest.mark.parametrize(
    "server, cloud, name",
    [
        ("cndns1", SOVEREIGN, PORTAL),
        ("cnedge2", SOVEREIGN, "outlook.office365.com"),
        ("cndns2", SOVEREIGN, "contoso.sharepoint.com"),
        ("msdns2", STANDARD, CHINAS),
        ("edge1", STANDARD, "lotus.sharepoint.cn"),
    ],
)
def test_an_authority_that_answers_for_a_name_of_the_other_cloud_is_refuted(
    server: str, cloud: str, name: str, authoritative: bool
) -> None:
    result = found(NAMES, foreign(server, name, authoritative=authoritative))
    assert result.verdict is Verdict.REFUTED
    assert result.observed == f"{server} of {cloud} answered for {name}"


def test_the_root_registries_and_resolvers_may_answer_for_every_name() -> None:
    for server in ("root", "gtld", "cnreg", "isplis"):
        for name in (PORTAL, CHINAS):
            assert found(NAMES, foreign(server, name)).verdict is Verdict.HELD


@pytest.mark.parametrize("how", [lost, cut])
@pytest.mark.parametrize("case, node", [(MAIN, "cndns2"), (PAGE, "msdns1"), (AT_SOVEREIGN, "edge2")])
def test_no_authority_is_known_to_be_silent_without_its_whole_capture(
    case: str, node: str, how: Callable[[str, str], Change]
) -> None:
    result = found(NAMES, how(case, node))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert f"pcap/{case}/{node}.pcapng" in result.observed


@pytest.mark.parametrize("change", [lost(AT_STANDARD, "isplis"), cut(AT_SOVEREIGN, "isplis")])
def test_a_refusal_is_unknown_without_the_askers_capture(change: Change) -> None:
    assert found(NAMES, change).verdict is Verdict.INCONCLUSIVE


# Networks


@pytest.mark.parametrize("node", ["bjs-br", "traveller", "tyo-fe", "sha-to-r3-lisbon"])
@pytest.mark.parametrize("case", [MAIN, PAGE, isolation.ACROSS, AT_STANDARD])
def test_a_packet_between_the_clouds_is_refuted_in_any_capture(case: str, node: str) -> None:
    result = found(NETWORKS, plus(rows.talk(case=case, node=node, **ACROSS)))
    assert result.verdict is Verdict.REFUTED
    assert result.observed == f"1 packets from {OUTSIDE} to {INSIDE} at {node}"


BETWEEN = {
    "back": (INSIDE, OUTSIDE),
    "between mailboxes": (RUN.address("dub-mbx"), RUN.address("bjs-mbx")),
    "between sites": (RUN.address("bjs-spo"), RUN.address("mwh-spo")),
    "between name servers": (RUN.address("msdns1"), RUN.address("cndns2")),
}


@pytest.mark.parametrize("which", BETWEEN)
def test_a_packet_between_any_networks_of_theirs_is_refuted(which: str) -> None:
    src, dst = BETWEEN[which]
    result = found(NETWORKS, plus(rows.talk(case=PAGE, node="dub-fe", src=src, dst=dst)))
    assert result.verdict is Verdict.REFUTED
    assert f"from {src} to {dst} at dub-fe" in result.observed


def test_only_the_attempt_itself_may_leave_its_host() -> None:
    again = rows.talk(case=isolation.ACROSS, node="ams-fe", **{**ACROSS, "src": INSIDE, "dst": OUTSIDE})
    assert found(NETWORKS, plus(again)).verdict is Verdict.REFUTED
    elsewhere = rows.talk(case=MAIN, node="ams-fe", **ACROSS)
    assert found(NETWORKS, plus(elsewhere)).verdict is Verdict.REFUTED


def test_packets_inside_a_cloud_of_clients_and_of_what_has_no_address_are_others() -> None:
    others = [
        rows.talk(case=PAGE, node="bjs-br", src=INSIDE, dst=RUN.address("sha-fe")),
        rows.talk(case=PAGE, node="traveller", src=RUN.address("traveller"), dst=INSIDE),
        rows.talk(case=PAGE, node="bjs-br", src="02:00:00:00:00:01", dst="02:00:00:00:00:02", protocol="arp"),
        rows.talk(case=PAGE, node="bjs-br", src="fe80::1", dst="ff02::2", protocol="ipv6"),
    ]
    assert found(NETWORKS, plus(*others)).verdict is Verdict.HELD


UNTRIED = {
    "the echo was never sent": minus(isolation.ACROSS, "ams-fe", "icmp_echo"),
    "the echo went somewhere else": where(
        isolation.ACROSS, "ams-fe", "icmp_echo", lambda row: {"dst": RUN.address("dub-fe")}
    ),
}


@pytest.mark.parametrize("how", UNTRIED)
def test_an_echo_that_was_never_tried_shows_nothing(how: str) -> None:
    result = found(NETWORKS, UNTRIED[how])
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.observed == "ams-fe did not try to reach bjs-fe"


def test_an_echo_that_its_router_did_not_refuse_may_have_gone_anywhere() -> None:
    def refused_by_nobody(reading: Reading) -> Reading:
        kept = [row for row in reading.observations if not is_refusal(row)]
        return dataclasses.replace(reading, observations=tuple(kept))

    def is_refusal(row: Observation) -> bool:
        return row.kind == "talk" and row.case == isolation.ACROSS and row.src == RUN.address("ams-br")

    result = found(NETWORKS, refused_by_nobody)
    assert result.verdict is Verdict.REFUTED
    assert result.observed == "ams-fe's router did not say that there is no way"


@pytest.mark.parametrize("how", [lost, cut])
def test_no_packet_is_known_to_be_absent_without_each_whole_capture(
    how: Callable[[str, str], Change],
) -> None:
    for case, node in (
        (MAIN, "bjs-br"),
        (PAGE, "jnb-fe"),
        (AT_STANDARD, "isplis"),
        (isolation.ACROSS, "ams-fe"),
    ):
        result = found(NETWORKS, how(case, node))
        assert result.verdict is Verdict.INCONCLUSIVE
        assert f"pcap/{case}/{node}.pcapng" in result.observed


def test_a_packet_that_cannot_be_read_could_be_one_between_the_clouds() -> None:
    result = found(NETWORKS, plus(rows.malformed(case=MAIN, node="sha-br")))
    assert (result.verdict, "cannot be read" in result.observed) == (Verdict.INCONCLUSIVE, True)


def test_nothing_is_known_of_a_run_without_captures() -> None:
    bare: Reading = dataclasses.replace(RUN, observations=())
    listed = isolation.claims(bare, REFUSED, (STANDARD, SOVEREIGN))
    assert {judge(1, claim).verdict for claim in listed} == {Verdict.INCONCLUSIVE}
