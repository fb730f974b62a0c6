"""The client, with a curl that is none: what it sets for each request, and what it tells of the answer."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from measurement.journey import CLIENT, PHASES, Fetch, Request

AUTHORITY = "/run/ca.pem"
OPTIONS = re.findall(r"pycurl\.([A-Z][A-Z0-9_]+)", CLIENT.read_text(encoding="utf-8"))

Options = dict[str, Any]


class FakeCurlError(Exception):
    """Stands in for pycurl.error."""


class FakeCurl:
    """Keeps the options of each request, and answers with what `answer` does with them."""

    def __init__(self, answer: Callable[[Options], Options]) -> None:
        self.answer = answer
        self.options: Options = {}
        self.requests: list[Options] = []
        self.info: Options = {}
        self.closed = False

    def reset(self) -> None:
        self.options = {}

    def setopt(self, name: str, value: Any) -> None:
        self.options[name] = value

    def perform(self) -> None:
        self.requests.append(self.options)
        self.info = {**INFO, **self.answer(self.options)}
        if "error" in self.info:
            raise FakeCurlError(28, self.info["error"])

    def getinfo(self, name: str) -> Any:
        return self.info[name]

    def close(self) -> None:
        self.closed = True


INFO: Options = {
    "PRIMARY_IP": "13.107.6.18",
    "LOCAL_PORT": 40_000,
    "NUM_CONNECTS": 1,
    "RESPONSE_CODE": 200,
    "INFO_HTTP_VERSION": 3,
    "INFO_CERTINFO": [(("Subject", "CN=x.example"), ("Issuer", "CN=Root"), ("Cert", "PEM"), ("Serial", "1"))],
    "NAMELOOKUP_TIME": 0.03,
    "CONNECT_TIME": 0.07,
    "APPCONNECT_TIME": 0.11,
    "STARTTRANSFER_TIME": 0.1500004,
    "TOTAL_TIME": 0.1519996,
}
# The clock of the client: what it looks at, a value each time.
BEGAN_NS, HEADER_NS = 1_700_000_000_000_000_000, 1_700_000_000_205_000_999


class Session:
    """The client's own module, with the requests that it made of a fake curl."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answer: Callable[[Options], Options] = lambda _: {}
        self.curl = FakeCurl(lambda options: self.answer(options))
        pycurl = ModuleType("pycurl")
        for name in OPTIONS:
            setattr(pycurl, name, name)
        pycurl.Curl = lambda: self.curl  # type: ignore[attr-defined]
        pycurl.error = FakeCurlError  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "pycurl", pycurl)
        spec = importlib.util.spec_from_file_location("the_client", CLIENT)
        assert spec is not None and spec.loader is not None
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        times = iter(range(1000))
        monkeypatch.setattr(self.module.time, "time_ns", lambda: (BEGAN_NS, HEADER_NS)[next(times) % 2])

    def tell(self, *requests: Request) -> list[dict[str, Any]]:
        """Return what the client tells of requests."""
        told: list[dict[str, Any]] = self.module.session([each.model_dump() for each in requests], AUTHORITY)
        return told


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    return Session(monkeypatch)


def saying(*lines: str, body: bytes = b"", **info: Any) -> Callable[[Options], Options]:
    """Answer with header lines and a body."""

    def answer(options: Options) -> Options:
        for line in lines:
            options["HEADERFUNCTION"](f"{line}\r\n".encode())
        options["WRITEFUNCTION"](body)
        return info

    return answer


def page(**changes: Any) -> Request:
    return Request.model_validate({"url": "https://x.example/", **changes})


def test_what_it_tells_is_a_request_of_a_journey(session: Session) -> None:
    (told,) = session.tell(page())
    told["certificate"].pop("pem")
    fetch = Fetch.model_validate(told)
    assert (fetch.name, fetch.method, fetch.url) == ("page", "GET", "https://x.example/")
    assert (fetch.server_ip, fetch.local_port, fetch.opened) == ("13.107.6.18", 40_000, 1)
    assert (fetch.status, fetch.protocol, fetch.error) == (200, "HTTP/2", "")
    assert fetch.certificate == {"subject": "CN=x.example", "issuer": "CN=Root"}
    assert fetch.started_ns == BEGAN_NS


