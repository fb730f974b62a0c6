"""The sovereign cloud's claims: held by a sound run, refuted by other evidence, unknown without evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from experiments.order import Order
from experiments.sovereign_cloud import (
    EXPERIMENT,
    INSIDE,
    MAIL,
    MAIN,
    OUTSIDE,
    OWN_SITE,
    PAGE,
    REFUSED,
    RESIDENT,
    SITES,
    SovereignOptions,
    change_world,
)
from measurement.result import Verdict
from tests.unit.measurement import rows
from topologies.errors import WorldError
from topologies.world import World

from .changes import Change, all_of, cut, lost, minus, plus, saying, silent, where
from .made_up_run import WORLD, run_of
from .saved_runs import claims, judged

RUN = run_of(EXPERIMENT)
ORDER = RUN.order
CLAIMS = tuple(claims(RUN))
PORTAL, CHINAS = "portal.office.com", "portal.partner.microsoftonline.cn"
CLIENT, OUTER, INNER = RUN.address("traveller"), RUN.address("dub-fe"), RUN.address("bjs-fe")


def order_of(world: World) -> Order:
    return EXPERIMENT.plan_order(world, 7, 10.0, SovereignOptions())


# The order


def test_the_order_has_a_case_for_each_claim() -> None:
    cases = {case.name: (case.client, case.requests[0].url.split("/")[2]) for case in ORDER.cases}
    assert cases == {
        MAIN: ("traveller", CHINAS),
        OUTSIDE: ("traveller", PORTAL),
        RESIDENT: ("resident", PORTAL),
        INSIDE: ("resident", CHINAS),
        SITES: ("traveller", "contoso.sharepoint.com"),
        OWN_SITE: ("traveller", "lotus.sharepoint.cn"),
        MAIL: ("resident", "partner.outlook.cn"),
        REFUSED: ("traveller", PORTAL),
        PAGE: ("resident", "contoso.sharepoint.com"),
    }
    assert ORDER.accounts == (("traveller", "lotus"), ("resident", "lotus"))
    assert ORDER.files == {"page.bin": 300_000}


def test_users_sign_in_at_both_clouds_with_credentials_of_both() -> None:
    users = {each.name: each.headers["X-AnchorMailbox"] for each in ORDER.case(REFUSED).requests}
    standard, sovereign = "traveller@contoso.onmicrosoft.com", "traveller@lotus.partner.onmschina.cn"
    for service in ("portal", "exchange"):
        assert users[f"accepted {service} worldwide"] == users[f"refused {service} 21vianet"] == standard
        assert users[f"accepted {service} 21vianet"] == users[f"refused {service} worldwide"] == sovereign
    assert len(users) == 8


def test_what_must_not_get_through_is_tried() -> None:
    probes = {
        each.name: (each.source, each.target, each.name_asked, each.comes_back) for each in ORDER.probes
    }
    assert probes == {
        "backbone-echo": ("bjs-fe", "sha-fe", "", True),
        "21vianet-name-at-worldwide": ("isplis", "msdns1", CHINAS, True),
        "worldwide-name-at-21vianet": ("isplis", "cndns1", PORTAL, True),
        "across": ("ams-fe", "bjs-fe", "", False),
    }


def test_a_cloud_with_one_datacenter_has_no_backbone_to_send_an_echo_over() -> None:
    servers = tuple(
        each.model_copy(update={"datacenter": "bjs"}) if each.datacenter == "sha" else each
        for each in WORLD.nameservers
    )
    one = tuple(each for each in WORLD.datacenters if each.name != "sha")
    order = order_of(WORLD.model_copy(update={"datacenters": one, "nameservers": servers}))
    assert (order.probes[0].source, order.probes[0].target) == ("ams-fe", "dub-fe")


def test_captures_are_at_all_borders_and_where_the_sovereign_cloud_meets_the_internet() -> None:
    points = {point.name: (point.node, point.interface) for point in ORDER.captures}
    assert len(points) == len(ORDER.captures)
    for name in ORDER.selection.datacenters:
        assert points[f"{name}-br"] == (f"{name}-br", "wan") and f"{name}-fe" in points
    assert {node for name, (node, _) in points.items() if "-to-" in name} == {"bjs-br", "sha-br"}
    assert {*ORDER.selection.nameservers, *ORDER.selection.resolvers, *ORDER.selection.clients} <= set(points)
    ends = {(end.node, end.interface) for wire in RUN.plan.wires for end in (wire.a, wire.b)}
    assert set(points.values()) <= ends


def test_borders_are_closed_where_that_is_chosen_and_else_as_the_world_has_them() -> None:
    assert change_world(WORLD, SovereignOptions()) is WORLD
    closed = change_world(WORLD, SovereignOptions(border=True))
    assert closed.internet.borders and all(each.closed for each in closed.internet.borders)
    assert change_world(closed, SovereignOptions()) is closed
    with pytest.raises(ValidationError):
        SovereignOptions.model_validate({"border": "perhaps"})


# Worlds that cannot show the effect


def with_clients(*names: str) -> World:
    return WORLD.model_copy(update={"clients": tuple(WORLD.client(name) for name in names)})


def resident_of(tenant: str) -> World:
    other = WORLD.client("resident").model_copy(update={"tenant": tenant})
    return WORLD.model_copy(update={"clients": (WORLD.client("traveller"), other)})


def without_datacenters_of(cloud: str) -> World:
    kept = tuple(each for each in WORLD.datacenters if each.cloud != cloud)
    return WORLD.model_copy(update={"datacenters": kept})


def without_tenants_of(cloud: str) -> World:
    return WORLD.model_copy(update={"tenants": tuple(each for each in WORLD.tenants if each.cloud != cloud)})


def without_mail() -> World:
    bare = tuple(each.model_copy(update={"exchange": None}) for each in WORLD.datacenters)
    return WORLD.model_copy(update={"datacenters": bare})


NO_RESIDENT = (
    'no client with a tenant of "worldwide" is nearer to a datacenter of "21vianet";'
    " right would be one that lives there"
)
LACKING: dict[str, tuple[World, str]] = {
    "no client is away": (
        with_clients("colleague"),
        'no client is away from its tenant\'s datacenter in cloud "worldwide"; right would be one that is',
    ),
    "nobody lives there": (with_clients("traveller", "colleague"), NO_RESIDENT),
    "who lives there has a tenant there": (resident_of("lotus"), NO_RESIDENT),
    "the sovereign cloud has no tenant": (
        without_tenants_of("21vianet"),
        'no tenant is in the cloud "21vianet"; right would be one',
    ),
    "the sovereign cloud has no datacenter": (
        without_datacenters_of("21vianet"),
        'no datacenter is in a cloud "21vianet"; right would be one of: worldwide',
    ),
    "there is no prefix for mail": (
        without_mail(),
        'datacenter "ams": exchange: has no prefix, so the service is not there;'
        ' right would be exchange = "40.101.0.0/28", or another one that is free',
    ),
}


@pytest.mark.parametrize("what", LACKING)
def test_a_world_that_cannot_show_the_effect_is_told_what_it_lacks(what: str) -> None:
    world, told = LACKING[what]
    with pytest.raises(WorldError) as error:
        order_of(world)
    assert str(error.value) == told


# A sound run


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_sound_run_holds_it_with_frames(claim: str) -> None:
    found = judged(RUN, claim)
    assert (found.verdict, bool(found.frames)) == (Verdict.HELD, True), found.observed


def test_a_sound_run_with_closed_borders_holds_all_of_it() -> None:
    closed = run_of(EXPERIMENT, border=True)
    assert {judged(closed, claim).verdict for claim in CLAIMS} == {Verdict.HELD}


def test_the_claims_are_the_articles_five_steps_and_the_controls() -> None:
    assert [sum(name.startswith(kind) for name in CLAIMS) for kind in ("step", "control")] == [5, 11]


def test_with_bbr_there_is_no_claim_about_the_page_and_nothing_expected_of_it() -> None:
    run = run_of(EXPERIMENT, WORLD.model_copy(update={"congestion": "bbr"}))
    told = [claim.text for claim in EXPERIMENT.controls(run)]
    assert len(told) == 10 and not [text for text in told if text.startswith("a page")]
    assert [each.expected for each in EXPERIMENT.figures(run)] == [None, None]


# Evidence of something else


def landing_in(case: str, cloud_name: str, regional: str) -> Change:
    """Let everybody be told another region in a case."""
    alias = rows.record(cloud_name, "CNAME", regional)
    resolver = ORDER.case(case).resolver
    return where(case, resolver, "dns_answer", lambda row: {"answers": (alias,)}, name=cloud_name)


UNTRUE: dict[str, tuple[str, Change, str]] = {
    "the client asks another resolver, too": (
        "step 1",
        plus(rows.query(case=MAIN, src=CLIENT, dst=RUN.address("ispsha"))),
        f"{CLIENT} also asked",
    ),
    "the standard cloud's servers are asked": (
        "step 2",
        where(
            MAIN,
            "isplis",
            "dns_query",
            lambda row: {"dst": RUN.address("msdns1")},
            src=RUN.address("isplis"),
            name=CHINAS,
        ),
        f"no question for {CHINAS} from {RUN.address('isplis')} to any of cndns1, cndns2",
    ),
    "another region is named": (
        "step 3",
        landing_in(MAIN, CHINAS, "chinaeast-portal.partner.microsoftonline.cn"),
        "cndns1 told isplis: chinaeast-portal.partner.microsoftonline.cn",
    ),
    "the address is outside": (
        "step 4",
        where(
            MAIN,
            "isplis",
            "dns_answer",
            lambda row: {"answers": (row.answers[-1].model_copy(update={"data": OUTER}),)},
            name="chinanorth-portal.partner.microsoftonline.cn",
        ),
        f"is {OUTER}, not {INNER}",
    ),
    "the client connects outside": (
        "step 5",
        saying(MAIN, 0, server_ip=OUTER),
        f"traveller says that it connected to {OUTER}",
    ),
    "a packet leaves over the backbone": (
        "step 5",
        plus(rows.talk(case=MAIN, node="bjs-br", src=INNER, dst=RUN.address("sha-fe"))),
        f"from {INNER}",
    ),
    "the traveller lands inside with a standard tenant": (
        "control 1",
        saying(OUTSIDE, 0, server_ip=INNER, headers={"x-datacenter": "bjs"}),
        f"traveller says that it connected to {INNER}",
    ),
    "the resident lands inside with a standard tenant": (
        "control 2",
        saying(RESIDENT, 0, server_ip=RUN.address("sha-fe"), headers={"x-datacenter": "sha"}),
        f"resident says that it connected to {RUN.address('sha-fe')}",
    ),
    "the resident is told a place inside with a standard tenant": (
        "control 2",
        landing_in(RESIDENT, PORTAL, "chinaeast-portal.partner.microsoftonline.cn"),
        "told ispsha: chinaeast-portal.partner.microsoftonline.cn",
    ),
    "the resident lands outside with the sovereign cloud's portal": (
        "control 3",
        saying(INSIDE, 0, server_ip=RUN.address("tyo-fe")),
        "resident says that it connected to",
    ),
    "the sovereign site is outside": (
        "control 4",
        saying(OWN_SITE, 0, headers={"x-datacenter": "dub"}),
        "the answer says that dub served it",
    ),
    "the standard site is inside": (
        "control 4",
        where(
            SITES,
            "traveller",
            "dns_answer",
            lambda row: {
                "answers": (
                    *row.answers[:-1],
                    row.answers[-1].model_copy(update={"data": RUN.address("bjs-spo")}),
                )
            },
        ),
        f"is {RUN.address('bjs-spo')}",
    ),
    "mail is not passed on": (
        "control 5",
        minus(MAIL, "sha-efz", "tcp_burst"),
        "exchanged nothing with bjs-mbx",
    ),
    "mail goes by the Internet": (
        "control 5",
        plus(
            rows.talk(
                case=MAIL, node="sha-to-r3-lisbon", src=RUN.address("sha-efz"), dst=RUN.address("bjs-mbx")
            )
        ),
        "at sha-to-r3-lisbon",
    ),
    "credentials are accepted by the wrong cloud": (
        "control 6",
        saying(REFUSED, 2, status=200),
        "refused portal worldwide: status 200",
    ),
    "a question for the other cloud is answered": (
        "control 7",
        where("worldwide-name-at-21vianet", "isplis", "dns_answer", lambda row: {"rcode": "NOERROR"}),
        f"cndns1 answered NOERROR for {PORTAL}",
    ),
    "a packet goes from cloud to cloud": (
        "control 8",
        plus(rows.talk(case=PAGE, node="tyo-br", src=INNER, dst=OUTER, packets=1)),
        f"1 packets from {INNER} to {OUTER} at tyo-br",
    ),
    "the page was not there": ("control 9", saying(PAGE, 1, status=404), "status 404"),
    "the border sees no echo": (
        "control 10",
        minus("backbone-echo", "sha-br", "icmp_echo"),
        "no echo request",
    ),
    "a path takes 11 us longer": (
        "control 11",
        where(INSIDE, "resident", "tcp_connection", lambda row: {"rtt_us": row.rtt_us + 11}),
        "farthest off: resident to sha-fe, by 11.",
    ),
}


@pytest.mark.parametrize("what", UNTRUE)
def test_refuted_where(what: str) -> None:
    claim, change, observed = UNTRUE[what]
    found = judged(change(RUN), claim)
    assert observed in found.observed
    assert found.verdict is Verdict.REFUTED


# Evidence that is missing

SEEN_TO_BE_EMPTY = {
    "step 5": {(MAIN, "bjs-br")},
    "control 5": {(MAIL, point.name) for point in ORDER.captures if "-to-" in point.name},
    "control 7": {(PAGE, "cndns1"), (MAIN, "edge1")},
    "control 8": {(MAIN, "syd-br"), (MAIL, "tyo-fe")},
}


@pytest.mark.parametrize("how", [lost, cut])
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_inconclusive_without_each_of_its_captures(
    claim: str, how: Callable[[str, str], Change]
) -> None:
    files = (Path(ref.file) for ref in judged(RUN, claim).frames)
    shown = sorted({(file.parent.name, file.stem) for file in files})
    for case, node in (*shown[:12], *sorted(SEEN_TO_BE_EMPTY.get(claim, ()))):
        found = judged(how(case, node)(RUN), claim)
        assert found.verdict is Verdict.INCONCLUSIVE, (case, node)
        assert f"pcap/{case}/{node}.pcapng" in found.observed


SAID = {"step 4": MAIN, "control 2": RESIDENT, "control 5": MAIL, "control 6": REFUSED, "control 9": PAGE}


@pytest.mark.parametrize("claim", SAID)
def test_inconclusive_without_what_the_client_says(claim: str) -> None:
    found = judged(silent(SAID[claim])(RUN), claim)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.observed == f"journey.jsonl has no journey of {SAID[claim]}"


def test_what_is_untrue_is_said_of_no_claim_beside_it() -> None:
    both = all_of(saying(MAIN, 0, server_ip=OUTER), saying(REFUSED, 2, status=200))(RUN)
    verdicts = {claim: judged(both, claim).verdict for claim in ("step 5", "control 1", "control 6")}
    assert list(verdicts.values()) == [Verdict.REFUTED, Verdict.HELD, Verdict.REFUTED]
