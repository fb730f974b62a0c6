"""The file of a turnserver that relays; that it does, a guest shows."""

from __future__ import annotations

from pathlib import Path

from services.turn import TurnRelay

USERS = {"traveller": "secret", "colleague": "other"}
RELAY = TurnRelay(
    "dub-rly", Path("/run/of/today"), ("13.107.64.1", "13.107.6.29"), relayed_at="13.107.6.29", users=USERS
)


def lines() -> list[str]:
    return RELAY.files()["turnserver.conf"].splitlines()


def values(key: str) -> list[str]:
    return [line.partition("=")[2] for line in lines() if line.partition("=")[0] == key]


def test_it_listens_for_udp_and_where_firewalls_let_tcp_out() -> None:
    assert values("listening-ip") == ["13.107.64.1", "13.107.6.29"]
    assert values("listening-port") == ["3478"]
    assert values("aux-server") == ["13.107.64.1:443", "13.107.6.29:443"]
    assert not {"stun-only", "no-tcp", "no-udp"} & set(lines())


def test_what_is_relayed_comes_from_the_one_address_that_no_other_relay_has() -> None:
    assert values("relay-ip") == ["13.107.6.29"]


def test_users_have_to_say_who_they_are() -> None:
    assert "lt-cred-mech" in lines()
    assert (values("realm"), values("user")) == (["clientpath"], ["traveller:secret", "colleague:other"])


def test_each_client_has_a_socket_so_that_its_packets_have_its_own_dscp() -> None:
    assert (values("ne"), values("relay-threads")) == (["1"], ["0"])


def test_it_leaves_nothing_but_its_log() -> None:
    assert {"userdb=:memory:", "pidfile=/dev/null", "log-file=stdout", "simple-log"} <= set(lines())


def test_it_is_run_as_any_relay_is() -> None:
    assert RELAY.argv() == ["turnserver", "-c", "/run/of/today/turnserver.conf"]
    assert RELAY.addresses == ("13.107.64.1", "13.107.6.29")
