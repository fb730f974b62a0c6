"""The saved run with one thing damaged: what cannot be known is inconclusive, what is untrue is refuted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, TCP, UDP

from experiments import pipeline
from experiments.reading import Reading, read_run
from measurement.evidence import Missing
from measurement.observation import CaptureSeen, DnsAnswer, DnsQuery, TcpConnection, TlsHandshake
from measurement.result import Verdict

from ..unit.experiments.saved_runs import (
    CASES,
    CNAME,
    A,
    Damage,
    answering,
    claims,
    copied,
    cut,
    damaged,
    damaged_reading,
    dropping,
    emptied,
    journeys_text,
    judged,
    later,
    missing,
    patched,
    saying,
    telling,
    with_packet,
    without_frame,
)

Frame = tuple[str, int]  # a capture as CASE/NODE, and a number

PROVEN = (
    "step 1",
    "step 2",
    "step 3",
    "step 4",
    "step 5",
    "control 1",
    "control 2",
    "control 3",
    "control 4",
)
# Captures in which a claim needs to see nothing.
SILENT = {"step 5": ("nearest/dub-br", "nearest/mwh-br", "nearest/mwh-fe")}
SINGAPORE, SEATTLE, DUBLIN, TRAVELLER = "100.64.3.2", "13.107.6.34", "13.107.6.18", "100.64.0.10"
OTHER_REGION = "portal-office365-com.lamsouth.b-msedge.net"


class Saved:
    """The saved run as it is, and which frames show what in it."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def frames(self, claim: str) -> list[Frame]:
        """Return the frames that show a claim, in the order in which the claim names them."""
        shown = judged(self.reading, claim).frames
        return [(ref.file.removeprefix("pcap/").removesuffix(".pcapng"), ref.frame) for ref in shown]

    def captures(self, claim: str) -> set[str]:
        """Return the captures without which a claim cannot be judged."""
        if claim == "control 5":
            return {f"{case}/{point.name}" for case in CASES for point in self.reading.order.captures}
        return {capture for capture, _ in self.frames(claim)} | set(SILENT.get(claim, ()))

    def verdict(self, folder: Path, claim: str, *damages: Damage) -> Verdict:
        """Return the verdict on one claim of a damaged copy."""
        return judged(damaged_reading(self.reading, folder, *damages), claim).verdict

    def phases_us(self) -> dict[str, float]:
        """Return how long the traveller's phases took by its packets, in microseconds."""
        evidence = self.reading.evidence("nearest")
        question, answer = (next(evidence.at("traveller", kind)) for kind in (DnsQuery, DnsAnswer))
        opened = next(evidence.at("traveller", TcpConnection))
        secured = next(evidence.at("traveller", TlsHandshake))
        assert opened.rtt_us and secured.client_finished_ns
        assert secured.first_request_ns and secured.first_response_ns
        return {
            "name_lookup": (answer.time_ns - question.time_ns) / 1000,
            "connect": opened.rtt_us,
            "tls": (secured.client_finished_ns - secured.client_hello_ns) / 1000,
            "first_byte": (secured.first_response_ns - secured.first_request_ns) / 1000,
        }


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return Saved(read_run(copied(tmp_path_factory.mktemp("saved") / "run")))


# Evidence that is missing


LOST: dict[str, Callable[[str], Damage]] = {
    "its file is missing": missing,
    "it is cut inside a block": cut,
    "it lacks packets that were dropped": dropping,
}


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("claim", PROVEN)
def test_inconclusive_without_a_whole_capture(tmp_path: Path, saved: Saved, claim: str, how: str) -> None:
    for number, capture in enumerate(sorted(saved.captures(claim))):
        found = saved.verdict(tmp_path / str(number), claim, LOST[how](capture))
        assert found is Verdict.INCONCLUSIVE, capture


