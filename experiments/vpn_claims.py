"""What is claimed of a VPN: the article's steps through a tunnel, and the rules that the models show."""

from __future__ import annotations

from experiments.landing import Landing
from experiments.people import home_of, nearest
from experiments.reading import Reading
from experiments.vpn_use import EXCHANGE, MEDIA, SHAREPOINT, Use, use_of
from measurement import check
from measurement.check_tunnel import handshaken_wireguard, only_tunnel
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding, together
from topologies.hosts import gateway
from topologies.internet import internet_rtt_ms
from topologies.world import Datacenter, Office

CLOUD = "worldwide"


def steps(reading: Reading, landing: Landing, office: Office) -> list[Claim]:
    """Return the article's five steps through the tunnel to an office."""
    client, resolver = landing.client, reading.world.resolver(landing.resolver)
    addresses = ", ".join(landing.server_ips)
    return [
        Claim(
            f"{client} asks the office's DNS server for {landing.name}, through the tunnel",
            f"a question inside the tunnel, which {resolver.name} in {resolver.place.name} gets; on the line"
            f" of {client} nothing but WireGuard",
            lambda: together(landing.client_asks_its_resolver(), _nothing_in_clear(reading, landing, office)),
        ),
        Claim(
            "that server asks Microsoft's DNS servers",
            f"questions from {resolver.name}, the last for {landing.steered}",
            landing.resolver_asks_microsoft,
        ),
        Claim(
            "Microsoft answers with a regional server name, by the place of the office's DNS server",
            f"{landing.steered} is an alias of {landing.regional}, nearest to {resolver.place.name}",
            landing.microsoft_names_the_region,
        ),
        Claim(
            "asked for the regional name, Microsoft gives the regional datacenter's addresses",
            f"{landing.regional} is {addresses}, and the client is told so",
            landing.resolver_learns_the_address,
        ),
        Claim(
            "the client connects to the datacenter nearest to the office, through the tunnel",
            f"inside the tunnel at {client}, and in clear behind {gateway(office.name)}: TCP and TLS to"
            f" {landing.server} ({landing.expected.place.name})",
            lambda: _at_both_ends(reading, landing, office),
        ),
    ]


def without(reading: Reading, case: str) -> Claim:
    """Claim where the client lands without a VPN."""
    here = nearest(reading.world, reading.world.resolver(reading.case(case).resolver), CLOUD)
    return Claim(
        "the same client without a VPN",
        f"lands in {here.name} ({here.place.name}), from its own line",
        lambda: Landing(reading, case, here, "exchange").landed(only=False),
    )


def next_door(reading: Reading, case: str, far: str, none: str) -> Claim:
    """Claim that the harm is the office's distance, not the tunnel."""
    office = reading.world.office(reading.case(case).way.office)
    near = nearest(reading.world, reading.world.resolver(office.resolver), CLOUD)

    def nearby() -> Finding:
        landed = Landing(reading, case, near, "exchange").landed(only=False)
        next_to, away, own = (use_of(reading, reading.case(name), EXCHANGE) for name in (case, far, none))
        text = (
            f"{landed.observed}; Exchange's first byte after {next_to.first_byte_ms:.1f} ms"
            f" ({away.first_byte_ms:.1f} through the office far away, {own.first_byte_ms:.1f} without a VPN)"
        )
        rows = (*landed.rows, *next_to.rows)
        if next_to.rtt_ms - own.rtt_ms > (away.rtt_ms - own.rtt_ms) / 2:
            raise Refuted(text, *rows)
        return Finding(text, rows)

    return Claim(
        f"an office next door, in {office.place.name}",
        f"lands in {near.name} ({near.place.name}), and more than half of the penalty is gone",
        nearby,
    )


def exceptions_alone(reading: Reading, case: str) -> Claim:
    """Claim that an exception by prefix moves the way, and not the front door."""
    near = nearest(reading.world, reading.world.resolver(reading.case(case).resolver), CLOUD)
    return Claim(
        "Exchange's prefixes go past the tunnel, and the office's DNS server answers",
        f"the client goes there from its own line, but still to {near.name} ({near.place.name})",
        lambda: _used(reading, case, EXCHANGE, near, reading.case(case).client),
    )


def exceptions_and_dns(reading: Reading, case: str) -> Claim:
    """Claim that with split DNS the front door moves, too."""
    client = reading.world.client(reading.case(case).client)
    here = nearest(reading.world, reading.world.resolver(client.resolver), CLOUD)
    return Claim(
        "the same, and names of the service are asked for at the client's own DNS server (split DNS)",
        f"lands in {here.name} ({here.place.name}), from its own line: as without a VPN",
        lambda: _used(reading, case, EXCHANGE, here, client.name),
    )


