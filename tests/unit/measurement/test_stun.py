"""STUN requests to a server of this computer's, which answers, is slow, or says something else."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from measurement import stun
from measurement.journey import PHASES
from measurement.stun import exchange, mapped_address

# RFC 5769, section 2.2: a sample response, with XOR-MAPPED-ADDRESS between other attributes.
SAMPLE = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96"
)
ANSWERED_MS = 30

Answer = Callable[[int, bytes], list[bytes]]  # the number of a question from 0, and the question


def success(question: bytes, port: int = 40_000) -> bytes:
    """Return an answer that says 198.51.100.1 and a port."""
    address = int.from_bytes(socket.inet_aton("198.51.100.1"), "big") ^ stun.MAGIC_COOKIE
    value = struct.pack("!HHBBHI", 0x0020, 8, 0, 1, port ^ 0x2112, address)
    return b"\x01\x01" + len(value).to_bytes(2, "big") + question[4:] + value


@contextmanager
def server(answer: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """Serve during the block: its URL, and the questions that came."""
    questions: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as serving:
        serving.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                question, asker = serving.recvfrom(2000)
                if question == b"end":
                    return
                questions.append(question)
                for each in answer(len(questions) - 1, question):
                    serving.sendto(each, asker)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"stun:127.0.0.1:{serving.getsockname()[1]}", questions
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"end", serving.getsockname())
            thread.join()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stun, "TIMEOUT_S", 0.2)


def test_five_requests_are_five_transactions_some_time_apart() -> None:
    with server(lambda _, question: [success(question)]) as (url, questions):
        told = exchange(url)
    assert len(set(questions)) == len(questions) == 5
    assert {(len(each), each[:8]) for each in questions} == {(20, bytes.fromhex("000100002112a442"))}
    assert 80_000 <= told["phases_us"]["total"] < 200_000


def test_what_is_told_is_the_first_answers_address_and_when_it_came() -> None:
    with server(lambda number, question: [success(question, 40_000 + number)]) as (url, _):
        told = exchange(url)
    assert (told["status"], told["protocol"], told["error"], told["opened"]) == (200, "STUN", "", 1)
    assert told["headers"] == {"xor-mapped-address": "198.51.100.1:40000"}
    assert (told["server_ip"], told["local_port"] > 0, told["certificate"]) == ("127.0.0.1", True, {})
    phases = told["phases_us"]
    assert tuple(phases) == PHASES
    assert phases["name_lookup"] == phases["connect"] == phases["tls"] <= phases["first_byte"] < 20_000


def test_what_is_lost_shows_in_the_total_only() -> None:
    with server(lambda number, question: [success(question)] if number else []) as (url, questions):
        told = exchange(url)
    assert (told["status"], len(questions)) == (200, 5)
    assert 20_000 <= told["phases_us"]["first_byte"] < 80_000
    assert told["phases_us"]["total"] >= 280_000


def test_no_answer_is_an_error() -> None:
    with server(lambda *_: []) as (url, questions):
        told = exchange(url)
    assert (told["status"], told["headers"], len(questions)) == (0, {}, 5)
    assert told["error"] == "no answer to 5 requests within 0.2 s"
    assert told["phases_us"]["first_byte"] == told["phases_us"]["total"] >= 280_000


@pytest.mark.parametrize(
    "answer",
    [
        lambda question: success(question)[:8] + bytes(12) + success(question)[20:],
        lambda question: b"\x01\x11" + success(question)[2:],
        lambda question: question,
        lambda question: b"",
    ],
    ids=["to another request", "an error", "an echo", "nothing in it"],
)
def test_what_is_no_answer_to_a_request_does_not_count(answer: Callable[[bytes], bytes]) -> None:
    with server(lambda _, question: [answer(question)]) as (url, _):
        assert exchange(url)["status"] == 0


def test_an_answer_that_comes_twice_counts_once() -> None:
    def first_twice_and_last_never(number: int, question: bytes) -> list[bytes]:
        return [success(question)] * {0: 2, 4: 0}.get(number, 1)

    with server(first_twice_and_last_never) as (url, _):
        assert exchange(url)["phases_us"]["total"] >= 280_000  # somebody still waits for the fifth


def test_a_server_that_is_not_there_is_an_error() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    told = exchange(f"stun:127.0.0.1:{port}")
    assert (told["status"], told["error"]) == (0, "Connection refused")


def test_a_name_that_does_not_exist_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    told = exchange("stun:media.example.com:3478")
    assert (told["status"], told["error"], told["server_ip"]) == (0, "Name or service not known", "")
    assert tuple(told["phases_us"]) == PHASES


def test_without_a_port_it_is_3478(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def lookup(*arguments: object) -> None:
        asked.append(arguments)
        raise socket.gaierror(socket.EAI_NONAME, "enough")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    exchange("stun:media.example.com")
    assert asked == [("media.example.com", 3478, socket.AF_INET, socket.SOCK_DGRAM)]


def test_the_mapped_address_is_that_of_the_standards_own_sample() -> None:
    assert mapped_address(SAMPLE) == "192.0.2.1:32853"


@pytest.mark.parametrize("length", [0, 2, 19, 20, 22, 36, 40, 46])
def test_a_message_that_is_cut_before_it_has_none(length: int) -> None:
    assert mapped_address(SAMPLE[:length]) == ""
