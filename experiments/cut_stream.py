"""A stream over a link that is cut and mended: which datagrams met the cut, and by which tags others left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor

from controllers import tags
from experiments.cut_place import Place
from experiments.exercise import Cut, Exercise, Mend
from experiments.reading import Reading
from experiments.streaming import Watched, on_its_way
from measurement.evidence import Refuted
from measurement.observation import DatagramRun
from topologies.plan import interface_at, other_end

US_PER_MS = 1000


@dataclass(frozen=True)
class CutStream:
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
    def link_port(self) -> str:
        """The capture where the stream goes onto the link."""
        return interface_at(self.place.link, self.place.near)

    @property
    def exit_port(self) -> str:
        """The capture where it leaves instead; what leads around may lead back, where it came from."""
        return interface_at(self.place.exit, self.place.near)

    def on_the_link(self, slack_ms: float) -> range:
        """Return the numbers of those on the link when it is cut, give or take a slack.

        A positive slack gives those that may be on it, a negative one those that surely are.
        """
        place, stream = self.place, self.watched.stream
        before = place.way[: place.way.index(place.trunk)]
        cut_ms = self.cut_ms - place.one_way_ms(before) - stream.start_ms
        first = ceil((cut_ms - place.one_way_ms([place.trunk]) - slack_ms) / self.interval_ms)
        last = floor((cut_ms + slack_ms) / self.interval_ms)
        return range(max(0, first), max(0, min(last, stream.count - 1) + 1))

    def lost_in_the_cut(self) -> list[int]:
        """Return the numbers that never arrived, of those that were sent before the link was mended."""
        mended = self.watched.number_at(self.mended_ms)
        return [number for number in self.watched.lost() if number < mended]

    def require_lost_at_the_cut(self, lost: Iterable[int]) -> None:
        """Raise Refuted unless some came to the switch before the link, and none to the one behind it."""
        place, gone = self.place, set(lost)
        came = self.watched.runs(interface_at(place.entrance, place.near))
        if not_come := gone - numbers_of(came):
            raise Refuted(f"{len(not_come)} of those lost never came to {place.near}", *came)
        far = other_end(place.link, place.near)
        crossed = self.watched.runs(far.interface)
        if over := gone & numbers_of(crossed):
            raise Refuted(f"{len(over)} of those lost had crossed the link to {far.node}", *crossed)

    def version(self) -> int:
        """Return the version of the paths before the cut, as the stream's tag on the link says it."""
        over = self.watched.run_of(0, self.link_port)
        found = version_on_its_way(over)
        if found is None:
            raise Refuted(f"{on_its_way(over)} on the link", over)
        return found

    def astray(self) -> list[DatagramRun]:
        """Return the runs at the switch before the link that are off the way: by their port, or their tag."""
        runs = self.watched.runs(self.link_port)
        leaving = self.watched.runs(self.exit_port)
        if self.exit_port != interface_at(self.place.entrance, self.place.near):
            return [*leaving, *(run for run in runs if version_on_its_way(run) is None)]
        return [run for run in (*leaving, *runs) if version_on_its_way(run) is None]

    def left_around(self, number: int) -> DatagramRun:
        """Return the run that left around the cut with a datagram: by that port, with a tag that says so."""
        version = self.version()
        expected = (tags.around(version, self.place.trunk), tags.past(version))
        runs = self.watched.runs(self.exit_port)
        found = [run for run in runs if run.first <= number <= run.last]
        for run in found:
            if run.tag in expected:
                return run
        told = ", ".join(on_its_way(run) for run in found) or "it was not seen there"
        raise Refuted(f"datagram {number} at {self.exit_port}: {told}", *found)


def numbers_of(runs: Iterable[DatagramRun]) -> set[int]:
    """Return all numbers that runs have."""
    return {number for run in runs for number in run.numbers}


def version_on_its_way(run: DatagramRun) -> int | None:
    """Return the version by which a run is on its shortest way; None if it is not, or has no tag."""
    return next((each for each in tags.VERSIONS if run.tag == tags.on_its_way(each)), None)
