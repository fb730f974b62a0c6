"""What is claimed of a region's failure, one thing after another, and of what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.common import paths_are_true
from experiments.outage import NS_PER_MS, NS_PER_S, Outage
from experiments.reading import Reading
from experiments.region_controls import lesser_failures
from experiments.region_dns_claims import DnsClaims
from experiments.region_mail_claims import MailClaims
from experiments.region_people import CLOUD, People, people
from experiments.region_spells import REGION, TTLS_S, ttl_name
from experiments.region_split import Split
from experiments.region_works import PORTAL, SHAREPOINT
from experiments.spell import Spell
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from measurement.observation import DnsAnswer, TcpBurst
from topologies.paths import one_way_ms

WAITED_S = 2.0  # before a slow line, at most


def steps(reading: Reading) -> list[Claim]:
    """Return what happens, one thing after another."""
    cast, spell = people(reading.world, CLOUD), reading.order.spell(REGION)
    page, site = (DnsClaims(Split(reading, cast, spell, work)) for work in (PORTAL, SHAREPOINT))
    mail, dark = MailClaims(reading, cast, spell), Darkened(reading, cast, spell)
    place = cast.region.name
    return [
        dark.before(),
        dark.silent(),
        page.noticed(),
        page.kept(),
        page.back(f"{cast.neighbour.name} is led to the next nearest datacenter, and the portal answers"),
        mail.moved(),
        mail.nothing_lost(),
        site.noticed(),
        site.back(
            f"{cast.downloader.name}'s download stops; it tries again, and again, and has it from"
            f" {cast.tenant.secondary}, where {place}'s sites were written to, too"
        ),
        page.returned(),
        site.returned(),
        mail.stays(),
    ]


def controls(reading: Reading) -> list[Claim]:
    """Return the controls: other times to live, lesser failures, none at all, and the measuring itself."""
    cast = people(reading.world, CLOUD)
    others = (reading.order.spell(ttl_name(ttl_s)) for ttl_s in TTLS_S)
    return [
        *(DnsClaims(Split(reading, cast, spell, PORTAL)).back(f"{PORTAL}: {spell.text}") for spell in others),
        *lesser_failures(reading, cast),
        paths_are_true(reading),
    ]


@dataclass(frozen=True)
class Darkened:
    """The region before it is dark, and while it is."""

    reading: Reading
    cast: People
    spell: Spell

    def before(self) -> Claim:
        """Claim that everybody is served by the region, however they reach it."""
        cast = self.cast
        names = ", ".join(f"{work.client} ({work.name})" for work in self.spell.works)
        return Claim(
            f"{cast.region.name} serves everybody: {names}",
            "every request until the failure is answered, and the answer is from there",
            self._before,
        )

    def silent(self) -> Claim:
        """Claim that nothing comes from the region while it is dark."""
        return Claim(
            f"{self.cast.region.name} goes dark: nothing comes from there any more",
            "no answer and no payload from its addresses in any capture outside, until it is back, but what"
            f" was on its way, or waited up to {WAITED_S:g} s before a slow line",
            self._silent,
        )

    def _outages(self) -> list[Outage]:
        return [Outage(self.reading, self.spell, work.name) for work in self.spell.works]

    def _before(self) -> Finding:
        words, rows = [], []
        for outage in self._outages():
            own = [each for each in outage.uses if each.attempt.ended_ns <= outage.failed_ns]
            odd = [each for each in own if each.outcome != self.cast.region.name]
            if odd or not own:
                told = odd[0].outcome if odd else "nothing"
                raise Refuted(f"{outage.client} ({outage.name}): {told}", *(odd[0].rows if odd else ()))
            words.append(f"{outage.client} ({outage.name}): {len(own)} requests")
            rows += [*own[0].rows, *own[-1].rows]
        return Finding(", ".join(words), tuple(rows))

    def _silent(self) -> Finding:
        outage = self._outages()[0]
        last = {node: rows[-1] for node, rows in self._heard(outage, until_ns=outage.failed_ns).items()}
        heard = self._heard(outage, until_ns=outage.back_ns)
        odd = [
            row
            for node, rows in heard.items()
            for row in rows
            if row.time_ns > outage.failed_ns + self._under_way_ns(node, row)
        ]
        dark_s = (outage.back_ns - outage.failed_ns) / NS_PER_S
        text = (
            f"last heard at {', '.join(sorted(last))}; then {len(odd)} packets with payload in {dark_s:g} s"
        )
        if odd or not last:
            raise Refuted(text, *odd)
        return Finding(text, tuple(last.values()))

    def _heard(self, outage: Outage, until_ns: int) -> dict[str, list[TcpBurst | DnsAnswer]]:
        """Return what was heard from the region in each capture outside until some time, in order."""
        inside = self._inside()
        found: dict[str, list[TcpBurst | DnsAnswer]] = {}
        for row in outage.evidence.rows:
            if (
                not isinstance(row, TcpBurst | DnsAnswer)
                or row.src not in inside
                or row.node in inside.values()
            ):
                continue
            if row.time_ns < until_ns:
                found.setdefault(row.node, []).append(row)
        for node, rows in found.items():
            outage.evidence.require_readable(node)
            rows.sort(key=lambda row: row.time_ns)
        return found

    def _inside(self) -> dict[str, str]:
        """Return the addresses of the region's hosts, and whose they are."""
        plan = self.reading.plan
        router = plan.node(f"{self.cast.region.name}-br")
        own = [node for node in plan.nodes if node.site == router.name]
        return {address: node.name for node in (router, *own) for address in node.addresses}

    def _under_way_ns(self, node: str, row: TcpBurst | DnsAnswer) -> int:
        """Return for how long something may have been on its way."""
        way_ms = one_way_ms(self.reading.plan, self._inside()[row.src], node)
        waited_ms = WAITED_S * 1000 if self._is_slow(node) else self.reading.order.tolerance_us / 1000
        return round((way_ms + waited_ms) * NS_PER_MS)

    def _is_slow(self, node: str) -> bool:
        """Say whether a node is a client on a line with a rate."""
        own = [each for each in self.reading.world.clients if each.name == node]
        return any(each.access.down.rate_mbit is not None for each in own)
