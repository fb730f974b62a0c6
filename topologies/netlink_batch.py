"""Many netlink requests in a few messages: sent together, and each one's acknowledgement read.

Waiting for an answer to each by itself costs several times as much. A message holds what a socket's buffer
can take, answers included. Source: RFC 3549, section 2.3.2; linux/netlink.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Collection, Iterator, Sequence

from topologies.netlink_requests import HEADER

NLMSG_ERROR = 2
ERROR = struct.Struct("=i")
BUFFER_BYTES = 1 << 20
# An answer repeats its request only if it refuses it, but takes most of a kilobyte of the buffer.
MOST_REQUESTS, MOST_BYTES = 128, 64 << 10
DEADLINE_S = 10.0


def send(requests: Sequence[bytes], *, missing_ok: bool = False) -> None:
    """Send requests to the kernel in the current network namespace; raise OSError for the first it refuses.

    Every request has to ask for an acknowledgement. With ``missing_ok``, an interface may not be there.
    """
    forgiven = {errno.ENODEV} if missing_ok else set[int]()
    if not requests:
        return
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        kernel.settimeout(DEADLINE_S)
        kernel.bind((0, 0))
        for chunk in _chunks(requests):
            kernel.sendto(b"".join(chunk), (0, 0))
            waiting = len(chunk)
            while waiting:
                waiting -= _acknowledged(kernel.recv(BUFFER_BYTES), forgiven)


def _chunks(requests: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Yield the requests in messages that are small enough."""
    chunk: list[bytes] = []
    size = 0
    for request in requests:
        if chunk and (len(chunk) == MOST_REQUESTS or size + len(request) > MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(request)
        size += len(request)
    yield chunk


def _offsets(messages: bytes) -> list[int]:
    found, offset = [], 0
    while offset < len(messages):
        found.append(offset)
        length = HEADER.unpack_from(messages, offset)[0]
        offset += (length + 3) & ~3
    return found


def _acknowledged(answer: bytes, forgiven: Collection[int]) -> int:
    """Return how many requests an answer acknowledges; raise OSError if it refuses one."""
    offsets = [at for at in _offsets(answer) if HEADER.unpack_from(answer, at)[1] == NLMSG_ERROR]
    for offset in offsets:
        code = -ERROR.unpack_from(answer, offset + HEADER.size)[0]
        if code and code not in forgiven:
            request = HEADER.unpack_from(answer, offset + HEADER.size + ERROR.size)[1]
            name = errno.errorcode.get(code, str(code))
            raise OSError(code, f"netlink request of type {request}: {os.strerror(code)} ({name})")
    return len(offsets)
