"""nginx's files, as nginx will read them, and when a front end counts as ready."""

import re
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from services import web
from services.pki import make_certificates
from services.web import FrontDoor, FrontEnd, MailboxFront, SiteFront

from .test_pki import needs_openssl

FOLDER, PKI = Path("/run/of/today"), Path("/run/of/today/pki")
DIRECTORY = "13.107.6.14"
PORTAL = FrontEnd("ams-fe", FOLDER, ("13.107.6.2",), datacenter="ams", names=("portal.office.com",), pki=PKI)
SIGNING_IN = FrontEnd(
    "ams-fe", FOLDER, ("13.107.6.2",), datacenter="ams", names=("portal.office.com",), pki=PKI,
    directory=DIRECTORY,
)  # fmt: skip
MAILBOXES = {"mwh": "40.97.119.85", "dub": "40.101.28.5"}


def _front_door(*, warm: bool, pki: Path = PKI, address: str = "40.101.12.97") -> FrontDoor:
    return FrontDoor(
        "ams-efz",
        FOLDER,
        (address, "40.101.12.98"),
        datacenter="ams",
        names=("outlook.office365.com", "outlook.office.com"),
        pki=pki,
        directory=DIRECTORY,
        mailboxes=MAILBOXES,
        warm=warm,
    )


WARM, COLD = _front_door(warm=True), _front_door(warm=False)
MAILBOX = MailboxFront(
    "mwh-mbx",
    FOLDER,
    ("40.97.119.85",),
    datacenter="mwh",
    names=("mwh-mbx",),
    pki=PKI,
    application=Path("/run/mwh-mbx"),
)
SITE = SiteFront(
    "mwh-spo",
    FOLDER,
    ("40.108.144.1",),
    datacenter="mwh",
    names=("contoso.sharepoint.com",),
    pki=PKI,
    application=Path("/run/mwh-spo"),
    directory="13.107.6.46",
)
ALL = [PORTAL, SIGNING_IN, WARM, COLD, MAILBOX, SITE]
IDS = ["portal", "signing in", "warm", "cold", "mailbox", "site"]
every = pytest.mark.parametrize("front", ALL, ids=IDS)


def _lines(front: FrontEnd) -> list[str]:
    return [line.strip() for line in front.files()["nginx.conf"].splitlines()]


def _block(front: FrontEnd, head: str) -> list[str]:
    """Return the lines of one block, by its first line."""
    lines = _lines(front)
    start = lines.index(head)
    return lines[start + 1 : lines.index("}", start)]


# All of them


@every
def test_it_speaks_tls_1_3_and_nothing_older(front: FrontEnd) -> None:
    assert [line for line in _lines(front) if line.startswith("ssl_protocols")] == ["ssl_protocols TLSv1.3;"]


@every
def test_it_has_the_names_and_the_certificate_that_clients_ask_for(front: FrontEnd) -> None:
    lines = _lines(front)
    assert f"server_name {' '.join(front.names)};" in lines
    assert "ssl_certificate /run/of/today/pki/front-end.pem;" in lines
    assert "ssl_certificate_key /run/of/today/pki/front-end.key;" in lines


@every
def test_every_block_that_is_opened_is_closed_and_every_line_is_whole(front: FrontEnd) -> None:
    lines = [line for line in _lines(front) if line and not line.startswith("#")]
    opened = [line for line in lines if line.endswith("{")]
    closed = [line for line in lines if line == "}"]
    assert len(opened) == len(closed) > 0
    assert [line for line in lines if not line.endswith((";", "{", "}"))] == []


@every
def test_every_answer_says_which_datacenter_gave_it(front: FrontEnd) -> None:
    # Where a block has a header of its own, nginx forgets those of the blocks around it.
    header = f"add_header X-Datacenter {front.datacenter} always;"
    text = front.files()["nginx.conf"]
    assert header in _lines(front)
    for block in re.findall(r"location [^{]*{[^}]*}", text):
        assert "add_header" not in block or header in block


@every
def test_it_is_checked_and_run_with_the_same_file_in_the_foreground(front: FrontEnd) -> None:
    configuration = ["-e", "stderr", "-p", "/run/of/today", "-c", "/run/of/today/nginx.conf"]
    assert front.check() == ["nginx", "-t", "-q", *configuration]
    assert front.argv() == ["nginx", *configuration]
    assert "daemon off;" in _lines(front)


@every
def test_two_on_one_machine_share_no_file(front: FrontEnd) -> None:
    text = front.files()["nginx.conf"]
    paths = re.findall(r"(?:pid|_temp_path|access_log) (\S+?)[ ;]", text)
    assert len(paths) == 7
    assert all(front.node in path or path.startswith(str(FOLDER)) for path in paths)


