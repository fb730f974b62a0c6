"""Small questions: to a DNS server whether it is ready and what it knows of a name, and to a STUN server."""

from collections.abc import Callable

import pytest
from scapy.layers.dns import DNS

from services import probe

CHAOS, TXT = 3, 16


def _asked(monkeypatch: pytest.MonkeyPatch, answer: Callable[[bytes], bytes]) -> tuple[bool, DNS]:
    """Ask a server that answers so; return whether that counts, and the question that it got."""
    heard: list[bytes] = []

    def ask(address: str, port: int, question: bytes) -> bytes:
        assert (address, port) == ("100.64.0.2", 53)
        heard.append(question)
        return answer(question)

    monkeypatch.setattr(probe, "ask_udp", ask)
    return probe.answers_dns("100.64.0.2"), DNS(heard[0])


def test_a_server_is_asked_who_it_is_and_to_ask_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    ready, question = _asked(monkeypatch, lambda asked: asked)
    assert ready
    assert (question.qd[0].qname, question.qd[0].qtype, question.qd[0].qclass) == (b"id.server.", TXT, CHAOS)
    assert (question.qr, question.rd, question.qdcount) == (0, 0, 1)


def test_an_answer_to_another_question_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    ready, _ = _asked(monkeypatch, lambda asked: b"\0\0" + asked[2:])
    assert not ready


def test_a_name_is_asked_for_without_making_the_server_ask_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    def ask(address: str, port: int, question: bytes) -> bytes:
        assert (address, port) == ("13.107.24.1", 53)
        heard.append(question)
        return b"answer"

    monkeypatch.setattr(probe, "ask_udp", ask)
    assert probe.ask_name("13.107.24.1", "outlook.ms-acdc.office.com") == b"answer"
    question = DNS(heard[0])
    asked = question.qd[0]
    assert (asked.qname, asked.qtype, asked.qclass) == (b"outlook.ms-acdc.office.com.", 1, 1)
    assert (question.qr, question.rd, question.qdcount) == (0, 0, 1)


@pytest.mark.parametrize("error", [TimeoutError, ConnectionRefusedError])
def test_no_answer_for_a_name_is_an_empty_one(monkeypatch: pytest.MonkeyPatch, error: type[OSError]) -> None:
    def ask(address: str, port: int, question: bytes) -> bytes:
        raise error

    monkeypatch.setattr(probe, "ask_udp", ask)
    assert probe.ask_name("13.107.24.1", "portal.office.com") == b""
    with pytest.raises(error):
        probe.answers_dns("13.107.24.1")


def _asked_stun(monkeypatch: pytest.MonkeyPatch, answer: Callable[[bytes], bytes]) -> bool:
    def ask(address: str, port: int, question: bytes) -> bytes:
        assert (address, port) == ("13.107.64.2", 3478)
        # RFC 8489, section 5: a binding request without attributes.
        assert (question[:8], len(question)) == (bytes.fromhex("000100002112a442"), 20)
        return answer(question)

    monkeypatch.setattr(probe, "ask_udp", ask)
    return probe.answers_stun("13.107.64.2")


SUCCESS, FAILURE = b"\x01\x01", b"\x01\x11"


def test_a_stun_server_is_ready_when_it_answers_what_it_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _asked_stun(monkeypatch, lambda asked: SUCCESS + asked[2:] + b"attributes")
    assert not _asked_stun(monkeypatch, lambda asked: FAILURE + asked[2:])
    assert not _asked_stun(monkeypatch, lambda asked: SUCCESS + asked[2:8] + b"another time")
