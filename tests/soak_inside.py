"""Runs inside a guest in place of the inside: numbered sends while the active copy's region fails, and again.

Leaves soak.json: every attempt in the senders' own words, every failure, what the active copy has at last.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import random
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from controllers.process import Keeper
from experiments import order as orders
from experiments.cast import Cast, password_of
from experiments.spell import Spell
from measurement.work import Asked, Work
from services import base, postgres
from services.apps.copies import DATABASE
from services.base import Supervisor
from services.etcd import value_of
from services.patroni import Copy, Group
from services.process import Forked
from topologies import names
from topologies.darkness import Darkness, nodes_of
from topologies.hosts import border, host, wan_switch
from topologies.network import Network
from topologies.plan import Plan
from topologies.switching import undisturbed
from topologies.world import World

SENDERS, PAUSE_S, PATIENCE_S, RETRY_S = 2, 0.7, 10.0, 1.0
CALM_S, OUTAGE_S = (5.0, 20.0), (5.0, 60.0)  # before a failure, and how long it lasts
PARTED_S = 3.0  # the active copy is cut off from the others for so long before its region fails
SETTLED_S, POLL_S = 200.0, 1.0
DONE = 202
POWER, LINK, PARTED = "power", "link", "parted"


def say(text: str) -> None:
    """Tell the outside which step begins."""
    print(f"@step {text}", flush=True)


@dataclass(frozen=True)
class Sender:
    """Somebody who sends numbered messages, one after another, each until it is acknowledged."""

    network: Network
    node: str
    address: str
    host: str
    user: str
    authority: Path
    words: Path
    stop: Path

    def run(self) -> None:
        """Send until the file ``stop`` is there."""
        with self.network.inside(self.node), self.words.open("w") as words:
            door = _Door(self)
            for number in range(1_000_000):
                if self.stop.exists():
                    return
                key = f"{self.words.stem}-{number}"
                while not self._sent(door, key, words):
                    time.sleep(RETRY_S)
                time.sleep(PAUSE_S)

    def _sent(self, door: _Door, key: str, words: Any) -> bool:
        began_ns = time.time_ns()
        status, told = door.send(key)
        took = {"began_ns": began_ns, "ended_ns": time.time_ns()}
        words.write(json.dumps({"key": key, "status": status, "told": told, **took}) + "\n")
        words.flush()
        return status == DONE


class _Door:
    """A connection to the front door; a new one after an error."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        context = ssl.create_default_context(cafile=str(sender.authority))
        self._http = _Https(sender.address, sender.host, context)
        self._cookie = ""

    def send(self, key: str) -> tuple[int, Any]:
        """Send a message; return the status, 0 if there was none, and what was said."""
        try:
            if not self._cookie:
                self._sign_in()
            mail = {"To": self._sender.user, "Subject": f"number {key}", "Body": "numbered"}
            headers = {"Idempotency-Key": key, "Cookie": self._cookie}
            return self._ask("/api/v2.0/me/sendmail", json.dumps(mail), headers)[:2]
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._http.close()
            return 0, repr(error)

    def _sign_in(self) -> None:
        form = f"username={self._sender.user}&password={password_of(self._sender.user)}"
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        status, told, headers = self._ask("/owa/auth.owa", form, kind)
        if status != http.HTTPStatus.OK:
            raise OSError(f"nobody signs in: {status} {told}")
        self._cookie = headers["Set-Cookie"].partition(";")[0]

    def _ask(self, path: str, body: str, headers: dict[str, str]) -> tuple[int, Any, Any]:
        own = {"Host": self._sender.host, "X-AnchorMailbox": self._sender.user}
        self._http.request("POST", path, body, {**own, **headers})
        answer = self._http.getresponse()
        return answer.status, json.loads(answer.read()), answer.headers


class _Https(http.client.HTTPSConnection):
    """To one address, whose certificate has a name."""

    def __init__(self, address: str, name: str, context: ssl.SSLContext) -> None:
        super().__init__(address, timeout=PATIENCE_S, context=context)
        self._name, self._context_of_tls = name, context

    def connect(self) -> None:
        """Connect as that name."""
        plain = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self._context_of_tls.wrap_socket(plain, server_hostname=self._name)


class Failures:
    """What happens to the region of the active copy."""

    def __init__(self, network: Network, supervisor: Supervisor, group: Group, asking: str) -> None:
        self._network, self._supervisor, self._group, self._asking = network, supervisor, group, asking
        self._darkness = Darkness(network)
        self._last = group.first

    def leader(self) -> str | None:
        """Return the datacenter whose copy is the active one, None if none is."""
        arbiter = self._group.arbiter
        for member in arbiter.clients_in(arbiter.addresses):
            with self._network.inside(self._asking), contextlib.suppress(OSError):
                return value_of(member, self._group.key("leader"))
        return None

    def fail(self, kind: str, length_s: float) -> dict[str, Any]:
        """Let the active copy's region fail for a time; return what has been done to whom."""
        place = self._last = self.leader() or self._last
        told = {"kind": kind, "place": place, "failed_ns": time.time_ns(), "length_s": length_s}
        with self._cut_off(place) if kind == LINK else self._dark(place, parted=kind == PARTED):
            time.sleep(length_s)
        return {**told, "back_ns": time.time_ns()}

    @contextlib.contextmanager
    def _cut_off(self, place: str) -> Iterator[None]:
        self._network.cut(border(place), wan_switch(place))
        yield
        self._network.mend(border(place), wan_switch(place))

    @contextlib.contextmanager
    def _dark(self, place: str, *, parted: bool) -> Iterator[None]:
        others = [f"{each}/32" for name, each in self._group.hosts.items() if name != place]
        if parted:
            self._lose(place, "add", others)
            time.sleep(PARTED_S)
        nodes = nodes_of(self._network.plan, place)
        self._darkness.fall(nodes)
        self._supervisor.kill(nodes)
        if parted:
            self._lose(place, "del", others)
        yield
        self._darkness.lift(nodes)
        self._supervisor.revive(nodes)

    def _lose(self, place: str, what: str, prefixes: list[str]) -> None:
        """Have the mailbox server lose what it sends to some prefixes, or not any more."""
        for prefix in prefixes:
            self._network.run(host(place, "mailbox"), ["ip", "route", what, "blackhole", prefix])


