"""A region's failure that never was: a few requests of two clients, and the packets that agree with them.

At 20.5 s the region goes dark, at 90 s it is back. All times are plain: probes are sent at whole tens of
seconds, and nothing takes time but distance.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from experiments.order import Order
from experiments.reading import Reading
from experiments.region_people import CLOUD, people
from experiments.region_works import OUTLOOK, PORTAL, outlook, portal
from experiments.spell import Dark, Light, Spell
from measurement.observation import KeyTold
from measurement.work import Attempt, Told
from services.web import MAILBOX_PORT
from tests.unit.measurement import rows
from tests.unit.measurement.captures import START_NS
from topologies.health import Health
from topologies.load import load_world
from topologies.paths import configured_rtt_ms
from topologies.planning import plan_network
from topologies.selection import select
from topologies.steering import Answers

from .changes import Change

NS_PER_MS, MS_PER_S = 1_000_000, 1000
SPELL = "region"
WORLD = load_world("continents")
CAST = people(WORLD, CLOUD)
SELECTION = select(
    WORLD, clients=CAST.names, clouds=(CLOUD,), services=("portal", "exchange", "sharepoint"), copies=True
)
PLAN = plan_network(WORLD, SELECTION, 1)
HEALTH = Health(interval_s=10, tolerated_failures=3, timeout_s=5, ttl_s=30)
REQUESTS = ((OUTLOOK, CAST.remote.name), (PORTAL, CAST.neighbour.name))
OLD, NEW, DOOR, AUTHORITY = "dub", "ams", "iad", "msdns1"
RESOLVER = CAST.neighbour.resolver
NAME = "portal.office.com"
DARK_MS, LIGHT_MS, LENGTH_MS = 20_500, 90_000, 100_000
PROBED = ("dub-fe", "dub-fe3", "dub-fe2")
LAST_ASKED_MS, FORGOTTEN_MS = 40_000, 71_000  # the old answer is kept for 30 s, and the second that has begun
NEW_MS, LOOKED_UP_MS = 72_010, 72_020  # when resolver and client are told of another datacenter
GONE_MS, TAKEN_MS, PASSED_MS = 31_000, 32_500, 33_000


def ip(node: str) -> str:
    """Return the address that a node sends from."""
    return str(PLAN.node(node).address)


def rtt_ms(one: str, other: str) -> float:
    """Return the round trip between two nodes."""
    return configured_rtt_ms(PLAN, one, other)


def at_ns(at_ms: float) -> int:
    """Return a time of the spell's clock in nanoseconds since the epoch."""
    return START_NS + round(at_ms * NS_PER_MS)


def attempt(number: int, started_ms: float, ended_ms: float, **changes: Any) -> Attempt:
    """Return a request that was answered."""
    values = {
        "name": "page",
        "number": number,
        "attempt": 1,
        "started_ns": at_ns(started_ms),
        "ended_ns": at_ns(ended_ms),
        "error": "",
        "status": 200,
        "server_ip": ip("dub-fe"),
        "local_port": 41_000 + number,
        "opened": 1,
        "phases_us": {},
        "headers": {},
        "body_bytes": 3,
        "body_sha256": "ca3d",
        "body": "",
    }
    return Attempt.model_validate({**values, **changes})


