"""What of a world is built."""

import pytest

from topologies.errors import WorldError
from topologies.selection import Selection, select, select_all

from .made_up_plans import ARTICLE


def test_clients_bring_their_resolvers_and_the_datacenters_of_their_cloud() -> None:
    assert select(ARTICLE, clients=("traveller",), resolvers=(), cloud="worldwide") == Selection(
        clients=("traveller",),
        resolvers=("isplis",),
        nameservers=("root", "gtld", "msdns1", "msdns2", "edge1", "edge2"),
        datacenters=("ams", "dub", "mwh", "iad", "gru", "sin", "tyo", "syd", "jnb"),
    )


def test_further_resolvers_come_after_the_clients_own_and_once() -> None:
    selection = select(
        ARTICLE, clients=("traveller", "colleague"), resolvers=("ispsin", "isplis"), cloud="worldwide"
    )
    assert selection.resolvers == ("isplis", "ispsea", "ispsin")


def test_a_client_who_is_named_twice_is_there_once() -> None:
    clients = ("colleague", "traveller", "colleague")
    assert select(ARTICLE, clients=clients, resolvers=(), cloud="worldwide").clients == clients[:2]


def test_name_servers_in_another_clouds_datacenters_are_left_out() -> None:
    selection = select(ARTICLE, clients=(), resolvers=(), cloud="21vianet")
    assert (selection.nameservers, selection.datacenters) == (("root", "gtld"), ("bjs", "sha"))


def test_an_unknown_name_gets_a_hint() -> None:
    with pytest.raises(WorldError, match='unknown client "travler"; did you mean "traveller"'):
        select(ARTICLE, clients=("travler",), resolvers=(), cloud="worldwide")
    with pytest.raises(WorldError, match='unknown resolver "ispsen"; did you mean "ispsin" or "ispsea"'):
        select(ARTICLE, clients=(), resolvers=("ispsen",), cloud="worldwide")
    with pytest.raises(WorldError, match='no datacenter is in a cloud "worldwid"; did you mean "worldwide"'):
        select(ARTICLE, clients=("traveller",), resolvers=(), cloud="worldwid")


def test_everything_is_everything() -> None:
    selection = select_all(ARTICLE)
    for kind in ("clients", "resolvers", "nameservers", "datacenters"):
        assert getattr(selection, kind) == tuple(part.name for part in getattr(ARTICLE, kind))
