"""A call as captures show it: at which places a stream's packets came by, and what happened between two.

    client ── (office's gateway) ── relay │ relay ── the other side
             in a TURN channel            │  in the open

A source's number is the same at every place, so that a stream is found wherever it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from experiments.call import Call
from experiments.reading import Reading
from measurement.evidence import Evidence, Refuted
from measurement.media import Medium, ssrc_of
from measurement.media_targets import BURST_WINDOW_S, LOSS_WINDOW_S, PERCENTILE, Quality
from measurement.rows.rtp import RtpRun
from measurement.rtp_quality import NS_PER_MS, NS_PER_S, jitters_ms, reordered, worst_loss
from measurement.rtp_stream import RtpStream, stream_of
from topologies.hosts import gateway, host

Way = Literal["up", "down"]
WAYS: tuple[Way, Way] = ("up", "down")


class Place(NamedTuple):
    """Where a stream comes by: a capture, and whether it is in a TURN channel there."""

    point: str
    in_channel: bool


@dataclass(frozen=True)
class SeenCall:
    """One call of a run."""

    reading: Reading
    call: Call

    @cached_property
    def evidence(self) -> Evidence:
        """The call's rows."""
        return self.reading.evidence(self.call.name)

    @cached_property
    def client(self) -> Place:
        """Where the client's packets show: on its line, or inside its tunnel."""
        own = [point.name for point in self.reading.order.captures if point.node == self.call.client]
        return Place(self._where(own, in_channel=True), True)

    @cached_property
    def relay(self) -> str:
        """The relay that the call is led over: all have the same address."""
        relays = [host(name, "relay") for name in self.reading.order.selection.datacenters]
        captured = {point.name for point in self.reading.order.captures}
        return self._where([name for name in relays if name in captured], in_channel=True)

    @property
    def transport(self) -> str:
        """What carries the client's media to the relay."""
        return self.runs(self.client, self.call.media[0], "up")[0].transport

    @property
    def edge(self) -> Place:
        """The relay's side towards the client."""
        return Place(self.relay, True)

    @property
    def behind(self) -> Place:
        """The relay's side towards the other end."""
        return Place(self.relay, False)

    @property
    def peer(self) -> Place:
        """The other end."""
        return Place(self.meeting, False)

    @property
    def meeting(self) -> str:
        """The node at the other end."""
        return host(self.call.server, "media")

    @property
    def office(self) -> Place | None:
        """The line of the office that the call goes by; None where it goes by none."""
        if self.client.point == self.call.client:
            return None
        return Place(gateway(self.call.way.office), True)

    def runs(self, place: Place, medium: Medium, way: Way) -> list[RtpRun]:
        """Return a stream's packets at a place; raise Missing if the capture is not whole."""
        node = self.call.client if way == "up" else self.meeting
        ssrc = ssrc_of(self.call.name, medium.name, node)
        found = self.evidence.at(place.point, RtpRun, ssrc=ssrc)
        return [run for run in found if (run.channel is not None) is place.in_channel]

    def stream(self, near: Place, far: Place, medium: Medium, way: Way) -> RtpStream:
        """Return what passed from one place to the other; ``near`` is the one nearer to the client.

        Raises Refuted where nothing was sent, nothing came, or something came before it was sent.
        """
        first, last = (near, far) if way == "up" else (far, near)
        sent, came = self.runs(first, medium, way), self.runs(last, medium, way)
        if not sent or not came:
            where = last.point if sent else first.point
            raise Refuted(f"no {medium.name} ({way}) of {self.call.name} in the capture at {where}", *sent)
        found = stream_of(sent, came)
        if min(found.delays_ns, default=0) < 0:
            raise Refuted(f"{medium.name} ({way}) came to {last.point} before it was sent", *sent, *came)
        return found

    def quality(self, near: Place, far: Place, medium: Medium) -> Quality:
        """Return how a segment was: its worse direction, but for the round trip, which has both."""
        streams = [self.stream(near, far, medium, way) for way in WAYS]
        one_way_ms = [percentile_ms(stream.delays_ns) for stream in streams]
        return Quality(
            one_way_ms=max(one_way_ms),
            rtt_ms=sum(one_way_ms),
            burst_loss_percent=100 * max(_lost_within(stream, BURST_WINDOW_S) for stream in streams),
            loss_percent=100 * max(_lost_within(stream, LOSS_WINDOW_S) for stream in streams),
            jitter_ms=max(max(jitters_ms(stream.came, medium.clock_hz)) for stream in streams),
            reorder_percent=100 * max(reordered(stream.came) / len(stream.came) for stream in streams),
        )

    def shown(self, near: Place, far: Place, medium: Medium) -> tuple[RtpRun, ...]:
        """Return the rows that show a medium at both ends of a segment."""
        return tuple(run for way in WAYS for place in (near, far) for run in self.runs(place, medium, way))

    def _where(self, points: list[str], *, in_channel: bool) -> str:
        """Return the one capture, of some, that has the client's first medium."""
        found = [point for point in points if self.runs(Place(point, in_channel), self.call.media[0], "up")]
        if len(found) != 1:
            seen = " and ".join(found) or "none"
            raise Refuted(f"media of {self.call.name} is in {seen} of the captures at {', '.join(points)}")
        return found[0]


def calls(reading: Reading) -> list[SeenCall]:
    """Return a run's calls."""
    return [SeenCall(reading, call) for call in reading.order.calls]


def seen_call(reading: Reading, name: str) -> SeenCall:
    """Return a call by its name; KeyError if there is none."""
    return SeenCall(reading, reading.order.call(name))


def percentile_ms(delays_ns: list[int], percent: int = PERCENTILE) -> float:
    """Return what so many percent of the delays are not above (the nearest rank)."""
    ordered = sorted(delays_ns)
    return ordered[-(-len(ordered) * percent // 100) - 1] / NS_PER_MS


def _lost_within(stream: RtpStream, window_s: float) -> float:
    return worst_loss(stream.passed, round(window_s * NS_PER_S))