@pytest.mark.parametrize("front", [PORTAL, SIGNING_IN, WARM, COLD, SITE], ids=lambda front: front.node)
def test_whoever_clients_speak_to_speaks_http_2_at_all_its_addresses(front: FrontEnd) -> None:
    listening = [line for line in _lines(front) if line.startswith("listen")]
    assert listening == [f"listen {address}:443 ssl http2;" for address in front.addresses]


# The directory


@pytest.mark.parametrize(
    "front, service, site",
    [(SIGNING_IN, "portal", '""'), (WARM, "exchange", '""'), (SITE, "sharepoint", "$host")],
    ids=["portal", "exchange", "sharepoint"],
)
def test_the_datacenters_own_directory_is_asked_for_what_a_caller_may(
    front: FrontEnd, service: str, site: str
) -> None:
    assert f"server {front.directory}:80 max_fails=0;" in _block(front, "upstream directory {")
    for location in ("locate", "refusal"):
        asking = _block(front, f"location = /.{location} {{")
        assert {"internal;", f"proxy_pass http://directory/{location};"} <= set(asking)
        assert {f"proxy_set_header X-Service {service};", f"proxy_set_header X-Site {site};"} <= set(asking)
        assert {"proxy_pass_request_body off;", 'proxy_set_header Content-Length "";'} <= set(asking)
    assert "auth_request /.locate;" in _lines(front)


@pytest.mark.parametrize("front", [SIGNING_IN, WARM, SITE], ids=["portal", "exchange", "sharepoint"])
def test_a_refusal_is_in_the_directorys_words_and_a_failure_in_its_own(front: FrontEnd) -> None:
    lines = _lines(front)
    assert "error_page 403 = /.refusal;" in lines
    assert "error_page 500 502 504 = @unavailable;" in lines
    assert any(line.startswith("return 503") for line in _block(front, "location @unavailable {"))


@pytest.mark.parametrize("front, limit", [(SIGNING_IN, "1m"), (WARM, "1m"), (SITE, "120m")])
def test_a_body_has_a_limit_that_the_refusal_names(front: FrontEnd, limit: str) -> None:
    assert f"client_max_body_size {limit};" in _lines(front)
    (words,) = (line for line in _block(front, "location @too-large {") if line.startswith("return 413"))
    assert f"right would be {limit} at most" in words


def test_without_a_directory_nobody_is_asked() -> None:
    for front in (PORTAL, MAILBOX):
        text = front.files()["nginx.conf"]
        assert "directory" not in text and "auth_request" not in text


# The portal


def test_its_answer_says_which_datacenter_served_whom() -> None:
    answer = r"""return 200 '{"datacenter": "ams", "client": "$remote_addr"}\n';"""
    assert answer in _block(PORTAL, "location / {")


def test_it_signs_in_and_launches_only_where_there_is_a_directory() -> None:
    assert "auth_request /.locate;" in _block(SIGNING_IN, "location = /signin {")
    assert "return 302 https://$tenant_site/;" in _block(SIGNING_IN, "location @launch {")
    assert not any("/signin" in line or "/launch" in line for line in _lines(PORTAL))


# Exchange


def test_a_front_door_knows_every_mailbox_server() -> None:
    for front in (WARM, COLD):
        for name, address in MAILBOXES.items():
            assert f"server {address}:444 max_fails=0;" in _block(front, f"upstream mailbox-{name} {{")
        assert "proxy_pass https://mailbox-$target;" in _block(front, "location / {")


def test_a_front_door_says_who_it_is_and_whom_it_asked() -> None:
    assert {
        "add_header X-FEServer ams-efz always;",
        "add_header X-CalculatedBETarget $target-mbx always;",
    } <= set(_block(WARM, "location / {"))


def test_a_mailbox_server_has_to_prove_who_it_is() -> None:
    lines = _lines(WARM)
    assert {"proxy_ssl_verify on;", "proxy_ssl_trusted_certificate /run/of/today/pki/ca.pem;"} <= set(lines)
    assert "proxy_ssl_name $target-mbx;" in _block(WARM, "location / {")


def test_only_a_warm_front_door_keeps_its_connections() -> None:
    assert "keepalive 16;" in _block(WARM, "upstream mailbox-mwh {")
    assert not any(line.startswith("keepalive") for line in _block(COLD, "upstream mailbox-mwh {"))
    assert "proxy_set_header Connection close;" in _block(COLD, "location / {")
    assert "proxy_set_header Connection close;" not in _lines(WARM)


