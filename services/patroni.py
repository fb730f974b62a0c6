"""A copy of a group's mailboxes: PostgreSQL, kept by Patroni, which learns from etcd whose copy is active."""

from __future__ import annotations

import functools
import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services import postgres
from services.base import Service
from services.etcd import Members
from services.patroni_process import Kept, be, keep, run_patroni, wait_for_turn
from services.postgres import SUPERUSER, Place
from services.process import Process
from topologies.network import Network

REST_PORT = 8008
# Patroni's defaults (https://patroni.readthedocs.io/en/latest/dynamic_configuration.html). The active copy
# steps back if etcd does not answer for RETRY_S: that is longer than an election there.
TTL_S, LOOP_S, RETRY_S = 30, 10, 10
# Exchange Online's lagged copy is seven days behind; here it is to be behind within a run.
LAG_S = 60
# How long a standby, or who it follows, is waited for that says nothing.
SILENCE_S = 10
READY_TIMEOUT_S = 1.0


@dataclass(frozen=True)
class Group:
    """The copies of some mailboxes: the addresses of their hosts by datacenter, the first one's is active at
    the beginning, the last one lags behind; and who decides.

    With ``synchronous`` false a transaction need not be on another copy before it is acknowledged.
    """

    hosts: Mapping[str, str]
    arbiter: Members
    synchronous: bool = True

    @property
    def first(self) -> str:
        """Whose copy is the active one at the beginning."""
        return next(iter(self.hosts))

    @property
    def lagged(self) -> str:
        """Whose copy lags behind."""
        return list(self.hosts)[-1]

    def key(self, name: str) -> str:
        """Return where Patroni keeps something of the group in etcd."""
        return f"/service/{self.arbiter.group}/{name}"


class Copy(Service):
    """One copy, at a datacenter's mailbox server."""

    poll_s = 0.5  # each question is one to etcd, too

    def __init__(self, node: str, folder: Path, place: Place, name: str, group: Group) -> None:
        super().__init__(node, folder)
        self.place = place
        self.name = name
        self.group = group
        self.address = group.hosts[name]
        self._has_joined = False

    def files(self) -> Mapping[str, str]:
        """Return patroni.json; it is YAML, too, which is what Patroni reads."""
        return {"patroni.json": json.dumps(self._settings(), indent=1) + "\n"}

    def _settings(self) -> dict[str, Any]:
        is_lagged = self.name == self.group.lagged
        return {
            "scope": self.group.arbiter.group,
            "name": self.name,
            "restapi": dict.fromkeys(("listen", "connect_address"), f"{self.address}:{REST_PORT}"),
            "etcd3": {"hosts": self.group.arbiter.clients_from(self.name), "use_proxies": True},
            "bootstrap": {"dcs": self._shared()},
            "postgresql": self._postgresql(is_lagged=is_lagged),
            "tags": {"nofailover": is_lagged, "nosync": is_lagged},
            "watchdog": {"mode": "off"},
        }

    def _shared(self) -> dict[str, Any]:
        silence = dict.fromkeys(("wal_sender_timeout", "wal_receiver_timeout"), f"{SILENCE_S}s")
        return {
            "ttl": TTL_S,
            "loop_wait": LOOP_S,
            "retry_timeout": RETRY_S,
            "synchronous_mode": self.group.synchronous,
            "postgresql": {
                "use_pg_rewind": True,
                "use_slots": False,
                "remove_data_directory_on_diverged_timelines": True,
                "parameters": {**postgres.SHARED, **silence, "wal_keep_size": "16MB"},
            },
        }

    def _postgresql(self, *, is_lagged: bool) -> dict[str, Any]:
        at = f"{self.address}:{postgres.PORT}"
        everybody = [
            f"host all,replication {SUPERUSER} {each}/32 trust" for each in self.group.hosts.values()
        ]
        return {
            "listen": at,
            "connect_address": at,
            "use_unix_socket": True,
            "data_dir": str(self.place.data),
            "bin_dir": str(postgres.PROGRAMS),
            "pgpass": str(self.place.folder / "pgpass"),
            "authentication": {
                who: {"username": SUPERUSER} for who in ("superuser", "replication", "rewind")
            },
            "pg_hba": ["local all all trust", *everybody],
            "parameters": dict(postgres.parameters(self.place)),
            "recovery_conf": {"recovery_min_apply_delay": f"{LAG_S}s"} if is_lagged else {},
        }

    def argv(self) -> list[str]:
        """Return what would run the same by hand."""
        return ["patroni", str(self.folder / "patroni.json")]

    def start(self, network: Network) -> Process:
        """Run Patroni below this process, inside the node's network."""
        import patroni.__main__  # noqa: F401  (once, here, and not in every child)

        return Kept(functools.partial(self._run, network), self.log)

    def answers(self) -> bool:
        """Be ready, the first time, when there is an active copy that another one follows at every step.

        Later on it is of no use to wait: who comes back has to find the others first.
        """
        self._has_joined = self._has_joined or self._is_in_step()
        return self._has_joined

    def _is_in_step(self) -> bool:
        members = members_at(self.address)
        roles = {each["role"] for each in members}
        running = {each["name"] for each in members if each["state"] == "running"}
        needed = {"leader", "sync_standby"} if self.group.synchronous else {"leader"}
        return needed <= roles and running == set(self.group.hosts)

    def _run(self, network: Network) -> None:
        # Read before this becomes another account, who may not come where it is.
        settings = json.loads((self.folder / "patroni.json").read_text())
        with network.inside(self.node):
            keep(functools.partial(self._be_patroni, settings))

    def _be_patroni(self, settings: dict[str, Any]) -> None:
        """Be Patroni, as soon as etcd answers: if not whom it asks first does, it ends at once.

        Nobody begins before the first copy is the active one. Who comes back finds that it has been.
        """
        be(postgres.ACCOUNT, self.place.folder)
        etcd = settings["etcd3"]
        is_first = self.name == self.group.first
        etcd["hosts"] = wait_for_turn(etcd["hosts"], self.group.key("status"), is_first=is_first)
        run_patroni(settings)


def members_at(address: str) -> list[dict[str, Any]]:
    """Return what a copy's Patroni knows of all: name, role and state; raise OSError without an answer."""
    with closing(http.client.HTTPConnection(address, REST_PORT, READY_TIMEOUT_S)) as asking:
        asking.request("GET", "/cluster")
        members: list[dict[str, Any]] = json.loads(asking.getresponse().read()).get("members", [])
    return members
