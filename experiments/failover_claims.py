"""What is claimed of a cut, from the places where the stream was captured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from controllers import tags
from experiments.cut_place import Place
from experiments.exercise import Cut, Exercise, Mend
from experiments.reading import Reading
from experiments.streaming import NS_PER_MS, Watched, on_its_way, require_delay
from measurement.evidence import Missing, Refuted
from measurement.judge import Claim, Finding, together
from measurement.observation import DatagramRun, IcmpEcho
from topologies.plan import interface_at

SOONEST_MS = 1.0  # the first packet after a cut leaves within this time
US_PER_MS = 1000
# What an update waits for: the word of the cut, the new paths, their confirmation, and the edge.
MESSAGES = 4
BEFORE_CUT, AFTER_CUT, RECOMPUTED, MENDED = range(2, 10, 2)  # the numbers of the echoes


@dataclass(frozen=True)
class Failover:
    """One exercise of a run, and the place of the cut."""

    reading: Reading
    exercise: Exercise
    place: Place

    @property
    def watched(self) -> Watched:
        """The exercise's stream."""
        return Watched(self.reading, self.exercise)

    @property
    def cut_ms(self) -> float:
        """When the link is cut, in the exercise's time."""
        return next(event.at_ms for event in self.exercise.events if isinstance(event, Cut))

    @property
    def mended_ms(self) -> float:
        """When the link is mended."""
        return next(event.at_ms for event in self.exercise.events if isinstance(event, Mend))

    @property
    def interval_ms(self) -> float:
        """The time between two datagrams."""
        return self.watched.stream.interval_us / US_PER_MS

    @property
    def end_ms(self) -> float:
        """When the last datagram leaves."""
        stream = self.watched.stream
        return stream.start_ms + (stream.count - 1) * self.interval_ms

    def steps(self) -> list[Claim]:
        """Return the five steps."""
        place = self.place
        link = f"{place.link.a.node} - {place.link.b.node}"
        way, detour, without = (f"{place.one_way_ms(each):.3f} ms" for each in self._ways())
        return [
            Claim(
                "the stream takes the shortest way",
                f"{way} one way, over {link}, tagged as on its way",
                self._on_its_way,
            ),
            Claim(
                f"{link} is cut: what is on that link is lost, and nothing else",
                f"{len(self._in_flight())} packets at most: those that entered in the last"
                f" {place.one_way_ms([place.trunk]):.3f} ms before the cut",
                self._lost_what_was_in_flight,
            ),
            Claim(
                f"{place.near} sends the next packet another way by itself",
                f"within {SOONEST_MS:g} ms, tagged; then {detour} one way; the controller hears"
                f" {self.reading.order.control_delay_ms:g} ms after the cut",
                self._leaves_another_way,
            ),
            Claim(
                "the controller moves the stream to the shortest way without the link",
                f"{without} one way; nothing is lost, doubled or overtaken on the way there",
                lambda: self._moved_to(self.place.without, RECOMPUTED, self.mended_ms - self.interval_ms),
            ),
            Claim(
                "the link is mended, and the stream returns to it",
                f"{way} one way; nothing lost or doubled, and overtaken only what the shorter way explains",
                self._returned,
            ),
        ]

    def again(self) -> Claim:
        """Return steps 2 and 3 for a stream so fast that a switch's own reaction shows."""
        return Claim(
            f"the same cut under a packet every {self.watched.stream.interval_us} us",
            f"lost are the {len(self._in_flight())} on the link at most, and what came before the switch had"
            f" seen the cut; the first one that is not leaves within {SOONEST_MS:g} ms",
            lambda: together(self._lost_what_was_in_flight(SOONEST_MS), self._leaves_another_way()),
        )

    def nothing_happens(self, text: str) -> Claim:
        """Return the claim that a stream arrives whole, by its own way."""
        return Claim(text, f"all {self.watched.stream.count} arrive, in order", self._whole)

    def heals_alone(self) -> Claim:
        """Return the claim that without groups service is back when the controller has acted."""
        waits = MESSAGES * self.reading.order.control_delay_ms
        return Claim(
            "the same cut without groups: the controller alone",
            f"the stream goes on {waits:.1f} ms after the cut: {MESSAGES} messages between switches and"
            f" controller, each {self.reading.order.control_delay_ms:g} ms",
            lambda: self._back_after(waits),
        )

    def _ways(self) -> Iterator[list[int]]:
        yield from (self.place.way, self.place.detour, self.place.without)

    def _on_its_way(self) -> Finding:
        watched = self.watched
        run = watched.run_of(0)
        require_delay(run, self.place.one_way_ms(self.place.way), self.reading.order.tolerance_us)
        over = watched.run_of(0, interface_at(self.place.link, self.place.near))
        if not _is_on_its_way(over):
            raise Refuted(f"{on_its_way(over)} on the link", over)
        return Finding(f"{run.least_delay_us / US_PER_MS:.3f} ms; {on_its_way(over)}", (run, over))

    def _in_flight(self) -> range:
        """Return the numbers of those that may be on the link when it is cut, to the tolerance."""
        place, slack_ms = self.place, self.reading.order.tolerance_us / US_PER_MS
        before = place.way[: place.way.index(place.trunk)]
        cut_ms = self.cut_ms - place.one_way_ms(before) - self.watched.stream.start_ms
        first = -int(-(cut_ms - place.one_way_ms([place.trunk]) - slack_ms) // self.interval_ms)
        return range(max(0, first), int((cut_ms + slack_ms) // self.interval_ms) + 1)

    def _lost_what_was_in_flight(self, reaction_ms: float = 0.0) -> Finding:
        """Nothing is lost but what was on the link, and what came while the switch had not yet reacted."""
        watched, on_it = self.watched, self._in_flight()
        allowed = range(on_it.start, on_it.stop + int(reaction_ms / self.interval_ms))
        lost = [number for number in watched.lost() if number < watched.number_at(self.mended_ms)]
        if not lost:
            raise Refuted("nothing was lost: nothing was on the link, or it was not cut", *watched.arrived())
        if not set(lost) <= set(allowed):
            raise Refuted(f"{len(lost)} were lost, {lost[0]} to {lost[-1]}", *watched.arrived())
        before, after = watched.run_of(lost[0] - 1), watched.run_of(lost[-1] + 1)
        text = (
            f"{len(lost)} were lost, numbers {lost[0]} to {lost[-1]}; {len(on_it)} may have been on the link"
        )
        return Finding(text, (watched.sent(), before, after))

    def _leaves_another_way(self) -> Finding:
        watched, place = self.watched, self.place
        first = max((n for n in watched.lost() if n < watched.number_at(self.mended_ms)), default=-1) + 1
        run = watched.run_of(first, interface_at(place.exit, place.near))
        if run.first != first or run.tag is None or _is_on_its_way(run):
            raise Refuted(f"the first other one is {run.first}, {on_its_way(run)}", run)
        # A capture at a port sees a packet when its delay is over.
        left_ns = run.time_ns - place.exit.delay_ms / 2 * NS_PER_MS
        after_ms = (left_ns - watched.at_ns(self.cut_ms)) / NS_PER_MS
        if not 0 <= after_ms <= SOONEST_MS:
            raise Refuted(f"left {after_ms:.3f} ms after the cut", run)
        arrived = watched.run_of(first)
        require_delay(arrived, place.one_way_ms(place.detour), self.reading.order.tolerance_us)
        one_way_ms = arrived.least_delay_us / US_PER_MS
        text = f"left {after_ms:.3f} ms after the cut, {on_its_way(run)}; {one_way_ms:.3f} ms"
        echo = self._echo(AFTER_CUT, (place.rtt_ms(place.detour) + place.rtt_ms(place.detour_back)) / 2)
        return Finding(text + _rtt(echo), (run, arrived, *echo))

    def _moved_to(self, trunks: list[int], echo: int, at_ms: float) -> Finding:
        watched, place = self.watched, self.place
        run = watched.run_of(watched.number_at(at_ms))
        require_delay(run, place.one_way_ms(trunks), self.reading.order.tolerance_us)
        doubled = watched.doubled()
        if doubled:
            raise Refuted(f"{len(doubled)} arrived twice, the first of them {doubled[0]}", *watched.arrived())
        found = self._echo(echo, place.rtt_ms(trunks))
        text = f"{run.least_delay_us / US_PER_MS:.3f} ms one way"
        return Finding(text + _rtt(found), (run, *found))

    def _returned(self) -> Finding:
        watched, place = self.watched, self.place
        back = self._moved_to(place.way, MENDED, self.end_ms)
        mended = watched.number_at(self.mended_ms)
        lost = [number for number in watched.lost() if number >= mended]
        shorter_ms = place.one_way_ms(place.without) - place.one_way_ms(place.way)
        explained = int(shorter_ms // self.interval_ms) + 1
        late = watched.late([run for run in watched.arrived() if run.last >= mended])
        if lost or late > explained:
            raise Refuted(f"{len(lost)} were lost, {late} were overtaken", *watched.arrived())
        text = f"{back.observed}; none lost, {late} overtaken where {explained} can be"
        return Finding(text, back.rows)

    def _whole(self) -> Finding:
        watched = self.watched
        lost, doubled, late = watched.lost(), watched.doubled(), watched.late()
        runs = watched.arrived()
        if lost or doubled or late:
            raise Refuted(f"{len(lost)} lost, {len(doubled)} doubled, {late} overtaken", *runs)
        for run in runs:
            require_delay(run, self.place.one_way_ms(self.place.way), self.reading.order.tolerance_us)
        if watched.runs(interface_at(self.place.exit, self.place.near)):
            raise Refuted("something of the stream left its way", *runs)
        return Finding(
            f"{watched.stream.count} arrived in order, {runs[0].least_delay_us / US_PER_MS:.3f} ms",
            tuple(runs),
        )

    def _back_after(self, waits_ms: float) -> Finding:
        watched = self.watched
        lost = [number for number in watched.lost() if number < watched.number_at(self.mended_ms)]
        if not lost:
            raise Refuted("nothing was lost", *watched.arrived())
        run = watched.run_of(lost[-1] + 1)
        sent_ms = self.watched.stream.start_ms + (lost[-1] + 1) * self.interval_ms
        after_ms = sent_ms - self.cut_ms
        if abs(after_ms - waits_ms) > self.interval_ms + SOONEST_MS:
            raise Refuted(f"went on {after_ms:.1f} ms after the cut; {len(lost)} were lost", run)
        return Finding(f"went on {after_ms:.1f} ms after the cut; {len(lost)} were lost", (run,))

    def _echo(self, number: int, expected_ms: float) -> tuple[IcmpEcho, ...]:
        """Return the echo of that number with its round trip checked; none where the exercise has none."""
        if not self.exercise.echoes:
            return ()
        source = self.watched.stream.source
        for row in self.reading.evidence(self.exercise.name).at(source, IcmpEcho, seq=number):
            if row.rtt_us is None:
                raise Refuted(f"echo {number} was not answered", row)
            if abs(row.rtt_us - expected_ms * US_PER_MS) > self.reading.order.tolerance_us:
                raise Refuted(f"a round trip of {row.rtt_us / US_PER_MS:.3f} ms, not {expected_ms:.3f}", row)
            return (row,)
        raise Missing(f"echo {number} is not in the capture at {source}")


def _is_on_its_way(run: DatagramRun) -> bool:
    return run.tag in [tags.on_its_way(version) for version in tags.VERSIONS]


def _rtt(echo: tuple[IcmpEcho, ...]) -> str:
    return "".join(f", round trip {(each.rtt_us or 0) / US_PER_MS:.3f} ms" for each in echo)
