"""Worlds that hypothesis makes up: datacenters, offices and clients anywhere, borders round places."""

from itertools import combinations

from hypothesis import strategies as st

from topologies.azure import regions
from topologies.check_servers import REQUIRED_ZONES
from topologies.load import load_world
from topologies.places import Place
from topologies.world import (
    Access,
    Border,
    Circuit,
    Client,
    Datacenter,
    Internet,
    Line,
    NameServer,
    Office,
    PathOverride,
    Resolver,
    Tenant,
    World,
)

places = st.builds(Place, name=st.text(), latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))
in_regions = st.sampled_from(sorted(regions()))
anywhere = in_regions | places

ARTICLE = load_world("article")


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """Return any valid line."""
    delay_ms = draw(st.floats(0, 1e6))
    return Line(
        delay_ms=delay_ms,
        jitter_ms=draw(st.floats(0, delay_ms)),
        loss_percent=draw(st.floats(0, 100)),
        rate_mbit=draw(st.none() | st.floats(0, 1e6, exclude_min=True)),
    )


def datacenter(number: int, site: str | Place, cloud: str = "worldwide") -> Datacenter:
    """Return the datacenter dc0, dc1 ... in a published region or at a place."""
    return Datacenter.model_validate(
        {
            "name": f"dc{number}",
            "cloud": cloud,
            "label": f"label{number}",
            "prefix": f"13.107.{100 + number}.0/27",
            "exchange": f"40.100.{number}.0/29",
            "sharepoint": f"40.108.{number}.0/30",
            "region" if isinstance(site, str) else "place": site,
        }
    )


@st.composite
def datacenters(
    draw: st.DrawFn,
    clouds: tuple[str, ...] = ("worldwide", "21vianet"),
    sites: st.SearchStrategy[str | Place] = anywhere,
    most: int = 10,
) -> list[Datacenter]:
    """Return some datacenters, in published regions or anywhere."""
    return [
        datacenter(number, site, draw(st.sampled_from(clouds)))
        for number, site in enumerate(draw(st.lists(sites, min_size=1, max_size=most)))
    ]


@st.composite
def overrides(draw: st.DrawFn, names: list[str]) -> tuple[PathOverride, ...]:
    """Return known round trips between some pairs of nodes."""
    pairs = st.sampled_from(list(combinations(names, 2)))
    return tuple(
        PathOverride(between=pair, rtt_ms=draw(st.floats(0, 1000)))
        for pair in draw(st.lists(pairs, max_size=3, unique=True))
    )


@st.composite
def borders(draw: st.DrawFn, parts: tuple[Datacenter | Resolver | Client, ...]) -> tuple[Border, ...]:
    """Return some borders, open and closed, each round some of the nodes' places."""
    at = {(part.place.latitude, part.place.longitude): part.name for part in parts}
    rounds = st.lists(st.sampled_from(sorted(at.values())), min_size=1, unique=True)
    return tuple(
        Border(
            name=f"border{number}",
            around=tuple(draw(rounds)),
            loss_percent=draw(st.floats(0, 100)),
            rate_mbit=draw(st.none() | st.floats(0, 1e6, exclude_min=True)),
            closed=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 3)))
    )


def servers_in(datacenters: list[Datacenter]) -> tuple[NameServer, ...]:
    """Return the article's name servers, each in its cloud's first datacenter; without one, if needed."""
    first: dict[str, str] = {}
    for each in datacenters:
        first.setdefault(each.cloud, each.name)
    found = []
    for server in ARTICLE.nameservers:
        if server.datacenter is not None:
            home = first.get(ARTICLE.datacenter(server.datacenter).cloud)
            if home is not None or set(REQUIRED_ZONES) & set(server.zones):
                found.append(server.model_copy(update={"datacenter": home or "dc0"}))
        elif server.anycast is None or server.anycast in first:
            found.append(server)
    return tuple(found)


@st.composite
def offices(draw: st.DrawFn) -> list[Office]:
    """Return none, one or both of the article's offices, anywhere; some let clients dial in, some do not."""
    return [
        office.model_copy(
            update={"place": draw(places), "tunnel": draw(st.sampled_from([None, office.tunnel]))}
        )
        for office in ARTICLE.offices[: draw(st.integers(0, len(ARTICLE.offices)))]
    ]


def people_in(offices: list[Office]) -> list[Client]:
    """Return a client inside each office, "clerk0" and so on."""
    return [
        Client(
            name=f"clerk{number}",
            place=office.place,
            resolver=office.resolver,
            tenant="tenant",
            prefix=next(office.prefix.subnets(new_prefix=29)),
            office=office.name,
        )
        for number, office in enumerate(offices)
    ]


def resolvers_for(offices: list[Office]) -> tuple[Resolver, ...]:
    """Return the article's resolvers; those of offices stand where the offices do."""
    places = {office.resolver: office.place for office in offices}
    return tuple(
        each.model_copy(update={"place": places.get(each.name, each.place)}) for each in ARTICLE.resolvers
    )


@st.composite
def circuits(draw: st.DrawFn, offices: list[Office]) -> tuple[Circuit, ...]:
    """Return a circuit of the first office, or none; it leads to Microsoft's edge anywhere."""
    if not offices or not draw(st.booleans()):
        return ()
    circuit = ARTICLE.circuits[0].model_copy(update={"office": offices[0].name, "peering": draw(places)})
    return (circuit.model_copy(update={"delay_ms": draw(st.floats(0, 1000))}),)


@st.composite
def worlds(draw: st.DrawFn, sites: st.SearchStrategy[list[Datacenter]] | None = None) -> World:
    """Return the article's world with other datacenters, another client and another Internet."""
    made_up = draw(datacenters(most=7) if sites is None else sites)
    client = Client(
        name="client",
        place=draw(places),
        resolver="isplis",
        tenant="tenant",
        access=Access(up=draw(lines()), down=draw(lines())),
        prefix=ARTICLE.client("traveller").prefix,
    )
    connected = draw(offices())
    clients = (client, *people_in(connected)[: draw(st.integers(0, len(connected)))])
    resolvers = resolvers_for(connected)
    servers = servers_in(made_up)
    homes = (made_up[0], draw(st.sampled_from(made_up)))
    tenants = tuple(
        Tenant(name=name, cloud=home.cloud, datacenter=home.name)
        for name, home in zip(("tenant", "other"), homes, strict=True)
    )
    placed: tuple[Datacenter | Resolver | Client, ...] = (*made_up, *resolvers, *clients)
    named = [part.name for part in placed] + [each.name for each in servers if each.anycast is None]
    return World(
        name="made-up",
        title=draw(st.text()),
        congestion=draw(st.sampled_from(["cubic", "bbr"])),
        internet=Internet(
            path_stretch=draw(st.floats(1, 10)),
            loss_percent=draw(st.floats(0, 100)),
            overrides=draw(overrides(named)),
            borders=draw(borders(placed)),
        ),
        clouds=ARTICLE.clouds,
        datacenters=tuple(made_up),
        tenants=tenants,
        offices=tuple(connected),
        circuits=draw(circuits(connected)),
        resolvers=resolvers,
        clients=clients,
        nameservers=servers,
    )
