"""Journeys: what a client did and what it was told, a line of ``journey.jsonl`` each."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from measurement import json_lines
from topologies.base import Frozen
from topologies.commands import run
from topologies.network import Network

PHASES = ("name_lookup", "connect", "tls", "first_byte", "total")
CLIENT = Path(__file__).parent / "client.py"
PYTHON = "/usr/bin/python3"  # Debian's: it is the one that has pycurl


class Request(Frozen):
    """One thing that a client asks for. ``{location}`` in the URL is where the answer before said to go.

    ``upload_bytes`` of made-up data are sent instead of ``body``, if they are not none. The client gives up
    after ``patience_s`` seconds. A URL such as "stun:13.107.64.2:3478" (RFC 7064) is a series of STUN binding
    requests, and needs nothing else.
    """

    name: str = "page"
    method: Literal["GET", "POST", "PUT"] = "GET"
    url: str
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""
    upload_bytes: int = 0
    patience_s: Annotated[int, Field(gt=0)] = 600


class Fetch(Frozen):
    """One request of a client and its answer, in the client's own words.

    ``phases_us`` has, in microseconds since the start, the end of ``name_lookup``, ``connect``, ``tls``,
    ``first_byte`` and ``total``. ``opened`` counts the connections that were opened for it: 0 is one that
    was kept. ``certificate`` has the server's ``subject``, ``issuer`` and ``alternative_names``. ``body`` is
    empty if it was long: its length and SHA-256 tell it. ``error`` is curl's, empty if all went well.

    Of STUN, the ``protocol`` is "STUN", the status 200 with an answer, and the header ``xor-mapped-address``
    the address and port that the server saw; the lookup ends the phases that UDP has not.
    """

    name: str
    method: str
    url: str
    started_ns: int
    server_ip: str
    local_port: int
    opened: int
    status: int
    protocol: str
    phases_us: dict[str, int]
    certificate: dict[str, str]
    headers: dict[str, str]
    body: str
    body_bytes: int
    body_sha256: str
    sent_bytes: int
    sent_sha256: str
    error: str

    @field_validator("phases_us")
    @classmethod
    def _has_every_phase(cls, phases_us: dict[str, int]) -> dict[str, int]:
        if tuple(phases_us) != PHASES:
            raise ValueError(f"has the phases {', '.join(phases_us)}; right would be {', '.join(PHASES)}")
        return phases_us


class Journey(Frozen):
    """What one client did in one case: its requests, one after another, over connections that it keeps."""

    case: str
    client: str
    resolver: str
    resolver_ip: str
    fetches: Annotated[tuple[Fetch, ...], Field(min_length=1)]

    @property
    def first(self) -> Fetch:
        """The first request."""
        return self.fetches[0]

    def fetch(self, name: str) -> Fetch | None:
        """Return the request of that name, if the client came to it."""
        return next((each for each in self.fetches if each.name == name), None)


def use_resolver(network: Network, client: str, folder: Path, address: str) -> None:
    """Give a client its own resolv.conf, seen by nobody else."""
    own = folder / "resolv.conf"
    first = not own.exists()
    folder.mkdir(parents=True, exist_ok=True)
    own.write_text(f"nameserver {address}\noptions timeout:10 attempts:1\n", encoding="utf-8")
    if first:
        network.run(client, ["mount", "--bind", str(own), "/etc/resolv.conf"])


def travel(
    network: Network,
    *,
    case: str,
    client: str,
    resolver: tuple[str, str],
    requests: Sequence[Request],
    authority: Path,
    key_log: Path,
) -> Journey:
    """Let a client make requests; ``resolver`` is name and address of the one it uses.

    Raises CommandError if the client itself fails; a request that fails is a journey with its error.
    """
    asked = json.dumps([request.model_dump() for request in requests])
    argv = [PYTHON, "-I", str(CLIENT), asked, str(authority)]
    told = json.loads(network.run(client, argv, env={**os.environ, "SSLKEYLOGFILE": str(key_log)}))
    for number, each in enumerate(told):
        keep = key_log.with_suffix(".pem" if number == 0 else f".{number + 1}.pem")
        each["certificate"] = _certificate(each["certificate"], keep) if each["opened"] else {}
    fetches = tuple(Fetch.model_validate(each) for each in told)
    return Journey(case=case, client=client, resolver=resolver[0], resolver_ip=resolver[1], fetches=fetches)


def _certificate(told: dict[str, str], keep: Path) -> dict[str, str]:
    """Keep the server's certificate as a file, and return its subject, issuer and alternative names."""
    pem = told.pop("pem", "")
    if not pem:
        return told
    keep.write_text(pem, encoding="utf-8")
    shown = run(["openssl", "x509", "-in", str(keep), "-noout", "-ext", "subjectAltName"])
    return {**told, "alternative_names": shown.splitlines()[-1].strip()}


def save(journeys: list[Journey], path: Path) -> None:
    """Write journeys, one JSON object a line."""
    json_lines.save(journeys, path)


def load(path: Path) -> list[Journey]:
    """Read journeys; raise MeasurementError naming the line that is none."""
    return json_lines.load(path, Journey, "a journey")
