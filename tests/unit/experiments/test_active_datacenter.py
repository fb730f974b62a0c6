"""SharePoint's claims: held by a sound run, refuted by other evidence, unknown without evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pydantic import ValidationError

from experiments.active_datacenter import EXPERIMENT, FAR, MAIN, NEAR, ActiveOptions, change_world
from experiments.order import Order
from measurement.result import Verdict
from tests.unit.measurement import rows
from topologies.errors import WorldError
from topologies.world import World

from .changes import Change, cut, lost, minus, plus, saying, silent, where
from .made_up_run import WORLD, run_of
from .saved_runs import claims, judged

RUN = run_of(EXPERIMENT)
ORDER = RUN.order
CLAIMS = tuple(claims(RUN))
CLIENT, SITE, NEARBY = RUN.address("traveller"), RUN.address("mwh-spo"), RUN.address("dub-spo")


def order_of(world: World) -> Order:
    return EXPERIMENT.plan_order(world, 7, 10.0, ActiveOptions())


# The order


def test_the_order_has_a_case_for_each_claim() -> None:
    cases = {case.name: (case.resolver, [request.name for request in case.requests]) for case in ORDER.cases}
    files = ["site", "download 1 MB", "download 10 MB", "upload 1 MB", "upload 10 MB"]
    assert cases == {
        "active": ("isplis", ["portal", "launch", "site", "portal again"]),
        "resolver-ispsin": ("ispsin", ["site", "portal"]),
        "resolver-ispsea": ("ispsea", ["site", "portal"]),
        "home": ("isplis", files),
        "nearby": ("isplis", files),
    }
    assert {case.client for case in ORDER.cases} == {"traveller"}
    assert ORDER.accounts == (("traveller", "fabrikam"),)


def test_the_client_follows_the_portals_own_redirect() -> None:
    _, launch, follow, again = ORDER.case(MAIN).requests
    assert (launch.url, follow.url) == ("https://portal.office.com/launch/sharepoint", "{location}")
    assert launch.headers == follow.headers == {"X-AnchorMailbox": "traveller@contoso.onmicrosoft.com"}
    assert again.url == "https://portal.office.com/"


@pytest.mark.parametrize("size_mb", [2, 10, 100])
def test_the_larger_file_is_as_large_as_chosen(size_mb: int) -> None:
    order = EXPERIMENT.plan_order(WORLD, 1, 10.0, ActiveOptions(file_mb=size_mb))
    assert order.files == {"1MB.bin": 1_000_000, f"{size_mb}MB.bin": size_mb * 1_000_000}
    assert order.case(FAR).requests[-1].upload_bytes == size_mb * 1_000_000


def test_captures_are_at_everybody_who_has_a_part_with_room_for_files() -> None:
    points = {point.name: point for point in ORDER.captures}
    assert len(points) == len(ORDER.captures)
    large = {name for name, point in points.items() if point.buffer_kib == 32_768}
    assert large == {"traveller", "mwh-spo", "dub-spo"}
    for name in ORDER.selection.datacenters:
        assert points[f"{name}-br"].interface == "wan" and f"{name}-fe" in points
    assert set(ORDER.selection.nameservers) <= set(points)
    assert not [name for name in points if name.startswith("bjs")]
    ends = {(end.node, end.interface) for wire in RUN.plan.wires for end in (wire.a, wire.b)}
    assert {(point.node, point.interface) for point in points.values()} <= ends


@pytest.mark.parametrize(
    "values",
    [
        {"file_mb": 1},
        {"file_mb": 101},
        {"file_mb": 2.5},
        {"congestion": "reno"},
        {"loss_percent": -0.1},
        {"loss_percent": 100.1},
        {"another": 1},
    ],
)
def test_options_outside_their_limits_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ActiveOptions.model_validate(values)


def test_a_world_is_changed_only_by_what_was_chosen() -> None:
    assert change_world(WORLD, ActiveOptions()) == WORLD
    lossy = change_world(WORLD, ActiveOptions(loss_percent=0.5))
    assert (lossy.congestion, lossy.internet.loss_percent) == ("cubic", 0.5)
    both = change_world(lossy, ActiveOptions(congestion="bbr"))
    assert (both.congestion, both.internet.loss_percent) == ("bbr", 0.5)
    again = change_world(both, ActiveOptions(loss_percent=2.0))
    assert (again.congestion, again.internet.loss_percent) == ("bbr", 2.0)
    assert again.internet.borders == WORLD.internet.borders


# Worlds that cannot show the effect


def with_tenant(client: str, tenant: str) -> World:
    only = WORLD.client(client).model_copy(update={"tenant": tenant})
    return WORLD.model_copy(update={"clients": (only,)})


def without_tenant(name: str) -> World:
    return WORLD.model_copy(update={"tenants": tuple(each for each in WORLD.tenants if each.name != name)})


def moved_home() -> World:
    place = WORLD.client("colleague").place
    only = WORLD.client("traveller").model_copy(update={"place": place})
    return WORLD.model_copy(update={"clients": (only,)})


def with_resolvers(*names: str) -> World:
    kept = tuple(WORLD.resolver(name) for name in names)
    clients = tuple(each for each in WORLD.clients if each.resolver in names)
    return WORLD.model_copy(update={"resolvers": kept, "clients": clients})


LACKING: dict[str, tuple[World, str]] = {
    "no client is away": (
        with_tenant("traveller", "fabrikam"),
        'no client is away from its tenant\'s datacenter in cloud "worldwide"; right would be one that is',
    ),
    "no client has a tenant of the cloud": (
        with_tenant("traveller", "lotus"),
        'no client is away from its tenant\'s datacenter in cloud "worldwide"; right would be one that is',
    ),
    "no tenant is near": (
        without_tenant("fabrikam"),
        'no tenant is in "dub", the datacenter nearest to "traveller"; right would be one, to compare with',
    ),
    "the tenant nearby is the client's own": (
        moved_home(),
        '"traveller" is near its own tenant\'s datacenter, "mwh"; right would be a client that is not',
    ),
    "the resolvers are not apart": (
        with_resolvers("isplis", "ispsea"),
        "resolvers: all are near dub, mwh; right would be 3, of which each is near another datacenter",
    ),
}


@pytest.mark.parametrize("what", LACKING)
def test_a_world_that_cannot_show_the_effect_is_told_what_it_lacks(what: str) -> None:
    world, told = LACKING[what]
    with pytest.raises(WorldError) as error:
        order_of(world)
    assert str(error.value) == told


def test_a_world_without_sharepoint_prefixes_is_told_so() -> None:
    bare = tuple(each.model_copy(update={"sharepoint": None}) for each in WORLD.datacenters)
    with pytest.raises(WorldError, match='datacenter "ams": sharepoint: has no prefix'):
        run_of.__wrapped__(EXPERIMENT, WORLD.model_copy(update={"datacenters": bare}))


# A sound run


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_sound_run_holds_it_with_frames(claim: str) -> None:
    found = judged(RUN, claim)
    assert (found.verdict, bool(found.frames)) == (Verdict.HELD, True), found.observed


def test_the_claims_are_the_articles_five_steps_and_the_controls() -> None:
    assert [sum(name.startswith(kind) for name in CLAIMS) for kind in ("step", "control")] == [5, 6]
    texts = [claim.text for claim in claims(RUN).values()]
    assert texts[5] == "the same client, asking from Lisbon, Singapore, Seattle"


def test_with_bbr_there_is_no_claim_about_times_and_with_loss_another() -> None:
    control = "each file takes what round trip and window allow"
    bbr = [claim.text for claim in EXPERIMENT.controls(run_of(EXPERIMENT, congestion="bbr"))]
    assert control not in bbr and len(bbr) == 5
    lossy = EXPERIMENT.controls(run_of(EXPERIMENT, loss_percent=0.1))
    assert [claim.text for claim in lossy] == [claim.text for claim in EXPERIMENT.controls(RUN)]


def test_the_picture_has_a_line_for_each_file() -> None:
    (picture,) = EXPERIMENT.pictures(RUN).items()
    assert picture[0] == "transfers.svg"
    paths = ElementTree.fromstring(picture[1]).iter("{http://www.w3.org/2000/svg}path")
    assert len(list(paths)) == 8 == len(EXPERIMENT.figures(RUN)) / 2


# Evidence of something else

UNTRUE: dict[str, tuple[str, Change, str]] = {
    "the portal is in another datacenter": (
        "step 1",
        saying(MAIN, 0, server_ip=RUN.address("ams-fe")),
        "traveller says that it connected to",
    ),
    "the portal is served from elsewhere": (
        "step 1",
        saying(MAIN, 0, headers={"x-datacenter": "ams"}),
        "the answer says that ams served it",
    ),
    "the portal redirects elsewhere": (
        "step 2",
        saying(MAIN, 1, headers={"location": "https://example.com/"}),
        "the portal answered 302, to https://example.com/",
    ),
    "the portal redirects over a new connection": (
        "step 2",
        saying(MAIN, 1, opened=1),
        "opened another connection for launch",
    ),
    "the chain is cut": (
        "step 3",
        where(
            MAIN,
            "traveller",
            "dns_answer",
            lambda row: {"answers": row.answers[1:]},
            name="contoso.sharepoint.com",
        ),
        "contoso.sharepoint.com is no alias",
    ),
    "the address is in another datacenter": (
        "step 4",
        where(
            MAIN,
            "traveller",
            "dns_answer",
            lambda row: {"answers": (*row.answers[:-1], row.answers[-1].model_copy(update={"data": NEARBY}))},
            name="contoso.sharepoint.com",
        ),
        f"is {NEARBY}",
    ),
    "the portal's connection is not used again": (
        "step 5",
        saying(MAIN, 3, opened=1),
        "opened another connection for portal again",
    ),
    "a packet crosses the backbone": (
        "step 5",
        plus(rows.talk(case=MAIN, node="dub-br", src=RUN.address("dub-fe"), dst=SITE)),
        "at dub-br",
    ),
    "the portal's answer is the same from two places": (
        "control 1",
        where(
            "resolver-ispsea",
            "traveller",
            "dns_answer",
            lambda row: {
                "answers": (
                    rows.record(row.name, "CNAME", "portal-office365-com.apacsoutheast.b-msedge.net"),
                )
            },
            name="portal.office.com",
        ),
        "ispsea was told portal-office365-com.apacsoutheast.b-msedge.net, which is not nearest to it",
    ),
    "another tenant is served from elsewhere": (
        "control 2",
        saying(NEAR, 0, headers={"x-datacenter": "mwh"}),
        "the answer says that mwh served it",
    ),
    "a file is another": ("control 3", saying(FAR, 1, body_sha256="bad"), "bad at the client"),
    "a file takes longer": (
        "control 4",
        where(
            FAR,
            "traveller",
            "tcp_burst",
            lambda row: {"last_time_ns": row.last_time_ns + 19_000_000},
            only=-1,
            src=SITE,
        ),
        "upload 10 MB (home): 535.988 ms, 516.988 expected",
    ),
    "a border does not see the echo": (
        "control 5",
        minus("backbone-echo", "mwh-br", "icmp_echo"),
        "no echo request",
    ),
    "a path takes 11 us longer": (
        "control 6",
        where(NEAR, "traveller", "tcp_connection", lambda row: {"rtt_us": row.rtt_us + 11}),
        "farthest off: traveller to dub-spo, by 11.",
    ),
}


@pytest.mark.parametrize("what", UNTRUE)
def test_refuted_where(what: str) -> None:
    claim, change, observed = UNTRUE[what]
    found = judged(change(RUN), claim)
    assert observed in found.observed
    assert found.verdict is Verdict.REFUTED


# Evidence that is missing

SEEN_TO_BE_EMPTY = {"step 5": {(MAIN, f"{name}-br") for name in ORDER.selection.datacenters}}


@pytest.mark.parametrize("how", [lost, cut])
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_inconclusive_without_each_of_its_captures(
    claim: str, how: Callable[[str, str], Change]
) -> None:
    files = (Path(ref.file) for ref in judged(RUN, claim).frames)
    needed = {(file.parent.name, file.stem) for file in files} | SEEN_TO_BE_EMPTY.get(claim, set())
    for case, node in sorted(needed):
        found = judged(how(case, node)(RUN), claim)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert f"pcap/{case}/{node}.pcapng" in found.observed


SAID = {
    "step 1": MAIN,
    "step 2": MAIN,
    "step 5": MAIN,
    "control 2": NEAR,
    "control 3": FAR,
    "control 4": NEAR,
}


@pytest.mark.parametrize("claim", SAID)
def test_inconclusive_without_what_the_client_says(claim: str) -> None:
    found = judged(silent(SAID[claim])(RUN), claim)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.observed == f"journey.jsonl has no journey of {SAID[claim]}"


@pytest.mark.parametrize("claim", ["step 3", "step 4", "control 1", "control 5", "control 6"])
def test_held_without_any_journey_where_packets_say_everything(claim: str) -> None:
    assert judged(dataclasses.replace(RUN, journeys=()), claim).verdict is Verdict.HELD
