"""A copy: what Patroni is told, who may lead and who may not, and when a copy counts as ready."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from services import patroni, patroni_process
from services.etcd import ELECTION_MS, Members
from services.patroni import LOOP_S, RETRY_S, TTL_S, Copy, Group
from services.postgres import SHARED, Place

HOSTS = {"dub": "192.0.2.1", "ams": "192.0.2.2", "par": "192.0.2.3", "vie": "192.0.2.4"}
ARBITER = Members(group="contoso", addresses=dict(list(HOSTS.items())[:3]))
GROUP = Group(HOSTS, ARBITER)


def _copy(tmp_path: Path, name: str, group: Group = GROUP) -> Copy:
    return Copy(f"{name}-mbx", tmp_path / name, Place(tmp_path, f"{name}-mbx"), name, group)


def _told(tmp_path: Path, name: str, group: Group = GROUP) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(_copy(tmp_path, name, group).files()["patroni.json"])
    return told


def test_the_first_is_active_and_the_last_lags() -> None:
    assert (GROUP.first, GROUP.lagged) == ("dub", "vie")
    assert GROUP.key("leader") == "/service/contoso/leader"


@pytest.mark.parametrize("name", HOSTS)
def test_only_the_lagged_copy_never_leads_and_is_never_waited_for(tmp_path: Path, name: str) -> None:
    told = _told(tmp_path, name)
    is_lagged = name == "vie"
    assert told["tags"] == {"nofailover": is_lagged, "nosync": is_lagged}
    delay = {"recovery_min_apply_delay": "60s"} if is_lagged else {}
    assert told["postgresql"]["recovery_conf"] == delay


def test_patronis_own_rule_for_its_times_is_kept(tmp_path: Path) -> None:
    shared = _told(tmp_path, "ams")["bootstrap"]["dcs"]
    assert (shared["ttl"], shared["loop_wait"], shared["retry_timeout"]) == (TTL_S, LOOP_S, RETRY_S)
    assert shared["loop_wait"] + 2 * shared["retry_timeout"] <= shared["ttl"]
    assert shared["retry_timeout"] > 2 * ELECTION_MS / 1000
    assert SHARED.items() <= shared["postgresql"]["parameters"].items()


@pytest.mark.parametrize("synchronous", [True, False])
def test_all_are_told_alike_whether_a_transaction_waits_for_another_copy(
    tmp_path: Path, synchronous: bool
) -> None:
    group = Group(HOSTS, ARBITER, synchronous=synchronous)
    modes = [_told(tmp_path, name, group)["bootstrap"]["dcs"]["synchronous_mode"] for name in HOSTS]
    assert modes == [synchronous] * 4


def test_only_the_copies_hosts_may_replicate(tmp_path: Path) -> None:
    local, *remote = _told(tmp_path, "par")["postgresql"]["pg_hba"]
    assert local == "local all all trust"
    assert remote == [f"host all,replication postgres {each}/32 trust" for each in HOSTS.values()]


ALL = [
    {"name": "dub", "role": "leader", "state": "running"},
    {"name": "ams", "role": "sync_standby", "state": "running"},
    {"name": "par", "role": "replica", "state": "running"},
    {"name": "vie", "role": "replica", "state": "running"},
]


@pytest.mark.parametrize(
    "members, ready",
    [
        (ALL, True),
        (ALL[:3], False),
        ([{**ALL[0], "role": "replica"}, *ALL[1:]], False),
        ([ALL[0], {**ALL[1], "role": "replica"}, *ALL[2:]], False),
        ([*ALL[:3], {**ALL[3], "state": "starting"}], False),
        ([], False),
    ],
)
def test_ready_is_who_is_of_a_whole_group_in_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: list[dict[str, str]], ready: bool
) -> None:
    monkeypatch.setattr(patroni, "members_at", lambda address: members)
    assert _copy(tmp_path, "ams").answers() is ready


def test_who_was_ready_once_is_not_waited_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = _copy(tmp_path, "dub")
    monkeypatch.setattr(patroni, "members_at", lambda address: ALL)
    assert copy.answers()
    monkeypatch.setattr(patroni, "members_at", lambda address: [])
    assert copy.answers()


def test_without_a_synchronous_standby_an_asynchronous_group_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [ALL[0], *({**each, "role": "replica"} for each in ALL[1:])]
    monkeypatch.setattr(patroni, "members_at", lambda address: members)
    assert _copy(tmp_path, "par", Group(HOSTS, ARBITER, synchronous=False)).answers()
    assert not _copy(tmp_path, "par").answers()


# Whose turn it is


@pytest.mark.parametrize(
    "is_first, values, order",
    [
        (True, {"a": None, "b": None}, ["a", "b"]),
        (True, {"b": None}, ["b", "a"]),
        (False, {"a": "7", "b": "7"}, ["a", "b"]),
        (False, {"b": "7"}, ["b", "a"]),
        (False, {"a": None, "b": "7"}, ["b", "a"]),
    ],
)
def test_who_answers_is_asked_first(
    monkeypatch: pytest.MonkeyPatch, is_first: bool, values: dict[str, str | None], order: list[str]
) -> None:
    def asked(client: str, key: str = "") -> str | None:
        if client not in values:
            raise ConnectionRefusedError(client)
        return values[client]

    monkeypatch.setattr(patroni_process, "is_decided", lambda client: asked(client) != "not yet")
    monkeypatch.setattr(patroni_process, "value_of", asked)
    assert patroni_process.wait_for_turn(["a", "b"], "status", is_first=is_first) == order


def test_nobody_begins_before_somebody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(patroni_process, "is_decided", lambda client: bool(waited))
    monkeypatch.setattr(patroni_process, "value_of", lambda client, key: "7" if len(waited) > 1 else None)
    monkeypatch.setattr(time, "sleep", waited.append)
    assert patroni_process.wait_for_turn(["a"], "status", is_first=False) == ["a"]
    assert len(waited) == 2
