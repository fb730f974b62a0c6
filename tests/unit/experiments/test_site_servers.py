"""Which sites are where, with what in them, and to whom their servers write a second time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.order import Order
from experiments.site_servers import SiteServers
from services.asgi import Application
from topologies.planning import plan_network
from topologies.selection import Selection, select

from .made_up_run import WORLD

CONTOSO, FABRIKAM = "contoso.sharepoint.com", "fabrikam.sharepoint.com"


def _servers(tmp_path: Path, *, copies: bool) -> SiteServers:
    moved = [
        each.model_copy(update={"secondary": "iad"}) if each.name == "contoso" else each
        for each in WORLD.tenants
    ]
    world = WORLD.model_copy(update={"tenants": tuple(moved)})
    selection: Selection = select(
        world,
        clients=(world.clients[0].name,),
        clouds=("worldwide",),
        services=("sharepoint",),
        copies=copies,
    )
    order = Order(
        experiment="active_datacenter",
        world="article",
        seed=1,
        tolerance_us=10,
        selection=selection,
        files={"a.bin": 1000},
        captures=(),
    )
    own = [tenant for tenant in world.tenants if tenant.cloud == "worldwide"]
    plan = plan_network(world, selection)
    return SiteServers(plan, order, tmp_path / "nodes", tmp_path / "work", tmp_path / "ca.pem", own)


def _settings(servers: SiteServers, datacenter: str) -> dict[str, object]:
    server = servers.server(datacenter)
    assert isinstance(server, Application) and server.at == servers.socket(f"{datacenter}-spo")
    loaded: dict[str, object] = json.loads(server.files()["settings.json"])
    return loaded


def test_a_site_with_copies_is_at_both_places_and_each_server_knows_the_other(tmp_path: Path) -> None:
    servers = _servers(tmp_path, copies=True)
    assert servers.sites("mwh") == servers.sites("iad") == {CONTOSO: "contoso"}
    assert servers.copied("mwh") == {CONTOSO: "iad"}
    assert servers.copied("iad") == {CONTOSO: "mwh"}
    addresses = {name: str(servers.plan.node(f"{name}-spo").address) for name in ("mwh", "iad")}
    for here, there in (("mwh", "iad"), ("iad", "mwh")):
        told = {"address": addresses[there], "port": 444, "authority": str(tmp_path / "ca.pem")}
        assert _settings(servers, here)["copies"] == {CONTOSO: told}


def test_both_places_have_the_same_documents_from_the_start(tmp_path: Path) -> None:
    servers = _servers(tmp_path, copies=True)
    for name in ("mwh", "iad"):
        servers.server(name)
    one, other = (tmp_path / "work" / f"{name}-spo" / CONTOSO / "a.bin" for name in ("mwh", "iad"))
    assert one.read_bytes() == other.read_bytes() != b""


@pytest.mark.parametrize("copies", [True, False])
def test_a_site_without_a_second_place_is_at_one(tmp_path: Path, copies: bool) -> None:
    servers = _servers(tmp_path, copies=copies)
    assert servers.sites("dub") == {FABRIKAM: "fabrikam"}
    assert servers.copied("dub") == {}
    assert _settings(servers, "dub")["copies"] == {}
    assert servers.sites("sin") == {}


def test_without_copies_nothing_is_at_a_second_place(tmp_path: Path) -> None:
    servers = _servers(tmp_path, copies=False)
    assert servers.sites("mwh") == {CONTOSO: "contoso"}
    assert servers.sites("iad") == {} and servers.copied("mwh") == {}
