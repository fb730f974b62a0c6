"""The edge's file, as nginx will read it, and when an edge counts as ready."""

import http
import http.server
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services import edge, web
from services.edge import EdgeFront, Origin
from services.pki import make_certificates

from .test_pki import needs_openssl

FOLDER, PKI = Path("/run/of/today"), Path("/run/of/today/pki")
CONTENT = "publiccdn.sharepointonline.com"
ORIGINS = {
    "contoso.sharepoint.com": Origin(
        datacenter="hkg", address="40.108.200.57", account="cdn@contoso.onmicrosoft.com"
    ),
    "fabrikam.sharepoint.com": Origin(
        datacenter="ams", address="40.108.128.1", account="cdn@fabrikam.onmicrosoft.com"
    ),
}


def _edge(*, warm: bool = True, pki: Path = PKI, addresses: tuple[str, ...] = ("13.107.18.2",)) -> EdgeFront:
    return EdgeFront(
        "den-pop",
        FOLDER,
        addresses,
        origins=ORIGINS,
        content=CONTENT,
        cache=Path("/tmp/den-pop-cache"),
        warm=warm,
        datacenter="den",
        names=("portal.office.com",),
        pki=pki,
    )


def _servers(front: EdgeFront) -> dict[str, str]:
    """Return each server's text by its names."""
    text = front.files()["nginx.conf"]
    parts = text.split("    server {\n")[1:]
    return {found[1]: part for part in parts if (found := re.search(r"server_name (.*);", part))}


def test_there_is_a_server_for_the_portal_for_the_sites_and_for_the_content_network() -> None:
    assert list(_servers(_edge())) == ["portal.office.com", " ".join(ORIGINS), CONTENT]


def test_all_of_them_listen_at_every_address() -> None:
    front = _edge(addresses=("13.107.18.2", "13.107.136.9"))
    for part in _servers(front).values():
        assert re.findall(r"listen (.*);", part) == [
            "13.107.18.2:443 ssl http2",
            "13.107.136.9:443 ssl http2",
        ]


def test_braces_are_balanced() -> None:
    text = re.sub(r"'[^']*'", "", _edge().files()["nginx.conf"])
    assert text.count("{") == text.count("}")


def test_a_sites_origin_is_where_its_data_is_and_only_a_known_one_is_asked() -> None:
    text = _edge().files()["nginx.conf"]
    for site, origin in ORIGINS.items():
        assert f"        {site} {origin.datacenter};\n" in text
        assert f"        {site} {origin.account};\n" in text
        assert (
            f"upstream origin-{origin.datacenter} {{\n        server {origin.address}:443 max_fails=0;"
            in text
        )
    content = _servers(_edge())[CONTENT]
    assert 'if ($origin = "")' in content and "return 404" in content


def test_only_the_content_network_keeps_what_it_has_fetched_and_says_whether_it_had_it() -> None:
    portal, sites, content = _servers(_edge()).values()
    for words in ("proxy_cache content;", "X-Cache $upstream_cache_status", "X-AnchorMailbox $account"):
        assert words in content and words not in sites and words not in portal


def test_what_comes_over_the_backbone_goes_on_at_once() -> None:
    _, sites, _ = _servers(_edge()).values()
    assert "proxy_buffering off;" in sites


@pytest.mark.parametrize("warm", [True, False])
def test_connections_are_kept_only_where_they_are_warm(warm: bool) -> None:
    text = _edge(warm=warm).files()["nginx.conf"]
    assert ("keepalive 16;" in text) == warm
    assert (web.WARM in text) == warm
    # A header that a location sets takes the place of all that it would have inherited.
    passing = [part for part in text.split("location ")[1:] if "proxy_pass" in part]
    assert len(passing) == (3 if warm else 2)
    assert all(f'proxy_set_header Connection "{"" if warm else "close"}";' in part for part in passing)


class _Origin(http.server.BaseHTTPRequestHandler):
    status = http.HTTPStatus.BAD_REQUEST
    asked: list[tuple[str, str]] = []  # noqa: RUF012  (each server has a list of its own)

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Host"]))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _served(pki: Path, status: http.HTTPStatus) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    asked: list[tuple[str, str]] = []
    handler = type("Handler", (_Origin,), {"status": status, "asked": asked})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "front-end.pem", pki / "front-end.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@needs_openssl
@pytest.mark.parametrize(
    "status, ready", [(http.HTTPStatus.BAD_REQUEST, True), (http.HTTPStatus.BAD_GATEWAY, False)]
)
def test_it_is_ready_when_every_origin_has_said_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: http.HTTPStatus, ready: bool
) -> None:
    make_certificates(tmp_path, ("portal.office.com", "*.sharepoint.com"))
    with _served(tmp_path, status) as (port, asked):
        monkeypatch.setattr(web, "HTTPS_PORT", port)
        monkeypatch.setattr(edge, "HTTPS_PORT", port)
        assert _edge(pki=tmp_path, addresses=("127.0.0.1",)).answers() == ready
    assert asked == [(web.WARM, site) for site in (ORIGINS if ready else [next(iter(ORIGINS))])]


@needs_openssl
def test_without_warm_connections_no_origin_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_certificates(tmp_path, ("portal.office.com",))
    with _served(tmp_path, http.HTTPStatus.OK) as (port, asked):
        monkeypatch.setattr(web, "HTTPS_PORT", port)
        assert _edge(warm=False, pki=tmp_path, addresses=("127.0.0.1",)).answers()
    assert asked == []