def test_the_phases_are_curls_in_whole_microseconds(session: Session) -> None:
    (told,) = session.tell(page())
    assert told["phases_us"] == {
        "name_lookup": 30_000,
        "connect": 70_000,
        "tls": 110_000,
        "first_byte": 150_000,
        "total": 152_000,
    }


def test_it_trusts_the_authority_speaks_ipv4_and_keeps_cookies(session: Session) -> None:
    session.tell(page(headers={"X-AnchorMailbox": "me", "Accept": "*/*"}, patience_s=7))
    (options,) = session.curl.requests
    assert (options["URL"], options["CAINFO"]) == ("https://x.example/", AUTHORITY)
    assert (options["IPRESOLVE"], options["HTTP_VERSION"]) == ("IPRESOLVE_V4", "CURL_HTTP_VERSION_2TLS")
    assert (options["COOKIEFILE"], options["TIMEOUT"]) == ("", 7)
    assert options["HTTPHEADER"] == ["X-AnchorMailbox: me", "Accept: */*"]
    assert not {"POST", "UPLOAD", "POSTFIELDS"} & set(options)


def test_all_requests_go_through_one_curl_which_keeps_connections(session: Session) -> None:
    session.answer = lambda _: {"NUM_CONNECTS": 0 if len(session.curl.requests) > 1 else 1}
    told = session.tell(page(name="a"), page(name="b"), page(name="c"))
    assert [(each["name"], each["opened"]) for each in told] == [("a", 1), ("b", 0), ("c", 0)]
    assert session.curl.closed


def test_options_of_one_request_are_not_the_nexts(session: Session) -> None:
    session.tell(page(method="POST", body="text"), page())
    assert "POST" not in session.curl.requests[1]


def test_headers_are_told_by_their_names_in_lower_case_without_the_status(session: Session) -> None:
    session.answer = saying("HTTP/2 200", "X-Datacenter: dub", "date: Mon, 30 Nov 2026 00:53:32 GMT", "")
    (told,) = session.tell(page())
    assert told["headers"] == {"x-datacenter": "dub", "date": "Mon, 30 Nov 2026 00:53:32 GMT"}


def test_a_location_is_that_of_the_answer_before(session: Session) -> None:
    session.answer = saying("HTTP/2 302", "Location: https://y.example/there")
    told = session.tell(page(), page(url="{location}?more"))
    assert told[1]["url"] == session.curl.requests[1]["URL"] == "https://y.example/there?more"


@pytest.mark.parametrize("first", [(), (page(),)], ids=["there was no answer", "it went nowhere"])
def test_a_location_where_there_is_none_is_empty(session: Session, first: tuple[Request, ...]) -> None:
    assert session.tell(*first, page(url="{location}"))[-1]["url"] == ""


def test_a_failure_is_told_and_ends_the_session(session: Session) -> None:
    session.answer = lambda _: {"error": "Timeout was reached", "RESPONSE_CODE": 0, "INFO_CERTINFO": []}
    (told,) = session.tell(page(), page())
    assert (told["error"], told["status"], told["certificate"]) == ("Timeout was reached", 0, {})
    assert session.curl.closed


def test_a_refusal_by_the_server_is_no_failure(session: Session) -> None:
    session.answer = lambda _: {"RESPONSE_CODE": 503}
    assert [each["status"] for each in session.tell(page(), page())] == [503, 503]


@pytest.mark.parametrize(
    "code, told", [(1, "HTTP/1.0"), (2, "HTTP/1.1"), (3, "HTTP/2"), (30, "HTTP/3"), (9, "")]
)
def test_the_protocol_is_told_by_its_name(session: Session, code: int, told: str) -> None:
    session.answer = lambda _: {"INFO_HTTP_VERSION": code}
    assert session.tell(page())[0]["protocol"] == told


@pytest.mark.parametrize("size, kept", [(0, True), (2000, True), (2001, False), (75_000, False)])
def test_a_long_body_is_told_by_its_length_and_digest_alone(session: Session, size: int, kept: bool) -> None:
    body = b"x" * size
    session.answer = saying(body=body)
    (told,) = session.tell(page())
    assert told["body"] == (body.decode() if kept else "")
    assert (told["body_bytes"], told["body_sha256"]) == (size, hashlib.sha256(body).hexdigest())


