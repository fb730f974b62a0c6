"""What is claimed of an Outlook session whose mailbox was in the region: another copy takes over."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from experiments.outage import NOTHING, NS_PER_S, REFUSED, Outage
from experiments.reading import Reading
from experiments.region_mail import MailSplit
from experiments.region_people import People
from experiments.region_works import LISTED, MOST_LISTED, SEND, subject
from experiments.spell import Spell
from measurement.evidence import Missing, Refuted
from measurement.judge import Claim, Finding
from measurement.work import Attempt

ACCEPTED = 202


@dataclass(frozen=True)
class MailClaims:
    """The claims of one Outlook session."""

    reading: Reading
    cast: People
    spell: Spell

    @cached_property
    def split(self) -> MailSplit:
        """The session, and where its time went."""
        return MailSplit(self.reading, self.cast, self.spell)

    @property
    def outage(self) -> Outage:
        """The session."""
        return self.split.outage

    def moved(self) -> Claim:
        """Claim that another copy becomes the active one, and the session goes on."""
        outage, place = self.outage, self.cast.region.name
        return Claim(
            f"{outage.client}'s connection ends at another datacenter, and stays; its mailbox was in {place}:"
            " another copy becomes the active one",
            "over the same connection, first nobody answers, then another copy that was up to date",
            self._moved,
        )

    def nothing_lost(self) -> Claim:
        """Claim that no send that was acknowledged is lost, and none is there twice."""
        return Claim(
            "no acknowledged message is lost, and none is there twice",
            "every number that was acknowledged is in the mailbox, once; what was not is sent again",
            self._nothing_lost,
        )

    def stays(self) -> Claim:
        """Claim that the active copy stays where it is when the region is back."""
        place = self.cast.region.name
        return Claim(
            f"{place} is back: its copy follows the active one, which stays where it is",
            "no request fails, and all are answered by the same copy as before",
            self._stays,
        )

    def acknowledged(self) -> set[int]:
        """Return the numbers of the sends that were acknowledged."""
        return {each.number for each in self._sends if each.status == ACCEPTED and not each.error}

    @cached_property
    def _sends(self) -> list[Attempt]:
        return [each for each in self.outage.told.attempts if each.name == SEND]

    def _moved(self) -> Finding:
        outage, split = self.outage, self.split
        parts, served = split.parts(), split.served
        first, last = outage.failed_ns, served.attempt.ended_ns
        until = [each for each in outage.uses if each.attempt.ended_ns <= last]
        between = [each for each in until if each.attempt.started_ns >= first and each is not served]
        ports = {each.attempt.local_port for each in until}
        shown = ", ".join(f"{part.name} {part.measured_ms / 1000:.3f}" for part in parts)
        text = (
            f"{split.total_ms / 1000:.3f} s without service ({shown}), {len(between)} requests refused, over"
            f" the same connection, then by {served.outcome}; at most {split.most_ms / 1000:.3f} expected"
        )
        rows = [row for part in parts for row in part.rows]
        odd = [each for each in between if each.outcome not in (REFUSED, NOTHING)]
        if served.outcome not in self.cast.tenant.copies[1:-1] or odd or len(ports) != 1:
            raise Refuted(f"{text}; {len(odd)} served in between, {len(ports)} connections", *rows)
        if split.total_ms > split.most_ms:
            raise Refuted(text, *rows)
        return Finding(text, tuple(rows))

    def _nothing_lost(self) -> Finding:
        listed = self._listed()
        pattern = re.compile(subject(self.spell.name, "([0-9]+)"))
        kept = Counter(int(found[1]) for found in map(pattern.fullmatch, _subjects(listed)) if found)
        acknowledged, sent = self.acknowledged(), {each.number for each in self._sends}
        lost, doubled = acknowledged - set(kept), [number for number, count in kept.items() if count > 1]
        again = sum(each.attempt > 1 for each in self._sends)
        text = (
            f"{len(sent)} numbers, {len(acknowledged)} acknowledged, {again} times sent again;"
            f" {len(kept)} in the mailbox: {len(lost)} lost, {len(doubled)} twice"
        )
        rows = (self.outage.answer(listed),)
        if lost or doubled or set(kept) - sent:
            raise Refuted(text, *rows)
        if sent - acknowledged:
            raise Refuted(f"{text}; {len(sent - acknowledged)} were never acknowledged", *rows)
        return Finding(text, rows)

    def _listed(self) -> Attempt:
        found = [each for each in self.outage.told.attempts if each.name == LISTED and each.is_good]
        if not found:
            raise Missing(f"{self.outage.client} has not listed what is in the mailbox")
        return found[-1]

    def _stays(self) -> Finding:
        outage = self.outage
        after = [each for each in outage.uses if each.attempt.started_ns >= outage.back_ns]
        odd = [each for each in after if each.outcome != self.split.served.outcome]
        text = f"{len(after)} requests, all answered by {self.split.served.outcome}"
        if odd:
            seconds = (odd[0].attempt.started_ns - outage.back_ns) / NS_PER_S
            raise Refuted(f"{seconds:.1f} s after it: {odd[0].outcome}", *odd[0].rows)
        return Finding(text, (*after[0].rows, *after[-1].rows))


def _subjects(listed: Attempt) -> list[str]:
    """Return the subjects of a listing; Missing if it may not have all."""
    value = json.loads(listed.body)["value"]
    if len(value) >= MOST_LISTED:
        raise Missing(f"{len(value)} messages are in the mailbox: there may be more than the listing has")
    return [message["Subject"] for message in value]
