"""Calls that never were: media at every place of the way, by arithmetic; what lines do to it is made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from experiments.call import Call
from experiments.media_calls import WAYS, Place, SeenCall, Way
from experiments.media_names import BLOCKED_LOSSY, CONGESTED, FORCED, LOSSY, QUEUED
from experiments.media_quality import EXPERIMENT, MediaOptions
from experiments.media_ways import expected_ms
from experiments.reading import Reading
from measurement.media import AUDIO, Medium, ssrc_of
from measurement.observation import Observation
from measurement.rows.rtp import NUMBERS, ReceptionReport, RtcpReport, RtpRun
from measurement.rtp_quality import NTP_AFTER_UNIX_S, jitters_ms
from measurement.rtp_stream import Arrival
from tests.unit.measurement import rows
from tests.unit.measurement.captures import START_NS
from topologies.hosts import gateway, host
from topologies.load import load_world
from topologies.planning import plan_network
from topologies.steering import nearest_datacenter
from topologies.world import World

WORLD = load_world("article")
NS_PER_S, NS_PER_MS = 1_000_000_000, 1_000_000
PAYLOAD_BYTES = {"audio": 160, "video": 1000}
FIRST = NUMBERS - 100  # numbers go around early
CHANNEL = 0x4000
REPORTS_S = (3.0, 8.0, 13.0)


@dataclass(frozen=True)
class Fate:
    """What a line does to packets, by their place in a stream: which it loses, and how long others wait."""

    lost: Callable[[int], bool] = lambda number: False
    waits_ms: Callable[[int], float] = lambda number: 0.0


LOSES = Fate(lost=lambda number: number % 100 < 3)
FATES: Mapping[str, Fate] = {
    LOSSY: LOSES,
    CONGESTED: Fate(lost=lambda number: number % 50 == 0, waits_ms=lambda number: abs(number % 60 - 30) * 10),
    QUEUED: Fate(waits_ms=lambda number: number % 3 * 3),
    # What comes behind three that are lost waits with them, until they are repeated.
    BLOCKED_LOSSY: Fate(waits_ms=lambda number: max(0, 150 - number % 100 * 20)),
}


def rtp_run(**changes: Any) -> RtpRun:
    """Return a run of RTP packets."""
    place = rows.talk(node=changes["node"], case=changes["case"]).model_dump(include={"file"})
    return RtpRun.model_validate({**place, "last_frame": changes["frame"] + 1, **changes})


def rtcp_report(**changes: Any) -> RtcpReport:
    """Return a sender's report."""
    place = rows.talk(node=changes["node"], case=changes["case"]).model_dump(include={"file"})
    return RtcpReport.model_validate({**place, **changes})


