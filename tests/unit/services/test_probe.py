"""The question with which a DNS server is found ready."""

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