@pytest.mark.parametrize("how", LOST)
def test_no_path_is_true_without_every_capture(tmp_path: Path, saved: Saved, how: str) -> None:
    for number, capture in enumerate(("at-home/tyo-br", "nearest/traveller", "backbone-echo/gtld")):
        loss = LOST[how](capture)
        assert saved.verdict(tmp_path / str(number), "control 5", loss) is Verdict.INCONCLUSIVE, capture


@pytest.mark.parametrize("claim", PROVEN)
def test_inconclusive_where_a_capture_has_fewer_packets_than_were_received(
    tmp_path: Path, saved: Saved, claim: str
) -> None:
    for number, (capture, frame) in enumerate(saved.frames(claim)):
        loss = without_frame(capture, frame, counted=False)
        assert saved.verdict(tmp_path / str(number), claim, loss) is Verdict.INCONCLUSIVE, (capture, frame)


@pytest.mark.parametrize("claim", [*PROVEN, "control 5"])
def test_a_claim_is_never_held_without_each_of_its_captures(saved: Saved, claim: str) -> None:
    """Every capture of the run is left out once: those that the claim rests on, and all others."""
    inconclusive = set()
    for capture in [f"{row.case}/{row.node}" for row in _captures(saved.reading)]:
        kept = tuple(row for row in saved.reading.observations if f"{row.case}/{row.node}" != capture)
        found = judged(dataclasses.replace(saved.reading, observations=kept), claim).verdict
        assert found in (Verdict.HELD, Verdict.INCONCLUSIVE)
        if found is Verdict.INCONCLUSIVE:
            inconclusive.add(capture)
    assert inconclusive == saved.captures(claim)


def _captures(reading: Reading) -> list[CaptureSeen]:
    return [row for row in reading.observations if isinstance(row, CaptureSeen)]


JOURNEYS = {
    "journey.jsonl is missing": journeys_text(None),
    "journey.jsonl is empty": journeys_text(""),
    "journey.jsonl is garbled": journeys_text("{}\nnot a journey\n"),
    "the case's line is missing": telling("nearest", lambda journey: journey.update(case="another")),
}


@pytest.mark.parametrize("how", JOURNEYS)
@pytest.mark.parametrize("claim", ["step 4", "step 5"])
def test_inconclusive_without_what_the_client_says(
    tmp_path: Path, saved: Saved, claim: str, how: str
) -> None:
    assert saved.verdict(tmp_path / "run", claim, JOURNEYS[how]) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("claim", ["step 1", "step 2", "step 3"])
def test_held_without_the_journey_where_the_packets_say_everything(
    tmp_path: Path, saved: Saved, claim: str
) -> None:
    assert saved.verdict(tmp_path / "run", claim, journeys_text(None)) is Verdict.HELD


# Evidence of something else


@pytest.mark.parametrize("claim", PROVEN)
def test_refuted_where_a_whole_capture_lacks_the_frame(tmp_path: Path, saved: Saved, claim: str) -> None:
    for number, (capture, frame) in enumerate(saved.frames(claim)):
        absence = without_frame(capture, frame, counted=True)
        assert saved.verdict(tmp_path / str(number), claim, absence) is Verdict.REFUTED, (capture, frame)


def question(dst: str) -> Any:
    return IP(src=TRAVELLER, dst=dst) / UDP(sport=5555, dport=53) / DNS(id=7, qd=[DNSQR(qname="example.com")])


def sent_to(dst: str) -> Callable[[Any], None]:
    return lambda packet: packet[IP].setfieldval("dst", dst)


def failing(packet: Any) -> None:
    packet[DNS].rcode = 2


def without_answers(packet: Any) -> None:
    packet[DNS].an = []
    packet[DNS].ancount = None