def test_a_body_that_comes_in_parts_is_one(session: Session) -> None:
    def answer(options: Options) -> Options:
        for part in (b"a" * 1999, b"\xff", b""):
            options["WRITEFUNCTION"](part)
        return {}

    session.answer = answer
    (told,) = session.tell(page())
    assert told["body"] == "a" * 1999 + "\N{REPLACEMENT CHARACTER}"
    assert told["body_bytes"] == 2000


def test_a_post_sends_its_body_and_says_so(session: Session) -> None:
    (told,) = session.tell(page(method="POST", body="ü=1"))
    (options,) = session.curl.requests
    assert (options["POST"], options["POSTFIELDS"]) == (1, "ü=1".encode())
    assert (told["sent_bytes"], told["sent_sha256"]) == (4, hashlib.sha256("ü=1".encode()).hexdigest())


def test_a_put_uploads_made_up_data_that_is_the_same_each_time(session: Session) -> None:
    sent: list[bytes] = []

    def answer(options: Options) -> Options:
        sent.append(options["READFUNCTION"](options["INFILESIZE"] + 1))
        assert (options["UPLOAD"], options["INFILESIZE"]) == (1, 5000)
        return {}

    session.answer = answer
    names = ("upload-1", "upload-1", "upload-2")
    told = session.tell(*(page(name=name, method="PUT", upload_bytes=5000) for name in names))
    assert sent[0] == sent[1] != sent[2]
    assert [len(each) for each in sent] == [each["sent_bytes"] for each in told] == [5000] * 3
    assert [each["sent_sha256"] for each in told] == [hashlib.sha256(each).hexdigest() for each in sent]


def test_what_is_not_sent_has_no_digest(session: Session) -> None:
    (told,) = session.tell(page())
    assert (told["sent_bytes"], told["sent_sha256"]) == (0, "")


@pytest.mark.parametrize(
    "changes", [{"method": "POST", "body": "b"}, {"method": "PUT", "upload_bytes": 9}], ids=["POST", "PUT"]
)
def test_where_something_is_sent_the_first_byte_is_the_answers(session: Session, changes: Options) -> None:
    session.answer = saying("HTTP/2 200", "x: y")
    (told,) = session.tell(page(**changes))
    assert told["phases_us"]["first_byte"] == (HEADER_NS - BEGAN_NS) // 1000 == 205_000


def test_where_nothing_is_sent_or_nothing_comes_the_first_byte_is_curls(session: Session) -> None:
    session.answer = saying("HTTP/2 200")
    assert session.tell(page())[0]["phases_us"]["first_byte"] == 150_000
    session.answer = saying()
    assert session.tell(page(method="POST", body="b"))[0]["phases_us"]["first_byte"] == 150_000


def test_a_media_relay_is_asked_without_curl_by_the_file_beside(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "started_ns": BEGAN_NS,
        "server_ip": "13.107.64.2",
        "local_port": 40_000,
        "opened": 1,
        "status": 200,
    }
    told |= {"protocol": "STUN", "error": "", "certificate": {}, "phases_us": dict.fromkeys(PHASES, 7)}
    asked: list[tuple[str, str]] = []

    def run_path(path: str) -> dict[str, Callable[[str], Options]]:
        def exchange(url: str) -> Options:
            asked.append((path, url))
            return {**told, "headers": {"xor-mapped-address": "198.51.100.1:40000"}}

        return {"exchange": exchange}

    monkeypatch.setattr(session.module.runpy, "run_path", run_path)
    url = "stun:13.107.64.2:3478"
    found, page_after = session.tell(page(name="media", url=url), page())
    assert asked == [(str(CLIENT.with_name("stun.py")), url)]
    fetch = Fetch.model_validate(found)
    assert (fetch.name, fetch.url, fetch.status, fetch.protocol) == ("media", url, 200, "STUN")
    assert fetch.headers == {"xor-mapped-address": "198.51.100.1:40000"}
    assert (fetch.body, fetch.body_bytes, fetch.sent_bytes) == ("", 0, 0)
    assert page_after["protocol"] == "HTTP/2"
    assert len(session.curl.requests) == 1
