"""The servers of sites of one run: where each tenant's is, what is in it, and where it is a second time."""

from __future__ import annotations

from pathlib import Path

from experiments.order import Order
from services.apps import site
from services.asgi import Application
from services.base import Service
from services.web import COPIES_PORT
from topologies import names
from topologies.hosts import host
from topologies.plan import Plan
from topologies.world import Tenant

UPLOAD_LIMIT_BYTES = 120_000_000


class SiteServers:
    """The applications of some tenants' sites; ``work`` has their documents, ``authority`` certifies them."""

    def __init__(
        self, plan: Plan, order: Order, nodes: Path, work: Path, authority: Path, tenants: list[Tenant]
    ) -> None:
        self.plan = plan
        self.order = order
        self.nodes = nodes
        self.work = work
        self.authority = authority
        self.tenants = tenants

    def sites(self, datacenter: str) -> dict[str, str]:
        """Return the host names of the sites that a datacenter has, with their tenants' names."""
        return {names.site_of(each): each.name for each in self._at(datacenter)}

    def copied(self, datacenter: str) -> dict[str, str]:
        """Return the other datacenter of those sites that are at two, by host name."""
        places = {names.site_of(each): self._places(each) for each in self._at(datacenter)}
        return {host: other for host, at in places.items() for other in at if other != datacenter}

    def _at(self, datacenter: str) -> list[Tenant]:
        return [each for each in self.tenants if datacenter in self._places(each)]

    def _places(self, tenant: Tenant) -> list[str]:
        second = tenant.secondary if self.order.selection.copies else None
        return [tenant.datacenter, *([] if second is None else [second])]

    def socket(self, node: str) -> Path:
        """Return where a server's application listens."""
        return self.work / f"{node}.sock"

    def server(self, datacenter: str) -> Service:
        """Return a datacenter's server; its libraries are filled."""
        node = host(datacenter, "sharepoint")
        libraries, sites = self.work / node, self.sites(datacenter)
        for site_host in sites:
            for name, size in self.order.files.items():
                site.fill(libraries, site_host, name, size, self.order.seed)
        settings = site.Settings(
            datacenter=datacenter,
            server=node,
            sites=sites,
            folder=libraries,
            limit_bytes=UPLOAD_LIMIT_BYTES,
            copies={each: self._copies(other) for each, other in self.copied(datacenter).items()},
        )
        folder = self.nodes / node / "application"
        return Application(node, folder, self.socket(node), module="site", settings=settings)

    def _copies(self, datacenter: str) -> site.Copies:
        address = str(self.plan.node(host(datacenter, "sharepoint")).address)
        return site.Copies(address=address, port=COPIES_PORT, authority=self.authority)