# what is untrue -> the claim, and the damage, given the frames that show the claim
UNTRUE: dict[str, tuple[str, Callable[[list[Frame]], Damage]]] = {
    "the client asks another resolver, too": (
        "step 1",
        lambda shown: with_packet("nearest/traveller", question(SINGAPORE)),
    ),
    "the client asks another resolver instead": (
        "step 1",
        lambda shown: patched(*shown[0], sent_to(SINGAPORE)),
    ),
    "the question arrives somewhere else": ("step 1", lambda shown: patched(*shown[1], sent_to(SINGAPORE))),
    "the resolver asks somebody else": ("step 2", lambda shown: patched(*shown[0], sent_to(SINGAPORE))),
    "Microsoft never hears the question": ("step 2", lambda shown: patched(*shown[1], sent_to(SINGAPORE))),
    "Microsoft names another region": (
        "step 3",
        lambda shown: answering(*shown[0], CNAME, OTHER_REGION),
    ),
    "Microsoft's server fails": ("step 3", lambda shown: patched(*shown[0], failing)),
    "Microsoft's answer is empty": ("step 3", lambda shown: patched(*shown[0], without_answers)),
    "the resolver is told of a failure": ("step 3", lambda shown: patched(*shown[1], failing)),
    "Microsoft gives another address": ("step 4", lambda shown: answering(*shown[1], A, SEATTLE)),
    "Microsoft gives no address": ("step 4", lambda shown: patched(*shown[1], without_answers)),
    "the client is told another address": ("step 4", lambda shown: answering(*shown[2], A, SEATTLE)),
    "the client is told of a failure": ("step 4", lambda shown: patched(*shown[2], failing)),
    "the client connects to another datacenter, too": (
        "step 5",
        lambda shown: with_packet(
            "nearest/traveller", IP(src=TRAVELLER, dst=SEATTLE) / TCP(sport=5555, dport=443, flags="S")
        ),
    ),
    "the front end never accepts the connection": (
        "step 5",
        lambda shown: without_frame(shown[0][0], shown[0][1] + 1, counted=True),
    ),
    "the front end talks to the tenant's datacenter": (
        "step 5",
        lambda shown: with_packet("nearest/dub-fe", IP(src=DUBLIN, dst=SEATTLE) / ICMP()),
    ),
    "a packet crosses the nearest border": (
        "step 5",
        lambda shown: with_packet("nearest/dub-br", IP(src=DUBLIN, dst=SEATTLE) / UDP(sport=9, dport=9)),
    ),
    "a packet crosses the tenant's border": (
        "step 5",
        lambda shown: with_packet("nearest/mwh-br", IP(src=DUBLIN, dst=SEATTLE) / UDP(sport=9, dport=9)),
    ),
    "the tenant's front end hears the client": (
        "step 5",
        lambda shown: with_packet("nearest/mwh-fe", IP(src=TRAVELLER, dst=SEATTLE) / ICMP()),
    ),
    "the request fails": ("step 5", lambda shown: saying("nearest", error="Timeout was reached")),
    "the answer is 503": ("step 5", lambda shown: saying("nearest", status=503)),
    "the answer comes from another datacenter": (
        "step 5",
        lambda shown: saying("nearest", headers={"x-datacenter": "mwh"}),
    ),
    "the answer comes from no datacenter": ("step 5", lambda shown: saying("nearest", headers={})),
    "the far resolver is sent to the traveller's region": (
        "control 1",
        lambda shown: answering(*shown[0], CNAME, "portal-office365-com.emeanorth.b-msedge.net"),
    ),
    "answers differ although steering is off": (
        "control 2",
        lambda shown: answering(*shown[0], CNAME, "portal-office365-com.emeanorth.b-msedge.net"),
    ),
    "the colleague is served elsewhere": (
        "control 3",
        lambda shown: saying("at-home", headers={"x-datacenter": "dub"}),
    ),
    "the near border does not see the echo": ("control 4", lambda shown: emptied("backbone-echo/dub-br")),
    "the far border does not see the echo": ("control 4", lambda shown: emptied("backbone-echo/mwh-br")),
    "the echo does not come back": (
        "control 4",
        lambda shown: without_frame(shown[0][0], shown[0][1] + 1, counted=True),
    ),
    "an echo over the backbone takes 11 us longer": (
        "control 5",
        lambda shown: later("backbone-echo/dub-fe", 2, 11),
    ),
    "a handshake takes 11 us longer": ("control 5", lambda shown: later("nearest/traveller", 4, 11)),
    "an answer of a resolver takes 11 us longer": (
        "control 5",
        lambda shown: later("at-home/colleague", 2, 11),
    ),
}


