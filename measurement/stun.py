"""STUN binding requests (RFC 8489): how far a media relay is, and as whom a client is known there.

Stands by itself, as the client does, which loads it for a URL such as "stun:13.107.64.2:3478" (RFC 7064).
No request is sent again: what is lost shows as lost.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from typing import Any

REQUESTS, APART_S = 5, 0.020
TIMEOUT_S = 5.0
PORT = 3478
HEADER = struct.Struct("!HHI12s")  # type, length, magic cookie, transaction
BINDING, SUCCESS, MAGIC_COOKIE = 0x0001, 0x0101, 0x2112A442  # sections 5 and 18.2
XOR_MAPPED_ADDRESS, IPV4 = 0x0020, 0x01  # sections 14.2 and 18.3
LONGEST = 1500
NS_PER_S = 1_000_000_000

Answer = tuple[int, str]  # when it came, by the clock that only goes forward, and the address that it says


def exchange(url: str) -> dict[str, Any]:
    """Ask five times, and return what a client tells of it.

    `first_byte` is when the first answer came, `total` when the last one did, or nobody waited any more.
    `status` is 200 with an answer; without any it is 0, and `error` says why.
    """
    host, _, port = url.removeprefix("stun:").partition(":")
    told: dict[str, Any] = {"started_ns": time.time_ns(), "server_ip": "", "local_port": 0, "opened": 0}
    told |= {"status": 0, "protocol": "STUN", "certificate": {}, "headers": {}, "error": ""}
    began_ns = time.monotonic_ns()
    ends_ns = [began_ns]  # of the phases, so far
    try:
        address = socket.getaddrinfo(host, int(port or PORT), socket.AF_INET, socket.SOCK_DGRAM)[0][4]
        ends_ns.append(time.monotonic_ns())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect(address)
            told |= {"server_ip": address[0], "local_port": asking.getsockname()[1], "opened": 1}
            answers = _ask(asking)
        told |= {"status": 200, "headers": {"xor-mapped-address": answers[0][1]}}
        ends_ns += [answers[0][0], answers[-1][0] if len(answers) == REQUESTS else time.monotonic_ns()]
    except OSError as problem:
        told["error"] = problem.strerror or str(problem)
        ends_ns.append(time.monotonic_ns())
    lookup, first, total = (ends_ns[min(number, len(ends_ns) - 1)] for number in (1, 2, 3))
    phases = {"name_lookup": lookup, "connect": lookup, "tls": lookup, "first_byte": first, "total": total}
    return {**told, "phases_us": {name: (end - began_ns) // 1000 for name, end in phases.items()}}


def _ask(asking: socket.socket) -> list[Answer]:
    """Send requests; return the answers as they came. Raises TimeoutError without any."""
    waiting: set[bytes] = set()
    answers: list[Answer] = []
    for number in range(1, REQUESTS + 1):
        waiting.add(transaction := os.urandom(12))
        asking.send(HEADER.pack(BINDING, 0, MAGIC_COOKIE, transaction))
        last = number == REQUESTS
        until_ns = time.monotonic_ns() + round((TIMEOUT_S if last else APART_S) * NS_PER_S)
        while (waiting or not last) and (message := _receive(asking, until_ns)):
            mapped, answered = mapped_address(message), message[8:20]
            if mapped and answered in waiting:
                waiting.remove(answered)
                answers.append((time.monotonic_ns(), mapped))
    if not answers:
        raise TimeoutError(f"no answer to {REQUESTS} requests within {TIMEOUT_S:g} s")
    return answers


def _receive(asking: socket.socket, until_ns: int) -> bytes:
    """Return the next datagram, nothing if none comes until then."""
    left_ns = until_ns - time.monotonic_ns()
    if left_ns <= 0:
        return b""
    # Not the socket's own timeout: that one counts whole milliseconds.
    ready = select.select([asking], [], [], left_ns / NS_PER_S)[0]
    return asking.recv(LONGEST) if ready else b""


def mapped_address(message: bytes) -> str:
    """Return the address and port that a successful answer says its asker has; empty for anything else."""
    if message[:2] != SUCCESS.to_bytes(2, "big"):
        return ""
    position = HEADER.size
    while position + 4 <= len(message):
        kind, length = struct.unpack_from("!HH", message, position)
        value = message[position + 4 : position + 4 + length]
        if kind == XOR_MAPPED_ADDRESS and len(value) == 8 and value[1] == IPV4:
            port, address = struct.unpack("!HI", value[2:])
            text = socket.inet_ntoa((address ^ MAGIC_COOKIE).to_bytes(4, "big"))
            return f"{text}:{port ^ (MAGIC_COOKIE >> 16)}"
        position += 4 + (length + 3) // 4 * 4
    return ""
