"""The cases of a circuit: a client's services over each way, what can be set wrong, where is captured."""

from __future__ import annotations

from experiments.common import at
from experiments.four_services import requests_of
from experiments.order import Case
from experiments.outlook import sign_in
from experiments.passage import in_tunnels
from experiments.people import home_of, nearest, tenant_of
from experiments.vpn_ways import way
from measurement.capture import CapturePoint
from measurement.journey import Request
from topologies import names
from topologies.bgp import MOST_PREFIXES, Routing
from topologies.hosts import Role, border, customer_edge, front_end, gateway, host, microsoft_edges
from topologies.planning import plan_network
from topologies.selection import Selection
from topologies.world import Circuit, Client, World

CLOUD, OTHER_CLOUD = "worldwide", "21vianet"
MAIN, NO_FILTER, WITHOUT_EXCHANGE = "circuit", "no-filter", "without-exchange"
OWN_LINE, VPN_CIRCUIT, VPN_INTERNET = "own-line", "vpn-circuit", "vpn-internet"
WAYS = (NO_FILTER, MAIN, OWN_LINE, VPN_INTERNET, VPN_CIRCUIT)
CHINA, SHARED_POOL, OWN_POOLS = "21vianet", "shared-pool", "own-pools"
NEAR: tuple[Role, ...] = ("portal", "relay")
PATIENCE_S = 10  # long enough for a few SYNs that nobody answers
TOO_MANY, LEAKED_DEFAULT, LEAKED_PRIVATE = "too-many", "leaked-default", "leaked-private"


class Cases:
    """Makes the cases of a client inside an office with a circuit, and of one who dials in to that office."""

    def __init__(
        self, world: World, client: Client, outside: Client, circuit: Circuit, routing: Routing
    ) -> None:
        self._world = world
        self._client = client
        self._outside = outside
        self._circuit = circuit
        self._office = world.office(circuit.office)
        self._routing = routing
        self._near = nearest(world, world.resolver(client.resolver), CLOUD).name

    def all(self) -> tuple[Case, ...]:
        """Return every case, the circuit as it is meant to be first; routers learn anew where it is not."""
        return (*self._filtered(), *self._unfiltered(), *self._announcing(), *self._preferring())

    def _filtered(self) -> tuple[Case, ...]:
        client, outside, routing = self._client, self._outside, self._routing
        tenant = tenant_of(self._world, OTHER_CLOUD)
        host_name = names.service("exchange", OTHER_CLOUD).hosts[0]
        china = sign_in(host_name, names.user(client.name, tenant))
        traces = (host(self._near, "exchange"), front_end(self._near))
        own = self._away(OWN_LINE, f"{outside.name} from the own line", routing)
        return (
            self._case(MAIN, "the circuit, with a route filter", routing, traces=traces),
            self._dialled_in(VPN_CIRCUIT, f"{outside.name} through the VPN, and over the circuit", routing),
            own,
            self._case(CHINA, f"a service of the cloud {OTHER_CLOUD}", routing, china),
        )

    def _unfiltered(self) -> tuple[Case, ...]:
        none = Routing(services=())
        without = tuple(each for each in self._routing.services if each != "exchange")
        door = host(self._near, "exchange")
        text = f"{self._outside.name} through the VPN, and over the Internet"
        return (
            self._case(NO_FILTER, "the circuit, without a route filter", none, traces=(door,)),
            self._dialled_in(VPN_INTERNET, text, none),
            self._case(WITHOUT_EXCHANGE, "a route filter without Exchange", Routing(services=without)),
        )

    def _announcing(self) -> tuple[Case, ...]:
        """Return what a customer must not announce."""
        number = MOST_PREFIXES - len(self._circuit.announce)
        return (
            self._short(LEAKED_DEFAULT, "the customer leaks a default route", leak="default"),
            self._short(LEAKED_PRIVATE, "the customer leaks a private prefix", leak="private"),
            self._short(TOO_MANY, f"the customer announces {MOST_PREFIXES + 1} prefixes", extra=number),
        )

    def _preferring(self) -> tuple[Case, ...]:
        """Return local preference set wrong, with addresses that make it hurt, and with others."""
        text = "local preference for the Internet"
        shared = self._short(SHARED_POOL, f"{text}, one pool of addresses", prefer="internet", pools="shared")
        (request,) = shared.requests
        impatient = request.model_copy(update={"patience_s": PATIENCE_S})
        # With shared addresses the server goes on answering for a minute: after it comes no journey.
        return (
            self._short(OWN_POOLS, f"{text}, a pool of addresses for each line", prefer="internet"),
            shared.model_copy(update={"requests": (impatient,)}),
        )

    def _short(self, name: str, text: str, **changed: object) -> Case:
        """Return a case of the inner client that asks for Exchange alone."""
        routing = Routing.model_validate({**dict(self._routing), **changed})
        return self._case(name, text, routing, *requests_of(self._world, self._client)[:1])

    def _case(
        self, name: str, text: str, routing: Routing, *asked: Request, traces: tuple[str, ...] = ()
    ) -> Case:
        return Case(
            name=name,
            text=text,
            client=self._client.name,
            resolver=self._client.resolver,
            requests=asked or requests_of(self._world, self._client),
            routing=routing,
            traces=traces,
        )

    def _away(self, name: str, text: str, routing: Routing) -> Case:
        return Case(
            name=name,
            text=text,
            client=self._outside.name,
            resolver=self._outside.resolver,
            requests=requests_of(self._world, self._outside),
            routing=routing,
        )

    def _dialled_in(self, name: str, text: str, routing: Routing) -> Case:
        tunnelled = way(self._world, "forced", self._office)
        own = self._away(name, text, routing)
        return own.model_copy(update={"resolver": self._office.resolver, "way": tunnelled})


def captures(
    world: World, selection: Selection, circuit: Circuit, clients: tuple[Client, Client]
) -> tuple[CapturePoint, ...]:
    """Return where is captured: both ends, the office's lines, and Microsoft's servers nearest to clients."""
    plan = plan_network(world, selection)
    edge = customer_edge(circuit.office)
    inside = [tunnel for tunnel in plan.tunnels if tunnel.node in selection.clients]
    near = list(dict.fromkeys(nearest(world, world.resolver(each.resolver), CLOUD).name for each in clients))
    homes = list(dict.fromkeys(home_of(world, each).name for each in clients))
    abroad = nearest(world, world.resolver(clients[0].resolver), OTHER_CLOUD).name
    return (
        *(at(name) for name in (*selection.clients, *selection.resolvers)),
        *in_tunnels(inside),
        at(gateway(circuit.office), "line"),
        *(CapturePoint(name=f"{edge}-{each}", node=edge, interface=each) for each in ("pri", "sec", "gw")),
        *(at(node, "br") for node in microsoft_edges(circuit.name)),
        *(at(name) for name in selection.nameservers if _steers(world, name)),
        *(at(host(name, "exchange")) for name in (*near, abroad)),
        *(at(host(name, role)) for name in near for role in NEAR),
        *(at(host(name, "sharepoint")) for name in homes),
        *(at(border(name), "wan") for name in dict.fromkeys([*near, *homes])),
    )


def _steers(world: World, name: str) -> bool:
    """Say whether a name server tells which region's front door is Exchange's."""
    steered = names.service("exchange", CLOUD).steered
    server = world.nameserver(name)
    return steered is not None and server.anycast is None and steered.name.split(".", 1)[1] in server.zones
