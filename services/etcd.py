"""The arbiter of a group of copies: etcd, one member each in some datacenters, which agree by a majority."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from services.base import Service
from services.process import Process
from services.steady import Change, steadied
from topologies.base import Frozen
from topologies.network import Network

CLIENT_PORT, PEER_PORT = 2379, 2380  # registered with IANA
# etcd's defaults are 100 and 1000. Its tuning guide asks for a heartbeat of one round trip between members,
# and for an election after ten (https://etcd.io/docs/v3.4/tuning/); longer ones cost less real time.
HEARTBEAT_MS, ELECTION_MS = 600, 3000
# It looks ten times a second whether there is anything to put from its log into its database. It need not be
# soon: who starts again reads the log first.
BATCH_S = 10
NS_PER_S = 1_000_000_000
# It looks ten times a second whether somebody who watches lags behind, which costs more than all else that
# it does when idle, and cannot be told to do so less often (mvcc/watchable_store.go, syncWatchersLoop). The
# last thing before it waits: CMP, JG, and the time in EAX. Who does not lag is told at once, as before.
LAGGING_S = 1
COMPARED, NS_IN_EAX = bytes.fromhex("4839d1 7f05"), b"\xb8"
SELDOM = Change(
    "look after watchers ten times a second as etcd 3.4.23 does",
    COMPARED + NS_IN_EAX + (NS_PER_S // 10).to_bytes(4, "little"),
    COMPARED + NS_IN_EAX + (NS_PER_S * LAGGING_S).to_bytes(4, "little"),
)
READY_TIMEOUT_S = 1.0
PROGRAM = Path("/usr/bin/etcd")


class Members(Frozen):
    """Who agrees: the members' addresses by name, and the group that they are for."""

    group: str
    addresses: dict[str, str]

    def clients_from(self, name: str) -> list[str]:
        """Return where somebody beside a member asks: that member first, if there is one of that name."""
        return self.clients_in(sorted(self.addresses, key=lambda each: each != name))

    def clients_in(self, order: Iterable[str]) -> list[str]:
        """Return where members of some names are asked, as ADDRESS:PORT."""
        return [f"{self.addresses[name]}:{CLIENT_PORT}" for name in order]


class Etcd(Service):
    """One member. What it has agreed to is in ``data``, and stays there when it ends."""

    def __init__(self, node: str, folder: Path, data: Path, name: str, members: Members) -> None:
        super().__init__(node, folder)
        self.data = data
        self.name = name
        self.members = members
        self.address = members.addresses[name]

    def files(self) -> Mapping[str, str]:
        """Return etcd.json; it is YAML, too, which is what etcd reads."""
        peer, client = f"http://{self.address}:{PEER_PORT}", f"http://{self.address}:{CLIENT_PORT}"
        everybody = (f"{name}=http://{each}:{PEER_PORT}" for name, each in self.members.addresses.items())
        values = {
            "name": self.name,
            "data-dir": str(self.data),
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "initial-cluster": ",".join(everybody),
            "initial-cluster-token": self.members.group,
            "heartbeat-interval": HEARTBEAT_MS,
            "election-timeout": ELECTION_MS,
            "backend-batch-interval": BATCH_S * NS_PER_S,
            "pre-vote": True,  # who comes back from a cut makes nobody elect anew; usual since 3.5
            "enable-grpc-gateway": True,  # off, if a file says nothing of it
            "logger": "zap",
            "log-level": "warn",
        }
        return {"etcd.json": json.dumps(values, indent=1) + "\n"}

    def argv(self) -> list[str]:
        """Return etcd in the foreground, its log on standard error."""
        return [str(self.data.parent / "etcd"), "--config-file", str(self.folder / "etcd.json")]

    def start(self, network: Network) -> Process:
        """Start a copy of etcd that does the same again, and less for nothing, in its node."""
        steadied(PROGRAM, self.data.parent / "etcd", SELDOM)
        return super().start(network)

    def answers(self) -> bool:
        """Ask whether it knows a leader, for which a majority has to be there."""
        return bool(_asked(f"{self.address}:{CLIENT_PORT}", "GET", "/health").get("health") == "true")


def is_decided(client: str) -> bool:
    """Ask a member whether all have agreed on a version, as they do once; raise OSError without an answer."""
    return bool(_asked(client, "GET", "/version").get("etcdcluster") != "not_decided")


def value_of(client: str, key: str) -> str | None:
    """Ask a member for a key's value, None if it is not there.

    Raises OSError if it does not answer, or has lost the others.
    """
    question = json.dumps({"key": base64.b64encode(key.encode()).decode()})
    found = _asked(client, "POST", "/v3/kv/range", question).get("kvs", [])
    return base64.b64decode(found[0]["value"]).decode() if found else None


def _asked(client: str, method: str, path: str, question: str | None = None) -> dict[str, Any]:
    with closing(http.client.HTTPConnection(client, timeout=READY_TIMEOUT_S)) as asking:
        try:
            asking.request(method, path, question)
            answer = asking.getresponse()
            words = answer.read().decode()
        except http.client.HTTPException as error:
            raise ConnectionError(f"etcd at {client}: {error!r}") from None
    if answer.status != http.HTTPStatus.OK:
        raise ConnectionError(f"etcd at {client}: {words}")
    told: dict[str, Any] = json.loads(words)
    return told