def test_a_warm_front_door_opens_its_connections_for_itself_alone() -> None:
    warming = _block(WARM, "location ~ ^/.warm/(?<warmed>[a-z0-9]+)$ {")
    assert {"allow 40.101.12.97;", "deny all;"} <= set(warming)
    assert warming.index("allow 40.101.12.97;") < warming.index("deny all;")
    assert not any("/.warm/" in line for line in _lines(COLD))


# In front of applications


def test_a_mailbox_server_listens_for_front_doors_and_asks_its_application() -> None:
    assert "listen 40.97.119.85:444 ssl;" in _lines(MAILBOX)
    assert not any("http2" in line or ":443" in line for line in _lines(MAILBOX))
    assert "server unix:/run/mwh-mbx max_fails=0;" in _block(MAILBOX, "upstream application {")


def test_a_site_asks_its_application_for_what_a_caller_may() -> None:
    assert "server unix:/run/mwh-spo max_fails=0;" in _block(SITE, "upstream site {")
    assert {"auth_request /.locate;", "proxy_pass http://site;"} <= set(_block(SITE, "location / {"))


# Ready


@pytest.mark.parametrize("front, port", [(PORTAL, "HTTPS_PORT"), (MAILBOX, "MAILBOX_PORT")])
def test_it_is_ready_when_it_takes_a_connection(
    monkeypatch: pytest.MonkeyPatch, front: FrontEnd, port: str
) -> None:
    monkeypatch.setattr(front, "addresses", ("127.0.0.1",))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setattr(web, port, listening.getsockname()[1])
        assert front.answers()
    with pytest.raises(OSError, match="refused"):
        front.answers()


def _serving(pki: Path, answers: dict[str, int], asked: list[str]) -> tuple[int, Callable[[], None]]:
    """Answer each path over TLS with a status until stopped; return the port, and how to stop."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "front-end.pem", pki / "front-end.key")
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
                with context.wrap_socket(connection, server_side=True) as secure:
                    asked.append(secure.recv(4096).split()[1].decode())
                    status = answers.get(asked[-1], 404)
                    secure.sendall(f"HTTP/1.1 {status} Fine\r\nContent-Length: 0\r\n\r\n".encode())
            except (OSError, IndexError):
                if listening.fileno() < 0:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()

    def stop() -> None:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()

    return listening.getsockname()[1], stop


@needs_openssl
@pytest.mark.parametrize("statuses, ready", [((204, 204), True), ((204, 502), False), ((403, 204), False)])
def test_a_warm_front_door_is_ready_when_all_its_connections_are_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statuses: tuple[int, int], ready: bool
) -> None:
    make_certificates(tmp_path, ("outlook.office365.com",))
    paths = dict(zip((f"/.warm/{name}" for name in MAILBOXES), statuses, strict=True))
    asked: list[str] = []
    port, stop = _serving(tmp_path, paths, asked)
    monkeypatch.setattr(web, "HTTPS_PORT", port)
    monkeypatch.setattr("http.client.HTTPSConnection.default_port", port)
    try:
        assert _front_door(warm=True, pki=tmp_path, address="127.0.0.1").answers() == ready
        assert _front_door(warm=False, pki=tmp_path, address="127.0.0.1").answers()
    finally:
        stop()
    assert asked == list(paths)[: 2 if statuses[0] == 204 else 1]


# A site at two places


def _copied() -> FrontEnd:
    return SiteFront(
        "mwh-spo",
        FOLDER,
        ("40.108.144.1",),
        datacenter="mwh",
        names=("contoso.sharepoint.com",),
        pki=PKI,
        application=Path("/run/mwh-spo"),
        directory="13.107.6.46",
        copied=True,
    )


def test_the_other_server_of_a_site_writes_at_a_port_of_its_own_and_needs_no_directory() -> None:
    inner = _copied().files()["nginx.conf"].partition("What another datacenter's server")[2]
    assert "listen 40.108.144.1:444 ssl;" in inner
    assert "ssl_certificate_key /run/of/today/pki/front-end.key;" in inner
    assert "client_max_body_size 120m;" in inner
    assert "auth_request" not in inner and "X-Copy" not in inner
    assert "proxy_pass http://site;" in inner


def test_clients_cannot_say_that_they_are_the_other_server() -> None:
    outer = _copied().files()["nginx.conf"].partition("What another datacenter's server")[0]
    assert 'proxy_set_header X-Copy "";' in outer
    for block in re.findall(r"location / {[^}]*}", outer):
        assert "proxy_set_header" not in block  # it would be instead of those of the server


def test_at_one_place_there_is_nothing_of_it() -> None:
    text = SITE.files()["nginx.conf"]
    assert "X-Copy" not in text and ":444" not in text
