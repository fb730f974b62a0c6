"""Media of a call, and what its participants say of it themselves: a line of ``calls.jsonl`` each.

Ports, DSCP and sizes are those of Microsoft's clients (Microsoft, "Implement Quality of Service in Microsoft
Teams"; "Network requirements for Skype for Business": G.711 in packets of 20 ms). Payload types are those of
RFC 3551; 96 is the first of the dynamic ones.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from measurement import json_lines
from topologies.base import Frozen

MediumName = Literal["audio", "video"]
Transport = Literal["udp", "tcp"]
FILE = "calls.jsonl"


class Medium(Frozen):
    """A medium: the port that it is sent from, how its packets are marked and read.

    ``packet_ms`` is what is in a packet of audio, in a picture of video: that may need several packets.
    """

    name: MediumName
    port: int
    dscp: int
    payload_type: int
    clock_hz: int
    packet_ms: float


AUDIO = Medium(name="audio", port=50000, dscp=46, payload_type=8, clock_hz=8000, packet_ms=20)
VIDEO = Medium(name="video", port=50020, dscp=34, payload_type=96, clock_hz=90000, packet_ms=1000 / 15)


def ssrc_of(call: str, medium: MediumName, node: str) -> int:
    """Return the synchronization source of what a participant sends in a call: the same in every run."""
    return int.from_bytes(hashlib.sha256(f"{call} {medium} {node}".encode()).digest()[:4], "big")


class Attempt(Frozen):
    """A try to have a relay's address: when it began, how long it took; `error` is empty if it went well."""

    transport: Transport
    port: int
    began_ns: int
    took_us: int
    error: str


class Leg(Frozen):
    """A medium's way to the relay, as the client knows it.

    `server` is the relay's address, `mapped` the client's own as the relay sees it, `relayed` the one that
    the relay has for it, both as "192.0.2.1:50000"; `check_us` is how long the peer's answer to a binding
    request through the relay took. Without a transport nothing worked. `attempts` are in the order of trying.
    """

    medium: MediumName
    server: str
    attempts: tuple[Attempt, ...]
    transport: Transport | None = None
    mapped: str = ""
    relayed: str = ""
    check_us: int | None = None


class Told(Frozen):
    """What participants say of a call: media flowed from `began_ns` to `ended_ns`, if all legs worked."""

    call: str
    client: str
    peer: str
    legs: tuple[Leg, ...]
    began_ns: int | None
    ended_ns: int | None

    def leg(self, medium: MediumName) -> Leg:
        """Return a medium's way; KeyError if the call has no such medium."""
        for leg in self.legs:
            if leg.medium == medium:
                return leg
        raise KeyError(medium)


def save(told: list[Told], path: Path) -> None:
    """Write what was told, one JSON object a line."""
    json_lines.save(told, path)


def load(path: Path) -> list[Told]:
    """Read what was told; raise MeasurementError naming the line that is not of a call."""
    return json_lines.load(path, Told, "of a call")