def address_and_way_out(reading: Reading, case: str, matched: str, none: str) -> Claim:
    """Claim what it costs if DNS answers for one place, and packets leave at another."""
    described = reading.case(case)
    client, office = reading.world.client(described.client), reading.world.office(described.way.office)
    here = nearest(reading.world, reading.world.resolver(described.resolver), CLOUD)

    def detour() -> Finding:
        found = _used(reading, case, EXCHANGE, here, gateway(office.name))
        out_and_back = use_of(reading, described, EXCHANGE)
        right, own = (use_of(reading, reading.case(name), EXCHANGE) for name in (matched, none))
        text = (
            f"{found.observed}: {out_and_back.rtt_ms:.1f} ms there and back, {right.rtt_ms:.1f} to the"
            f" address that the office's DNS server gives, {own.rtt_ms:.1f} without a VPN"
        )
        if out_and_back.rtt_ms <= max(right.rtt_ms, own.rtt_ms):
            raise Refuted(text, *found.rows)
        return Finding(text, found.rows)

    return Claim(
        "the client's own DNS server answers, and packets leave at the office",
        f"a front door near {client.place.name} by way of {office.place.name}: the address that DNS gives has"
        " to match the way out",
        detour,
    )


def by_tenant(reading: Reading) -> Claim:
    """Claim that SharePoint is where the tenant's data is, in every case."""
    home = home_of(reading.world, reading.world.client(reading.order.cases[0].client))
    return Claim(
        "SharePoint, in each of the ways",
        f"always {home.name} ({home.place.name}), the tenant's: only the way there changes",
        lambda: together(
            *(
                _used(reading, case.name, SHAREPOINT, home, use_of(reading, case, SHAREPOINT).way.way_out)
                for case in reading.order.cases
            )
        ),
    )


def by_way_out(reading: Reading) -> Claim:
    """Claim that media is where packets leave: no name is asked for, and the prefix is anycast."""

    def relays() -> Finding:
        return together(*(_media(reading, use_of(reading, case, MEDIA)) for case in reading.order.cases))

    return Claim(
        "media, in each of the ways",
        "always the relay nearest to where packets leave: no DNS server has a part in it (anycast)",
        relays,
    )


def _nothing_in_clear(reading: Reading, landing: Landing, office: Office) -> Finding:
    ends = reading.address(landing.client), reading.address(gateway(office.name))
    seen = only_tunnel(landing.evidence, landing.client, client=ends[0], concentrator=ends[1])
    hands = handshaken_wireguard(landing.evidence, landing.client, initiator=ends[0], responder=ends[1])
    text = f"on its line {seen.packets} messages of WireGuard to {ends[1]}, and nothing else"
    return Finding(text, (hands, seen))


def _at_both_ends(reading: Reading, landing: Landing, office: Office) -> Finding:
    connects = landing.client_connects_there(only=False)
    concentrator = gateway(office.name)
    fetch = landing.first_fetch()
    seen_as = reading.passage(landing.case, fetch.server_ip).arrives_as
    clear = check.connected(landing.evidence, concentrator, client=seen_as, server=fetch.server_ip, port=443)
    tls = check.handshaken(landing.evidence, concentrator, connection=clear, name=landing.name)
    hidden = _nothing_in_clear(reading, landing, office)
    text = f"{hidden.observed}; {concentrator} sent it on as {seen_as}, TLS in clear sight there"
    return together(connects, Finding(text, (clear, tls, *hidden.rows)))


def _used(reading: Reading, case: str, service: str, expected: Datacenter, way_out: str) -> Finding:
    """Return that a service's front door is in a datacenter, and packets leave at a node."""
    use = use_of(reading, reading.case(case), service)
    left = reading.plan.node_at(use.seen_as)
    leaves = left.name if left is not None else use.seen_as
    text = f"{case}: {use.server} ({use.datacenter.place.name}), seen as {use.seen_as} ({leaves})"
    if use.datacenter.name != expected.name or leaves != way_out:
        raise Refuted(text, *use.rows)
    return Finding(text, use.rows)


def _media(reading: Reading, use: Use) -> Finding:
    left = reading.plan.node_at(use.seen_as)
    place = reading.world.place_of((left.name if left else use.seen_as).removesuffix("-gw"))
    there = reading.world.datacenters_of(CLOUD)
    near = min(there, key=lambda each: internet_rtt_ms(reading.world, place, each.place))
    text = f"{use.case.name}: {use.server}, seen as {use.seen_as} ({place.name})"
    if use.datacenter.name != near.name:
        raise Refuted(text, *use.rows)
    return Finding(text, use.rows)
