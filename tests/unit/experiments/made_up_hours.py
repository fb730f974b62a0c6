"""A tunnel's hours that never were: rows as WireGuard's timers make them, each timer a little late."""

from __future__ import annotations

from functools import cache
from typing import Any

from experiments.exercise import FIRST_PORT, Exercise, Stream
from experiments.hours import KEEPALIVE, REKEY, RESTART, ROAM, SILENCE
from experiments.reading import Reading
from experiments.vpn_hours import EVENT_MS, EXPERIMENT, HoursOptions
from measurement.observation import DatagramRun
from tests.unit.measurement import path_rows, rows
from tests.unit.measurement.captures import START_NS
from topologies.load import load_world
from topologies.planning import plan_network
from topologies.world import World

WORLD = load_world("article")
NS_PER_S = 1_000_000_000
LATE = 1.02  # how late timers are
AGE_S, PATIENCE_S = 120, 15.9
HOUR_NS = 3600 * NS_PER_S


def datagrams(**changes: Any) -> DatagramRun:
    """Return a run of numbered datagrams."""
    place = rows.talk(node=changes["node"], case=changes["case"]).model_dump(include={"file"})
    values = {"src": "10.1.1.2", "dst": "100.64.2.2", "dscp": 0, "tag": None, "last_frame": 9}
    values |= {"least_delay_us": 0.0, "most_delay_us": 0.0, "last_time_ns": changes["time_ns"]}
    return DatagramRun.model_validate({**place, **values, **changes})


