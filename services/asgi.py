"""What nginx cannot do: small ASGI applications, served by uvicorn in a process forked from this one."""

from __future__ import annotations

import functools
import http.client
import importlib
import ssl
from collections.abc import Mapping
from pathlib import Path

from services.base import Service
from services.process import Forked, Process
from topologies.base import Frozen
from topologies.network import Network

A_DAY_S = 86_400
READY_TIMEOUT_S = 1.0


class Application(Service):
    """``module`` (in `services.apps`) at an address and port, with its settings; over TLS where it has a PKI."""

    def __init__(
        self,
        node: str,
        folder: Path,
        address: str,
        port: int,
        *,
        module: str,
        settings: Frozen,
        pki: Path | None = None,
    ) -> None:
        super().__init__(node, folder)
        self.address = address
        self.port = port
        self.module = module
        self.settings = settings
        self.pki = pki

    def files(self) -> Mapping[str, str]:
        """Return settings.json."""
        return {"settings.json": self.settings.model_dump_json(indent=1) + "\n"}

    def argv(self) -> list[str]:
        """Return what would run the same by hand."""
        return ["uvicorn", "--factory", f"services.apps.{self.module}:make_app"]

    def start(self, network: Network) -> Process:
        """Serve in a child of this process, inside the node's network."""
        import uvicorn  # noqa: F401  (once, here, and not in every child)

        importlib.import_module(f"services.apps.{self.module}")
        return Forked(functools.partial(_serve, self, network), self.log)

    def answers(self) -> bool:
        """Ask for the application's health."""
        at = self.address, self.port
        if self.pki is None:
            connection = http.client.HTTPConnection(*at, timeout=READY_TIMEOUT_S)
        else:
            context = ssl.create_default_context(cafile=str(self.pki / "ca.pem"))
            context.check_hostname = False
            connection = http.client.HTTPSConnection(*at, context=context, timeout=READY_TIMEOUT_S)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == http.HTTPStatus.NO_CONTENT
        except http.client.HTTPException:
            return False
        finally:
            connection.close()


def _serve(application: Application, network: Network) -> None:
    import uvicorn

    module = importlib.import_module(f"services.apps.{application.module}")
    pki = application.pki
    config = uvicorn.Config(
        module.make_app(application.folder / "settings.json"),
        host=application.address,
        port=application.port,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        # Front doors keep their connections: whoever closes one first is not to be this side.
        timeout_keep_alive=A_DAY_S,
        timeout_graceful_shutdown=1,
        ssl_certfile=pki / "front-end.pem" if pki else None,
        ssl_keyfile=pki / "front-end.key" if pki else None,
    )
    with network.inside(application.node):
        uvicorn.Server(config).run()
