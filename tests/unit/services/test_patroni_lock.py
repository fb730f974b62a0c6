"""The lock of the active copy: kept while it is one's own, and never taken from somebody else."""

from __future__ import annotations

import base64
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from services.patroni_lock import keep_lock

LOCK = "/service/contoso/leader"


class NoTime(Exception):
    """Patroni's own error."""


@pytest.fixture(autouse=True)
def patroni(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken of Patroni, which is not on every computer."""
    module = types.ModuleType("patroni.dcs.etcd3")
    vars(module).update(Etcd3Error=NoTime, base64_encode=_encoded)
    for name in ("patroni", "patroni.dcs"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Retry:
    """Patroni's way to try again: it has so many seconds left."""

    def __init__(self, left_s: float) -> None:
        self.stoptime = 1e12 + left_s if left_s > 0 else 0.0
        self.deadline = left_s

    def copy(self) -> Retry:
        return self

    def __call__(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        return method(*arguments)


class Dcs:
    """Patroni's view of etcd, which may be an old one: `held` is who has the lock, by etcd itself."""

    leader_path = LOCK

    def __init__(self, name: str, seen: tuple[str, str] | None, held: str, left_s: float = 5) -> None:
        self._name, self.held, self._lease = name, held, "old"
        self.asked: list[tuple[dict[str, Any], dict[str, Any]]] = []
        leader = types.SimpleNamespace(name=seen[0], session=seen[1]) if seen else None
        self.cluster = types.SimpleNamespace(leader=leader)
        self._client, self._retry, self.renewed = self, Retry(left_s), "old"

    def _do_refresh_lease(self, force: bool) -> None:
        self._lease = self.renewed

    def _run_and_handle_exceptions(self, method: Callable[..., Any], *arguments: Any, retry: Any) -> Any:
        return retry(method, *arguments)

    def txn(self, compare: dict[str, Any], success: dict[str, Any]) -> bool | None:
        self.asked.append((compare, success))
        return True if compare["value"] == _encoded(self.held) else None


def test_a_session_that_goes_on_keeps_the_lock_without_a_word() -> None:
    dcs = Dcs("ams", ("ams", "old"), "ams")
    assert keep_lock(dcs) is True
    assert not dcs.asked


def test_a_new_session_is_put_into_the_own_lock() -> None:
    dcs = Dcs("ams", ("ams", "old"), "ams")
    dcs.renewed = "new"
    assert keep_lock(dcs) is True
    (compare, success), put = dcs.asked[0], {"key": _encoded(LOCK), "value": _encoded("ams"), "lease": "new"}
    assert compare == {"key": _encoded(LOCK), "target": "VALUE", "value": _encoded("ams")}
    assert success == {"request_put": put}


@pytest.mark.parametrize("held", ["dub", ""])
def test_a_lock_that_is_not_ones_own_any_more_is_not_taken(held: str) -> None:
    dcs = Dcs("ams", ("ams", "old"), held)
    dcs.renewed = "new"
    assert keep_lock(dcs) is False


def test_whoever_sees_no_leader_asks_too() -> None:
    assert keep_lock(Dcs("ams", None, "ams")) is True
    assert keep_lock(Dcs("ams", None, "dub")) is False


def test_without_time_left_it_is_an_error() -> None:
    dcs = Dcs("ams", ("ams", "old"), "ams", left_s=0)
    dcs.renewed = "new"
    with pytest.raises(NoTime):
        keep_lock(dcs)
