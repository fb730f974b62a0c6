"""A long day: a region goes dark for a night, and comes back, while people work now and then."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.given_failures import first_failure
from experiments.outage import NS_PER_S, Outage, first_rows
from experiments.reading import Reading
from experiments.region_people import CLOUD, People, people
from experiments.region_split import LOOKUP_S
from experiments.region_works import CONNECT_MS, PORTAL, RETRY_MS, portal, sharepoint
from experiments.spell import Dark, Light, Spell
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from measurement.work import Work
from topologies.errors import WorldError
from topologies.health import Health
from topologies.names import lever, service
from topologies.selection import Selection
from topologies.steering import Answers
from topologies.world import World

DAY = "day"
MS_PER_S, MS_PER_HOUR = 1000, 3_600_000
PORTAL_MS, DOWNLOAD_MS = 60_000, 1_800_000
DARK_HOURS = (1, 7)  # of 24: as many parts of a shorter day
HEALTH = Health()  # what Traffic Manager does if nothing is set; names keep their own times to live


def day(world: World, cast: People, hours: int) -> Spell:
    """Return a day of so many hours, with its night."""
    place, length_ms = cast.region.name, hours * MS_PER_HOUR
    failed_ms, back_ms = _night(world, length_ms)
    works = portal(cast.neighbour, CLOUD, length_ms), sharepoint(world, cast.downloader, length_ms)
    paces_ms = PORTAL_MS, DOWNLOAD_MS
    seldom = (work.model_copy(update={"interval_ms": ms}) for work, ms in zip(works, paces_ms, strict=True))
    return Spell(
        name=DAY,
        text=f"{place} is dark for {(back_ms - failed_ms) / MS_PER_HOUR:g} of {hours} hours",
        works=tuple(seldom),
        events=(Dark(at_ms=failed_ms, place=place), Light(at_ms=back_ms, place=place)),
        answers=Answers(health=HEALTH),
    )


def _night(world: World, length_ms: int) -> tuple[float, float]:
    """Return when the region is dark: as the world announces it, or else for six hours of each 24.

    Raises WorldError if it begins before somebody has come, or ends when nobody comes any more.
    """
    number, failure = first_failure(world, of_link=False)
    if failure is None:
        failed_ms, back_ms = (length_ms * hour / 24 + MS_PER_S / 2 for hour in DARK_HOURS)
        return failed_ms, back_ms
    first_s, last_s = DOWNLOAD_MS / MS_PER_S, (length_ms - 2 * DOWNLOAD_MS) / MS_PER_S
    if failure.until_s is None or not first_s < failure.at_s < failure.until_s <= last_s:
        raise WorldError(
            f"failures[{number}]: is not within the day, with some time before and after; right would be"
            f" at_s after {first_s:g} and until_s up to {last_s:g}"
        )
    return failure.at_s * MS_PER_S, failure.until_s * MS_PER_S


def narrowed(world: World, cast: People, selection: Selection) -> Selection:
    """Return what a day needs of a selection: each endpoint is probed some thousand times.

    Of the datacenters those where the region's clients are led, and those with name servers. All of them are
    needed where a world gives the backbone's links, for these join whole clouds.
    """
    if world.given_links(cast.tenant.cloud):
        return selection
    led = (cast.region.name, cast.tenant.secondary)
    servers = (world.nameserver(name).datacenter for name in selection.nameservers)
    needed = {*led, *servers}
    return selection.model_copy(
        update={"datacenters": tuple(name for name in selection.datacenters if name in needed)}
    )


def steps(reading: Reading) -> list[Claim]:
    """Return what the day shows of each client."""
    cast, spell = people(reading.world, CLOUD), reading.order.spell(DAY)
    return [claim for work in spell.works for claim in Long(reading, cast, spell, work).claims()]


@dataclass(frozen=True)
class Long:
    """One client's day."""

    reading: Reading
    cast: People
    spell: Spell
    work: Work

    def claims(self) -> list[Claim]:
        """Return what is claimed of it, in the order of time."""
        name, place = f"{self.work.client} ({self.work.name})", self.cast.region.name
        return [
            Claim(
                f"{name}: {place} goes dark, and another datacenter answers",
                f"without service for {self.most_s:.0f} s at the most",
                self._led_away,
            ),
            Claim(
                f"{name}: {place} is back",
                f"it answers again within {self.most_back_s:.0f} s; nothing fails on the way",
                self._led_back,
            ),
        ]

    @property
    def outage(self) -> Outage:
        """The client's work."""
        return Outage(self.reading, self.spell, self.work.name)

    @property
    def kept_s(self) -> int:
        """For how long a resolver keeps the answer that leads to a datacenter, in whole seconds."""
        names = service("portal" if self.work.name == PORTAL else "sharepoint", CLOUD)
        timed = names.steered or names.aliases[lever(names)]
        return timed.ttl_s + 1

    @property
    def most_s(self) -> float:
        """For how long the client is without service at the most, from the failure on.

        A download that nobody answers is tried again soon; a request for the portal is made at its time.
        """
        asks_ms = self.work.interval_ms if not self.work.in_turn else CONNECT_MS + RETRY_MS
        begins_ms = self.work.interval_ms if self.work.in_turn else 0
        return HEALTH.slowest_s + self.kept_s + LOOKUP_S + (asks_ms + begins_ms) / MS_PER_S + self._whole_s

    @property
    def most_back_s(self) -> float:
        """After which time the region answers again, at the most."""
        return HEALTH.interval_s + self.kept_s + LOOKUP_S + self.work.interval_ms / MS_PER_S + self._whole_s

    @property
    def _whole_s(self) -> float:
        """How long a request takes, at the most."""
        took_ns = (use.attempt.ended_ns - use.attempt.started_ns for use in self.outage.uses if use.is_good)
        return max(took_ns, default=0) / NS_PER_S

    def _led_away(self) -> Finding:
        outage, place = self.outage, self.cast.region.name
        before = [each for each in outage.uses if each.attempt.ended_ns < outage.failed_ns]
        served = outage.first_good_after(outage.failed_ns)
        gap_s = (served.attempt.ended_ns - outage.failed_ns) / NS_PER_S
        dark = [e for e in outage.uses if served.attempt.started_ns <= e.attempt.started_ns < outage.back_ns]
        text = (
            f"{len(before)} requests served by {place}; no service for {gap_s:.1f} s; {len(dark)} requests"
            f" while it was dark, served by {served.outcome}"
        )
        odd = [each for each in before if each.outcome != place]
        odd += [each for each in dark if each.outcome != served.outcome]
        if odd or not before or not dark or gap_s > self.most_s:
            raise Refuted(text, *served.rows, *first_rows(odd))
        return Finding(text, (*before[-1].rows, *served.rows, *dark[-1].rows))

    def _led_back(self) -> Finding:
        outage, place = self.outage, self.cast.region.name
        after = [each for each in outage.uses if each.attempt.started_ns >= outage.back_ns]
        home = next((each for each in after if each.outcome == place), None)
        failed = [each for each in after if not each.is_good]
        if home is None or failed:
            raise Refuted(f"{len(failed)} of {len(after)} requests failed", *first_rows(failed or after))
        took_s = (home.attempt.ended_ns - outage.back_ns) / NS_PER_S
        rest = [each for each in after if each.attempt.started_ns >= home.attempt.started_ns]
        odd = [each for each in rest if each.outcome != place]
        text = f"by {place} {took_s:.1f} s after it; then {len(rest)} requests, all served by it"
        if odd or took_s > self.most_back_s:
            raise Refuted(text, *home.rows, *first_rows(odd))
        return Finding(text, (*home.rows, *rest[-1].rows))
