"""The server of sites: whose documents it gives, and that a document is there whole or not at all."""

import hashlib
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import example, given
from starlette.applications import Starlette

from services.apps import site
from services.apps.copying import Other
from services.apps.site import Copies, Settings, fill, make_app

from .asking import THOROUGH, Question, answers_to, ask, ask_and_go, questions, stands, written

CONTOSO, FABRIKAM = "contoso.sharepoint.com", "fabrikam.sharepoint.com"
LIBRARY = "/Shared%20Documents/"
RIGHT = f"right would be {CONTOSO}, {FABRIKAM}"
NAMES = "right would be 1 to 128 of A-Z, a-z, 0-9, '.', '_' and '-', and no dot first"


def _made(folder: Path, **changed: Any) -> Starlette:
    sites = {CONTOSO: "contoso", "Fabrikam.SharePoint.com": "fabrikam"}
    values = {"datacenter": "mwh", "server": "mwh-spo", "sites": sites, **changed}
    return make_app(written(folder, Settings(folder=folder / "kept", **values)))


@pytest.fixture
def app(tmp_path: Path) -> Starlette:
    return _made(tmp_path, limit_bytes=1000)


def _put(app: Starlette, name: str, *pieces: bytes, host: str = CONTOSO) -> tuple[int, Any]:
    answer = ask(app, "PUT", LIBRARY + name, {}, *pieces, host=host)
    return answer.status_code, answer.json()


def _kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != "settings.json")


# Sites


@pytest.mark.parametrize("host", [CONTOSO, "CONTOSO.sharepoint.com", f"{CONTOSO}:8443"])
def test_the_host_header_chooses_the_site(app: Starlette, host: str) -> None:
    answer = ask(app, "GET", "/", {"Host": host})
    assert (answer.status_code, answer.json()) == (200, {"site": CONTOSO, "datacenter": "mwh"})


def test_an_unknown_site_is_not_found_and_nobodys(app: Starlette) -> None:
    for path in ("/", f"{LIBRARY}a.txt", "/elsewhere"):
        answer = ask(app, "GET", path, host="northwind.sharepoint.com")
        error = f'no site "northwind.sharepoint.com" is here; {RIGHT}'
        assert (answer.status_code, answer.json()) == (404, {"error": error})
        assert answer.headers["X-Datacenter"] == "mwh"
        assert "X-Site" not in answer.headers


@pytest.mark.parametrize("host", [None, b"", b":443"])
def test_a_question_without_a_host_is_malformed(app: Starlette, host: bytes | None) -> None:
    start, body = ask_and_go(app, "GET", "/", host)
    assert start["status"] == 400
    assert body["body"].decode() == f'{{"error":"there is no Host header; {RIGHT}"}}'


def test_every_answer_of_a_site_says_where_it_comes_from(app: Starlette) -> None:
    assert _put(app, "a.txt", b"a")[0] == 201
    for method, path, status in [
        ("GET", "/", 200),
        ("GET", "/health", 204),
        ("GET", f"{LIBRARY}a.txt", 200),
        ("GET", f"{LIBRARY}b.txt", 404),
        ("GET", f"{LIBRARY}.txt", 400),
        ("GET", "/elsewhere", 404),
        ("POST", "/", 405),
    ]:
        answer = ask(app, method, path, host="CONTOSO.sharepoint.com")
        assert answer.status_code == status
        assert (answer.headers["X-Datacenter"], answer.headers["X-Site"]) == ("mwh", CONTOSO)


def test_it_is_healthy_whoever_asks(app: Starlette) -> None:
    assert ask(app, "GET", "/health", host="127.0.0.1").status_code == 204
    assert ask_and_go(app, "GET", "/health", None)[0]["status"] == 204


