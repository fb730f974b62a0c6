"""What nginx cannot do: small ASGI applications, served by uvicorn in a process forked from this one."""

from __future__ import annotations

import contextlib
import functools
import http.client
import importlib
import socket
from collections.abc import Mapping
from pathlib import Path

from services.base import Service
from services.process import Forked, Process
from topologies.base import Frozen
from topologies.network import Network

A_DAY_S = 86_400
READY_TIMEOUT_S = 1.0


class Application(Service):
    """``module`` (of `services.apps`) with its settings, at an address and port, or at a socket in a folder.

    Behind an nginx on the same host it is the latter: TCP would now and then wait there for acknowledgements.
    """

    def __init__(
        self, node: str, folder: Path, at: tuple[str, int] | Path, *, module: str, settings: Frozen
    ) -> None:
        super().__init__(node, folder)
        self.at = at
        self.module = module
        self.settings = settings

    def files(self) -> Mapping[str, str]:
        """Return settings.json."""
        return {"settings.json": self.settings.model_dump_json(indent=1) + "\n"}

    def argv(self) -> list[str]:
        """Return what would run the same by hand."""
        return ["uvicorn", "--factory", f"services.apps.{self.module}:make_app"]

    def start(self, network: Network) -> Process:
        """Serve in a child of this process, inside the node's network."""
        import services.quiet_server  # noqa: F401  (once, here, and not in every child)

        importlib.import_module(f"services.apps.{self.module}")
        return Forked(functools.partial(_serve, self, network), self.log)

    def answers(self) -> bool:
        """Ask for the application's health."""
        with contextlib.closing(_connected(self.at)) as connection:
            try:
                connection.request("GET", "/health")
                return connection.getresponse().status == http.HTTPStatus.NO_CONTENT
            except http.client.HTTPException:
                return False


def _connected(at: tuple[str, int] | Path) -> http.client.HTTPConnection:
    """Return a connection; raises OSError while nobody listens."""
    if not isinstance(at, Path):
        return http.client.HTTPConnection(*at, timeout=READY_TIMEOUT_S)
    connection = http.client.HTTPConnection("localhost", timeout=READY_TIMEOUT_S)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.settimeout(READY_TIMEOUT_S)
    try:
        connection.sock.connect(str(at))
    except OSError:
        connection.close()
        raise
    return connection


def _serve(application: Application, network: Network) -> None:
    import uvicorn

    from services.quiet_server import QuietServer

    module = importlib.import_module(f"services.apps.{application.module}")
    at = application.at
    host, port = ("localhost", 0) if isinstance(at, Path) else at
    config = uvicorn.Config(
        module.make_app(application.folder / "settings.json"),
        host=host,
        port=port,
        uds=str(at) if isinstance(at, Path) else None,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        # Front ends keep their connections: whoever closes one first is not to be this side.
        timeout_keep_alive=A_DAY_S,
        timeout_graceful_shutdown=1,
    )
    with network.inside(application.node):
        QuietServer(config).run()
