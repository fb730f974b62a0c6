"""Worlds that hypothesis makes up: datacenters anywhere, clients behind any line."""

from hypothesis import strategies as st

from topologies.azure import regions
from topologies.load import load_world
from topologies.places import Place
from topologies.world import Access, Client, Datacenter, Internet, Line, World

places = st.builds(Place, name=st.text(), latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))


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


@st.composite
def datacenters(draw: st.DrawFn, clouds: tuple[str, ...] = ("worldwide", "21vianet")) -> list[Datacenter]:
    """Return up to ten datacenters, in published regions or anywhere."""
    sites = draw(st.lists(st.sampled_from(sorted(regions())) | places, min_size=1, max_size=10))
    return [
        Datacenter.model_validate(
            {
                "name": f"dc{number}",
                "cloud": draw(st.sampled_from(clouds)),
                "label": f"label{number}",
                "prefix": f"13.107.6.{16 * number}/28",
                "region" if isinstance(site, str) else "place": site,
            }
        )
        for number, site in enumerate(sites)
    ]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Return the article's world with other datacenters, another client and another Internet."""
    article = load_world("article")
    made_up = draw(datacenters())
    client = Client(
        name="client",
        place=draw(places),
        resolver="isplis",
        tenant="tenant",
        access=Access(up=draw(lines()), down=draw(lines())),
        prefix=article.client("traveller").prefix,
    )
    servers = [
        server.model_copy(update={"datacenter": "dc0"} if server.datacenter else {})
        for server in article.nameservers
    ]
    tenant = article.tenants[0].model_copy(
        update={"name": "tenant", "cloud": made_up[0].cloud, "datacenter": "dc0"}
    )
    return World(
        name="made-up",
        title=draw(st.text()),
        internet=Internet(path_stretch=draw(st.floats(1, 10))),
        clouds=article.clouds,
        datacenters=tuple(made_up),
        tenants=(tenant,),
        resolvers=article.resolvers,
        clients=(client,),
        nameservers=tuple(servers),
    )
