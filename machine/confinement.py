"""Confines a process to writing below a few folders, by Landlock, which needs no root.

The guest mounts what it needs read-only by itself; this holds even if something inside it mounts otherwise.
Source: the kernel's documentation, userspace-api/landlock; numbers from linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
QUERY_VERSION = 1
PATH_BENEATH = 1
PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h
WRITE_FILE = 1 << 1
REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
REFER, TRUNCATE = 1 << 13, 1 << 14  # from the second and the third version on
_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Return the kernel's version of Landlock, 0 where it has none."""
    return max(0, int(_libc.syscall(CREATE_RULESET, None, 0, QUERY_VERSION)))


def ruleset(writable: Iterable[Path]) -> int | None:
    """Return a descriptor of rules that allow writing only below the given files and folders.

    None where the kernel has no Landlock; raises OSError if it refuses a rule.
    """
    known = version()
    if known == 0:
        return None
    rights = WRITE_FILE | REMOVE_AND_MAKE | (REFER if known >= 2 else 0) | (TRUNCATE if known >= 3 else 0)
    handled = struct.pack("=Q", rights)
    rules = _checked(_libc.syscall(CREATE_RULESET, handled, len(handled), 0))
    for path in writable:
        allowed = rights if path.is_dir() else rights & (WRITE_FILE | TRUNCATE)
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = struct.pack("=Qi", allowed, descriptor)
            _checked(_libc.syscall(ADD_RULE, rules, PATH_BENEATH, rule, 0))
        finally:
            os.close(descriptor)
    return rules


def enter(rules: int) -> None:
    """Confine the calling process, and all that it starts, for good; raises OSError if that fails."""
    _checked(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(_libc.syscall(RESTRICT_SELF, rules, 0))


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result
