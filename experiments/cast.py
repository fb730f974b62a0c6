"""Who plays in a case: the services that run while a client makes its journey, all configured."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

from experiments.edge_fronts import certified, edge_fronts
from experiments.lines import announced
from experiments.mailbox_servers import MailboxServers
from experiments.order import Case, Order
from experiments.shell import Shell
from experiments.site_servers import SiteServers
from experiments.spell import Spell
from experiments.survey import Survey
from services import pki
from services.apps import directory
from services.asgi import Application
from services.authority import Authority
from services.base import Service
from services.bird import Bird, Birds
from services.forwarder import Forwarder
from services.monitor import Monitor
from services.relay import Relay
from services.resolver import Resolver
from services.web import Front, FrontDoor, FrontEnd, MailboxFront, SiteFront
from services.zones import Naming
from topologies import names
from topologies.bgp import Routing, Speaker
from topologies.edge_speakers import edge_speakers_of
from topologies.hosts import Role, front_ends, host
from topologies.peering import Peering
from topologies.plan import Plan
from topologies.speakers import speakers_of
from topologies.steering import Answers
from topologies.world import Tenant, World

HTTP_PORT = 80
LOOPBACK = "127.0.0.1"


def password_of(user: str) -> str:
    """Return the password of an emulated user: made up, and the same in every run."""
    return hashlib.sha256(user.encode()).hexdigest()[:12]


class Cast:
    """The services of one run; ``nodes`` is where their configurations and logs go, ``work`` their data."""

    def __init__(self, world: World, plan: Plan, order: Order, nodes: Path, work: Path) -> None:
        self.world = world
        self.plan = plan
        self.order = order
        self.nodes = nodes
        self.work = work
        self.pki = nodes / "authority"
        self._worked_out: dict[tuple[Answers, bool], list[Service]] = {}
        self._speakers: dict[Routing, tuple[Speaker, ...]] = {}
        self._peers: dict[Peering, tuple[Speaker, ...]] = {}
        self._birds = Birds(nodes, work)

    def make_certificates(self) -> None:
        """Make the emulated authority, and one certificate for everybody who serves."""
        served = [host for service in self._naming(Answers()).services for host in _certified(service)]
        homes = (home for tenant in self._tenants for home in self.mailbox_servers.places(tenant))
        servers = [host(home, "mailbox") for home in homes]
        content = certified(self.world, self.order)
        pki.make_certificates(self.pki, tuple(dict.fromkeys([*served, *servers, *content])))

    def services(self, case: Case | Survey | Spell | Shell) -> list[Service]:
        """Return everything that runs for a case, but its resolver; worked out once for all cases alike."""
        alike = case.answers, case.warm
        if alike not in self._worked_out:
            authorities = self._authorities(case.answers)
            front_ends = [*self._applications, *self._front_ends(case), *self._relays, *self._edge(case)]
            self._worked_out[alike] = [*authorities, *front_ends]
        return [*self._worked_out[alike], *self.birds(case.routing)]

    def birds(self, routing: Routing | None) -> list[Bird]:
        """Return the routers that speak BGP under some routing; none where no circuit is built."""
        if routing is None:
            return []
        if routing not in self._speakers:
            self._speakers[routing] = speakers_of(
                self.world, self.order.selection, self.plan, routing, announced()
            )
        return self._birds.of(self._speakers[routing])

    def peers(self, peering: Peering) -> list[Bird]:
        """Return the routers of providers and of the edge as they peer; none where no edges are built."""
        if not self.order.selection.edges:
            return []
        if peering not in self._peers:
            speakers = edge_speakers_of(self.world, self.order.selection, self.plan, peering)
            self._peers[peering] = speakers
        return self._birds.of(self._peers[peering])

    def resolvers(self, case: Case) -> list[Service]:
        """Return who answers a case's client: new ones, so that their caches are empty.

        With split DNS that is the client itself, which asks the case's resolver and its own.
        """
        if not case.way.split_dns:
            return [self._resolver(case.resolver, case)]
        own = self.world.client(case.client).resolver
        apart = dict.fromkeys(case.way.split_dns, self._address(own))
        folder = self.nodes / case.client / f"resolver-{case.name}"
        asking = Forwarder(case.client, folder, LOOPBACK, self._address(case.resolver), apart)
        return [self._resolver(case.resolver, case), self._resolver(own, case), asking]

    def surveyed(self, survey: Survey) -> list[Service]:
        """Return who answers a survey's clients: the same as in another one under the same conditions."""
        run = f"surveys-{survey.answers.label}{'-tells' if survey.tells else ''}"
        conditions = {"tells": survey.tells, "small": True}
        return [self._recursive(each, survey.answers, run, **conditions) for each in survey.resolvers]

    def working(self, spell: Spell) -> list[Service]:
        """Return who answers a spell's clients: new ones, so that their caches are empty."""
        names = dict.fromkeys(self.world.client(work.client).resolver for work in spell.works)
        return [self._recursive(each, spell.answers, spell.name, tells=False) for each in names]

    def for_everybody(self, shell: Shell) -> list[Service]:
        """Return all resolvers that are built: in a shell anybody may ask."""
        names = self.order.selection.resolvers
        return [self._recursive(each, shell.answers, shell.name, tells=False) for each in names]

    def asked(self, case: Case) -> tuple[str, str]:
        """Return name and address of whom a case's client asks."""
        if case.way.split_dns:
            return case.client, LOOPBACK
        return case.resolver, self._address(case.resolver)

    def _resolver(self, name: str, case: Case) -> Resolver:
        return self._recursive(name, case.answers, case.name, tells=case.answers.client_subnet)

    def _recursive(
        self, name: str, answers: Answers, run: str, *, tells: bool, small: bool = False
    ) -> Resolver:
        naming = self._naming(answers)
        servers = (self.world.nameserver(name) for name in self.order.selection.nameservers)
        roots = {each.hostname: naming.address_of(each.name) for each in servers if "." in each.zones}
        folder, address = self.nodes / name / run, self._address(name)
        return Resolver(name, folder, address, roots, client_subnet=tells, small=small)

    def _authorities(self, answers: Answers) -> list[Service]:
        """Return the authorities: those whose zones depend on how is answered have a folder for each way."""
        naming, plain = self._naming(answers), self._naming(Answers())
        # A resolver keeps for everybody what one server of a chain does not tell apart: where many ask it,
        # all servers have to say that they are told for whom.
        told = answers.client_subnet and bool(self.order.surveys)
        found: list[Service] = []
        for name in self.order.selection.nameservers:
            server = self.world.nameserver(name)
            for node, datacenter in naming.instances(server):
                zones = naming.zones_of(server, datacenter)
                if not zones:
                    continue
                same = zones == plain.zones_of(server, datacenter) and not naming.is_steered(server)
                same = same and not told
                folder = self.nodes / node if same else self.nodes / node / answers.label
                address, ecs = naming.address_of(name), answers.client_subnet and not same
                authority = Authority(node, folder, address, zones, client_subnet=ecs)
                found.append(authority)
                if answers.health is not None and authority.probed:
                    found.append(Monitor(node, folder, authority.probed, answers.health))
        return found

    @cached_property
    def _applications(self) -> list[Service]:
        services = self.order.selection.services
        found: list[Service] = []
        for name in self.order.selection.datacenters:
            if self.order.selection.has_directory:
                found.append(self._directory(name))
            if "exchange" in services and name in self._homes(self.world.datacenter(name).cloud):
                found += [*self.mailbox_servers.services(name), self._mailbox_front(name)]
            if "sharepoint" in services and self._site_servers.sites(name):
                found.append(self._site_servers.server(name))
        return found

    def _front_ends(self, case: Case | Survey | Spell | Shell) -> list[Service]:
        services = self.order.selection.services
        found: list[Service] = []
        for name in self.order.selection.datacenters:
            if "portal" in services:
                found += [self._portal(node, name) for node in front_ends(self.world.datacenter(name))]
            if "exchange" in services:
                found.append(self._front_door(name, warm=case.warm))
            if "sharepoint" in services and self._site_servers.sites(name):
                found.append(self._site_front(name))
        return found

    def _edge(self, case: Case | Survey | Spell | Shell) -> list[Service]:
        folders = self.nodes, self.pki, self.work
        return edge_fronts(self.world, self.plan, self.order, folders, warm=case.warm)

    @cached_property
    def _relays(self) -> list[Service]:
        if not self.order.selection.relays:
            return []
        nodes = (
            self.plan.node(host(name, "relay"))
            for name in self.order.selection.datacenters
            if self.world.cloud(self.world.datacenter(name).cloud).relays is not None
        )
        return [Relay(node.name, self.nodes / node.name, node.addresses) for node in nodes]

    def _portal(self, node: str, datacenter: str) -> Service:
        front = self._front(datacenter, self._hosts("portal", datacenter))
        return FrontEnd(node, self.nodes / node, self.plan.node(node).addresses, **front)

    def _front_door(self, datacenter: str, *, warm: bool) -> Service:
        node, addresses = self._host(datacenter, "exchange")
        cloud = self.world.datacenter(datacenter).cloud
        return FrontDoor(
            node,
            self.nodes / node / ("warm" if warm else "cold"),
            addresses,
            mailboxes={home: self._address(host(home, "mailbox")) for home in self._homes(cloud)},
            warm=warm,
            **self._front(datacenter, self._hosts("exchange", datacenter)),
        )

    def _site_front(self, datacenter: str) -> Service:
        node, addresses = self._host(datacenter, "sharepoint")
        front = self._front(datacenter, tuple(self._site_servers.sites(datacenter)))
        return SiteFront(
            node,
            self.nodes / node,
            addresses,
            application=self._site_servers.socket(node),
            copied=bool(self._site_servers.copied(datacenter)),
            behind_edges=bool(self.order.selection.edges),
            **front,
        )

    def _front(self, datacenter: str, served: tuple[str, ...]) -> Front:
        """Return what a datacenter's front ends have in common; they ask its directory if it has one."""
        has_one = self.order.selection.has_directory
        directory = self._address(host(datacenter, "directory")) if has_one else None
        return Front(datacenter=datacenter, names=served, pki=self.pki, directory=directory)

    def _directory(self, datacenter: str) -> Service:
        node, (address,) = self._host(datacenter, "directory")
        cloud = self.world.datacenter(datacenter).cloud
        tenants = [tenant for tenant in self._tenants if tenant.cloud == cloud]
        settings = directory.Settings(
            cloud=cloud,
            suffixes={each.name: each.tenant_suffix for each in names.clouds()},
            hosts=_public_hosts(),
            tenants={
                each.name: directory.TenantEntry(
                    datacenter=each.datacenter,
                    site=names.site_of(each),
                    copies=self.mailbox_servers.group_of(each),
                )
                for each in tenants
            },
            users=tuple(user for user, tenant in self._users.items() if tenant in tenants),
            groups=self.mailbox_servers.told_to(datacenter),
        )
        return Application(
            node, self.nodes / node, (address, HTTP_PORT), module="directory", settings=settings
        )

    def _mailbox_front(self, datacenter: str) -> Service:
        node, addresses = self._host(datacenter, "mailbox")
        front = Front(datacenter=datacenter, names=(node,), pki=self.pki)
        application = self.mailbox_servers.socket(node)
        return MailboxFront(node, self.nodes / node, addresses, application=application, **front)

    @cached_property
    def mailbox_servers(self) -> MailboxServers:
        """The mailbox servers of all tenants, and of their copies."""
        passwords = {user: password_of(user) for user in self._users}
        kept = self.plan, self.order, self.nodes, self.work
        return MailboxServers(*kept, self._tenants, self._users, passwords)

    @cached_property
    def _site_servers(self) -> SiteServers:
        authority = self.pki / "ca.pem"
        return SiteServers(self.plan, self.order, self.nodes, self.work, authority, self._tenants)

    @cached_property
    def _tenants(self) -> list[Tenant]:
        clouds = {self.world.datacenter(name).cloud for name in self.order.selection.datacenters}
        return [tenant for tenant in self.world.tenants if tenant.cloud in clouds]

    @cached_property
    def _users(self) -> dict[str, Tenant]:
        """Everybody's user principal name, with the tenant; a client may have accounts elsewhere, too."""
        clients = [self.world.client(name) for name in self.order.selection.clients]
        own = [(client.name, client.tenant) for client in clients]
        accounts = [(name, self.world.tenant(tenant)) for name, tenant in (*own, *self.order.accounts)]
        return {names.user(name, tenant): tenant for name, tenant in accounts if tenant in self._tenants}

    def _naming(self, answers: Answers) -> Naming:
        return Naming(self.world, self.plan, self.order.selection, answers)

    def _homes(self, cloud: str) -> list[str]:
        """Return the datacenters of a cloud that have mailboxes, or copies of some."""
        own = (tenant for tenant in self._tenants if tenant.cloud == cloud)
        return list(dict.fromkeys(home for tenant in own for home in self.mailbox_servers.places(tenant)))

    def _hosts(self, service: names.Service, datacenter: str) -> tuple[str, ...]:
        return names.service(service, self.world.datacenter(datacenter).cloud).hosts

    def _host(self, datacenter: str, role: Role) -> tuple[str, tuple[str, ...]]:
        node = self.plan.node(host(datacenter, role))
        return node.name, node.addresses

    def _address(self, node: str) -> str:
        return str(self.plan.node(node).address)


def _certified(service: names.ServiceNames) -> list[str]:
    return [name.replace("{tenant}", "*") for name in service.hosts]


def _public_hosts() -> dict[str, dict[str, str]]:
    """Return what everybody knows: each cloud's host name for each service."""
    found: dict[str, dict[str, str]] = {}
    for service in names.services():
        found.setdefault(service.cloud, {})[service.name] = service.hosts[0]
    return found
