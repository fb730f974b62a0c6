"""A visit on this computer: a small DNS server answers, and somebody listens or nobody does."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import dns.flags
import dns.message
import dns.rrset
import pytest

from measurement import visiting
from measurement.visit import Visit
from topologies.network import Network

from ..services.daemons import LocalNetwork

HERE = "127.0.0.1"
NAME = "portal.office.com"


class Answering:
    """A DNS server that answers one question as it was told, and remembers it."""

    def __init__(self, *records: str) -> None:
        self.records = records
        self.asked: list[dns.message.Message] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HERE, 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        wire, asker = self._socket.recvfrom(4096)
        question = dns.message.from_wire(wire)
        self.asked.append(question)
        answer = dns.message.make_response(question)
        for name, kind, *data in map(str.split, self.records):
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *data))
        self._socket.sendto(answer.to_wire(), asker)

    def close(self) -> None:
        self._thread.join(5)
        self._socket.close()


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.create_server((HERE, 0)) as server:
        monkeypatch.setattr(visiting, "HTTPS_PORT", server.getsockname()[1])
        yield server


def _visit(network: Network, resolver: tuple[str, str], name: str, *beside: str) -> Visit:
    return visiting.visit(
        network, survey="s", client="ada", resolver=resolver, name=name, beside=beside, number=7
    )


def test_a_client_asks_and_connects_to_the_first_address_that_it_is_told(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Answering(f"{NAME}. CNAME edge.example.", f"edge.example. A {HERE}")
    monkeypatch.setattr(visiting, "DNS_PORT", server.port)
    network = LocalNetwork()
    told = _visit(network, ("res", HERE), NAME)
    server.close()
    assert told.addresses == (HERE,) and told.error == ""
    (reached,) = told.reached
    assert (reached.address, reached.error) == (told.addresses[0], "") and reached.local_port > 0
    assert (server.asked[0].id, bool(server.asked[0].flags & dns.flags.RD)) == (7, True)
    assert set(network.entered) == {"ada"}


def test_a_connection_is_closed_at_once(listening: socket.socket) -> None:
    _visit(LocalNetwork(), ("", ""), "", HERE)
    accepted, _ = listening.accept()
    with accepted, pytest.raises(ConnectionResetError):
        accepted.recv(1)


def test_without_a_name_nobody_is_asked(listening: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> bytes:
        raise AssertionError("nobody is to be asked")

    monkeypatch.setattr(visiting, "ask_udp", never)
    told = _visit(LocalNetwork(), ("", ""), "", HERE, HERE)
    assert [each.address for each in told.reached] == [HERE, HERE]
    assert len({each.local_port for each in told.reached}) == 2


def test_who_does_not_listen_is_told_and_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HERE, 0)) as gone:
        port = gone.getsockname()[1]
    monkeypatch.setattr(visiting, "HTTPS_PORT", port)
    (reached,) = _visit(LocalNetwork(), ("", ""), "", HERE).reached
    assert reached.error == "Connection refused"


@pytest.mark.parametrize("answer", [b"", b"\0\7\x81\x80 this is none"])
def test_an_answer_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    monkeypatch.setattr(visiting, "ask_udp", lambda *_: answer)
    told = _visit(LocalNetwork(), ("res", HERE), NAME)
    assert told.error and told.addresses == () and told.reached == ()


def test_no_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any) -> bytes:
        raise TimeoutError("timed out")

    monkeypatch.setattr(visiting, "ask_udp", silent)
    assert _visit(LocalNetwork(), ("res", HERE), NAME).error == "TimeoutError: timed out"
