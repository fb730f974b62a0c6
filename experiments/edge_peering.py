"""BGP does not know distances: who is handed off far away, and what a peering next door changes."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.edge_landing import Landed, Landings
from experiments.edge_sites import CLOUD, sites
from experiments.reading import Reading
from measurement.capture import CapturePoint
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from measurement.observation import Row, TcpConnection
from topologies.edge_parts import USUAL_PREFERENCE
from topologies.errors import WorldError
from topologies.handoff import landing
from topologies.hosts import border
from topologies.peering import Peering, pop_place
from topologies.plan import Plan, interface_at
from topologies.selection import Selection
from topologies.world import World


@dataclass(frozen=True)
class HandOff:
    """Where a provider hands a client's packets to a site: its router, and the site; the round trip in ms."""

    pop: str
    site: str
    rtt_ms: float


@dataclass(frozen=True)
class Mended:
    """A client that is handed off elsewhere once its provider peers where it did not."""

    client: str
    before: HandOff
    after: HandOff


def cure(world: World, selection: Selection) -> Peering:
    """Return how peering is mended.

    Every provider peers wherever it has a router at a site's place, and sites ask those that prefer one of
    several peering places to others to take it last. Raises WorldError if there is nothing to mend.
    """
    here = {world.site(name).place.point for name in sites(world)}
    opened, lowered = [], []
    for isp in (world.isp(name) for name in selection.isps):
        for pop in isp.pops:
            if pop.site is None and pop_place(world, pop).point in here:
                opened.append((isp.name, pop.name))
            elif pop.site is not None and pop.preference > USUAL_PREFERENCE:
                lowered.append((isp.name, pop.site))
    if not opened:
        raise WorldError(
            "isps: every router at the place of an edge or of a datacenter peers there, so that there is"
            " nothing to mend; right would be one without a site"
        )
    return Peering(opened=tuple(opened), lowered=tuple(lowered))


def mended(world: World, selection: Selection, plan: Plan, cured: Peering) -> list[Mended]:
    """Return the clients that are nearer by the cure, in the world's order; WorldError if there are none."""
    found = []
    for client in selection.clients:
        before, after = (_hand_off(world, selection, plan, client, each) for each in (Peering(), cured))
        if after.rtt_ms < before.rtt_ms:
            found.append(Mended(client, before, after))
    if not found:
        raise WorldError(
            "isps: nobody would be nearer if the routers without a peer had one; right would be a city whose"
            " provider has one next door"
        )
    return found


def _hand_off(world: World, selection: Selection, plan: Plan, client: str, peering: Peering) -> HandOff:
    found = landing(world, selection, plan, client, CLOUD, peering)
    return HandOff(found.exit, found.site, found.rtt_ms)


def points(plan: Plan, found: list[Mended]) -> tuple[CapturePoint, ...]:
    """Return where is captured what providers hand off: at their routers, towards the sites."""
    hand_offs = dict.fromkeys((each.pop, each.site) for one in found for each in (one.before, one.after))
    made = []
    for pop, site in hand_offs:
        (wire,) = plan.wires_between(pop, border(site))
        made.append(CapturePoint(name=_capture(pop, site), node=pop, interface=interface_at(wire, pop)))
    return tuple(made)


def _capture(pop: str, site: str) -> str:
    return f"{pop}-to-{site}"


def claims(reading: Reading, before: Landings, after: Landings, found: list[Mended]) -> list[Claim]:
    """Return what is claimed of a hand-off far away, and of its mending, as steps."""
    world = reading.world
    one = found[0]
    place = world.client(one.client).place.name
    far, near = (world.site(each.site).place.name for each in (one.before, one.after))
    return [
        Claim(
            f"BGP does not know distances: the provider of {place} hands off in {far}",
            f"connections from {place} leave the provider at {one.before.pop}, and end in {far}",
            lambda: _handed_off(reading, before, [(each.client, each.before) for each in found]),
        ),
        Claim(
            f"once the provider peers in {near}, it hands off there",
            f"they leave it at {one.after.pop}, and end in {near}; a round trip is that much shorter",
            lambda: _nearer(reading, before, after, found),
        ),
    ]


def _handed_off(reading: Reading, landings: Landings, expected: list[tuple[str, HandOff]]) -> Finding:
    by_client = {each.turn.client: each for each in landings.all}
    rows: list[Row] = []
    words = []
    for client, hand_off in expected:
        landed = by_client[client]
        seen = _seen(reading, landings, client, landed, hand_off)
        if landed.site != hand_off.site:
            raise Refuted(f"{client} landed at {landed.site}, not {hand_off.site}", seen, *landed.rows)
        words.append(f"{_place(reading, client)} at {hand_off.pop}, {landed.rtt_ms:.3f} ms")
        rows += [seen, *landed.rows]
    return Finding("; ".join(words), tuple(rows))


def _nearer(reading: Reading, before: Landings, after: Landings, found: list[Mended]) -> Finding:
    finding = _handed_off(reading, after, [(each.client, each.after) for each in found])
    then = {each.turn.client: each for each in before.all}
    for now in after.all:
        if now.turn.client in {each.client for each in found}:
            was = then[now.turn.client]
            if now.rtt_ms >= was.rtt_ms:
                words = f"{now.turn.client}: {was.rtt_ms:.3f} ms before, {now.rtt_ms:.3f} ms after"
                raise Refuted(words, *was.rows, *now.rows)
    return finding


def _seen(
    reading: Reading, landings: Landings, client: str, landed: Landed, hand_off: HandOff
) -> TcpConnection:
    """Return the client's connection as it leaves its provider."""
    evidence = reading.evidence(landings.survey.name)
    opened = landed.opened
    ends = {"client": opened.client, "client_port": opened.client_port, "server": opened.server}
    for row in evidence.at(_capture(hand_off.pop, hand_off.site), TcpConnection, **ends):
        return row
    raise Refuted(f"the connection of {client} did not leave its provider at {hand_off.pop}", *landed.rows)


def _place(reading: Reading, client: str) -> str:
    return reading.world.client(client).place.name