def test_sites_share_no_documents(app: Starlette) -> None:
    assert _put(app, "a.txt", b"contoso's")[0] == 201
    assert ask(app, "GET", f"{LIBRARY}a.txt", host=FABRIKAM).status_code == 404
    assert _put(app, "a.txt", b"fabrikam's", host=FABRIKAM)[0] == 201
    assert ask(app, "GET", f"{LIBRARY}a.txt", host=CONTOSO).content == b"contoso's"


# Documents


def test_a_document_comes_back_as_it_was_put(tmp_path: Path) -> None:
    app, pieces = _made(tmp_path), (b"a" * 70_000, b"", b"b" * 70_000)
    whole = b"".join(pieces)
    digest = hashlib.sha256(whole).hexdigest()
    assert _put(app, "Plan_2-b.txt", *pieces) == (
        201,
        {"name": "Plan_2-b.txt", "bytes": 140_000, "sha256": digest},
    )
    answer = ask(app, "GET", f"{LIBRARY}Plan_2-b.txt", host=CONTOSO)
    assert (answer.status_code, answer.content) == (200, whole)
    assert answer.headers["X-Content-SHA256"] == digest
    assert answer.headers["Content-Length"] == "140000"
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_a_document_may_be_empty(app: Starlette) -> None:
    assert _put(app, "a")[1]["sha256"] == hashlib.sha256().hexdigest()
    assert ask(app, "GET", f"{LIBRARY}a", host=CONTOSO).headers["Content-Length"] == "0"


def test_a_document_that_is_put_again_is_the_new_one(app: Starlette, tmp_path: Path) -> None:
    assert [_put(app, "a.txt", text)[0] for text in (b"old and long", b"new")] == [201, 201]
    assert ask(app, "GET", f"{LIBRARY}a.txt", host=CONTOSO).content == b"new"
    assert _kept(tmp_path) == ["a.txt"]


def test_a_document_that_changes_meanwhile_is_one_version_of_it(tmp_path: Path) -> None:
    app, path = _made(tmp_path), f"{LIBRARY}a.txt"
    versions = [bytes([letter]) * 200_000 for letter in b"abcdefgh"]
    assert _put(app, "a.txt", versions[0])[0] == 201
    puts = [Question("PUT", path, (), (text[:90_000], text[90_000:])) for text in versions]
    gets = [Question("GET", path)] * len(puts)
    asked = [question for pair in zip(gets, puts, strict=True) for question in pair]
    given_back = [answer for answer in answers_to(app, asked, CONTOSO) if answer.status_code == 200]
    assert len(given_back) == len(gets)
    for answer in given_back:
        assert answer.content in versions
        assert answer.headers["X-Content-SHA256"] == hashlib.sha256(answer.content).hexdigest()


def test_a_document_that_there_is_not_is_not_found(app: Starlette) -> None:
    answer = ask(app, "GET", f"{LIBRARY}a.txt", host=CONTOSO)
    error = 'there is no document "a.txt"; right would be one that was put here'
    assert (answer.status_code, answer.json()) == (404, {"error": error})


@pytest.mark.parametrize("name", ["a", "-", "_.", "a..b", "Z" * 128])
def test_a_name_may_have_letters_digits_and_three_signs(app: Starlette, name: str) -> None:
    assert _put(app, name, b"a")[0] == 201
    assert ask(app, "GET", LIBRARY + name, host=CONTOSO).content == b"a"