class Called(rows.CaseRows):
    """One call, written row by row."""

    def __init__(self, reading: Reading, call: Call, start_ns: int) -> None:
        super().__init__(call.name, reading.plan, reading.order.captures)
        self.reading, self.call, self.start_ns = reading, call, start_ns
        self.fate = FATES.get(call.name, Fate())
        self.transport, self.port = ("tcp", 443) if call.condition.udp_blocked else ("udp", 3478)
        self.places = self._places()
        self.known = _Known(reading, call, self.places)
        self.came = {medium.name: {way: self._stream(medium, way) for way in WAYS} for medium in call.media}
        for number, at_s in enumerate(REPORTS_S):
            self._reports(number, at_s)
        self._beside()

    def _places(self) -> list[Place]:
        """Return where the call's packets come by, from the client on."""
        world = self.reading.world
        forced = self.call.name == FORCED
        leaves = world.office(self.call.way.office) if forced else world.client(self.call.client)
        near = nearest_datacenter(world, leaves.place, "worldwide").name
        relay = host(self.call.relay or near, "relay")
        client = f"{self.call.client}-wg0" if forced else self.call.client
        office = [Place(gateway(self.call.way.office), True)] if forced else []
        meeting = Place(host(self.call.server, "media"), False)
        return [Place(client, True), *office, Place(relay, True), Place(relay, False), meeting]

    def _stream(self, medium: Medium, way: Way) -> list[Arrival]:
        """Add a stream at all places; return what came at its end."""
        places = self.places if way == "up" else self.places[::-1]
        step = round(medium.packet_ms * medium.clock_hz / 1000)
        packets = [
            Arrival(number, number * step, self.start_ns + round(number * medium.packet_ms * NS_PER_MS))
            for number in range(round(self.call.seconds * 1000 / medium.packet_ms))
        ]
        self._runs(medium, way, places[0], packets)
        for one, other in pairwise(places):
            near, far = (one, other) if way == "up" else (other, one)
            # The line is the client's: what it does is done between the client and whatever is next.
            at_line = near == self.places[0]
            packets = [
                each._replace(time_ns=each.time_ns + self._takes_ns(near, far, way, each, at_line=at_line))
                for each in packets
                if not (at_line and self.fate.lost(each.number))
            ]
            self._runs(medium, way, other, packets)
        return packets

    def _takes_ns(self, near: Place, far: Place, way: Way, packet: Arrival, *, at_line: bool) -> int:
        waits_ms = self.fate.waits_ms(packet.number) if at_line else 0.0
        return round((expected_ms(self.known, near, far, way) + waits_ms) * NS_PER_MS)

    def _runs(self, medium: Medium, way: Way, place: Place, packets: list[Arrival]) -> None:
        """Add a place's runs: one ends where a number is missing."""
        begin = 0
        for end in range(1, len(packets) + 1):
            if end == len(packets) or packets[end].number != packets[end - 1].number + 1:
                self._run(medium, way, place, packets[begin:end])
                begin = end

    def _run(self, medium: Medium, way: Way, place: Place, packets: list[Arrival]) -> None:
        node = self.call.client if way == "up" else host(self.call.server, "media")
        self.add(
            rtp_run,
            place.point,
            packets[0].time_ns,
            **self._ends(medium, way, place),
            dscp=medium.dscp,
            payload_type=medium.payload_type,
            ssrc=ssrc_of(self.call.name, medium.name, node),
            first=(FIRST + packets[0].number) % NUMBERS,
            timestamp=packets[0].timestamp,
            steps=tuple(b.timestamp - a.timestamp for a, b in pairwise(packets)),
            gaps_ns=tuple(b.time_ns - a.time_ns for a, b in pairwise(packets)),
            bytes=PAYLOAD_BYTES[medium.name] * len(packets),
        )

    def _ends(self, medium: Medium, way: Way, place: Place) -> dict[str, object]:
        """Return addresses and ports, as they are on the client's side of a relay, or behind it."""
        relay = self.places[-2].point
        ends = (self.ip(self.call.client), medium.port, self.ip(relay), self.port)
        if not place.in_channel:
            ends = (self.ip(relay), 49152, self.ip(host(self.call.server, "media")), 50000)
        src, src_port, dst, dst_port = ends if way == "up" else (*ends[2:], *ends[:2])
        carried = {
            "transport": self.transport if place.in_channel else "udp",
            "channel": CHANNEL if place.in_channel else None,
        }
        return {"src": src, "src_port": src_port, "dst": dst, "dst_port": dst_port, **carried}

    def _reports(self, number: int, at_s: float) -> None:
        """Add a report of each end on the other; the client's come first, and each answers the one before."""
        first, last = self.places[0], self.places[-1]
        at_ns = {"up": self.start_ns + round(at_s * NS_PER_S)}
        at_ns["down"] = at_ns["up"] + NS_PER_S
        for way in WAYS:
            other: Way = "down" if way == "up" else "up"
            left_ns = at_ns[way]
            takes_ns = {each: round(self._whole_ms(each) * NS_PER_MS) for each in WAYS}
            heard_ns = at_ns[other] if other == "up" else at_ns[other] - 5 * NS_PER_S
            known = way == "down" or number > 0
            block = self._block(other, left_ns, heard_ns if known else None, takes_ns[other])
            sender = self.call.client if way == "up" else host(self.call.server, "media")
            told = {
                "ssrc": ssrc_of(self.call.name, AUDIO.name, sender),
                "ntp": ((left_ns + NTP_AFTER_UNIX_S * NS_PER_S) << 32) // NS_PER_S,
                "rtp_timestamp": 0,
                "packets": 0,
                "bytes": 0,
                "reports": (block,),
            }
            ends = (first, last) if way == "up" else (last, first)
            for place, time_ns in zip(ends, (left_ns, left_ns + takes_ns[way]), strict=True):
                self.add(rtcp_report, place.point, time_ns, **self._ends(AUDIO, way, place), **told)

    def _whole_ms(self, way: Way) -> float:
        return expected_ms(self.known, self.places[0], self.places[-1], way)

    def _block(self, way: Way, left_ns: int, sent_ns: int | None, takes_ns: int) -> ReceptionReport:
        came = [each for each in self.came[AUDIO.name][way] if each.time_ns <= left_ns]
        jitter = jitters_ms(came, AUDIO.clock_hz)[-1]
        last_sr = waited = 0
        if sent_ns is not None:
            last_sr = (((sent_ns + NTP_AFTER_UNIX_S * NS_PER_S) << 16) // NS_PER_S) % 2**32
            waited = (left_ns - sent_ns - takes_ns) * 65536 // NS_PER_S
        return ReceptionReport(
            ssrc=ssrc_of(
                self.call.name,
                AUDIO.name,
                self.call.client if way == "up" else host(self.call.server, "media"),
            ),
            fraction_lost=0,
            lost=came[-1].number - came[0].number + 1 - len(came) - 1,  # as GStreamer counts
            highest=FIRST + came[-1].number,
            jitter=round(jitter * AUDIO.clock_hz / 1000),
            last_sr=last_sr,
            delay_since_sr=waited,
        )

    def _beside(self) -> None:
        """Add what else is on the line: others' bulk, questions that nobody answers, a connection."""
        own, relay = self.ip(self.call.client), self.ip(self.places[-2].point)
        if self.call.condition.busy:
            self.add(rows.burst, self.call.client, self.start_ns, bytes=4_000_000, last_time_ns=self.start_ns)
        if self.call.condition.udp_blocked:
            self.add(
                rows.talk, self.call.client, self.start_ns, src=own, dst=relay, protocol="udp/3478", packets=7
            )
            repeated = 9 if self.call.name == BLOCKED_LOSSY else 0
            ends = {"client": own, "server": relay, "retransmissions": repeated}
            self.add(rows.connection, self.call.client, self.start_ns, **ends)


class _Known(SeenCall):
    """A call whose places are known before it is seen."""

    def __init__(self, reading: Reading, call: Call, places: list[Place]) -> None:
        super().__init__(reading, call)
        self.__dict__ |= {"client": places[0], "relay": places[-2].point}


@cache
def made_up(world: World = WORLD) -> Reading:
    """Return a run in which everything is as it should be."""
    order = EXPERIMENT.plan_order(world, 1, 10.0, MediaOptions())
    plan = plan_network(world, order.selection)
    reading = Reading(order=order, world=world, plan=plan, journeys=(), observations=())
    found: list[Observation] = []
    for number, call in enumerate(order.calls):
        found += Called(reading, call, START_NS + number * 60 * NS_PER_S).rows
    return Reading(order=order, world=world, plan=plan, journeys=(), observations=tuple(found))
