"""nginx's file, as nginx will read it, and when a front end counts as ready."""

import socket
from pathlib import Path

import pytest

from services import web
from services.web import FrontEnd

FRONT_END = FrontEnd(
    "ams-fe",
    Path("/run/of/today"),
    "13.107.6.2",
    datacenter="ams",
    names=("portal.office.com", "portal-office365-com.emeawest.b-msedge.net"),
    pki=Path("/run/of/today/pki"),
)


def _lines() -> list[str]:
    return [line.strip() for line in FRONT_END.files()["nginx.conf"].splitlines()]


def test_it_speaks_http_2_over_tls_1_3_and_nothing_older() -> None:
    assert "listen 13.107.6.2:443 ssl http2;" in _lines()
    assert "ssl_protocols TLSv1.3;" in _lines()


def test_its_answer_says_which_datacenter_served_whom() -> None:
    assert "add_header X-Datacenter ams;" in _lines()
    answer = r"""return 200 '{"datacenter": "ams", "client": "$remote_addr"}\n';"""
    assert answer in _lines()


def test_it_has_the_names_and_the_certificate_that_clients_ask_for() -> None:
    assert "server_name portal.office.com portal-office365-com.emeawest.b-msedge.net;" in _lines()
    assert "ssl_certificate /run/of/today/pki/front-end.pem;" in _lines()
    assert "ssl_certificate_key /run/of/today/pki/front-end.key;" in _lines()


def test_every_block_that_is_opened_is_closed() -> None:
    opened = [line for line in _lines() if line.endswith(("{", "{}"))]
    closed = [line for line in _lines() if line.endswith("}")]
    assert len(opened) == len(closed) > 0


def test_it_is_checked_and_run_with_the_same_file_in_the_foreground() -> None:
    configuration = ["-e", "stderr", "-p", "/run/of/today", "-c", "/run/of/today/nginx.conf"]
    assert FRONT_END.check() == ["nginx", "-t", "-q", *configuration]
    assert FRONT_END.argv() == ["nginx", *configuration]
    assert "daemon off;" in _lines()


def test_it_is_ready_when_it_takes_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    local = FrontEnd("ams-fe", Path(), "127.0.0.1", datacenter="ams", names=(), pki=Path())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setattr(web, "HTTPS_PORT", listening.getsockname()[1])
        assert local.answers()
    with pytest.raises(OSError, match="refused"):
        local.answers()