@pytest.mark.parametrize(
    "name",
    ["", ".a", "%2e%2e", "%2e%2e%2fsettings.json", "a%2Fb", "a/b", "a%20b", "caf%C3%A9", "a%00", "Z" * 129],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_any_other_name_is_malformed(app: Starlette, tmp_path: Path, method: str, name: str) -> None:
    answer = ask(app, method, LIBRARY + name, {}, b"a", host=CONTOSO)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(f" cannot name a document; {NAMES}")
    assert _kept(tmp_path) == []


# What does not come in whole


def test_a_body_over_the_limit_is_refused_and_nothing_is_kept(app: Starlette, tmp_path: Path) -> None:
    error = {"error": "the body is too large; right would be 1000 bytes or fewer"}
    assert _put(app, "a.txt", b"a" * 1001) == (413, error)
    assert _put(app, "a.txt", b"a" * 600, b"a" * 401) == (413, error)
    assert _kept(tmp_path) == []


def test_a_body_of_exactly_the_limit_is_kept(app: Starlette, tmp_path: Path) -> None:
    assert _put(app, "a.txt", b"a" * 600, b"a" * 400)[0] == 201
    assert _kept(tmp_path) == ["a.txt"]


def test_nothing_is_kept_of_a_client_that_goes_away(app: Starlette, tmp_path: Path) -> None:
    start = ask_and_go(app, "PUT", "/Shared Documents/a.txt", CONTOSO.encode(), b"half of it")[0]
    assert start["status"] == 400
    assert _kept(tmp_path) == []


def test_a_document_survives_another_that_does_not_come_whole(app: Starlette) -> None:
    assert _put(app, "a.txt", b"the first")[0] == 201
    assert _put(app, "a.txt", b"a" * 1001)[0] == 413
    ask_and_go(app, "PUT", "/Shared Documents/a.txt", CONTOSO.encode(), b"half of it")
    assert ask(app, "GET", f"{LIBRARY}a.txt", host=CONTOSO).content == b"the first"


# Documents that are there from the start


def test_a_filled_document_is_given_with_its_digest(app: Starlette, tmp_path: Path) -> None:
    size = (1 << 20) + 5
    digest = fill(tmp_path / "kept", "CONTOSO.sharepoint.com", "big.bin", size, 7)
    answer = ask(app, "GET", f"{LIBRARY}big.bin", host=CONTOSO)
    assert len(answer.content) == size
    assert digest == answer.headers["X-Content-SHA256"] == hashlib.sha256(answer.content).hexdigest()


def test_a_filled_document_comes_from_seed_and_name_and_cannot_be_compressed(tmp_path: Path) -> None:
    def filled(folder: str, name: str, seed: int) -> bytes:
        fill(tmp_path / folder, CONTOSO, name, (2 << 20) + 1, seed)
        return (tmp_path / folder / CONTOSO / name).read_bytes()

    one = filled("one", "a.bin", 7)
    assert one == filled("two", "a.bin", 7)
    assert len({one, filled("one", "b.bin", 7), filled("one", "c.bin", 8), filled("two", "c.bin", 7)}) == 4
    assert one[:1000] != one[1 << 20 : (1 << 20) + 1000]
    assert len(zlib.compress(one, 1)) > len(one)


def test_a_filled_document_may_be_empty(tmp_path: Path) -> None:
    assert fill(tmp_path, CONTOSO, "a.bin", 0, 7) == hashlib.sha256().hexdigest()


# Everything else


def test_other_paths_and_methods_are_refused_in_words(app: Starlette) -> None:
    unknown, method = (
        ask(app, *asked, host=CONTOSO) for asked in [("GET", "/x"), ("DELETE", f"{LIBRARY}a.txt")]
    )
    right = "/, /Shared Documents/{name}, /health"
    assert unknown.json() == {"error": f'there is nothing at "/x"; right would be {right}'}
    assert (method.status_code, method.headers["Allow"]) == (405, "GET, HEAD, PUT")
    assert method.json() == {"error": '"DELETE" is no method of this path; right would be GET, HEAD, PUT'}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    return _made(tmp_path_factory.mktemp("fuzzed"), limit_bytes=300)


@THOROUGH
@given(
    question=questions(
        ["/", f"{LIBRARY}a.txt", f"{LIBRARY}%2e%2e/settings.json", LIBRARY, "/health"],
        {"Content-Type": ["text/plain"], "Content-Length": ["-1"], "Range": ["bytes=5-1"]},
        [b"", b"a" * 300],
    )
)
@example(Question("PUT", f"{LIBRARY}a/b", [], [b"a"]))
def test_no_question_is_too_odd(fuzzed: Starlette, question: Question) -> None:
    assert stands(fuzzed, question, CONTOSO)


@THOROUGH
@given(question=questions(["/", "/health"], {"Host": [CONTOSO, "", "[::1]:443", ":"]}, [b""]))
def test_no_host_is_too_odd(fuzzed: Starlette, question: Question) -> None:
    assert stands(fuzzed, question)


# Two servers


class Second(BaseHTTPRequestHandler):
    """The site's other server: remembers what is written to it, and answers as the test says."""

    protocol_version = "HTTP/1.1"
    written: ClassVar[list[tuple[str, str, bytes]]] = []
    status = 201

    def do_PUT(self) -> None:
        document = self.rfile.read(int(self.headers["Content-Length"]))
        self.written.append((self.headers["Host"], self.path, document))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Second]]:
    """A second server, which is spoken to without TLS."""
    monkeypatch.setattr(Second, "written", [])
    monkeypatch.setattr(site, "_other", lambda copies: Other(copies.address, copies.port, None))
    with HTTPServer(("127.0.0.1", 0), Second) as server:
        monkeypatch.setattr(Second, "port", server.server_port, raising=False)
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield Second
        server.shutdown()
        serving.join()


