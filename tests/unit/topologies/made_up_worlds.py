"""Worlds that hypothesis makes up: datacenters anywhere, clients behind any line, some known times."""

from itertools import combinations

from hypothesis import strategies as st

from topologies.azure import regions
from topologies.load import load_world
from topologies.places import Place
from topologies.world import (
    Access,
    Client,
    Datacenter,
    Internet,
    Line,
    NameServer,
    PathOverride,
    Resolver,
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
            "prefix": f"13.107.6.{16 * number}/28",
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
    servers = [
        server.model_copy(update={"datacenter": "dc0"} if server.datacenter else {})
        for server in ARTICLE.nameservers
    ]
    tenant = ARTICLE.tenants[0].model_copy(
        update={"name": "tenant", "cloud": made_up[0].cloud, "datacenter": "dc0"}
    )
    parts: tuple[Datacenter | Resolver | Client | NameServer, ...] = (
        *made_up,
        *ARTICLE.resolvers,
        client,
        *servers,
    )
    known = draw(overrides([part.name for part in parts]))
    return World(
        name="made-up",
        title=draw(st.text()),
        internet=Internet(path_stretch=draw(st.floats(1, 10)), overrides=known),
        clouds=ARTICLE.clouds,
        datacenters=tuple(made_up),
        tenants=(tenant,),
        resolvers=ARTICLE.resolvers,
        clients=(client,),
        nameservers=tuple(servers),
    )