def kept(work: Path, place: str) -> list[list[str]]:
    """Return key and Id of every keyed message that the active copy has, which is a datacenter's."""
    folder = postgres.Place(work, host(place, "mailbox")).folder
    active = {"user": postgres.SUPERUSER, "target_session_attrs": "read-write"}
    with contextlib.closing(psycopg2.connect(host=str(folder), dbname=DATABASE, **active)) as database:
        with database.cursor() as cursor:
            cursor.execute("SELECT key, number FROM messages WHERE key IS NOT NULL ORDER BY number")
            return [[key, f"m{number}"] for key, number in cursor.fetchall()]


def served(cast: Cast, door: str, group: Group) -> list[base.Service]:
    """Return what has to run: one front door with its directory, and everything of the copies."""
    asked = Asked(name="send", url="https://unused.example")
    work = Work(
        name="sends", client=cast.order.selection.clients[0], requests=(asked,), interval_ms=1, length_ms=1
    )
    places = (door, *group.hosts)
    return [
        each
        for each in cast.services(Spell(name="soak", text="", works=(work,)))
        if each.node.split("-")[0] in places
    ]


def main(run_dir: Path) -> None:
    """Build, serve, send, and let fail what is active."""
    asked = json.loads((run_dir / "asked.json").read_text())
    order = orders.load(run_dir)
    world = World.model_validate_json((run_dir / "world.json").read_text())
    plan = Plan.model_validate_json((run_dir / "network.json").read_text())
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientpath-")))
        backbone = run_dir / "nodes" / "backbone"
        keeper = stack.enter_context(Keeper(backbone / "controller.log"))
        keeper.begin(backbone / orders.control_file())
        network = stack.enter_context(Network(plan, backbone))
        keeper.wait_in_force()
        say("serving")
        cast = Cast(world, plan, order, run_dir / "nodes", work)
        cast.make_certificates()
        supervisor = stack.enter_context(base.supervised(network))
        ((_, group),) = cast.mailbox_servers.groups.items()
        services = served(cast, asked["door"], group)
        for each in services:
            if isinstance(each, Copy):
                each.group = group = Group(
                    each.group.hosts, each.group.arbiter, synchronous=asked["synchronous"]
                )
        supervisor.become(services)
        stack.enter_context(undisturbed())
        told = soak(
            run_dir,
            asked,
            cast,
            network,
            Failures(network, supervisor, group, host(asked["door"], "directory")),
            work,
        )
        (run_dir / "soak.json").write_text(json.dumps(told))


def soak(
    run_dir: Path, asked: dict[str, Any], cast: Cast, network: Network, failures: Failures, work: Path
) -> dict[str, Any]:
    """Send, and let fail; return what came of it."""
    client = cast.order.selection.clients[0]
    tenant = cast.world.tenant(cast.world.client(client).tenant)
    stop = work / "stop"
    senders = [
        Sender(
            network=network,
            node=client,
            address=str(network.plan.node(host(asked["door"], "exchange")).address),
            host=names.service("exchange", tenant.cloud).hosts[0],
            user=names.user(client, tenant),
            authority=cast.pki / "ca.pem",
            words=run_dir / f"sender{number}.jsonl",
            stop=stop,
        )
        for number in range(SENDERS)
    ]
    say("sending")
    sending = [Forked(functools.partial(each.run), run_dir / f"{each.words.stem}.log") for each in senders]
    chance = random.Random(asked["seed"])
    done = []
    for number, kind in enumerate(asked["kinds"]):
        time.sleep(chance.uniform(*CALM_S))
        done.append(failures.fail(kind, chance.uniform(*OUTAGE_S)))
        say(f"failure {number}: {done[-1]['kind']} of {done[-1]['place']}; active: {failures.leader()}")
    stop.touch()
    deadline = time.monotonic() + SETTLED_S
    codes = [each.wait(max(1.0, deadline - time.monotonic())) for each in sending]
    while (active := failures.leader()) is None and time.monotonic() < deadline:
        time.sleep(POLL_S)
    say(f"over: {codes}, active: {active}")
    assert active is not None and not any(codes), "the senders are not done"
    attempts = [json.loads(line) for each in senders for line in each.words.read_text().splitlines()]
    return {"attempts": attempts, "failures": done, "active": active, "kept": kept(work, active)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
