"""Many netlink requests in one message: sent together, and each one's acknowledgement read.

pyroute2 writes the requests (`IPBatch`); waiting for an answer to each by itself costs several times as much.
Source: RFC 3549, section 2.3.2; linux/netlink.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct

NLMSG_ERROR = 2
HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
ERROR = struct.Struct("=i")
BUFFER_BYTES = 1 << 20
DEADLINE_S = 10.0


def send(requests: bytes) -> None:
    """Send requests to the kernel in the current network namespace; raise OSError for the first it refuses.

    Every request has to ask for an acknowledgement, as pyroute2's do.
    """
    if not requests:
        return
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        kernel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        kernel.settimeout(DEADLINE_S)
        kernel.bind((0, 0))
        kernel.sendto(requests, (0, 0))
        waiting = _count(requests)
        while waiting:
            waiting -= _acknowledged(kernel.recv(BUFFER_BYTES))


def _count(messages: bytes) -> int:
    return sum(1 for _ in _offsets(messages))


def _offsets(messages: bytes) -> list[int]:
    found, offset = [], 0
    while offset < len(messages):
        found.append(offset)
        length = HEADER.unpack_from(messages, offset)[0]
        offset += (length + 3) & ~3
    return found


def _acknowledged(answer: bytes) -> int:
    """Return how many requests an answer acknowledges; raise OSError if it refuses one."""
    offsets = [at for at in _offsets(answer) if HEADER.unpack_from(answer, at)[1] == NLMSG_ERROR]
    for offset in offsets:
        code = -ERROR.unpack_from(answer, offset + HEADER.size)[0]
        if code:
            request = HEADER.unpack_from(answer, offset + HEADER.size + ERROR.size)[1]
            name = errno.errorcode.get(code, str(code))
            raise OSError(code, f"netlink request of type {request}: {os.strerror(code)} ({name})")
    return len(offsets)