def _doubled(folder: Path, port: int) -> Starlette:
    copies = {CONTOSO.title(): Copies(address="127.0.0.1", port=port, authority=folder / "ca.pem")}
    return _made(folder, copies=copies)


def test_a_document_is_written_to_both_servers(tmp_path: Path, second: Any) -> None:
    app = _doubled(tmp_path, second.port)
    assert _put(app, "Plan_2-b.txt", b"to ", b"both")[0] == 201
    assert second.written == [(CONTOSO, f"{LIBRARY}Plan_2-b.txt", b"to both")]
    assert ask(app, "GET", f"{LIBRARY}Plan_2-b.txt", host=CONTOSO).content == b"to both"


def test_what_comes_from_the_other_server_is_not_sent_back(tmp_path: Path, second: Any) -> None:
    app = _doubled(tmp_path, second.port)
    answer = ask(app, "PUT", f"{LIBRARY}a.txt", {"X-Copy": "yes"}, b"a", host=CONTOSO)
    assert (answer.status_code, second.written) == (201, [])
    assert ask(app, "GET", f"{LIBRARY}a.txt", host=CONTOSO).content == b"a"


def test_a_site_at_one_place_is_written_there_alone(tmp_path: Path, second: Any) -> None:
    app = _doubled(tmp_path, second.port)
    assert _put(app, "a.txt", b"a", host=FABRIKAM)[0] == 201
    assert second.written == []


def test_what_the_other_server_does_not_take_is_not_there(
    tmp_path: Path, second: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _doubled(tmp_path, second.port)
    assert _put(app, "a.txt", b"old")[0] == 201
    monkeypatch.setattr(Second, "status", 503)
    status, said = _put(app, "a.txt", b"new")
    assert status == 503
    assert said["error"] == (
        "it would be in one place only: the server at 127.0.0.1 refuses it (503);"
        " right would be to ask again later"
    )
    assert ask(app, "GET", f"{LIBRARY}a.txt", host=CONTOSO).content == b"old"
    assert _kept(tmp_path) == ["a.txt"]


def test_what_is_too_large_goes_to_neither(tmp_path: Path, second: Any) -> None:
    copies = {CONTOSO: Copies(address="127.0.0.1", port=second.port, authority=tmp_path / "ca.pem")}
    app = _made(tmp_path, copies=copies, limit_bytes=3)
    assert _put(app, "a.txt", b"four")[0] == 413
    assert second.written == []


def test_the_other_server_is_spoken_to_over_tls_and_has_to_be_certified(tmp_path: Path) -> None:
    missing = {CONTOSO: Copies(address="127.0.0.1", port=444, authority=tmp_path / "no.pem")}
    with pytest.raises(FileNotFoundError):
        _made(tmp_path, copies=missing)