class Failure(rows.CaseRows):
    """The rows of one failure, and what clients tell."""

    def __init__(self) -> None:
        hosts = (node.name for node in PLAN.of_kind("host"))
        super().__init__(SPELL, PLAN, ())
        self.rows = [rows.capture(case=SPELL, node=node) for node in hosts]
        self.told = {OUTLOOK: self._outlook(), PORTAL: self._portal()}
        self._probes()
        self._names()

    def _portal(self) -> list[Attempt]:
        """One request before, one in vain, one served by the next nearest datacenter."""
        client = CAST.neighbour.name
        timeout = {"status": 0, "error": "Connection timed out", "server_ip": ip("dub-fe"), "opened": 0}
        ends = {"client": ip(client), "client_port": 41_021, "server": ip("dub-fe")}
        lost = {**ends, "synack_frame": None, "ack_frame": None, "rtt_us": None}
        self.add(rows.connection, client, at_ns(21_000), **lost)
        return [
            self._served(client, 10, 10_000, 10_000, "dub-fe"),
            attempt(21, 21_000, 26_000, **timeout),
            self._served(client, 72, 71_990, LOOKED_UP_MS, "ams-fe"),
        ]

    def _served(
        self, client: str, number: int, started_ms: float, connects_ms: float, server: str
    ) -> Attempt:
        """Add what shows that a server answered over a new connection."""
        trip_ms = rtt_ms(client, server)
        begins_ms = [connects_ms + trips * trip_ms for trips in range(4)]
        ends = {"client": ip(client), "client_port": 41_000 + number, "server": ip(server)}
        self.add(rows.connection, client, at_ns(connects_ms), **ends)
        shaken = {"client_hello_ns": at_ns(begins_ms[1]), "client_finished_ns": at_ns(begins_ms[2])}
        answered = {"first_response_ns": at_ns(begins_ms[3])}
        self.add(rows.handshake, client, at_ns(begins_ms[1]), **ends, **shaken, **answered)
        self._burst(client, 41_000 + number, server, begins_ms[3])
        return attempt(number, started_ms, begins_ms[3] + 0.1, server_ip=ip(server))

    def _burst(self, client: str, port: int, server: str, time_ms: float) -> None:
        between = {"src": ip(server), "src_port": 443, "dst": ip(client), "dst_port": port}
        self.message(between, 200, {client: at_ns(time_ms)})

    def _outlook(self) -> list[Attempt]:
        """A session that is kept: one send before, one refused, one that another copy takes."""
        client, door = CAST.remote.name, f"{DOOR}-efz"
        answered_ms = PASSED_MS + 20 + rtt_ms(client, door)
        told = {"name": "send", "server_ip": ip(door), "local_port": 42_000, "opened": 0}
        by = {"x-feserver": door, "x-beserver": f"{NEW}-mbx"}
        for time_ms in (10_100, 25_100, answered_ms):
            self._burst(client, 42_000, door, time_ms)
        watching = {"src": ip(f"{NEW}-mbx"), "dst": ip(f"{DOOR}-dir"), "key": "/service/contoso/leader"}
        for time_ms, value in ((GONE_MS, None), (TAKEN_MS, NEW)):
            self.add(_key_told, f"{NEW}-mbx", at_ns(time_ms), **watching, value=value)
        between = {"src": ip(door), "src_port": 50_000, "dst": ip(f"{NEW}-mbx"), "dst_port": MAILBOX_PORT}
        self.message(between, 500, {f"{NEW}-mbx": at_ns(PASSED_MS)})
        return [
            attempt(50, 10_000, 10_100.1, **told, headers={**by, "x-beserver": f"{OLD}-mbx"}),
            attempt(125, 25_000, 25_100.1, **told, status=503, headers={"x-feserver": door}),
            attempt(125, 32_950, answered_ms + 0.1, **told, headers=by).model_copy(update={"attempt": 2}),
        ]

    def _probes(self) -> None:
        """Add probes of all addresses: answered until the failure, and from the return on."""
        for node in PROBED:
            for time_s in range(0, 100, 10):
                ends = {"client": ip(AUTHORITY), "client_port": 30_000 + time_s, "server": ip(node)}
                dark = DARK_MS < time_s * MS_PER_S < LIGHT_MS
                values = {"synack_frame": None, "ack_frame": None, "rtt_us": None} if dark else {}
                self.add(rows.connection, AUTHORITY, at_ns(time_s * MS_PER_S), **ends, **values)

    def _names(self) -> None:
        """Add what the resolver is told, and at the end the client."""
        for at_ms, label in ((5_000, OLD), (LAST_ASKED_MS, OLD), (NEW_MS, NEW)):
            told = (rows.record(NAME, "CNAME", f"{label}.b-msedge.net", ttl_s=30),)
            self.add(rows.answer, RESOLVER, at_ns(at_ms), **self._asked(RESOLVER), answers=told)
        for at_ms in (10_000, LOOKED_UP_MS):
            self.add(rows.answer, CAST.neighbour.name, at_ns(at_ms), **self._asked(CAST.neighbour.name))

    def _asked(self, node: str) -> dict[str, Any]:
        src = ip(RESOLVER) if node == CAST.neighbour.name else ip(AUTHORITY)
        return {"src": src, "dst": ip(node), "name": NAME}


def _key_told(**values: Any) -> KeyTold:
    return KeyTold(file=f"pcap/{values['case']}/{values['node']}.pcapng", **values)


def failure(health: Health | None = HEALTH) -> Reading:
    """Return the whole run."""
    made = Failure()
    spell = Spell(
        name=SPELL,
        text="the region goes dark",
        works=(portal(CAST.neighbour, CLOUD, LENGTH_MS), outlook(WORLD, CAST.remote, SPELL, LENGTH_MS)),
        events=(Dark(at_ms=DARK_MS, place=OLD), Light(at_ms=LIGHT_MS, place=OLD)),
        answers=Answers(health=health),
    )
    order = Order(
        experiment="region_failure",
        world=WORLD.name,
        seed=1,
        tolerance_us=10.0,
        selection=SELECTION,
        spells=(spell,),
        captures=(),
    )
    told = tuple(
        Told(
            spell=SPELL,
            work=work,
            client=client,
            resolver=WORLD.client(client).resolver,
            started_ns=START_NS,
            attempts=tuple(made.told[work]),
        )
        for work, client in REQUESTS
    )
    return Reading(order, WORLD, PLAN, (), tuple(made.rows), told=told)


def telling(work: str, place: int, **values: Any) -> Change:
    """Return a change of what a client says of one of its attempts, by its place."""

    def change(reading: Reading) -> Reading:
        told = list(reading.told)
        (number,) = (n for n, each in enumerate(told) if each.work == work)
        attempts = list(told[number].attempts)
        attempts[place] = attempts[place].model_copy(update=values)
        told[number] = told[number].model_copy(update={"attempts": tuple(attempts)})
        return dataclasses.replace(reading, told=tuple(told))

    return change