class Lived(rows.CaseRows):
    """One exercise, written row by row; times are in seconds since it began."""

    def __init__(self, reading: Reading, exercise: Exercise, start_ns: int) -> None:
        super().__init__(exercise.name, reading.plan, reading.order.captures)
        self.exercise, self.start_ns = exercise, start_ns
        self.client, office = exercise.client, reading.world.office(exercise.way.office)
        self.far, self.resolver = f"{office.name}-gw", office.resolver
        self.own, self.other = self.ip(self.client), self.ip(self.far)
        self.rtt_s = (self.way_ns(self.client, self.far) + self.way_ns(self.far, self.client)) / NS_PER_S
        self._sent: dict[tuple[str, str], int] = {}
        self._sessions = 0
        {
            REKEY: self._steady,
            SILENCE: self._silence,
            KEEPALIVE: self._alive,
            RESTART: self._restart,
            ROAM: self._roam,
        }[exercise.name]()
        for (src, dst), packets in self._sent.items():
            self.add(
                rows.talk, self.client, start_ns, src=src, dst=dst, protocol="udp/51820", packets=packets
            )

    def at_ns(self, seconds: float) -> int:
        """Return a time in nanoseconds."""
        return self.start_ns + round(seconds * NS_PER_S)

    def shakes(self, at_s: float) -> None:
        """Add a handshake of the client that is answered."""
        self._sessions += 1
        ends = {"initiator": self.own, "responder": self.other, "sender": self._sessions}
        self.add(path_rows.tunnel_handshake, self.client, self.at_ns(at_s), **ends)
        self._count(self.own, self.other, 1)
        self._count(self.other, self.own, 1)

    def flows(self, src: str, begin_s: float, end_s: float, packets: int, keepalives: int = 0) -> None:
        """Add what was sent in the session, from the client or to it."""
        own = self.own if src == self.other else src
        dst = own if src == self.other else self.other
        sent = {"packets": packets, "keepalives": keepalives, "receiver": self._sessions}
        times = {"last_time_ns": self.at_ns(end_s)}
        self.add(path_rows.flow, self.client, self.at_ns(begin_s), src=src, dst=dst, **sent, **times)
        self._count(src, dst, packets)

    def _count(self, src: str, dst: str, packets: int) -> None:
        self._sent[src, dst] = self._sent.get((src, dst), 0) + packets

    def stream(self, number: int, lost: range = range(0)) -> None:
        """Add a stream at both of its ends; some of its datagrams never arrive."""
        described = self.exercise.streams[number]
        whole = range(described.count)
        self._datagrams(number, described, described.source, whole)
        before, after = range(lost.start or described.count), range(lost.stop, described.count)
        for each in (before, after) if lost else (whole,):
            self._datagrams(number, described, described.target, each)

    def _datagrams(self, number: int, stream: Stream, node: str, numbers: range) -> None:
        at = f"{node}-wg0" if node == self.client else node
        sent_s = (stream.start_ms + numbers.start * stream.interval_us / 1000) / 1000
        values = {"dst_port": FIRST_PORT + number, "first": numbers.start, "last": numbers.stop - 1}
        self.add(datagrams, at, self.at_ns(sent_s), **values)

    def _steady(self) -> None:
        count = self.exercise.streams[0].count
        begin = 0
        while begin < count:
            end = min(begin + AGE_S + 1, count)
            self.shakes(begin)
            self.flows(self.own, begin + self.rtt_s, end, end - begin)
            empty = int((end - begin) / (10 * LATE + 1))
            self.flows(self.other, begin + 11, end, empty, empty)
            begin = end
        self.stream(0)

    def _silence(self) -> None:
        for number, stream in enumerate(self.exercise.streams):
            begin = stream.start_ms / 1000
            self.shakes(begin)
            self.flows(self.own, begin + self.rtt_s, begin + self.rtt_s, 1)
            self.stream(number)
            if number == 0:
                heard = begin + self.rtt_s + 10 * LATE
                self.flows(self.other, heard, heard, 1, 1)

    def _alive(self) -> None:
        every_s = max(event.every_s for event in self.exercise.events if event.do == "keep alive")
        until = self.exercise.streams[1].start_ms / 1000
        self.shakes(0.0)
        begin, packets, empty, now = 0.0, 1, 0, every_s * LATE
        while now < until:
            packets, empty = packets + 1, empty + 1
            if now - begin >= AGE_S:
                self.flows(self.own, begin + self.rtt_s, now, packets, empty)
                self.shakes(now)
                begin, packets, empty = now, 1, 1
            now += every_s * LATE
        self.flows(self.own, begin + self.rtt_s, until, packets + 1, empty)
        for number in (0, 1):
            self.stream(number)

    def _restart(self) -> None:
        event_s = EVENT_MS / 1000
        anew_s = event_s + PATIENCE_S
        self.shakes(0.0)
        self.flows(self.own, self.rtt_s, anew_s, 458)
        self.flows(self.other, 1.1, event_s, 290)
        self.shakes(anew_s)
        self.flows(self.own, anew_s + self.rtt_s, 90, 440)
        self.flows(self.other, anew_s + self.rtt_s, 90, 450)
        self.stream(0, range(300, 460))
        self.stream(1, range(290, 449))

    def _roam(self) -> None:
        event_s = EVENT_MS / 1000
        new = str(next(event.address for event in self.exercise.events if event.do == "renumber"))
        self.shakes(0.0)
        self.flows(self.own, self.rtt_s, event_s, 300)
        self.flows(self.other, 1.1, event_s, 290)
        old, self.own = self.own, new
        self.flows(new, event_s, 90, 600)
        self.flows(self.other, event_s + self.rtt_s, 90, 600)
        self.own = old
        self.stream(0)
        self.stream(1, range(289, 291))


@cache
def made_up_hours(world: World = WORLD, **chosen: Any) -> Reading:
    """Return the whole run, with some options."""
    order = EXPERIMENT.plan_order(world, 1, 10.0, HoursOptions(**chosen))
    empty = Reading(order, world, plan_network(world, order.selection, 1), (), ())
    found = [
        row
        for number, exercise in enumerate(order.exercises)
        for row in Lived(empty, exercise, START_NS + number * 20 * HOUR_NS).rows
    ]
    return Reading(order, world, empty.plan, (), tuple(found))
