"""Claims about a visit, in words that an experiment of one's own needs: where it lands, and how soon."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.order import Case
from experiments.own import WrongExperiment
from experiments.reading import Reading
from experiments.vpn_use import EXCHANGE, MEDIA, PORTAL, SHAREPOINT, Use, use_of
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from topologies.nearest import hint

CALLED = {PORTAL: "the portal", EXCHANGE: "Exchange", SHAREPOINT: "its site", MEDIA: "a media relay"}
ALIKE = 0.01  # of the longer one: as exactly as arithmetic gives a first byte (experiments/vpn_exact.py)


@dataclass(frozen=True)
class Visited:
    """A case in which a client used services once each, and what its packets show."""

    reading: Reading
    name: str

    @property
    def case(self) -> Case:
        """The case; WrongExperiment, with the nearest name, if the run has none of that name."""
        try:
            return self.reading.case(self.name)
        except KeyError:
            known = [case.name for case in self.reading.order.cases]
            raise WrongExperiment(f'the run has no case "{self.name}"; {hint(self.name, known)}') from None

    def use(self, service: str) -> Use:
        """Return what became of a service; raises Missing or Refuted where packets do not show it."""
        return use_of(self.reading, self.case, service)

    def lands(self, service: str, datacenter: str) -> Claim:
        """Claim that a service is reached in a datacenter; WorldError if there is none of that name."""
        place = self.reading.world.datacenter(datacenter).place.name
        return Claim(
            f"{self.case.text}, and reaches {_called(service)} in {place}",
            f"a server in {datacenter} ({place}) has its packets",
            lambda: self._landed(service, datacenter),
        )

    def is_slower(self, service: str, *, than: Visited, by_ms: float) -> Claim:
        """Claim that a service's first byte takes longer than in another case, by some milliseconds or more.

        It is counted from the first packet of the connection.
        """
        return Claim(
            f"{self.case.text}, and waits longer for {_called(service)} than where {than.case.text}",
            f"{by_ms:g} ms or more from the connection's first packet to the answer's",
            lambda: self._compared(service, than, least_ms=by_ms),
        )

    def is_as_fast(self, service: str, *, as_in: Visited) -> Claim:
        """Claim that a service's first byte takes as long as in another case."""
        return Claim(
            f"{self.case.text}, and waits for {_called(service)} as long as where {as_in.case.text}",
            f"the times from the connection's first packet to the answer's differ by {ALIKE:.0%} at most",
            lambda: self._compared(service, as_in, least_ms=None),
        )

    def _landed(self, service: str, datacenter: str) -> Finding:
        use = self.use(service)
        text = (
            f"{use.server} ({use.datacenter.place.name}) saw {use.case.client} as {use.seen_as}; round trip"
            f" {use.rtt_ms:.3f} ms, first byte after {use.first_byte_ms:.3f} ms"
        )
        if use.datacenter.name != datacenter:
            raise Refuted(text, *use.rows)
        return Finding(text, use.rows)

    def _compared(self, service: str, other: Visited, least_ms: float | None) -> Finding:
        """Compare first bytes: this one at least so much later, or both alike where no time is given."""
        own, theirs = self.use(service), other.use(service)
        more_ms = own.first_byte_ms - theirs.first_byte_ms
        text = (
            f"{own.first_byte_ms:.3f} ms, to {own.server}; {theirs.first_byte_ms:.3f} ms where"
            f" {other.case.text}, to {theirs.server}: {more_ms:+.3f} ms"
        )
        rows = (*own.rows, *theirs.rows)
        alike = abs(more_ms) <= ALIKE * max(own.first_byte_ms, theirs.first_byte_ms)
        if not (alike if least_ms is None else more_ms >= least_ms):
            raise Refuted(text, *rows)
        return Finding(text, rows)


def _called(service: str) -> str:
    """Return what a service is called; WrongExperiment, with the nearest name, if there is none such."""
    if service not in CALLED:
        raise WrongExperiment(f'there is no service "{service}"; {hint(service, CALLED)}')
    return CALLED[service]
