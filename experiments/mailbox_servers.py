"""The servers of mailboxes of one run: where each tenant's are, which have copies, and who decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from experiments.order import Order
from services import postgres
from services.apps import directory, mailbox
from services.apps.messages import Message, received
from services.asgi import Application
from services.base import Service
from services.etcd import Etcd, Members
from services.patroni import Copy, Group
from topologies.hosts import host
from topologies.paths import configured_rtt_ms
from topologies.plan import Plan
from topologies.world import Tenant

ARBITERS = 3  # the first copies' datacenters: one of them can fail
# A mailbox with copies has less in it than others: all of it is written, and copied, before anything begins.
MESSAGES, MESSAGE_BYTES = 10, 2_000


class MailboxServers:
    """The applications of mailboxes, of some tenants; ``users`` has everybody's tenant."""

    def __init__(
        self,
        plan: Plan,
        order: Order,
        nodes: Path,
        work: Path,
        tenants: Sequence[Tenant],
        users: Mapping[str, Tenant],
        passwords: Mapping[str, str],
    ) -> None:
        self.plan = plan
        self.order = order
        self.nodes = nodes
        self.work = work
        self.tenants = tenants
        self.users = users
        self.passwords = passwords

    def places(self, tenant: Tenant) -> tuple[str, ...]:
        """Return the datacenters that have a tenant's mailboxes, the one where they are active first."""
        chosen = self.order.selection
        has_copies = tenant.copies and chosen.copies and "exchange" in chosen.services
        return tenant.copies if has_copies else (tenant.datacenter,)

    def services(self, datacenter: str) -> list[Service]:
        """Return what keeps a datacenter's mailboxes, and the application that answers for them."""
        groups = [name for name, group in self.groups.items() if datacenter in group.hosts]
        for name in groups:
            self._seed(name)
        return [*(each for name in groups for each in self._kept(name, datacenter)), self._server(datacenter)]

    def socket(self, node: str) -> Path:
        """Return where a server's application listens."""
        return self.work / f"{node}.sock"

    def group_of(self, tenant: Tenant) -> str:
        """Return the name of the group that a tenant's mailboxes are in, "" if they have no copies."""
        alike = [each.name for each in self.tenants if self.places(each) == self.places(tenant)]
        return alike[0] if len(self.places(tenant)) > 1 else ""

    @cached_property
    def groups(self) -> dict[str, Group]:
        """The groups of copies, by their names."""
        found = {}
        for tenant in self.tenants:
            if (name := self.group_of(tenant)) == tenant.name:
                hosts = {each: self._address(host(each, "mailbox")) for each in self.places(tenant)}
                arbiters = dict(list(hosts.items())[:ARBITERS])
                found[name] = Group(hosts, Members(group=name, addresses=arbiters))
        return found

    def told_to(self, datacenter: str) -> dict[str, directory.Group]:
        """Return whom a datacenter's directory asks whose copy is active."""
        here = host(datacenter, "directory")

        def rtt_ms(name: str) -> float:
            return configured_rtt_ms(self.plan, here, host(name, "mailbox"))

        return {
            name: directory.Group(
                members=tuple(group.arbiter.clients_in(sorted(group.arbiter.addresses, key=rtt_ms))),
                key=group.key("leader"),
            )
            for name, group in self.groups.items()
        }

    def _seed(self, group: str) -> None:
        """Write what is in a group's mailboxes, once."""
        places = [postgres.Place(self.work, host(each, "mailbox")) for each in self.groups[group].hosts]
        if not places[0].folder.exists():
            postgres.seed(places, self._seeds(group))

    def _seeds(self, group: str) -> Iterator[Message]:
        for user, tenant in self.users.items():
            if self.group_of(tenant) == group:
                for number in range(1, MESSAGES + 1):
                    yield received(self.order.seed, user.lower(), number, MESSAGE_BYTES)

    def _kept(self, name: str, datacenter: str) -> Iterator[Service]:
        node, group = host(datacenter, "mailbox"), self.groups[name]
        folder = self.nodes / node
        if datacenter in group.arbiter.addresses:
            data = self.work / f"{node}.etcd"
            yield Etcd(node, folder / "etcd", data, datacenter, group.arbiter)
        yield Copy(node, folder / "patroni", postgres.Place(self.work, node), datacenter, group)

    def _server(self, datacenter: str) -> Service:
        node = host(datacenter, "mailbox")
        here = {user: tenant for user, tenant in self.users.items() if datacenter in self.places(tenant)}
        own = {user: self.passwords[user] for user, tenant in here.items() if not self.group_of(tenant)}
        copied = {user: self.passwords[user] for user in here if user not in own}
        place = postgres.Place(self.work, node)
        settings = mailbox.Settings(
            datacenter=datacenter,
            server=node,
            database=self.work / f"{node}.sqlite",
            seed=self.order.seed,
            users=own,
            copied=mailbox.Copied(folder=place.folder, users=copied) if copied else None,
        )
        folder = self.nodes / node / "application"
        return Application(node, folder, self.socket(node), module="mailbox", settings=settings)

    def _address(self, node: str) -> str:
        return str(self.plan.node(node).address)
