"""Small applications: how they are configured, served by a child of this process, and found ready."""

import http.client
import json
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.apps.directory import Settings, TenantEntry
from services.asgi import Application
from services.base import running
from topologies.errors import ServiceError

from .daemons import LocalNetwork

HOSTS = {name: f"{name}.example.com" for name in ("portal", "exchange", "sharepoint")}
SETTINGS = Settings(
    cloud="worldwide",
    suffixes={"worldwide": "onmicrosoft.com"},
    hosts={"worldwide": HOSTS},
    tenants={"contoso": TenantEntry(datacenter="mwh", site="contoso.sharepoint.com")},
    users=("traveller@contoso.onmicrosoft.com",),
)


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short name: a socket's has 107 characters at most."""
    folder = Path(tempfile.mkdtemp(prefix="asgi-"))
    yield folder
    shutil.rmtree(folder)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _directory(folder: Path, at: tuple[str, int] | Path, settings: Settings = SETTINGS) -> Application:
    return Application("mwh-dir", folder, at, module="directory", settings=settings)


@pytest.fixture(params=["port", "socket"])
def directory(request: pytest.FixtureRequest, short: Path) -> Application:
    """A datacenter's directory, at a port or at a socket in a folder."""
    at = ("127.0.0.1", _free_port()) if request.param == "port" else short / "at"
    return _directory(short / "directory", at)


def test_it_serves_until_the_block_ends(directory: Application) -> None:
    network = LocalNetwork()
    with running(network, [directory]):
        assert directory.answers()
    assert network.started == []  # no program was
    assert set(network.entered) == {"mwh-dir"}
    with pytest.raises(OSError, match=r"refused|No such file"):
        directory.answers()


def test_a_connection_stays_open_for_the_next_request(short: Path) -> None:
    port = _free_port()
    with running(LocalNetwork(), [_directory(short / "directory", ("127.0.0.1", port))]):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        for _ in range(3):
            connection.request("GET", "/health")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (204, b"")
            assert answer.getheader("Server") is None and answer.getheader("Connection") is None
            time.sleep(0.05)
        connection.close()


def test_its_settings_are_a_file_in_its_folder() -> None:
    application = _directory(Path("/run/of/today"), ("13.107.6.46", 80))
    files = application.files()
    assert files.keys() == {"settings.json"}
    assert Settings.model_validate(json.loads(files["settings.json"])) == SETTINGS
    assert application.argv() == ["uvicorn", "--factory", "services.apps.directory:make_app"]
    assert application.check() is None


def test_an_application_that_cannot_begin_is_named_with_its_last_words(short: Path) -> None:
    application = _directory(short / "directory", short / "gone" / "at")
    words = r"(?s)^mwh-dir: uvicorn ended with code \d+; its last lines:.*No such file or directory"
    with pytest.raises(ServiceError, match=words):
        with running(LocalNetwork(), [application]):
            pass


def test_an_application_that_does_not_exist_is_an_error_before_anything_is_forked(short: Path) -> None:
    application = Application("mwh-dir", short, short / "at", module="no_such_app", settings=SETTINGS)
    with pytest.raises(ModuleNotFoundError, match="no_such_app"):
        application.start(LocalNetwork())


# Readiness


@pytest.mark.parametrize(
    "answer, ready",
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", False),
        (b"220 mail ready\r\n", False),
    ],
)
def test_only_one_answer_means_ready(short: Path, answer: bytes, ready: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        asked: list[bytes] = []

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                asked.append(connection.recv(4096))
                connection.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        assert _directory(short, listening.getsockname()).answers() == ready
        serving.join()
    assert asked[0].startswith(b"GET /health HTTP/1.1\r\n")


def test_nobody_who_listens_is_an_error_that_is_waited_for(short: Path) -> None:
    with pytest.raises(ConnectionRefusedError):
        _directory(short, ("127.0.0.1", _free_port())).answers()
    with pytest.raises(FileNotFoundError):
        _directory(short, short / "at").answers()