@pytest.mark.parametrize("what", UNTRUE)
def test_refuted_where(tmp_path: Path, saved: Saved, what: str) -> None:
    claim, damage = UNTRUE[what]
    assert saved.verdict(tmp_path / "run", claim, damage(saved.frames(claim))) is Verdict.REFUTED


def test_a_round_trip_may_be_eight_microseconds_longer(tmp_path: Path, saved: Saved) -> None:
    assert saved.verdict(tmp_path / "run", "control 5", later("backbone-echo/dub-fe", 2, 8)) is Verdict.HELD


PHASES = {"name_lookup": "step 4", "connect": "step 5", "tls": "step 5", "first_byte": "step 5"}


def taking(phase: str, us: Callable[[int], float]) -> Damage:
    """Let the client say that one phase took as long as ``us`` makes of what it said; the others stay."""

    def change(journey: dict[str, Any]) -> None:
        ends = journey["phases_us"]
        names = list(ends)
        before = ends[names[names.index(phase) - 1]] if names.index(phase) else 0
        more = round(us(ends[phase] - before)) - (ends[phase] - before)
        for name in names[names.index(phase) :]:
            ends[name] += more

    return telling("nearest", change)


@pytest.mark.parametrize("off_us", [11, -11])
@pytest.mark.parametrize("phase", PHASES)
def test_refuted_where_the_client_and_its_packets_differ(
    tmp_path: Path, saved: Saved, phase: str, off_us: int
) -> None:
    packets_us = saved.phases_us()[phase]
    lie = taking(phase, lambda said: packets_us + off_us)
    assert saved.verdict(tmp_path / "run", PHASES[phase], lie) is Verdict.REFUTED


@pytest.mark.parametrize("phase", PHASES)
def test_the_client_may_say_a_microsecond_more(tmp_path: Path, saved: Saved, phase: str) -> None:
    more = taking(phase, lambda said: said + 1)
    assert saved.verdict(tmp_path / "run", PHASES[phase], more) is Verdict.HELD


# The whole


@pytest.mark.parametrize(
    "damages, whole",
    [
        pytest.param([missing("nearest/msdns2")], Verdict.INCONCLUSIVE, id="something cannot be known"),
        pytest.param([emptied("backbone-echo/dub-br")], Verdict.REFUTED, id="something is untrue"),
        pytest.param(
            [missing("nearest/msdns2"), emptied("backbone-echo/dub-br")], Verdict.REFUTED, id="both are there"
        ),
    ],
)
def test_the_whole_is_refuted_before_inconclusive_before_held(
    tmp_path: Path, damages: list[Damage], whole: Verdict
) -> None:
    result = pipeline.judge(damaged(copied(tmp_path / "run"), *damages))
    assert result.verdict is whole
    assert any(each.verdict is Verdict.HELD for each in (*result.steps, *result.controls))


def test_a_run_without_any_captures_is_inconclusive_in_every_part(tmp_path: Path) -> None:
    result = pipeline.judge(copied(tmp_path / "run", captures=()))
    assert {each.verdict for each in (*result.steps, *result.controls)} == {Verdict.INCONCLUSIVE}
    assert result.verdict is Verdict.INCONCLUSIVE


def test_what_cannot_be_known_is_said(tmp_path: Path, saved: Saved) -> None:
    reading = damaged_reading(saved.reading, tmp_path / "run", dropping("nearest/isplis"))
    with pytest.raises(Missing, match=r"^pcap/nearest/isplis\.pcapng is not whole: lacks 3 packets"):
        claims(reading)["step 2"].check()
    assert judged(reading, "step 2").frames == ()
