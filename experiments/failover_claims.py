"""What is claimed of a cut, from the places where the stream was captured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from experiments.cut_stream import US_PER_MS, CutStream, version_on_its_way
from experiments.streaming import NS_PER_MS, on_its_way, require_delay
from measurement.evidence import Missing, Refuted
from measurement.judge import Claim, Finding, together
from measurement.observation import DatagramRun, IcmpEcho
from measurement.observers.datagrams import JUMP_US

SEES_MS = 1.0  # a switch sees a cut within this time; what comes before is lost
FIRST_US = 250.0  # so much longer one takes at most that finds switches at work, or is the first on a way
CLOSE_US = 100.0  # delays that are so close are told as one
# What an update waits for: the word of the cut, the new paths, their confirmation, and the edge. And each
# look at the clock moves it, of controller and switches.
MESSAGES, LOOKS_MS = 4, 10.0
BEFORE_CUT, AFTER_CUT, RECOMPUTED, MENDED = range(2, 10, 2)  # the numbers of the echoes


@dataclass(frozen=True)
class Failover(CutStream):
    """What is claimed of one exercise."""

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
                f"{link} is cut: lost is what is on that link, and what comes before {place.near} sees it",
                f"{len(self.on_the_link(self._slack_ms))} packets at most: those that entered in the last"
                f" {place.one_way_ms([place.trunk]):.3f} ms before it; and those of {SEES_MS:g} ms after",
                self._lost_what_was_on_the_link,
            ),
            Claim(
                f"{place.near} sends the next packet another way by itself",
                f"the first that comes {SEES_MS:g} ms after the cut at the latest, tagged; {detour} one way;"
                f" the controller hears {self.reading.order.control_delay_ms:g} ms after the cut",
                self._leaves_another_way,
            ),
            Claim(
                "the controller moves the stream to the shortest way without the link",
                f"{without} one way, tagged as on its way; nothing lost or doubled on the way there, and"
                " overtaken only what a shorter way explains",
                self._recomputed,
            ),
            Claim(
                "the link is mended, and the stream returns to it",
                f"{way} one way, over {link}; nothing lost or doubled, and overtaken only what a shorter way"
                " explains",
                self._returned,
            ),
        ]

    def again(self) -> Claim:
        """Return steps 2 and 3 for a stream so fast that a switch's own reaction shows."""
        on_it = len(self.on_the_link(self._slack_ms))
        return Claim(
            f"the same cut under a packet every {self.watched.stream.interval_us} us",
            f"lost are the {on_it} on the link at most, and what comes within {SEES_MS:g} ms after the cut;"
            " the next one leaves another way",
            lambda: together(self._lost_what_was_on_the_link(), self._leaves_another_way()),
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

    @property
    def _slack_ms(self) -> float:
        return self.reading.order.tolerance_us / US_PER_MS

    @property
    def _unseen(self) -> int:
        """How many can come before a switch has seen a cut."""
        return int(SEES_MS / self.interval_ms)

    def _ways(self) -> Iterator[list[int]]:
        yield from (self.place.way, self.place.detour, self.place.without)

    def _took(self, run: DatagramRun, trunks: list[int], next_to: list[int] | None = None) -> None:
        """A run took a way; where it is a new one, the way before or after may be in the same run.

        That is so where the other one is hardly longer.
        """
        way_ms, tolerance_us = self.place.one_way_ms(trunks), self.reading.order.tolerance_us
        if next_to is None:
            require_delay(run, way_ms, tolerance_us)
            return
        other_ms = self.place.one_way_ms(next_to)
        alike = abs(way_ms - other_ms) * US_PER_MS <= JUMP_US
        require_delay(run, way_ms, tolerance_us, other_ms if alike else None, FIRST_US)

    def _on_its_way(self) -> Finding:
        watched, place = self.watched, self.place
        until = self.on_the_link(self._slack_ms).start
        run, over = watched.run_of(0), watched.run_of(0, self.link_port)
        self._took(run, place.way)
        self.version()
        for each in (run, over):
            if each.last < until - 1:
                raise Refuted(f"datagram {each.last + 1} did not follow at {each.node}", each)
        echo = self._echo(BEFORE_CUT, place.rtt_ms(place.way))
        return Finding(f"{_one_way(run)}; {on_its_way(over)}" + _rtt(echo), (run, over, *echo))

    def _lost_what_was_on_the_link(self) -> Finding:
        """Lost is all that was on the link, and else only what came while the switch had not seen the cut."""
        watched, lost = self.watched, self.lost_in_the_cut()
        surely, perhaps = self.on_the_link(-self._slack_ms), self.on_the_link(self._slack_ms)
        if not surely and not lost:
            raise Missing("nothing was on the link when it was cut: it is shorter than from packet to packet")
        if not lost:
            raise Refuted("nothing was lost: nothing was on the link, or it was not cut", *watched.arrived())
        allowed = range(perhaps.start, perhaps.stop + self._unseen)
        if not set(surely) <= set(lost) <= set(allowed):
            raise Refuted(f"{len(lost)} were lost, {lost[0]} to {lost[-1]}", *watched.arrived())
        self.require_lost_at_the_cut(lost)
        around = [watched.run_of(each) for each in (lost[0] - 1, lost[-1] + 1) if each >= 0]
        numbers = f"numbers {lost[0]} to {lost[-1]}"
        text = f"{len(lost)} were lost, {numbers}; {len(perhaps)} may have been on the link"
        return Finding(text, (watched.sent(), *around))

    def _leaves_another_way(self) -> Finding:
        watched, place = self.watched, self.place
        lost, after = set(self.lost_in_the_cut()), self.on_the_link(0.0).stop
        first = next(number for number in count(after) if number not in lost)
        run = self.left_around(first)
        if run.first != first:
            raise Refuted(f"the first other one is {run.first}, {on_its_way(run)}", run)
        # A capture at a port sees a packet when its delay is over.
        left_ns = run.time_ns - place.exit.delay_ms / 2 * NS_PER_MS
        after_ms = (left_ns - watched.at_ns(self.cut_ms)) / NS_PER_MS
        if not 0 <= after_ms <= SEES_MS + self.interval_ms:
            raise Refuted(f"left {after_ms:.3f} ms after the cut", run)
        if after_ms >= self.reading.order.control_delay_ms:
            raise Missing(f"left {after_ms:.3f} ms after the cut: by then the controller may have heard")
        arrived = watched.run_of(first)
        self._took(arrived, place.detour, place.without)
        text = f"left {after_ms:.3f} ms after the cut, {on_its_way(run)}; {_one_way(arrived)}"
        echo = self._echo_around()
        return Finding(text + _rtt(echo), (run, arrived, *echo))

    def _echo_around(self) -> tuple[IcmpEcho, ...]:
        """Return the echo that meets the cut; none where its reply may find the controller's new paths."""
        place = self.place
        expected_ms = (place.rtt_ms(place.detour) + place.rtt_ms(place.detour_back)) / 2
        sent_ms = [each.at_ms for each in self.exercise.echoes[AFTER_CUT - 1 : AFTER_CUT]]
        in_force_ms = self.cut_ms + MESSAGES * self.reading.order.control_delay_ms
        if not sent_ms or sent_ms[0] + expected_ms > in_force_ms:
            return ()
        return self._echo(AFTER_CUT, expected_ms)

    def _recomputed(self) -> Finding:
        """The last one before the link is mended takes the new way, and no group sent it there."""
        watched, place = self.watched, self.place
        number = watched.number_at(self.mended_ms - self.interval_ms)
        found = self._moved_to(place.without, RECOMPUTED, number)
        at_exit = [each for each in watched.runs(self.exit_port) if each.first <= number <= each.last]
        if self.place.detour[place.way.index(place.trunk)] not in place.without:
            if at_exit:
                raise Refuted(f"{on_its_way(at_exit[0])}, still at {self.exit_port}", *at_exit)
            return found
        run = watched.run_of(number, self.exit_port)
        if version_on_its_way(run) in (None, self.version()):
            raise Refuted(f"{on_its_way(run)}, not on a way that is new", run)
        return Finding(f"{found.observed}; {on_its_way(run)}", (*found.rows, run))

    def _returned(self) -> Finding:
        """The last one of all is on the link again."""
        watched, last = self.watched, self.watched.stream.count - 1
        found = self._moved_to(self.place.way, MENDED, last)
        over = watched.run_of(last, self.link_port)
        if version_on_its_way(over) is None:
            raise Refuted(f"{on_its_way(over)} on the link", over)
        return Finding(f"{found.observed}; {on_its_way(over)}", (*found.rows, over))

    def _moved_to(self, trunks: list[int], echo: int, number: int) -> Finding:
        """A datagram takes its new way; none was lost or doubled between the last event and the next."""
        watched, place = self.watched, self.place
        run = watched.run_of(number)
        mended = watched.number_at(self.mended_ms)
        is_back = number >= mended
        before = place.without if is_back else place.detour
        self._took(run, trunks, before)
        first = mended if is_back else self.on_the_link(self._slack_ms).stop + self._unseen
        until = watched.stream.count if is_back else mended
        doubled = [each for each in watched.doubled() if first <= each < until]
        lost = [each for each in watched.lost() if first <= each < until]
        late = watched.late([each for each in watched.arrived() if each.last >= first and each.first < until])
        explained = self._overtaken(before, trunks)
        text = f"{len(lost)} lost, {len(doubled)} doubled, {late} overtaken where {explained} can be"
        if lost or doubled or late > explained:
            raise Refuted(text, *watched.arrived())
        found = self._echo(echo, place.rtt_ms(trunks))
        return Finding(f"{_one_way(run)}{_rtt(found)}; {text}", (run, *found))

    def _overtaken(self, before: list[int], after: list[int]) -> int:
        """Return how many can be overtaken where a way becomes shorter."""
        shorter_ms = self.place.one_way_ms(before) - self.place.one_way_ms(after)
        return int(shorter_ms // self.interval_ms) + 1 if shorter_ms > self._slack_ms else 0

    def _whole(self) -> Finding:
        watched = self.watched
        lost, doubled, late = watched.lost(), watched.doubled(), watched.late()
        runs, over = watched.arrived(), watched.runs(self.link_port)
        if lost or doubled or late:
            raise Refuted(f"{len(lost)} lost, {len(doubled)} doubled, {late} overtaken", *runs)
        for run in runs:
            self._took(run, self.place.way, self.place.way)
        astray = self.astray()
        if astray or sum(run.datagrams for run in over) != watched.stream.count:
            raise Refuted("something of the stream left its way", *astray, *over)
        return Finding(f"{watched.stream.count} arrived in order, {_one_way(runs[0])}", (*runs, *over))

    def _back_after(self, waits_ms: float) -> Finding:
        watched, lost = self.watched, self.lost_in_the_cut()
        if not lost:
            raise Refuted("nothing was lost", *watched.arrived())
        run = watched.run_of(lost[-1] + 1)
        text = f"{len(lost)} were lost, numbers {lost[0]} to {lost[-1]}"
        if lost[0] not in self.on_the_link(self._slack_ms) or len(lost) != lost[-1] - lost[0] + 1:
            raise Refuted(f"{text}: not all from the cut on", *watched.arrived())
        self.require_lost_at_the_cut(lost)
        sent_ms = watched.stream.start_ms + (lost[-1] + 1) * self.interval_ms
        after_ms = sent_ms - self.cut_ms
        text = f"went on {after_ms:.1f} ms after the cut; {text}"
        if not -self.interval_ms <= after_ms - waits_ms <= self.interval_ms + LOOKS_MS:
            raise Refuted(text, run)
        self._took(run, self.place.without, self.place.way)
        return Finding(text, (run,))

    def _echo(self, number: int, expected_ms: float) -> tuple[IcmpEcho, ...]:
        """Return the echo of that number with its round trip checked; none where the exercise has none."""
        if not self.exercise.echoes:
            return ()
        stream, reading = self.watched.stream, self.reading
        ends = {"src": reading.address(stream.source), "dst": reading.address(stream.target)}
        for row in reading.evidence(self.exercise.name).at(stream.source, IcmpEcho, seq=number, **ends):
            if row.rtt_us is None:
                raise Refuted(f"echo {number} was not answered", row)
            if abs(row.rtt_us - expected_ms * US_PER_MS) > reading.order.tolerance_us:
                raise Refuted(f"a round trip of {row.rtt_us / US_PER_MS:.3f} ms, not {expected_ms:.3f}", row)
            return (row,)
        raise Missing(f"echo {number} is not in the capture at {stream.source}")


def _one_way(run: DatagramRun) -> str:
    least, most = (f"{us / US_PER_MS:.3f}" for us in (run.least_delay_us, run.most_delay_us))
    return (
        f"{least if run.most_delay_us - run.least_delay_us < CLOSE_US else f'{least} to {most}'} ms one way"
    )


def _rtt(echo: tuple[IcmpEcho, ...]) -> str:
    return "".join(f", round trip {(each.rtt_us or 0) / US_PER_MS:.3f} ms" for each in echo)
