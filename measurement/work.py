"""Work: what a client asks for during minutes, and what it was told; a line of ``spells.jsonl`` each."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Literal

from pydantic import Field

from measurement import json_lines
from measurement.journey import PYTHON
from topologies.base import Frozen
from topologies.errors import MeasurementError
from topologies.network import Network

WORKER = Path(__file__).parent / "worker.py"
SPELLS_FILE = "spells.jsonl"


class Asked(Frozen):
    """A request of a work. "{number}" in it stands for the request's number in the work, from 0.

    It fails after ``patience_ms``, or ``connect_ms`` without a connection, or ``stall_s`` without a byte, if
    that is not 0. A client that ``insists`` asks for it again until it is answered with success.
    """

    name: str
    method: Literal["GET", "POST"] = "GET"
    url: str
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""
    patience_ms: Annotated[int, Field(gt=0)] = 10_000
    connect_ms: Annotated[int, Field(gt=0)] = 5_000
    stall_s: Annotated[int, Field(ge=0)] = 0
    insists: bool = False
    keeps_body: bool = False


class Work(Frozen):
    """What a client does: ``requests`` in turn, one each ``interval_ms``, for ``length_ms``.

    Each goes over a connection of its own (``fresh``), or all over one that is kept: it is given up when a
    request on it was not answered in time. With ``in_turn`` a request waits for the end of the one before.
    What the client insists on is asked for again after ``retry_ms``. ``first`` comes before the clock starts,
    ``last`` when all is over.
    """

    name: str
    client: str
    requests: Annotated[tuple[Asked, ...], Field(min_length=1)]
    first: tuple[Asked, ...] = ()
    last: tuple[Asked, ...] = ()
    interval_ms: Annotated[int, Field(gt=0)]
    length_ms: Annotated[int, Field(gt=0)]
    retry_ms: Annotated[int, Field(gt=0)] = 1000
    fresh: bool = False
    in_turn: bool = False


class Attempt(Frozen):
    """A request, once, in the client's own words; `measurement.journey.Fetch` explains what both have.

    ``attempt`` counts from 1. ``headers`` are those of the answer that begin with "x-".
    """

    name: str
    number: int
    attempt: int
    started_ns: int
    ended_ns: int
    error: str
    status: int
    server_ip: str
    local_port: int
    opened: int
    phases_us: dict[str, int]
    headers: dict[str, str]
    body_bytes: int
    body_sha256: str
    body: str

    @property
    def is_good(self) -> bool:
        """Whether it was answered with success."""
        return not self.error and 200 <= self.status < 300


class Told(Frozen):
    """What a client says of its work in one spell: every attempt, in the order of their ends."""

    spell: str
    work: str
    client: str
    resolver: str
    started_ns: int
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Working:
    """A client at work: its process, and where its words go."""

    work: Work
    process: subprocess.Popen[bytes]
    words: Path

    def told(self, spell: str, resolver: str, started_ns: int) -> Told:
        """Wait for its end, and return what it says; raise MeasurementError if it failed."""
        if self.process.wait():
            log = self.words.with_suffix(".log").read_text(encoding="utf-8").strip()
            raise MeasurementError(f"{self.work.client}: the client failed at {self.work.name}: {log}")
        attempts = json.loads(self.words.read_text(encoding="utf-8"))
        own = {"spell": spell, "work": self.work.name, "client": self.work.client, "resolver": resolver}
        return Told.model_validate({**own, "started_ns": started_ns, "attempts": attempts})


def begin(
    network: Network, work: Work, start_ns: int, authority: Path, key_log: Path, words: Path
) -> Working:
    """Let a client begin a work whose clock starts at a time, in nanoseconds since the epoch."""
    asked = json.dumps({**work.model_dump(), "start_ns": start_ns})
    argv = network.command(work.client, [PYTHON, "-I", str(WORKER), asked, str(authority)])
    env = {**os.environ, "SSLKEYLOGFILE": str(key_log)}
    with words.open("wb") as output, words.with_suffix(".log").open("wb") as log:
        return Working(work, _started(argv, env, output, log), words)


def _started(
    argv: list[str], env: dict[str, str], output: IO[bytes], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=log, env=env)


def save_told(told: list[Told], path: Path) -> None:
    """Write what clients said, one JSON object a line."""
    json_lines.save(told, path)


def load_told(path: Path) -> list[Told]:
    """Read what clients said; raise MeasurementError naming the line that is none of it."""
    return json_lines.load(path, Told, "a client's work")
