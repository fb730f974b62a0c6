"""Exchange Online's claims: held by a sound run, refuted by other evidence, unknown without evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from experiments.exchange_online import EXPERIMENT
from experiments.experiment import Options
from experiments.order import Order
from experiments.reading import Reading
from measurement.evidence import Missing
from measurement.judge import judge
from measurement.observation import CaptureSeen
from measurement.result import StepResult, Verdict
from tests.unit.measurement import rows
from topologies import paths
from topologies.errors import WorldError
from topologies.plan import Plan, Wire
from topologies.planning import plan_network
from topologies.world import World

from .changes import Change, all_of, cut, lost, minus, plus, saying, silent, where
from .made_up_run import CLIENT_PORT, HOST, MAILBOX, ORDER, STEERED, WORLD, ip, made_up_run
from .saved_runs import claims, judged

CLIENT, FRONT, BACK = ip("traveller"), ip("dub-efz"), ip(MAILBOX)


@pytest.fixture(autouse=True, scope="module")
def _each_way_is_found_once() -> Iterator[None]:
    """Keep the ways through the network: some hundred runs with the same one are judged here."""
    known: dict[tuple[int, str, str], tuple[Wire, ...]] = {}
    find = paths.path

    def path(plan: Plan, a: str, b: str) -> tuple[Wire, ...]:
        key = id(plan), a, b
        if key not in known:
            known[key] = find(plan, a, b)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "path", path)
        yield


TO_BACK, TO_FRONT = {"dst": BACK}, {"src": BACK}
CLAIMS = tuple(claims(made_up_run()))
INTERNET = "dub-to-r2-lisbon"


def later(us: float) -> Callable[[Any], dict[str, Any]]:
    return lambda row: {"time_ns": row.time_ns + round(us * 1000)}


def told(*answers: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda row: {"answers": answers}


# The order


def test_the_order_has_a_case_for_each_way() -> None:
    cases = {case.name: (case.resolver, case.answers.label, case.warm) for case in ORDER.cases}
    assert cases == {
        "nearest": ("isplis", "by-place", True),
        "far-resolver": ("ispsin", "by-place", True),
        "client-subnet": ("ispsin", "by-place-ecs", True),
        "direct": ("isplis", "same-for-all-mwh", True),
        "far-front-end": ("isplis", "same-for-all-sin", True),
        "cold": ("isplis", "by-place", False),
        "anycast": ("isplis", "anycast", True),
    }
    assert {case.client for case in ORDER.cases} == {"traveller"}
    assert (ORDER.experiment, ORDER.seed, ORDER.tolerance_us) == (EXPERIMENT.name, 1, 10.0)


def test_outlook_is_started_where_times_are_compared_and_elsewhere_only_signed_in() -> None:
    names = {case.name: [request.name for request in case.requests] for case in ORDER.cases}
    whole = ["sign-in", "folders", "headers", "message", "send"]
    for case in ("nearest", "direct", "far-front-end", "cold"):
        assert names.pop(case) == whole
    assert set(map(tuple, names.values())) == {("sign-in",)}


def test_the_echo_crosses_the_backbone_to_the_mailbox_server() -> None:
    (probe,) = ORDER.probes
    assert (probe.source, probe.target) == ("dub-efz", "mwh-mbx")


def test_captures_are_at_everybody_who_has_a_part_and_where_borders_meet_the_internet() -> None:
    points = {point.name: (point.node, point.interface) for point in ORDER.captures}
    assert len(points) == len(ORDER.captures)
    assert points["traveller"] == ("traveller", "eth0") and points["mwh-mbx"] == ("mwh-mbx", "eth0")
    assert points["acdc-dub"] == ("acdc-dub", "eth0")
    for name in ORDER.selection.datacenters:
        assert points[f"{name}-br"] == (f"{name}-br", "wan")
        assert points[f"{name}-efz"] == (f"{name}-efz", "eth0")
    internet = {name: end for name, end in points.items() if "-to-" in name}
    assert {node for node, _ in internet.values()} == {"dub-br", "mwh-br", "sin-br"}
    wires = {(end.node, end.interface) for wire in made_up_run().plan.wires for end in (wire.a, wire.b)}
    assert set(points.values()) <= wires
    met = {end for end in wires if end[0] in ("dub-br", "mwh-br", "sin-br") and end[1].startswith("to-")}
    assert set(internet.values()) == met


def order_of(world: World) -> Order:
    return EXPERIMENT.plan_order(world, 7, 10.0, Options())


def test_a_world_without_an_anycast_server_has_no_case_and_no_claim_of_it() -> None:
    servers = tuple(each for each in WORLD.nameservers if each.anycast is None)
    world = WORLD.model_copy(update={"nameservers": servers})
    order = order_of(world)
    assert "anycast" not in [case.name for case in order.cases]
    reading = dataclasses.replace(
        made_up_run(), order=order, world=world, plan=plan_network(world, order.selection)
    )
    assert [claim.text for claim in EXPERIMENT.controls(reading)] == [
        claim.text for claim in EXPERIMENT.controls(made_up_run()) if "anycast" not in claim.text
    ]


@pytest.mark.parametrize(
    "tenant, told",
    [("lotus", "no client is away from its tenant's datacenter"), ("fabrikam", "no client is away")],
)
def test_a_world_that_cannot_show_the_effect_is_told_what_it_lacks(tenant: str, told: str) -> None:
    clients = (WORLD.client("traveller").model_copy(update={"tenant": tenant}),)
    with pytest.raises(WorldError, match=told):
        order_of(WORLD.model_copy(update={"clients": clients}))


# A sound run


def test_the_claims_are_the_articles_five_steps_and_the_controls() -> None:
    assert len([name for name in CLAIMS if name.startswith("step")]) == 5
    assert len([name for name in CLAIMS if name.startswith("control")]) == 9


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_sound_run_holds_it_with_frames(claim: str) -> None:
    found = judged(made_up_run(), claim)
    assert (found.verdict, bool(found.frames)) == (Verdict.HELD, True), found.observed


def test_the_second_connection_is_told_by_the_journeys_requests() -> None:
    for claim in ("step 5", "control 5", "control 6"):
        assert "passed 5 requests on to mwh-mbx (40.97.119.85:444)" in judged(made_up_run(), claim).observed


def test_an_order_that_lacks_a_case_is_seen_before_anything_is_judged() -> None:
    reading = made_up_run()
    for case in ("nearest", "far-resolver", "client-subnet", "direct", "far-front-end", "cold"):
        cases = tuple(each for each in ORDER.cases if each.name != case)
        lacking = dataclasses.replace(reading, order=ORDER.model_copy(update={"cases": cases}))
        with pytest.raises(KeyError, match=case):
            claims(lacking)


# Evidence of something else

BY_INTERNET = {"src": FRONT, "dst": BACK, "protocol": "tcp/444"}
OPENED = {"client": FRONT, "server": BACK, "server_port": 444}
ELSEWHERE = ip("mwh-efz")

# what is untrue -> the claim, the change of the run, and what is said of it
UNTRUE: dict[str, tuple[str, Change, str]] = {
    "the client asks another resolver, too": (
        "step 1",
        plus(rows.query(src=CLIENT, dst=ip("ispsin"))),
        f"{CLIENT} also asked {ip('ispsin')}",
    ),
    "the resolver never hears the question": (
        "step 1",
        minus("nearest", "isplis", "dns_query", src=CLIENT),
        f"no question for {HOST}",
    ),
    "the resolver asks nobody for the name": (
        "step 2",
        minus("nearest", "isplis", "dns_query", name=HOST, src=ip("isplis")),
        f"no question for {HOST}",
    ),
    "the resolver is not led on": (
        "step 2",
        minus("nearest", "isplis", "dns_query", name=STEERED),
        f"no question for {STEERED}",
    ),
    "the resolver is led to a server that is not Microsoft's": (
        "step 2",
        where("nearest", "isplis", "dns_query", lambda row: {"dst": ip("gtld")}, name=STEERED),
        f"no question for {STEERED} from {ip('isplis')} to any of acdc1, acdc2",
    ),
    "Microsoft's server does not hear the question": (
        "step 2",
        minus("nearest", "acdc2", "dns_query"),
        f"no question for {STEERED}",
    ),
    "Microsoft names another region": (
        "step 3",
        where(
            "nearest",
            "isplis",
            "dns_answer",
            told(rows.record(STEERED, "CNAME", "ams-efz.ms-acdc.office.com")),
            name=STEERED,
        ),
        "acdc2 told isplis: ams-efz.ms-acdc.office.com",
    ),
    "Microsoft gives one address less": (
        "step 4",
        where(
            "nearest",
            "isplis",
            "dns_answer",
            lambda row: {"answers": row.answers[:-1]},
            name="dub-efz.ms-acdc.office.com",
        ),
        "dub-efz.ms-acdc.office.com is 40.101.28.1, 40.101.28.2, 40.101.28.3, not",
    ),
    "the client is told one address more": (
        "step 4",
        where(
            "nearest",
            "traveller",
            "dns_answer",
            lambda row: {"answers": (*row.answers, rows.record(row.answers[-1].name, "A", ELSEWHERE))},
        ),
        f"40.101.28.4, {ELSEWHERE}, not",
    ),
    "the client is told 11 us later than it says": (
        "step 4",
        where("nearest", "traveller", "dns_answer", later(11)),
        "the name lookup: the client says",
    ),
    "the client connects to another address of nobody": (
        "step 5",
        saying("nearest", 0, server_ip=ELSEWHERE),
        f"traveller says that it connected to {ELSEWHERE}",
    ),
    "the client sends a packet to the tenant's datacenter": (
        "step 5",
        plus(rows.talk(src=CLIENT, dst=BACK, protocol="icmp", packets=1)),
        f"{CLIENT} also sent 1 packets (icmp) to {BACK}",
    ),
    "a packet of the client arrives at the tenant's datacenter": (
        "step 5",
        plus(rows.talk(node="mwh-to-r2-lisbon", src=CLIENT, dst=BACK, protocol="udp/443")),
        f"(udp/443) from {CLIENT} to {BACK} at mwh-to-r2-lisbon",
    ),
    "the tenant's datacenter sends a packet to the client": (
        "step 5",
        plus(rows.talk(node="mwh-to-r0-ashbur", src=ELSEWHERE, dst=CLIENT)),
        f"from {ELSEWHERE} to {CLIENT} at mwh-to-r0-ashbur",
    ),
    "the client opens a second connection": (
        "step 5",
        plus(rows.connection(client=CLIENT, client_port=CLIENT_PORT + 1, server=ELSEWHERE)),
        f"{CLIENT} also connected to {ELSEWHERE}",
    ),
    "a request leaves the front end by the Internet": (
        "step 5",
        plus(rows.talk(node=INTERNET, **BY_INTERNET)),
        f"11 packets (tcp/444) from {FRONT} to {BACK} at {INTERNET}",
    ),
    "a request reaches the mailbox server by the Internet": (
        "step 5",
        plus(rows.talk(node="mwh-to-r1-newyor", **BY_INTERNET)),
        f"from {FRONT} to {BACK} at mwh-to-r1-newyor",
    ),
    "an answer of the mailbox server comes by the Internet": (
        "step 5",
        plus(rows.talk(node="dub-to-r3-singap", src=BACK, dst=FRONT)),
        f"from {BACK} to {FRONT} at dub-to-r3-singap",
    ),
    "the second connection is opened for the client": (
        "step 5",
        plus(rows.connection(node="dub-efz", **OPENED)),
        "dub-efz opened a connection to mwh-mbx for it",
    ),
    "the front end asks nobody": (
        "step 5",
        minus("nearest", "dub-efz", "tcp_burst"),
        f"dub-efz exchanged nothing with mwh-mbx ({BACK})",
    ),
    "the mailbox server does not answer": (
        "step 5",
        minus("nearest", "dub-efz", "tcp_burst", **TO_FRONT),
        "dub-efz exchanged nothing with mwh-mbx",
    ),
    "the front end answers a request by itself": (
        "step 5",
        all_of(
            *(
                minus("nearest", node, "tcp_burst", bytes=size)
                for node in ("dub-efz", "mwh-mbx", "dub-br", "mwh-br")
                for size in (373,)
            )
        ),
        "dub-efz exchanged 5 messages to mwh-mbx and 4 back, for 5 requests",
    ),
    "a request does not arrive": (
        "step 5",
        minus("nearest", "mwh-mbx", "tcp_burst", **TO_BACK),
        "mwh-mbx did not receive what dub-efz sent",
    ),
    "a request arrives with a byte less": (
        "step 5",
        where("nearest", "mwh-mbx", "tcp_burst", lambda row: {"bytes": row.bytes - 1}, only=2, **TO_BACK),
        "mwh-mbx did not receive what dub-efz sent",
    ),
    "a request takes 11 us too long over the backbone": (
        "step 5",
        where("nearest", "mwh-mbx", "tcp_burst", later(11), only=3, **TO_BACK),
        "from dub-efz to mwh-mbx it took 66.957 ms",
    ),
    "an answer takes 11 us too long over the backbone": (
        "step 5",
        where("nearest", "dub-efz", "tcp_burst", later(11), only=0, **TO_FRONT),
        "from mwh-mbx to dub-efz it took 66.957 ms",
    ),
    "an answer is faster than light over the backbone": (
        "step 5",
        where("nearest", "dub-efz", "tcp_burst", later(-11), only=4, **TO_FRONT),
        "from mwh-mbx to dub-efz it took 66.935 ms",
    ),
    "the near border sees no request": (
        "step 5",
        minus("nearest", "dub-br", "tcp_burst", **TO_BACK),
        "dub-br saw nothing from dub-efz to mwh-mbx on the backbone",
    ),
    "the far border misses one request": (
        "step 5",
        where("nearest", "mwh-br", "tcp_burst", lambda row: {"dst_port": 25}, only=2, **TO_BACK),
        "mwh-br did not see all that dub-efz sent to mwh-mbx",
    ),
    "an answer says that another front end took it": (
        "step 5",
        saying("nearest", 4, headers={"x-feserver": "ams-efz"}),
        "the answer to send has x-feserver: ams-efz",
    ),
    "an answer says that another server made it": (
        "step 5",
        saying("nearest", 2, headers={"x-beserver": "dub-mbx"}),
        "the answer to headers has x-beserver: dub-mbx",
    ),
    "an answer says that another server was meant": (
        "step 5",
        saying("nearest", 1, headers={"x-calculatedbetarget": "dub-mbx"}),
        "the answer to folders has x-calculatedbetarget: dub-mbx",
    ),
    "the answer says that another datacenter served it": (
        "step 5",
        saying("nearest", 0, headers={"x-datacenter": "mwh"}),
        "the answer says that mwh served it",
    ),
    "a request is refused": (
        "step 5",
        saying("nearest", 3, status=403),
        "traveller got no answer for message: status 403",
    ),
    "a request ends in an error": (
        "step 5",
        saying("nearest", 4, error="Timeout was reached"),
        "traveller got no answer for send: Timeout was reached",
    ),
    "TLS does not end at the front end": (
        "step 5",
        minus("nearest", "dub-efz", "tls_handshake"),
        "no TLS handshake on the connection in the capture at dub-efz",
    ),
    "the client says that connecting took 11 us less": (
        "step 5",
        where("nearest", "traveller", "tcp_connection", lambda row: {"rtt_us": row.rtt_us + 11}),
        "connect: the client says 32111 us, its packets 32122",
    ),
    "the far resolver is sent to the client's region": (
        "control 1",
        where(
            "far-resolver",
            "acdc2",
            "dns_answer",
            told(rows.record(STEERED, "CNAME", "dub-efz.ms-acdc.office.com")),
        ),
        "acdc2 told ispsin: dub-efz.ms-acdc.office.com",
    ),
    "nobody says for whom is asked": (
        "control 2",
        where("client-subnet", "ispsin", "dns_query", lambda row: {"client_subnet": None}, name=STEERED),
        f"no question for {STEERED} in the capture at ispsin told for whom it was asked",
    ),
    "it is said for somebody else": (
        "control 2",
        where(
            "client-subnet",
            "ispsin",
            "dns_query",
            lambda row: {"client_subnet": "100.64.1.0/24"},
            name=STEERED,
        ),
        "ispsin asked for 100.64.1.0/24",
    ),
    "it is said for somebody whose address begins like the client's": (
        "control 2",
        where(
            "client-subnet",
            "ispsin",
            "dns_query",
            lambda row: {"client_subnet": f"{CLIENT}0/32"},
            name=STEERED,
        ),
        f"ispsin asked for {CLIENT}0/32",
    ),
    "the client lands where the resolver is although it was said for whom": (
        "control 2",
        saying("client-subnet", 0, server_ip=ip("sin-efz")),
        f"traveller says that it connected to {ip('sin-efz')}",
    ),
    "another datacenter's server hears the question": (
        "control 3",
        minus("anycast", "acdc-dub", "dns_query"),
        f"no question for {STEERED}",
    ),
    "the nearest datacenter's server names another": (
        "control 3",
        where(
            "anycast",
            "acdc-dub",
            "dns_answer",
            told(rows.record(STEERED, "CNAME", "ams-efz.ms-acdc.office.com")),
        ),
        "acdc-dub told isplis: ams-efz.ms-acdc.office.com",
    ),
    "something crosses the backbone although the client went straight": (
        "control 4",
        plus(rows.talk(case="direct", node="tyo-br", src=FRONT, dst=BACK)),
        f"from {FRONT} to {BACK} at tyo-br",
    ),
    "the client was sent to its nearest datacenter although all are sent home": (
        "control 4",
        saying("direct", 0, server_ip=FRONT),
        f"traveller says that it connected to {FRONT}",
    ),
    "a request of the far front end goes by the Internet": (
        "control 5",
        plus(
            rows.talk(case="far-front-end", node="sin-to-r1-newyor", src=ip("sin-efz"), dst=BACK),
        ),
        f"from {ip('sin-efz')} to {BACK} at sin-to-r1-newyor",
    ),
    "the far front end's answer was made elsewhere": (
        "control 5",
        saying("far-front-end", 0, headers={"x-beserver": "dub-mbx"}),
        "the answer to sign-in has x-beserver: dub-mbx",
    ),
    "fewer connections than requests are opened": (
        "control 6",
        minus("cold", "dub-efz", "tcp_connection", client=FRONT, client_port=50_002),
        "4 connections were opened for 5 requests",
    ),
    "more connections than requests are opened": (
        "control 6",
        plus(rows.connection(case="cold", node="dub-efz", **OPENED, client_port=50_009)),
        "6 connections were opened for 5 requests",
    ),
    "a start of Outlook is 2 % too slow": (
        "control 7",
        where(
            "nearest",
            "traveller",
            "tcp_burst",
            lambda row: {"last_time_ns": row.last_time_ns + 18_200_000},
            only=-1,
            src=FRONT,
        ),
        "start of Outlook (nearest): 912.449 ms instead of 894.239",
    ),
    "a start of Outlook is 2 % too fast": (
        "control 7",
        where(
            "cold",
            "traveller",
            "tcp_burst",
            lambda row: {"last_time_ns": row.last_time_ns - 45_600_000},
            only=-1,
            src=FRONT,
        ),
        "start of Outlook (cold): 2187.",
    ),
    "connecting takes 2 % longer": (
        "control 7",
        where("direct", "traveller", "tcp_connection", lambda row: {"rtt_us": row.rtt_us * 1.02}),
        "connect (direct): 131.832 ms instead of 129.247",
    ),
    "TLS takes 2 % longer": (
        "control 7",
        where(
            "far-front-end",
            "traveller",
            "tls_handshake",
            lambda row: {"client_hello_ns": row.client_hello_ns - 3_700_000},
        ),
        "TLS (far-front-end): 186.203 ms instead of 182.501",
    ),
    "a first byte takes 2 % longer": (
        "control 7",
        where(
            "nearest",
            "traveller",
            "tls_handshake",
            lambda row: {"first_request_ns": row.first_request_ns - 3_400_000},
        ),
        "first byte (nearest): 169.403 ms instead of 166.003",
    ),
    "the client connects to an address of nobody": (
        "control 7",
        all_of(
            saying("nearest", 0, server_ip="192.0.2.1"),
            where("nearest", "traveller", "tcp_connection", lambda row: {"server": "192.0.2.1"}),
            where("nearest", "traveller", "tls_handshake", lambda row: {"server": "192.0.2.1"}),
        ),
        "the client connected to 192.0.2.1, which nobody has",
    ),
    "a border does not see the echo": (
        "control 8",
        minus("backbone-echo", "mwh-br", "icmp_echo"),
        "no echo request",
    ),
    "the echo does not come back": (
        "control 8",
        where("backbone-echo", "dub-efz", "icmp_echo", lambda row: {"reply_frame": None}),
        "no reply",
    ),
    "an echo takes 11 us longer": (
        "control 9",
        where("backbone-echo", "dub-efz", "icmp_echo", lambda row: {"rtt_us": row.rtt_us + 11}),
        "farthest off: dub-efz to mwh-mbx, by 11.000 us",
    ),
    "opening the second connection takes 11 us longer": (
        "control 9",
        where(
            "cold", "dub-efz", "tcp_connection", lambda row: {"rtt_us": row.rtt_us + 11}, only=2, client=FRONT
        ),
        "farthest off: dub-efz to mwh-mbx, by 11.000 us",
    ),
}


@pytest.mark.parametrize("what", UNTRUE)
def test_refuted_where(what: str) -> None:
    claim, change, observed = UNTRUE[what]
    found = judged(change(made_up_run()), claim)
    assert observed in found.observed
    assert found.verdict is Verdict.REFUTED


# Evidence of nothing: what may be


BEARABLE: dict[str, tuple[str, Change]] = {
    "a message takes 9 us longer over the backbone": (
        "step 5",
        where("nearest", "mwh-mbx", "tcp_burst", later(9), only=3, **TO_BACK),
    ),
    "others use the backbone meanwhile": (
        "step 5",
        plus(rows.talk(node="dub-br", src=ip("jnb-efz"), dst=ip("dub-mbx"))),
    ),
    "others use the Internet meanwhile": (
        "step 5",
        plus(rows.talk(node="mwh-to-r2-lisbon", src=ip("root"), dst=ip("mwh-efz"))),
    ),
    "a connection to another server is opened": (
        "step 5",
        plus(rows.connection(node="dub-efz", client=FRONT, server=ip("dub-dir"), server_port=80)),
    ),
    "it is said for the client's network": (
        "control 2",
        where(
            "client-subnet",
            "ispsin",
            "dns_query",
            lambda row: {"client_subnet": "100.64.0.0/24"},
            name=STEERED,
        ),
    ),
    "a start of Outlook is 0.9 % too slow": (
        "control 7",
        where(
            "nearest",
            "traveller",
            "tcp_burst",
            lambda row: {"last_time_ns": row.last_time_ns + 8_100_000},
            only=-1,
            src=FRONT,
        ),
    ),
}


@pytest.mark.parametrize("what", BEARABLE)
def test_held_although(what: str) -> None:
    claim, change = BEARABLE[what]
    found = judged(change(made_up_run()), claim)
    assert found.verdict is Verdict.HELD, found.observed


# Evidence that is missing


def captures(reading: Reading) -> list[tuple[str, str]]:
    return [(row.case, row.node) for row in reading.observations if isinstance(row, CaptureSeen)]


# Captures beside those with the frames that show a claim: it has to see in them that there was nothing.
INTERNET_POINTS = {
    site: {point.name for point in ORDER.captures if point.name.startswith(f"{site}-to-")}
    for site in ("dub", "mwh", "sin")
}
SEEN_TO_BE_EMPTY: dict[str, set[tuple[str, str]]] = {
    "step 4": set(),
    "step 5": {("nearest", name) for site in ("dub", "mwh") for name in INTERNET_POINTS[site]},
    "control 4": {("direct", f"{name}-br") for name in ORDER.selection.datacenters},
    "control 5": {("far-front-end", name) for site in ("sin", "mwh") for name in INTERNET_POINTS[site]},
    "control 6": {("cold", name) for site in ("dub", "mwh") for name in INTERNET_POINTS[site]},
}


def needed(claim: str) -> set[tuple[str, str]]:
    """Return the captures without which a claim cannot be judged."""
    if claim == "control 9":
        return set(captures(made_up_run()))
    files = (ref.file.removeprefix("pcap/") for ref in judged(made_up_run(), claim).frames)
    shown = {(Path(file).parent.name, Path(file).stem) for file in files}
    return shown | SEEN_TO_BE_EMPTY.get(claim, set())


@cache
def without_each(how: Callable[[str, str], Change]) -> dict[tuple[str, str], dict[str, StepResult]]:
    """Return, for each capture, what is judged of every claim without it."""
    reading, found = made_up_run(), {}
    some = {capture for claim in CLAIMS if claim != "control 9" for capture in needed(claim)}
    for case, node in captures(reading) if how is lost else sorted(some):
        made = claims(how(case, node)(reading))
        found[case, node] = {name: judge(1, claim) for name, claim in made.items()}
    return found


@pytest.mark.parametrize("how", [lost, cut])
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_inconclusive_without_each_of_its_captures_and_rests_on_no_other(
    claim: str, how: Callable[[str, str], Change]
) -> None:
    inconclusive = set()
    for (case, node), results in without_each(how).items():
        found = results[claim]
        assert found.verdict in (Verdict.HELD, Verdict.INCONCLUSIVE), found.observed
        if found.verdict is Verdict.INCONCLUSIVE:
            assert f"pcap/{case}/{node}.pcapng" in found.observed
            inconclusive.add((case, node))
    assert inconclusive == needed(claim) & set(without_each(how))


SAID = {
    "step 4": "nearest",
    "step 5": "nearest",
    "control 1": "far-resolver",
    "control 2": "client-subnet",
    "control 3": "anycast",
    "control 4": "direct",
    "control 5": "far-front-end",
    "control 6": "cold",
    "control 7": "cold",
}


@pytest.mark.parametrize("claim", SAID)
def test_inconclusive_without_what_the_client_says(claim: str) -> None:
    found = judged(silent(SAID[claim])(made_up_run()), claim)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.observed == f"journey.jsonl has no journey of {SAID[claim]}"


@pytest.mark.parametrize("claim", ["step 1", "step 2", "step 3", "control 8", "control 9"])
def test_held_without_any_journey_where_packets_say_everything(claim: str) -> None:
    nothing = dataclasses.replace(made_up_run(), journeys=())
    assert judged(nothing, claim).verdict is Verdict.HELD


@pytest.mark.parametrize("node", ["traveller", INTERNET, "mwh-to-r2-lisbon"])
def test_inconclusive_where_a_packet_cannot_be_read_that_could_be_what_must_not_be_there(node: str) -> None:
    found = judged(plus(rows.malformed(node=node))(made_up_run()), "step 5")
    assert (found.verdict, "cannot be read" in found.observed) == (Verdict.INCONCLUSIVE, True)


def test_what_cannot_be_known_is_said() -> None:
    with pytest.raises(Missing, match=r"^there is no capture pcap/nearest/mwh-mbx\.pcapng$"):
        claims(lost("nearest", MAILBOX)(made_up_run()))["step 5"].check()
